// A saved run as it was at its last save, or at the one before where that cannot be read. Everything is checked; nothing is changed.
import type { LogEntry } from '../core/bundle/runLog';
import { readArrays, type TypedArray } from './arrayFile';
import { type Hold, headerNow } from './hold';
import { type Chunk, readChunk, unpackEntry } from './logChunks';
import type { RunHeader, Save, ShelfFile } from './runRecord';
import { readPoint, type SavedPoint } from './savedPoint';
import { damagedError, type StorageError, storageError } from './storageError';
import { pauses } from './world';

export interface LoadedRun {
  header: RunHeader;
  /** The one that was read: the header's first, or the one before it. */
  save: Save;
  log: LogEntry[];
  /** Null where only the log was asked for. */
  point: SavedPoint | null;
  /** What could not be read and was left out, as sentences. */
  problems: string[];
}

export interface LoadOptions {
  /** Also the point, with all of its arrays. */
  withPoint: boolean;
}

/** Reading while another tab saves: what was found may be gone a moment later. */
export const TRIES = 4;

/** Throws StorageError: `gone`, or `damaged` where no save can be read. */
export async function loadRun(hold: Hold, run: string, options: LoadOptions): Promise<LoadedRun> {
  for (let left = TRIES; ; left--) {
    const header = await wholeHeader(hold, run);
    const problems: string[] = [];
    for (const save of header.saves) {
      try {
        return await loadSave(hold, header, save, options, problems);
      } catch (error) {
        const known = storageError(error);
        if (known.kind !== 'damaged' && known.kind !== 'gone') throw known;
        problems.push(`The save of ${new Date(save.savedAt).toISOString()} cannot be read. ${known.message}`);
      }
    }
    const now = await wholeHeader(hold, run);
    if (now.seq === header.seq || left === 0) throw damagedError(problems.join(' '));
  }
}

/** Throws StorageError: `gone`, or `damaged` where it cannot be read. */
export async function wholeHeader(hold: Hold, run: string): Promise<RunHeader> {
  const reading = await headerNow(hold, run);
  if ('problem' in reading) throw damagedError(reading.problem);
  return reading.header;
}

async function loadSave(
  hold: Hold,
  header: RunHeader,
  save: Save,
  { withPoint }: LoadOptions,
  before: readonly string[],
): Promise<LoadedRun> {
  const point = withPoint ? await loadPoint(hold, header.id, save) : null;
  const { log, problems } = await loadLog(hold, header, save, NOTHING);
  return { header, save, log, point, problems: [...before, ...problems] };
}

/** So much of a log is known already. */
type Known = Pick<Save, 'logChunks' | 'eventsTold'>;
const NOTHING: Known = { logChunks: 0, eventsTold: 0 };

/** The log up to a save, behind what is known of it. Throws StorageError `damaged`, and what the storage throws. */
export async function loadLog(
  hold: Hold,
  header: RunHeader,
  save: Save,
  known: Known,
): Promise<Pick<LoadedRun, 'log' | 'problems'>> {
  const log: LogEntry[] = [];
  const problems: string[] = [];
  let [told, lost] = [known.eventsTold, 0];
  for await (const { entry, told: now } of entriesOf(hold, header, save, known.logChunks, problems)) {
    if (now < told) throw damagedError('The run’s log goes backwards.');
    told = now;
    if (entry) log.push(entry);
    else lost++;
  }
  if (lost > 0) problems.push(`${lost} events with weights, masks or rewards are left out: their file cannot be read.`);
  if (told !== save.eventsTold) throw damagedError(`The run’s log has ${told} of ${save.eventsTold} events.`);
  return { log, problems };
}

async function loadPoint(hold: Hold, run: string, save: Save): Promise<SavedPoint> {
  const point = readPoint(await loadArrays(hold, run, save.point));
  if (point.eventsTold !== save.eventsTold) throw damagedError('The saved point is another save’s.');
  return point;
}

/** A file of a run. Throws StorageError `damaged`, and what the storage throws. */
export const loadArrays = async ({ shelves, world }: Hold, run: string, file: ShelfFile) =>
  readArrays(await shelves.read(run, file), file, pauses(world));

/** The log's entries up to a save, from its portion `first` on; null for those whose arrays are lost. */
async function* entriesOf(
  hold: Hold,
  { id, logFiles }: RunHeader,
  save: Save,
  first: number,
  problems: string[],
): AsyncGenerator<{ entry: LogEntry | null; told: number }> {
  const pause = pauses(hold.world);
  let open: { name: string; arrays: ReadonlyMap<string, TypedArray> | null } | null = null;
  const arraysOf = async ({ file: name }: Chunk): Promise<ReadonlyMap<string, TypedArray> | null> => {
    const found = logFiles.find(({ file }) => file.name === name);
    if (!found) return null;
    if (open?.name !== name) open = { name, arrays: await readOrTell(hold, id, found.file, problems) };
    return open.arrays;
  };
  for (let number = first; number < save.logChunks; number++) {
    const raw: unknown = await (await hold.connect()).get('chunks', [id, number]);
    const chunk = readChunk(id, number, raw, hold.migrations.chunk);
    const arrays = await arraysOf(chunk);
    for (const { told, entry } of chunk.entries) {
      if (told <= save.eventsTold) yield { told, entry: unpackEntry(entry, arrays) };
      await pause();
    }
  }
}

/** Pictures that are lost must not take the run with them. */
async function readOrTell(
  hold: Hold,
  run: string,
  file: ShelfFile,
  problems: string[],
): Promise<ReadonlyMap<string, TypedArray> | null> {
  try {
    return (await loadArrays(hold, run, file)).arrays;
  } catch (error) {
    const known: StorageError = storageError(error);
    if (known.kind !== 'damaged' && known.kind !== 'gone') throw known;
    problems.push(known.message);
    return null;
  }
}
