// Runs of a toy model that are saved by a session, cut off anywhere and gone on with in another one: together they tell what the uninterrupted run tells, bit
// for bit. And what a session says where a saved run cannot be gone on with.
import 'fake-indexeddb/auto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RunEvent } from '../core/events';
import { tf } from '../core/tf';
import { bitsOfEvent } from '../testing/resumeRig';
import { createDisk, type Disk, type Tab } from '../testing/runStoreRig';
import { setup, started } from '../testing/sessionRig';
import { goOn, SAVED, START, type ToySession, toySession } from '../testing/toySession';
import { packSource, readSource } from './keptSource';
import type { Command, ImportAnswer } from './protocol';
import type { Engine } from './sessionOptions';

let whole: string[];
let allUnits: number;

/** Without what the session itself says. */
const told = (events: readonly RunEvent[]): string[] => events.map(bitsOfEvent);

/** The header of the saved run; undefined where it was never saved. */
const headerOf = async (disk: Disk) => (await (await disk.openTab()).store.list()).runs[0];

/** The events of the saved run's log. */
async function logOf(disk: Disk): Promise<string[]> {
  const { log } = await (await disk.openTab()).store.open(SAVED.id, { withPoint: false });
  return told(log.flatMap((entry) => ('event' in entry ? [entry.event] : [])));
}

/** Waits for the first save with that status. */
const savedAs = ({ store }: Tab, status: string): Promise<void> =>
  vi.waitFor(async () => expect((await store.list()).runs.map((run) => run.status)).toContain(status), {
    interval: 5,
    timeout: 30_000,
  });

/** The same; the tab is gone then. */
async function left(tab: Tab, status: string): Promise<void> {
  await savedAs(tab, status);
  tab.die();
}

/** Of progress the log keeps the last report of a row. */
const lasting = (events: readonly string[]): string[] =>
  events.filter((event) => !event.includes('"type":"stage.progress"'));

/** Goes on in a new tab, to the end. */
async function finish(disk: Disk): Promise<ToySession> {
  const next = toySession(await disk.openTab());
  next.session.handle(goOn('b'));
  await next.until(next.isOver);
  return next;
}

beforeAll(async () => {
  await tf.setBackend('wasm');
  const t = toySession(await createDisk().openTab());
  t.session.handle({ ...START, saved: null });
  await t.until(t.isOver);
  whole = told(t.events());
  allUnits = t.units();
  expect([t.phase(), t.saves()]).toEqual(['done', 0]);
});

afterEach(() => vi.unstubAllGlobals());

