// A run's log in portions: records of entries, with their small arrays in them and the large ones in a file beside. Every entry knows how many events had
// been told with it, so that a log can be cut where a save was made.
import * as v from 'valibot';
import { parseEntry } from '../core/bundle/eventSchema';
import type { LogEntry } from '../core/bundle/runLog';
import { isTypedArray, type TypedArray } from './arrayFile';
import { broughtUp, type Migrations, RECORD_VERSION } from './runRecord';
import { damagedError } from './storageError';

export interface ToldEntry {
  entry: LogEntry;
  /** Events of the run up to here, this one with them. */
  told: number;
  /** About what it takes in memory and in the database. */
  bytes: number;
}

/** An entry that nothing else changes: a copy, but for its large arrays, which stay as they are once they are told. */
export function ownEntry(entry: LogEntry, told: number): ToldEntry {
  let bytes = 0;
  const own = (value: unknown): unknown => {
    if (isTypedArray(value)) {
      bytes += value.byteLength;
      return value.byteLength < LARGE ? value.slice() : value;
    }
    if (Array.isArray(value)) return value.map(own);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => {
          bytes += 2 * key.length;
          return [key, own(inner)];
        }),
      );
    bytes += typeof value === 'string' ? 2 * value.length : 8;
    return value;
  };
  const copy = own(entry) as LogEntry;
  return { entry: copy, told, bytes };
}

/** From so many bytes on an array goes to the file. */
const LARGE = 1 << 16;
/** About so many bytes are stored at once: it takes some milliseconds. */
const PORTION = 1 << 19;
const MOST_ENTRIES = 1000;
/** No event is nested deeper. */
const MAX_DEPTH = 12;

/** In the place of a large array: which one of the file's. */
interface Placeholder {
  $array: number;
}

export interface PackedLog {
  /** Ready to be stored, in order. */
  chunks: Record<string, unknown>[];
  arrays: Map<string, TypedArray>;
  bytes: number;
}

/** Portions of a run from number `first` on; their large arrays will lie in the file of that name. */
export function packLog(run: string, first: number, file: string, entries: readonly ToldEntry[]): PackedLog {
  const arrays = new Map<string, TypedArray>();
  let outside = 0;
  const packed = (value: unknown): unknown => {
    if (isTypedArray(value)) {
      if (value.byteLength < LARGE) return value;
      const $array = arrays.size;
      arrays.set(String($array), value);
      outside += value.byteLength;
      return { $array } satisfies Placeholder;
    }
    if (Array.isArray(value)) return value.map(packed);
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, packed(inner)]));
    return value;
  };
  const chunks: Record<string, unknown>[] = [];
  let portion: unknown[] = [];
  let [size, bytes] = [0, 0];
  const close = (): void => {
    if (portion.length === 0) return;
    chunks.push({ recordVersion: RECORD_VERSION, run, chunk: first + chunks.length, file, entries: portion });
    bytes += size;
    portion = [];
    size = 0;
  };
  for (const { entry, told, bytes: held } of entries) {
    const before = outside;
    portion.push({ told, entry: packed(entry) });
    size += held - (outside - before);
    if (size >= PORTION || portion.length >= MOST_ENTRIES) close();
  }
  close();
  return { chunks, arrays, bytes };
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const chunkSchema = v.object({
  recordVersion: v.literal(RECORD_VERSION),
  run: v.string(),
  chunk: count,
  file: v.string(),
  entries: v.pipe(v.array(v.object({ told: count, entry: v.unknown() })), v.maxLength(MOST_ENTRIES)),
});
export type Chunk = v.InferOutput<typeof chunkSchema>;

/** The portion of that place. Throws StorageError `damaged`. */
export function readChunk(run: string, number: number, raw: unknown, migrations: Migrations): Chunk {
  const fail = (problem: string) => damagedError(`Part ${number + 1} of the run’s log is damaged: ${problem}`);
  if (raw === undefined) throw fail('it is missing.');
  const now = broughtUp(raw, migrations);
  if ('problem' in now) throw fail(now.problem);
  const parsed = v.safeParse(chunkSchema, now.record);
  if (!parsed.success) throw fail(`field “${v.getDotPath(parsed.issues[0]) ?? ''}”: ${parsed.issues[0].message}.`);
  if (parsed.output.run !== run || parsed.output.chunk !== number) throw fail('it belongs elsewhere.');
  return parsed.output;
}

/** An entry with its large arrays, checked; null where one of those could not be read. Throws StorageError `damaged`. */
export function unpackEntry(packed: unknown, arrays: ReadonlyMap<string, TypedArray> | null): LogEntry | null {
  let isWhole = true;
  const filled = (value: unknown, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw damagedError('An entry of the run’s log is nested deeper than any event.');
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    if (Array.isArray(value)) return value.map((inner) => filled(inner, depth + 1));
    if ('$array' in value) {
      const array = arrays?.get(String(value.$array));
      if (!array) isWhole = false;
      return array;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner, depth + 1)]));
  };
  const value = filled(packed, 0);
  if (!isWhole) return null;
  const entry = parseEntry(value);
  if ('problem' in entry) throw damagedError(`An entry of the run’s log is damaged: ${entry.problem}`);
  return entry;
}
