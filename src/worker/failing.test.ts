// Runs of a toy model that fail: what is told, what is kept, that their memory is given back, and that the same session goes on with them, otherwise
// where that is asked for.
import 'fake-indexeddb/auto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../core/events';
import { DeviceLostError, type DeviceTrouble, OutOfMemoryError } from '../core/failures';
import { tf } from '../core/tf';
import { StorageError } from '../storage/storageError';
import { bitsOfEvent } from '../testing/resumeRig';
import { createDisk, type Tab } from '../testing/runStoreRig';
import { BACKEND } from '../testing/toyRun';
import { CONFIG, goOn, SAVED, START, type Toy, toySession } from '../testing/toySession';
import type { Engine } from './sessionOptions';

const told = (events: readonly RunEvent[]): string[] => events.map(bitsOfEvent);

type StepEvent = Extract<RunEvent, { type: 'step' }>;
const steps = (events: readonly RunEvent[]): StepEvent[] => events.filter((event) => event.type === 'step');

/** The largest relative difference of the losses of equal steps. */
function difference(events: readonly RunEvent[], of: readonly RunEvent[]): number {
  const losses = new Map(steps(of).map(({ series, step, metrics }) => [`${series} ${step}`, metrics.loss]));
  const found = steps(events).map(({ series, step, metrics: { loss } }) => {
    const expected = losses.get(`${series} ${step}`)!;
    return Math.abs(loss - expected) / Math.abs(expected);
  });
  expect(found.length).toBeGreaterThan(4);
  return Math.max(...found);
}

/** Takes the backend that a config names, as the real engine does. */
const choosing: Partial<Engine> = {
  async chooseBackend(choice) {
    const name = choice === 'cpu' ? 'cpu' : 'wasm';
    await tf.setBackend(name);
    return { ...BACKEND, name, label: name };
  },
};

const savedAs = ({ store }: Tab, status: string) =>
  vi.waitFor(async () => expect((await store.list()).runs.map((run) => run.status)).toContain(status), {
    ...{ interval: 10, timeout: 20_000 },
  });

let whole: RunEvent[];

beforeAll(async () => {
  await tf.setBackend('wasm');
  const t = toySession(await createDisk().openTab());
  t.session.handle({ ...START, saved: null });
  await t.until(t.isOver);
  whole = t.events();
});
beforeEach(() => tf.setBackend('wasm'));
afterEach(() => vi.restoreAllMocks());

/** A run that is paused after so many units, saved, its tab gone. */
async function pausedRun(units: number) {
  const disk = createDisk();
  const tab = await disk.openTab();
  const t = toySession(tab, { engine: choosing, at: { [units]: { type: 'run.pause', runId: 'a' } } });
  t.session.handle(START);
  await t.until(() => t.phase() === 'paused');
  await savedAs(tab, 'paused');
  tab.die();
  return disk;
}