describe('a session whose run is saved', () => {
  it('tells what it tells without, and its log has all of it', async () => {
    const disk = createDisk();
    const tab = await disk.openTab();
    const t = toySession(tab, { saves: 12 });
    t.session.handle(START);
    await left(tab, 'done');
    expect(told(t.events())).toEqual(whole);
    expect(t.saves()).toBeGreaterThan(15);
    const log = await logOf(disk);
    expect(lasting(log)).toEqual(lasting(whole));
    expect(await headerOf(disk)).toMatchObject({
      ...{ id: 'kept', name: 'A saved run' },
      glance: { loss: expect.any(Number), before: expect.any(Number), after: expect.any(Number) },
    });
  });

  it('is killed anywhere, and goes on with the same events, bit for bit', async () => {
    const reached = new Set<number>();
    for (let dies = 8; dies < allUnits; dies += Math.ceil(allUnits / 9)) {
      const disk = createDisk();
      const t = toySession(await disk.openTab(), { saves: 4 + (dies % 7), dies });
      t.session.handle(START);
      await t.until(t.isDead);
      const from = (await headerOf(disk))!.saves[0]!.eventsTold;
      reached.add(from);
      const next = await finish(disk);
      expect(told(next.events()), `killed after ${dies} units, saved after ${from} events`).toEqual(whole.slice(from));
      expect(next.phase()).toBe('done');
    }
    expect(reached.size).toBeGreaterThan(6);
  });

  it('is stopped, and paused and killed again and again', async () => {
    const disk = createDisk();
    const tab = await disk.openTab();
    const first = toySession(tab, { at: { 30: { type: 'run.stop', runId: 'a' } } });
    first.session.handle(START);
    await left(tab, 'stopped');
    let events = told(first.events());
    expect(events).toEqual(whole.slice(0, events.length));
    for (let round = 0; events.length < whole.length && round < 20; round++) {
      const tab = await disk.openTab();
      const next = toySession(tab, { at: { 25: { type: 'run.pause', runId: 'b' } } });
      next.session.handle(goOn('b'));
      await next.until(() => next.isOver() || next.phase() === 'paused');
      await left(tab, next.phase()!);
      events = [...events, ...told(next.events())];
    }
    expect(events).toEqual(whole);
    const log = await logOf(disk);
    expect(lasting(log)).toEqual(lasting(whole));
  });

  it('is over: it tells nothing more, and can be asked', async () => {
    const disk = createDisk();
    const tab = await disk.openTab();
    const t = toySession(tab);
    t.session.handle(START);
    await left(tab, 'done');
    const next = await finish(disk);
    expect([next.phase(), next.events()]).toEqual(['done', []]);
    next.session.handle({ type: 'probe.prompts', requestId: 'r', runId: 'b', count: 1 });
    await next.until(() => next.messages.some(({ type }) => type === 'probe.prompts'));
  });

  it('another tab has: it is told so, and the run goes on there', async () => {
    const disk = createDisk();
    const t = toySession(await disk.openTab(), { at: { 20: { type: 'run.pause', runId: 'a' } } });
    t.session.handle(START);
    await t.until(() => t.phase() === 'paused');
    const other = await finish(disk);
    expect(other.failure()).toMatchObject({
      ...{ runId: 'b', resumable: false },
      error: { message: 'Another tab works on this run.', next: expect.stringContaining('close the other tab') },
    });
    t.session.handle({ type: 'run.resume', runId: 'a' });
    await t.until(t.isOver);
    expect(told(t.events())).toEqual(whole);
    // The tab that had it takes it again, as soon as its last save is there.
    t.session.handle(goOn('c', true));
    await t.until(() => t.messages.some((message) => message.type === 'run.phase' && message.runId === 'c'));
    expect([t.phase(), t.failure()]).toEqual(['paused', undefined]);
  });

  it('has a damaged snapshot: it goes on from the one before, and says so', async () => {
    const disk = createDisk();
    const t = toySession(await disk.openTab(), { saves: 20, dies: 40 });
    t.session.handle(START);
    await t.until(t.isDead);
    const [last, before] = (await headerOf(disk))!.saves;
    const path = `allo-runs/kept/${last!.point.name}`;
    const bytes = disk.files.read(path).slice();
    bytes[bytes.length - 5]! ^= 4;
    disk.files.write(path, bytes);
    const tab = await disk.openTab();
    const next = toySession(tab);
    next.session.handle(goOn('b'));
    await left(tab, 'done');
    const [notice, ...events] = next.events();
    expect(notice).toMatchObject({ type: 'notice', level: 'warning', text: expect.stringContaining('cannot be read') });
    expect(told(events)).toEqual(whole.slice(before!.eventsTold));
    // What the session says is none of the run's events.
    const log = await logOf(disk);
    expect(lasting(log)).toEqual(lasting(whole));
  });

  it('has one of its stages run again: what it holds then is not saved', async () => {
    const disk = createDisk();
    const tab = await disk.openTab();
    const t = toySession(tab, { at: { [Math.floor(0.9 * allUnits)]: { type: 'run.pause', runId: 'a' } } });
    t.session.handle(START);
    await savedAs(tab, 'paused');
    const [saves, before] = [t.saves(), await logOf(disk)];
    t.session.handle({ type: 'run.only', runId: 'a', stage: 'warm-up', slowly: false });
    t.session.handle({ type: 'run.save', runId: 'a' });
    await t.until(t.isOver);
    expect([t.phase(), t.saves()]).toEqual(['done', saves]);
    expect(await logOf(disk)).toEqual(before);
    const next = await finish(disk);
    expect(next.events().length).toBeGreaterThan(0);
    expect(told(next.events())).toEqual(whole.slice(-next.events().length));
  });

  it('fails: its last good save stays, and the page is told whether there is one', async () => {
    const disk = createDisk();
    const failing = async function* (): AsyncGenerator<RunEvent> {
      yield started;
      throw Object.assign(new Error('The loss became NaN.'), { name: 'StepError' });
    };
    const error = { message: 'The loss became NaN.', next: expect.stringContaining('learning rate') };
    const never = setup({ openStore: async () => (await disk.openTab()).store, events: failing });
    never.send({ ...START, saved: { id: 'never', name: '' } });
    await never.settle();
    expect(never.messages.at(-1)).toMatchObject({ type: 'run.failed', resumable: false, error });
    const tab = await disk.openTab();
    const t = toySession(tab, { at: { 30: { type: 'run.pause', runId: 'a' } } });
    t.session.handle(START);
    await left(tab, 'paused');
    const log = await logOf(disk);
    const { store } = await disk.openTab();
    const again = setup({ openStore: async () => store, events: failing });
    again.send(goOn('b'));
    await vi.waitFor(() => expect(again.messages.at(-1)?.type).toBe('run.failed'), { interval: 5 });
    expect(again.messages.at(-1)).toMatchObject({ resumable: true, error });
    expect(await logOf(disk)).toEqual(log);
  });
});

