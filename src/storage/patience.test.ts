// A storage that does not answer, at every call of everything that is done with saved runs: it is told in words, nothing waits for ever, and when the storage
// answers again all is there as it should be. Clock jumps and sleeping machines are no silence.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createHanging, SILENCES, type Silence, silenceDatabases } from '../testing/hangingStorage';
import {
  bitsOf,
  CONFIG,
  createDisk,
  type Disk,
  entriesOf,
  PLACES,
  type PlaceKind,
  pointOf,
  type Tab,
} from '../testing/runStoreRig';
import { reachedBy } from './followRun';
import { createPatience, PATIENCE } from './patience';
import { openRunStore, type RunStore } from './runStore';
import type { RunWriter } from './runWriter';
import type { StorageError } from './storageError';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const save = (writer: RunWriter, from: number, to: number) => {
  writer.appendLog(entriesOf(from, to));
  return writer.commit({ point: pointOf(to, 20_000), status: 'running', glance: {} });
};

/** A tab whose calls can be left unanswered. */
async function silentTab(disk: Disk, place: PlaceKind) {
  const hanging = createHanging();
  let isWatched = true;
  silenceDatabases(() => (isWatched ? hanging : null));
  const tab: Tab = await disk.openTab({ place, within: hanging.world });
  const stop = (): void => {
    hanging.at = 0;
    isWatched = false;
    vi.restoreAllMocks();
  };
  return { ...tab, hanging, stop };
}

const outcomeOf = (work: Promise<unknown>): Promise<'done' | StorageError> =>
  work.then(
    () => 'done' as const,
    (error: StorageError) => error,
  );

const tables = PLACES.flatMap((place) => SILENCES.map((silence) => ({ place, silence })));

describe.each(tables)('arrays by the $place, each call of a save $silence answered', ({ place, silence }) => {
  it.each([1, 2])('of save %i', async (number) => {
    let at = 1;
    for (; ; at++) {
      const disk = createDisk();
      const { store, hanging, stop, die } = await silentTab(disk, place);
      const writer = await store.create({ name: 'one', config: CONFIG });
      if (number === 2) await save(writer, 0, 4);
      const [from, to] = number === 1 ? [0, 4] : [4, 9];
      Object.assign(hanging, { at, silence, calls: 0 });
      const outcome = await outcomeOf(save(writer, from, to));
      const isHit = hanging.isHit();
      hanging.answer();
      hanging.at = 0;
      if (!isHit) {
        expect(outcome).toBe('done');
        stop();
        break;
      }
      if (outcome !== 'done')
        expect(outcome).toMatchObject({ kind: 'hangs', message: expect.stringContaining('goes on') });
      // The run has gone on, and the storage answers again: the next save has all of it.
      await save(writer, to, to + 5);
      stop();
      die();
      const next = await disk.openTab({ place });
      await next.store.sweep();
      const { log, point, header, problems } = await next.store.open(writer.id, { withPoint: true });
      expect([problems, bitsOf(log)], `call ${at}`).toEqual([[], bitsOf(entriesOf(0, to + 5))]);
      expect(bitsOf(point)).toEqual(bitsOf(pointOf(to + 5, 20_000)));
      // Of the saves before it the last one can be gone back to, whichever it is.
      for (const { point: file } of header.saves)
        if (place !== 'database') expect(disk.files.paths()).toContain(`allo-runs/${writer.id}/${file.name}`);
      expect((await disk.contents()).chunks).toHaveLength(header.saves[0]!.logChunks);
    }
    // A folder, a file, its pieces, the log, the record.
    expect(at).toBeGreaterThan(6);
  });
});

const asked: Record<string, (store: RunStore, id: string, other: string) => Promise<unknown>> = {
  list: (store) => store.list(),
  open: (store, id) => store.open(id, { withPoint: true }),
  follow: async (store, id) => {
    const loaded = await store.open(id, { withPoint: false });
    return store.follow(id, { ...reachedBy(loaded), seq: 0, logChunks: 0, eventsTold: 0 });
  },
  taken: (store) => store.taken(),
  resume: async (store, id) => (await store.resume(id)).writer.release(),
  rename: (store, id) => store.rename(id, 'two'),
  duplicate: (store, id) => store.duplicate(id, 'copy'),
  remove: async (store, _, other) => (await store.remove(other)).undo(),
  purge: async (store, _, other) => (await store.remove(other)).purge(),
  exportRaw: (store, id) => store.exportRaw(id),
  sweep: (store) => store.sweep(),
  usage: (store) => store.usage(),
};