describe('a run that goes on otherwise', () => {
  it.each([
    [25, 'early'],
    [60, 'late'],
  ])('in smaller parts, from %i units on: the same losses, and its record says so', async (units) => {
    const disk = await pausedRun(units);
    const tab = await disk.openTab();
    const t = toySession(tab, { engine: choosing, at: { 12: { type: 'run.pause', runId: 'b' } } });
    t.session.handle(goOn('b', false, { smallerParts: true }));
    await t.until(() => t.phase() === 'paused' || t.isOver());
    expect(t.failure()).toBeUndefined();
    expect(t.events()[0]).toMatchObject({ type: 'notice', text: expect.stringContaining('in 2 parts') });
    await savedAs(tab, t.phase()!);
    expect((await tab.store.list()).runs[0]!.config).toEqual({ ...CONFIG, accumulate: 2, recompute: true });
    tab.die();
    // Once more, as it is now; and then in parts that are smaller still.
    const next = toySession(await disk.openTab(), { engine: choosing });
    next.session.handle(goOn('c', false, { smallerParts: true }));
    await next.until(next.isOver);
    expect([next.phase(), next.failure()]).toEqual(['done', undefined]);
    const rest = [...t.events(), ...next.events()];
    expect(difference(rest, whole)).toBeLessThan(1e-4);
    expect(steps(rest).at(-1)).toMatchObject({ series: 'improving', step: 3 });
    const [last] = (await (await disk.openTab()).store.list()).runs;
    expect(last!.config.accumulate).toBe(4);
  });

  it('on another backend, there and back: the same losses within tolerance, and it is told', async () => {
    const disk = await pausedRun(30);
    const tab = await disk.openTab();
    const t = toySession(tab, { engine: choosing, at: { 15: { type: 'run.pause', runId: 'b' } } });
    t.session.handle(goOn('b', false, { backend: 'cpu' }));
    await t.until(() => t.phase() === 'paused' || t.isOver());
    expect([t.failure(), tf.getBackend()]).toEqual([undefined, 'cpu']);
    expect(t.events()[0]).toMatchObject({ type: 'notice', text: expect.stringContaining('goes on on cpu') });
    await savedAs(tab, t.phase()!);
    tab.die();
    const next = toySession(await disk.openTab(), { engine: choosing });
    next.session.handle(goOn('c', false, { backend: 'wasm' }));
    await next.until(next.isOver);
    expect([next.phase(), tf.getBackend()]).toEqual(['done', 'wasm']);
    expect(difference([...t.events(), ...next.events()], whole)).toBeLessThan(1e-4);
  });

  it('at another learning rate: told as a changed setting, from the next step on', async () => {
    const disk = await pausedRun(45);
    const tab = await disk.openTab();
    const t = toySession(tab, { engine: choosing });
    t.session.handle(goOn('b', false, { learningRateScale: 0.5 }));
    await t.until(t.isOver);
    tab.die();
    const events = t.events();
    const at = events.findIndex(({ type }) => type === 'settings');
    expect(events[at]).toMatchObject({ type: 'settings', learningRateScale: 0.5 });
    const [first] = steps(events.slice(at));
    const same = steps(whole).find(({ series, step }) => series === first!.series && step === first!.step);
    expect(first!.metrics.learningRate).toBeCloseTo(same!.metrics.learningRate / 2, 12);
    const refused = toySession(await disk.openTab(), { engine: choosing });
    refused.session.handle(goOn('c', false, { learningRateScale: -1 }));
    await refused.until(refused.isOver);
    expect(refused.failure()).toMatchObject({
      resumable: true,
      error: { message: expect.stringContaining('refused') },
    });
  });
});

/** What a backend of TensorFlow.js does for every tensor. */
interface Calls {
  read(...values: never[]): Promise<unknown>;
  write(...values: never[]): unknown;
}
/** The backend's `method` throws at its nth call from now on; says whether it has. */
function breakAt(method: 'read' | 'write', count: number, error: Error): () => boolean {
  const backend = tf.backend() as unknown as Calls;
  const real = backend[method].bind(backend) as (...values: never[]) => never;
  let calls = 0;
  vi.spyOn(backend, method).mockImplementation(((...values: never[]) => {
    if (++calls !== count) return real(...values);
    if (method === 'read') return Promise.reject(error);
    throw error;
  }) as never);
  return () => calls >= count;
}

const LOST = new DeviceLostError('unknown', 'the driver was reset');
const NO_MEMORY = new OutOfMemoryError('The heap cannot grow.');

describe('a run whose device fails', () => {
  it.each([
    ['read', LOST, 'device lost', [1, 5, 12, 25, 40, 60, 80]],
    ['write', NO_MEMORY, 'out of memory', [3, 64, 232, 900, 1153, 1500, 2152, 2892, 3300]],
  ] as const)(
    'gives back all memory wherever a %s fails, and goes on in the same session to the same end',
    async (method, error, cause, places) => {
      let saved = 0;
      for (const place of places) {
        const tensors = tf.memory().numTensors;
        const disk = createDisk();
        const t = toySession(await disk.openTab(), { engine: choosing });
        const isBroken = breakAt(method, place, error);
        t.session.handle(START);
        await t.until(t.isOver);
        expect(isBroken(), `${method} ${place} was reached`).toBe(true);
        vi.restoreAllMocks();
        expect(t.failure(), `${method} ${place}`).toMatchObject({ error: { cause } });
        expect(tf.memory().numTensors, `tensors after ${method} ${place}`).toBe(tensors);
        const { resumable } = t.failure()!;
        const list = async () => (await (await disk.openTab()).store.list()).runs;
        if (resumable)
          await vi.waitFor(async () => expect((await list())[0]?.status).toBe('failed'), { timeout: 20_000 });
        const [header] = await list();
        expect(header !== undefined, `a save where it is resumable: ${method} ${place}`).toBe(resumable);
        if (!header) continue;
        saved++;
        expect(header.failure).toMatchObject({ cause, message: t.failure()!.error.message });
        const from = header.saves[0]!.eventsTold;
        const before = t.events().length;
        t.session.handle(goOn('b'));
        await t.until(() => t.messages.some((m) => m.type === 'run.phase' && m.runId === 'b' && m.phase === 'done'));
        expect(told(t.events().slice(before)), `${method} ${place}`).toEqual(told(whole).slice(from));
        await vi.waitFor(async () => expect((await list())[0]).toMatchObject({ status: 'done', failure: null }), {
          timeout: 20_000,
        });
      }
      expect(saved).toBeGreaterThan(3);
    },
    240_000,
  );

  it('is told at once where it rests, and its weights cannot be asked any more', async () => {
    let trouble: (error: DeviceTrouble) => void = () => {};
    const engine: Partial<Engine> = {
      chooseBackend: async () => ({ ...BACKEND, name: 'webgpu' }),
      onTrouble: (listener) => {
        trouble = listener;
      },
    };
    const tensors = tf.memory().numTensors;
    const toy: Toy = { engine, saves: 4, at: { 30: { type: 'run.pause', runId: 'a' } } };
    const t = toySession(await createDisk().openTab(), toy);
    t.session.handle(START);
    await t.until(() => t.phase() === 'paused');
    await vi.waitFor(() => expect(t.saves()).toBeGreaterThan(0), { timeout: 20_000 });
    trouble(LOST);
    await t.until(t.isOver);
    expect(t.failure()).toMatchObject({ resumable: true, error: { cause: 'device lost' } });
    await vi.waitFor(() => expect(tf.memory().numTensors).toBe(tensors));
    t.session.handle({ type: 'probe.generate', requestId: 'q', runId: 'a', prompt: 'a b', temperature: 0, seed: 1 });
    await t.until(() => t.messages.some(({ type }) => type === 'request.failed'));
    expect(t.messages.find((message) => message.type === 'request.failed')).toMatchObject({
      error: {
        message: expect.stringContaining('The weights of this run are gone. The GPU device was lost'),
        next: expect.stringContaining('from its last save'),
      },
    });
  });
});