describe('without storage', () => {
  it('a run goes on, and the page is told once', async () => {
    const t = setup({ openStore: () => Promise.reject(new DOMException('no room', 'QuotaExceededError')) });
    t.send({ ...START, runId: 'a' });
    await t.settle();
    expect(t.phases()).toEqual(['running', 'done']);
    const troubles = t.messages.filter(({ type }) => type === 'run.saveTrouble');
    expect(troubles).toMatchObject([{ runId: 'a', savedId: 'kept', kind: 'other' }]);
  });
});

describe('a file of the user’s', () => {
  const mapping = { form: 'answers', columns: { prompt: 'q', output: 'a' }, hashAnswers: true } as const;
  const asked = { fileName: 'mine.jsonl', vocabularySize: 300, maxSequence: 64, mapping };

  it('is kept with the run and read again, where the page does not have it', async () => {
    const disk = createDisk();
    const data = { ...asked, file: new Blob(['{"q": "é"}']) };
    const cutOff = async (model: string | null) => {
      const tab = await disk.openTab();
      const keptSource = () => packSource({ model, data });
      const t = toySession(tab, { at: { 20: { type: 'run.pause', runId: 'a' } }, engine: { keptSource } });
      t.session.handle({ ...START, saved: { ...SAVED, id: `kept ${model}` } });
      await t.until(() => t.phase() === 'paused');
      await savedAs(tab, 'paused');
      tab.die();
    };
    const resumed = async (command: Partial<Command>) => {
      const imports: unknown[] = [];
      const importFile: Engine['importFile'] = async ({ file, ...request }) => {
        imports.push({ ...request, text: await file.text() });
        return { status: 'preview' } as ImportAnswer;
      };
      const tab = await disk.openTab();
      const t = toySession(tab, { engine: { importFile } });
      t.session.handle({ ...goOn('b', true), ...command } as Command);
      await t.until(() => t.phase() === 'paused' || t.isOver());
      tab.die();
      return { imports, failure: t.failure() };
    };
    await cutOff(null);
    const read = { dataId: 'saved-kept null', modelId: null, recordsOnly: false, ...asked, text: '{"q": "é"}' };
    expect(await resumed({ savedId: 'kept null' })).toEqual({ imports: [read], failure: undefined });
    expect(await resumed({ savedId: 'kept null', dataId: 'data-1' })).toEqual({ imports: [], failure: undefined });
    await cutOff('mine');
    expect((await resumed({ savedId: 'kept mine' })).failure).toMatchObject({
      ...{
        resumable: true,
        error: { message: 'This run began with the model “mine”, which is not open.', needs: 'model' },
      },
    });
    // Its copy has a file of its own.
    const { store } = await disk.openTab();
    const copy = await store.duplicate('kept null', 'a copy');
    await (await store.remove('kept null')).purge();
    expect((await resumed({ savedId: copy.id })).imports).toEqual([{ ...read, dataId: `saved-${copy.id}` }]);
  });

  it('comes back as it was; one that is too large is known by its name', async () => {
    const packed = await packSource({ model: 'mine', data: { ...asked, file: new Blob(['{"q": "é"}']) } });
    const { model, data } = readSource(packed!);
    expect([model, { ...data, file: await data!.file!.text() }]).toEqual(['mine', { ...asked, file: '{"q": "é"}' }]);
    const large = { size: (64 << 20) + 1, arrayBuffer: () => Promise.reject(new Error('never read')) } as Blob;
    const named = readSource((await packSource({ model: null, data: { ...asked, mapping: null, file: large } }))!);
    expect(named).toEqual({ model: null, data: { ...asked, mapping: null, file: null } });
    expect(await packSource({ model: null, data: null })).toBeNull();
    expect(() => readSource({ text: '{"version": 2}', arrays: new Map() })).toThrow(/cannot be read/);
  });
});