describe.each(SILENCES)('where each call is %s answered', (silence: Silence) => {
  it.each(Object.keys(asked))('%s ends, and the run is there afterwards', async (name) => {
    let [at, failed] = [1, 0];
    for (; ; at++) {
      const disk = createDisk();
      const before = await disk.openTab();
      const made: string[] = [];
      for (const each of ['one', 'other']) {
        const writer = await before.store.create({ name: each, config: CONFIG });
        await save(writer, 0, 4);
        await writer.release();
        made.push(writer.id);
      }
      const [id, other] = made as [string, string];
      const { store, hanging, stop, die } = await silentTab(disk, 'worker');
      Object.assign(hanging, { at, silence, calls: 0 });
      const outcome = await outcomeOf(asked[name]!(store, id, other));
      const isHit = hanging.isHit();
      hanging.answer();
      stop();
      die();
      if (!isHit) break;
      if (outcome !== 'done') {
        failed++;
        expect(outcome, `call ${at}`).toMatchObject({ kind: 'hangs' });
      }
      const next = await disk.openTab();
      await next.store.sweep();
      const { writer, run } = await next.store.resume(id);
      expect([run.problems, bitsOf(run.log)]).toEqual([[], bitsOf(entriesOf(0, 4))]);
      await writer.release();
    }
    // What the browser says of the room left may stay unknown; all else is told.
    if (name !== 'usage') expect(failed).toBeGreaterThan(0);
  });
});

it('a store that cannot be opened says so, and the next one can', async () => {
  const disk = createDisk();
  const { hanging, stop } = await silentTab(disk, 'worker');
  Object.assign(hanging, { at: 1, silence: 'never', calls: 0 });
  await expect(disk.openTab({ within: hanging.world })).rejects.toMatchObject({ kind: 'hangs' });
  stop();
  await expect((await disk.openTab()).store.list()).resolves.toEqual({ runs: [], aside: [] });
});

it('of saves that are asked for while one hangs, one point is kept', async () => {
  const disk = createDisk();
  const { store, hanging, stop } = await silentTab(disk, 'worker');
  const writer = await store.create({ name: 'one', config: CONFIG });
  Object.assign(hanging, { at: 1, silence: 'never', calls: 0 });
  const first = outcomeOf(save(writer, 0, 2));
  const others = Array.from({ length: 20 }, (_, i) => save(writer, i + 2, i + 3));
  expect(new Set(others).size).toBe(1);
  expect(await first).toMatchObject({ kind: 'hangs' });
  expect((await others[0]!).saves[0]!.eventsTold).toBe(22);
  stop();
  expect(bitsOf((await store.open(writer.id, { withPoint: true })).point)).toEqual(bitsOf(pointOf(22, 20_000)));
});

describe('patience', () => {
  /** A timer that beats when the test says so. */
  function beats() {
    let waiting: (() => void)[] = [];
    const timely = createPatience({ wait: () => new Promise((resolve) => void waiting.push(resolve)) });
    const beat = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        const due = waiting;
        waiting = [];
        for (const each of due) each();
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    return { timely, beat, waits: () => waiting.length };
  }

  it('is counted in beats of a timer: a sleep of any length is one', async () => {
    const { timely, beat } = beats();
    const silent = outcomeOf(timely('x', () => new Promise(() => {})));
    const seen: unknown[] = [];
    void silent.then((outcome) => seen.push(outcome));
    await beat(PATIENCE);
    expect(seen).toEqual([]);
    await beat(1);
    expect(seen).toEqual([expect.objectContaining({ kind: 'hangs', message: expect.stringContaining('(x)') })]);
  });

  it('begins anew with every call, and the timer rests where nothing is waited for', async () => {
    const { timely, beat, waits } = beats();
    for (let call = 0; call < 3; call++) {
      let answer: (value: number) => void = () => {};
      const said = timely('x', () => new Promise<number>((resolve) => (answer = resolve)));
      await beat(PATIENCE - 1);
      answer(call);
      expect(await said).toBe(call);
    }
    await beat(2);
    expect(waits()).toBe(0);
  });

  it('hands a late answer on, and hides a late failure', async () => {
    const { timely, beat } = beats();
    const late: unknown[] = [];
    let [answer, fail]: ((value: unknown) => void)[] = [];
    const first = outcomeOf(
      timely(
        'x',
        () => new Promise((resolve) => (answer = resolve)),
        (value) => late.push(value),
      ),
    );
    const second = outcomeOf(timely('y', () => new Promise((_, reject) => (fail = reject))));
    await beat(PATIENCE + 1);
    expect([(await first) !== 'done', (await second) !== 'done']).toEqual([true, true]);
    answer!('handle');
    fail!(new Error('too late'));
    await beat(1);
    expect(late).toEqual(['handle']);
  });

  it('may take any time for what a person is asked', async () => {
    createDisk();
    let answer: (isKept: boolean) => void = () => {};
    const rooms = {
      ...{ estimate: async () => ({}), persisted: async () => false },
      persist: () => new Promise<boolean>((resolve) => (answer = resolve)),
    };
    const store = await openRunStore({
      database: 'allo-runs-asked',
      world: {
        ...{ root: null, locks: null, openChannel: null, rooms, asksPerson: true, now: () => 0, ticks: () => 0 },
        ...{ wait: () => new Promise((resolve) => setTimeout(resolve, 1)), turn: async () => {} },
        grain: { file: 1, database: 1 },
      },
    });
    const kept = store.persist({ wanted: true });
    await new Promise((resolve) => setTimeout(resolve, 4 * PATIENCE));
    answer(true);
    expect(await kept).toBe(true);
  });
});