describe('a run that cannot be saved', () => {
  const FULL = new StorageError('full', 'The browser’s storage is full.', 'Delete saved runs.');
  const order = (t: ReturnType<typeof toySession>): string[] =>
    t.messages.flatMap((m) => (m.type === 'run.saveTrouble' ? [m.kind] : m.type === 'run.phase' ? [m.phase] : []));

  it.each(['full', 'refused'] as const)(
    'pauses after the trouble (%s), and goes on with saving when there is room',
    async (kind) => {
      const tab = await createDisk().openTab();
      const { create } = tab.store;
      let isShort = true;
      vi.spyOn(tab.store, 'create').mockImplementation(async (run) => {
        const writer = await create(run);
        const commit: typeof writer.commit = async (facts) => {
          if (isShort) throw new StorageError(kind, FULL.message, FULL.next);
          return writer.commit(facts);
        };
        return { ...writer, commit };
      });
      const t = toySession(tab);
      t.session.handle(START);
      await t.until(() => t.phase() === 'paused');
      expect(order(t)).toEqual(['running', kind, 'paused']);
      expect(steps(t.events()).length).toBeLessThan(3);
      isShort = false;
      t.session.handle({ type: 'run.save', runId: 'a' });
      t.session.handle({ type: 'run.resume', runId: 'a' });
      await t.until(t.isOver);
      expect(told(t.events())).toEqual(told(whole));
      expect(t.saves()).toBeGreaterThan(0);
      await savedAs(tab, 'done');
    },
  );

  it('pauses where it cannot even be begun, and is begun when that is asked for again', async () => {
    const tab = await createDisk().openTab();
    vi.spyOn(tab.store, 'create').mockRejectedValueOnce(FULL);
    const t = toySession(tab);
    t.session.handle(START);
    await t.until(() => t.phase() === 'paused');
    expect(order(t)).toEqual(['running', 'full', 'paused']);
    expect(t.events()).toEqual([]);
    t.session.handle({ type: 'run.save', runId: 'a' });
    t.session.handle({ type: 'run.resume', runId: 'a' });
    await t.until(t.isOver);
    expect(told(t.events())).toEqual(told(whole));
    await savedAs(tab, 'done');
    expect((await tab.store.list()).runs[0]!.id).toBe(SAVED.id);
  });

  it('goes on unsaved where its owner says so, and does not pause again', async () => {
    const tab = await createDisk().openTab();
    vi.spyOn(tab.store, 'create').mockRejectedValue(FULL);
    const t = toySession(tab);
    t.session.handle(START);
    await t.until(() => t.phase() === 'paused');
    t.session.handle({ type: 'run.unsaved', runId: 'a' });
    t.session.handle({ type: 'run.save', runId: 'a' });
    t.session.handle({ type: 'run.resume', runId: 'a' });
    await t.until(t.isOver);
    expect(order(t)).toEqual(['running', 'full', 'paused', 'running', 'done']);
    expect(t.saves()).toBe(0);
  });
});
