// A saved run's header: what lists show, and which log and which snapshots belong to it. The only record that says so: what no header names is rubbish.
// Read back with suspicion, older versions brought up to this one.
import * as v from 'valibot';
import { LOG_PHASES } from '../core/bundle/runLog';
import type { RunConfig } from '../core/config';
import { parseConfig } from '../core/parseConfig';
import { placeSchema } from './savedPoint';

export const RECORD_VERSION = 1;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const num = v.pipe(v.number(), v.finite());
const text = v.pipe(v.string(), v.maxLength(500));

const fileSchema = v.object({
  name: text,
  /** In the origin-private file system, or in the database. */
  place: v.picklist(['files', 'database'] as const),
  bytes: count,
  crc: v.pipe(count, v.maxValue(0xffffffff)),
});

const saveSchema = v.object({
  /** Wall time, ms since 1970. */
  savedAt: num,
  place: placeSchema,
  /** The log goes so far, and has so many portions. */
  eventsTold: count,
  logChunks: count,
  point: fileSchema,
});

const sentences = v.pipe(v.string(), v.maxLength(5000));
const failureSchema = v.object({ cause: text, message: sentences, next: sentences });

const headerSchema = v.object({
  recordVersion: v.literal(RECORD_VERSION),
  id: text,
  /** Of the last save; larger is newer, whatever the clock said. */
  seq: count,
  name: text,
  createdAt: num,
  config: v.record(text, v.union([v.string(), v.number(), v.boolean()])),
  status: v.picklist(LOG_PHASES),
  /** The last one first, and the one before it. */
  saves: v.pipe(v.array(saveSchema), v.minLength(1), v.maxLength(2)),
  /** Large arrays of the log: of the portions from `chunk` on. */
  logFiles: v.array(v.object({ chunk: count, file: fileSchema })),
  /** About how many bytes the log's portions take. */
  logBytes: count,
  lineage: v.nullable(v.object({ id: text, name: text })),
  /** Numbers for lists: last loss, accuracies. A loss that became NaN is one of them. */
  glance: v.record(text, v.nullable(v.union([v.number(), v.nan()]))),
  /** Whoever works on the run; a save by anybody else is refused. */
  owner: text,
  /** Why the run could not be opened; null while it can. */
  trouble: v.nullable(v.pipe(v.string(), v.maxLength(5000))),
  /** Snapshots that could not be read. Kept. */
  damaged: v.array(fileSchema),
  /** Why it failed after its last save, in the trainer's words; null where it did not. */
  failure: v.optional(v.nullable(failureSchema), null),
  /** What the run was made of and cannot be had again, such as somebody's file; null where there is no such thing. */
  source: v.optional(v.nullable(fileSchema), null),
});

export type StoredFailure = Readonly<v.InferOutput<typeof failureSchema>>;
export type ShelfFile = Readonly<v.InferOutput<typeof fileSchema>>;
export type Save = Readonly<v.InferOutput<typeof saveSchema>>;
export type RunHeader = Readonly<Omit<v.InferOutput<typeof headerSchema>, 'config' | 'recordVersion'>> & {
  readonly config: RunConfig;
};

/** A step from version n to n + 1, by n. */
export type Migrations = Readonly<Record<number, (record: Record<string, unknown>) => Record<string, unknown>>>;

export interface RecordKinds {
  header: Migrations;
  chunk: Migrations;
}
/** There is one version so far. */
export const MIGRATIONS: RecordKinds = { header: {}, chunk: {} };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The record as of this version, unchecked otherwise; or why that cannot be had. */
export function broughtUp(
  raw: unknown,
  migrations: Migrations,
): { record: Record<string, unknown> } | { problem: string } {
  if (!isRecord(raw)) return { problem: 'It is no record of a run.' };
  let record = raw;
  const version = record.recordVersion;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0)
    return { problem: 'It does not say which version of the studio wrote it.' };
  if (version > RECORD_VERSION)
    return { problem: 'It was written by a newer version of the studio. Open it there, or reload the page.' };
  for (let from = version; from < RECORD_VERSION; from++) {
    const step = migrations[from];
    if (!step) return { problem: `It is of version ${from}, which this studio does not know.` };
    try {
      record = { ...step(record), recordVersion: from + 1 };
    } catch (error) {
      return { problem: `It could not be brought up from version ${from}: ${String(error)}` };
    }
  }
  return { record };
}

export type HeaderReading = { header: RunHeader } | { problem: string };

/** The header of the run with that id, or why it is set aside. Never throws. */
export function readHeader(id: string, raw: unknown, migrations: Migrations): HeaderReading {
  const now = broughtUp(raw, migrations);
  if ('problem' in now) return now;
  const parsed = v.safeParse(headerSchema, now.record);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    return { problem: `Its record is damaged, field “${v.getDotPath(issue) ?? ''}”: ${issue.message}.` };
  }
  const { config: values, recordVersion: _, ...rest } = parsed.output;
  if (rest.id !== id) return { problem: `Its record says that it is another run, ${rest.id}.` };
  // Another setting is another run: going on with it would not be exact.
  const { config, problems } = parseConfig(values);
  if (problems[0]) return { problem: `Its settings cannot be taken. ${problems[0].message}` };
  return { header: { ...rest, config } };
}

/** Of a run that was never saved. It cannot be stored like that. */
export const newHeader = (id: string, name: string, config: RunConfig, createdAt: number): RunHeader => ({
  ...{ id, name, config, createdAt, seq: 0, status: 'running', saves: [], logFiles: [], logBytes: 0 },
  ...{ lineage: null, glance: {}, owner: '', trouble: null, damaged: [], failure: null, source: null },
});

/** What is stored of a header. Throws Error for one that could not be read back. */
export function packHeader(header: RunHeader): Record<string, unknown> {
  const record = { ...header, config: { ...header.config }, recordVersion: RECORD_VERSION };
  const read = readHeader(header.id, record, {});
  if ('problem' in read) throw new Error(`A run cannot be saved like that. ${read.problem}`);
  return record;
}

/** Bytes of a run in the storage, by its header. */
export const bytesOf = (header: RunHeader): number =>
  allFiles(header).reduce((sum, { bytes }) => sum + bytes, header.logBytes);

/** The names of all files that a header keeps. */
export const filesOf = (header: RunHeader): Set<string> => new Set(allFiles(header).map(({ name }) => name));

const allFiles = ({ saves, logFiles, damaged, source }: RunHeader): ShelfFile[] => [
  ...saves.map(({ point }) => point),
  ...logFiles.map(({ file }) => file),
  ...damaged,
  ...(source ? [source] : []),
];
