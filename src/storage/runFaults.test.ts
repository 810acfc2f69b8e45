// A save whose every write fails in every way: afterwards the save before it is there, or the new one, whole and bit for bit; and nothing is left over.
import 'fake-indexeddb/auto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  bitsOf,
  CONFIG,
  createDisk,
  type Disk,
  entriesOf,
  PLACES,
  type PlaceKind,
  pointOf,
} from '../testing/runStoreRig';
import { FAULTS, type Fault, type Faults, isDeadly, watchDatabases } from '../testing/storageFaults';
import { filesOf } from './runRecord';
import type { RunWriter } from './runWriter';
import type { StorageError } from './storageError';

/** Events told at each save. */
const SAVES = [0, 4, 9, 14];
/** Values in the point's largest array: more than one piece. */
const SIZE = 20_000;

afterEach(() => {
  vi.restoreAllMocks();
});

const commit = (writer: RunWriter, number: number) =>
  writer.commit({ point: pointOf(SAVES[number]!, SIZE), status: 'running', glance: { loss: number } });

const save = (writer: RunWriter, number: number) => {
  writer.appendLog(entriesOf(SAVES[number - 1]!, SAVES[number]!));
  return commit(writer, number);
};

const known = new Map<number, { log: unknown; point: unknown }>();
/** What a run is at a save, whichever way it came there. */
function expected(number: number): { log: unknown; point: unknown } {
  const made = known.get(number) ?? {
    log: bitsOf(entriesOf(0, SAVES[number]!)),
    point: bitsOf(pointOf(SAVES[number]!, SIZE)),
  };
  known.set(number, made);
  return made;
}

/** The saves 1 to `before` made by a tab at work, whose next save's writes are watched. */
async function prepared(place: PlaceKind, before: number) {
  const disk = createDisk();
  const tab = await disk.openTab({ place });
  const writer = await tab.store.create({ name: 'one', config: CONFIG });
  for (let number = 1; number <= before; number++) await save(writer, number);
  let watched: Faults | null = tab.faults;
  watchDatabases(() => watched);
  tab.faults.writes = 0;
  const stop = (): void => {
    watched = null;
    vi.restoreAllMocks();
  };
  return { disk, tab, writer, stop };
}

/** The number of the save that a new visit finds; it finds it whole, and sweeps away everything else. */
async function found(disk: Disk, place: PlaceKind, id: string): Promise<number> {
  const { store } = await disk.openTab({ place });
  await store.sweep();
  const { runs, aside } = await store.list();
  expect(aside).toEqual([]);
  if (runs.length === 0) {
    expect(await disk.contents()).toEqual({ files: [], chunks: [], pieces: [], runs: [] });
    return 0;
  }
  const { writer, run } = await store.resume(id);
  const number = SAVES.indexOf(run.save.eventsTold);
  expect({ log: bitsOf(run.log), point: bitsOf(run.point) }).toEqual(expected(number));
  expect([run.problems, run.save]).toEqual([[], run.header.saves[0]]);
  const { files, chunks, pieces } = await disk.contents();
  const inPieces = new Set(pieces.map((key) => (key as string[]).slice(0, 2).join('/')));
  const stored = place === 'database' ? [...inPieces] : files.map((path) => path.replace('allo-runs/', ''));
  expect(stored.sort()).toEqual([...filesOf(run.header)].map((name) => `${id}/${name}`).sort());
  expect(chunks).toHaveLength(run.save.logChunks);
  await writer.release();
  return number;
}

/** One fault at one write of the save `number`, and what the save said to it. */
async function afterFault(place: PlaceKind, number: number, at: number, fault: Fault) {
  const { disk, tab, writer, stop } = await prepared(place, number - 1);
  Object.assign(tab.faults, { at, fault });
  const died = new Promise<'died'>((resolve) => {
    const { onDeath } = tab.faults;
    tab.faults.onDeath = () => {
      onDeath();
      resolve('died');
    };
  });
  const saving = save(writer, number).then(
    () => 'saved' as const,
    (error: StorageError) => error,
  );
  const outcome = await Promise.race([saving, died]);
  // What was under way when the tab died may still come to nothing, and must not come to anything else.
  await new Promise((resolve) => setTimeout(resolve, 1));
  stop();
  return { disk, writer, outcome, isHit: tab.faults.writes >= at };
}

const tables = PLACES.flatMap((place) => FAULTS.map((fault) => ({ place, fault })));

describe.each(tables)('arrays by the $place, each write $fault', ({ place, fault }) => {
  it.each([1, 3])('of save %i', async (number) => {
    const outcomes = new Set<number>();
    let at = 1;
    for (; ; at++) {
      const { disk, writer, outcome, isHit } = await afterFault(place, number, at, fault);
      if (!isHit) break;
      if (isDeadly(fault)) {
        outcomes.add(await found(disk, place, writer.id));
        continue;
      }
      if (outcome !== 'saved') {
        expect(outcome).toMatchObject({ kind: fault === 'full' ? 'full' : 'refused' });
        if (fault === 'full') expect((outcome as StorageError).message).toMatch(/takes 0\.\d MB/);
        // The run goes on, and what this save did not store the next one does.
        await commit(writer, number);
      }
      await writer.release();
      expect(await found(disk, place, writer.id)).toBe(number);
    }
    // At least: a file, its pieces, the log's portion, the number of the save and its record.
    expect(at).toBeGreaterThan(6);
    // A save's record is the last that is written for it, and a transaction that is open dies with the tab. What can be killed behind it is the
    // removal of the save before the last one.
    if (isDeadly(fault)) expect([...outcomes].sort()).toEqual(number === 1 ? [0] : [2, 3]);
  });
});

it('a save that fails leaves the tab’s reader, and every other tab, with the one before', async () => {
  const { disk, tab, writer, stop } = await prepared('worker', 2);
  Object.assign(tab.faults, { at: 3, fault: 'full' });
  await expect(save(writer, 3)).rejects.toMatchObject({ kind: 'full' });
  stop();
  const other = await disk.openTab({ place: 'page' });
  for (const { store } of [tab, other]) {
    const { log, point } = await store.open(writer.id, { withPoint: true });
    expect({ log: bitsOf(log), point: bitsOf(point) }).toEqual(expected(2));
  }
});
