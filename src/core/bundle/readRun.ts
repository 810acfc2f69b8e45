// A bundle's run: its log, checked entry by entry, and its arrays when they are asked for, each checked against the run's tensors. What is missing or
// does not fit is told and left out, unless nothing could be shown without it.
import { type MaskPurpose, type RunEvent, WEIGHT_MOMENTS } from '../events';
import { FileError } from '../files/byteSource';
import { readDeltas, readMask, type TensorFile } from '../masks/maskFile';
import type { TensorSpec } from '../model/config';
import { openSafetensors, SafetensorsError } from '../safetensors';
import type { TokenizerFile } from '../tokenizer/tokenizerFiles';
import { GRADIENT, SECOND } from './arrayFiles';
import { parseEntry } from './eventSchema';
import { LogError, readLog } from './logLines';
import type { Bundle } from './openBundle';
import type { LogEntry } from './runLog';
import { type LogpRows, PATHS } from './runParts';

type Event<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

export interface BundledRun {
  name: string;
  started: Event<'run.started'>;
  log: readonly LogEntry[];
  /** Events with large arrays, in the order in which a run tells them; read from the bundle one at a time. */
  large(): AsyncGenerator<Event<'weights' | 'moments' | 'mask' | 'update'>>;
  /** Log-probs of the time line's moments. */
  snapshots(): AsyncGenerator<{ snapshot: Event<'snapshot'>; rows: LogpRows }>;
  /** What its tokenizer is made of, where it did not come with the studio. */
  tokenizer(): Promise<TokenizerFile[]>;
  /** What is missing or was not taken, as sentences; grows while the arrays are read. */
  readonly problems: readonly string[];
}

const CHECKPOINT = PATHS.checkpointFile('');
const MAX_LOG_BYTES = 256 << 20;

/** Throws FileError where the log is missing, damaged, or does not begin a run. */
export async function readRun(bundle: Bundle): Promise<BundledRun> {
  const log = await readEntries(bundle);
  const events = log.flatMap((entry) => ('event' in entry ? [entry.event] : []));
  const started = events.find((event): event is Event<'run.started'> => event.type === 'run.started');
  if (!started) throw new FileError(bundle.file, 'does not say how the run began.', PATHS.log);
  const problems = bundle.missing.map((path) => `“${path}” is missing.`);
  for (const { part, why } of bundle.manifest.leftOut) problems.push(`${part}: ${why}`);
  const { tensors: specs } = started;
  /** Null, and told, when the part cannot be used. */
  const part = async <T>(path: string, use: (bytes: Uint8Array) => T): Promise<T | null> => {
    if (!bundle.has(path)) return null;
    try {
      return use(await bundle.read(path));
    } catch (error) {
      if (!(error instanceof FileError || error instanceof SafetensorsError)) throw error;
      problems.push(`“${path}” is not shown: ${error.message}`);
      return null;
    }
  };
  const floats = (path: string): Promise<Float32Array[] | null> =>
    part(path, (bytes) => allOf(readDeltas(bytes, specs), specs));
  return {
    ...{ name: bundle.manifest.name, started, log, problems },
    async *large() {
      for (const moment of WEIGHT_MOMENTS) {
        const tensors = await floats(PATHS.weights(moment));
        if (tensors) yield { type: 'weights', moment, tensors };
      }
      const moments = await part(PATHS.moments, (bytes) => momentsOf(bytes, specs));
      if (moments) yield moments;
      for (const event of masksOf(events).values()) {
        const mask = await part(PATHS.mask(event.purpose), (bytes) => filled(event, bytes, specs));
        if (mask) yield mask;
      }
      for (const { stage, step } of snapshotsOf(events)) {
        const tensors = await floats(PATHS.update({ stage, step }));
        if (tensors) yield { type: 'update', stage, step, tensors };
      }
    },
    async tokenizer() {
      const files: TokenizerFile[] = [];
      for (const { path } of bundle.manifest.files) {
        const name = path.startsWith(CHECKPOINT) ? path.slice(CHECKPOINT.length) : '';
        if (name === '' || path === PATHS.checkpoint) continue;
        const bytes = await part(path, (whole) => new Uint8Array(whole));
        if (bytes) files.push({ name, bytes });
      }
      // Of a model of the studio's own there is its configuration alone.
      return files.length > 1 ? files : [];
    },
    async *snapshots() {
      for (const snapshot of snapshotsOf(events)) {
        const rows = await part(PATHS.snapshot(snapshot), rowsOf);
        if (rows && rows.policy.length > 0) yield { snapshot, rows };
      }
    },
  };
}

async function readEntries(bundle: Bundle): Promise<LogEntry[]> {
  const fail = (problem: string, where: string): FileError => new FileError(bundle.file, problem, where);
  const [lines, pool] = [await bundle.read(PATHS.log), await bundle.read(PATHS.pool)];
  if (lines.length > MAX_LOG_BYTES) throw fail(`has ${lines.length} bytes; ${MAX_LOG_BYTES} are the most.`, PATHS.log);
  const log: LogEntry[] = [];
  try {
    for (const { line, value } of readLog(new TextDecoder().decode(lines), pool)) {
      const entry = parseEntry(value);
      if ('problem' in entry) throw fail(`line ${line}, ${entry.problem}`, PATHS.log);
      if (entry.at < (log.at(-1)?.at ?? -Infinity)) throw fail(`line ${line} is before the one above it.`, PATHS.log);
      log.push(entry);
    }
  } catch (error) {
    if (error instanceof LogError) throw fail(error.message, PATHS.log);
    if (error instanceof SafetensorsError) throw fail(error.message, PATHS.pool);
    throw error;
  }
  return log;
}

/** The last mask of each purpose. */
function masksOf(events: readonly RunEvent[]): Map<MaskPurpose, Event<'mask'>> {
  const masks = new Map<MaskPurpose, Event<'mask'>>();
  for (const event of events) if (event.type === 'mask') masks.set(event.purpose, event);
  return masks;
}

/** Of each moment its last pass, in the order of the time line. */
function snapshotsOf(events: readonly RunEvent[]): Event<'snapshot'>[] {
  const moments = new Map<string, Event<'snapshot'>>();
  for (const event of events) {
    if (event.type !== 'snapshot') continue;
    const key = PATHS.snapshot(event);
    moments.delete(key);
    moments.set(key, event);
  }
  return [...moments.values()];
}

/** All of the run's tensors. Throws SafetensorsError naming the first that does not fit. */
function allOf<T>({ tensors, mismatches }: TensorFile<T>, specs: readonly TensorSpec[]): T[] {
  const [first] = mismatches;
  if (first) throw new SafetensorsError(`${first.detail}.`, first.name);
  return specs.map(({ name }) => tensors.get(name)!);
}

function filled(event: Event<'mask'>, bytes: Uint8Array, specs: readonly TensorSpec[]): Event<'mask'> {
  const masks = allOf(readMask(bytes, specs), specs);
  const tensors = specs.map(({ name, shape }, i) => {
    const mask = masks[i]!;
    let selected = 0;
    for (let n = 0; n < mask.length; n++) selected += mask[n]!;
    return { name, shape, mask, selected };
  });
  return { ...event, tensors };
}

function momentsOf(bytes: Uint8Array, specs: readonly TensorSpec[]): Event<'moments'> {
  const { tensors, mismatches } = readDeltas(bytes);
  const [first] = mismatches;
  if (first) throw new SafetensorsError(`${first.detail}.`, first.name);
  const named = (prefix: string): Float32Array[] =>
    specs.map(({ name, shape }) => {
      const values = tensors.get(`${prefix}${name}`);
      const size = shape.reduce((product, extent) => product * extent, 1);
      if (values?.length !== size) throw new SafetensorsError(`has no ${size} values.`, `${prefix}${name}`);
      return values;
    });
  const hasGradients = [...tensors.keys()].some((name) => name.startsWith(GRADIENT));
  return {
    ...{ type: 'moments', stage: 'warm-up' },
    secondMoments: named(SECOND),
    gradients: hasGradients ? named(GRADIENT) : null,
  };
}

/** Rows of their own, which may be handed on. Throws SafetensorsError when the lengths do not fit. */
function rowsOf(bytes: Uint8Array): LogpRows {
  const file = openSafetensors(bytes);
  const [lengths, policy, reference] = ['lengths', 'policy', 'reference'].map((name) => file.readFloats(name));
  const isWhole = (length: number): boolean => Number.isSafeInteger(length) && length >= 0;
  const total = lengths!.every(isWhole) ? lengths!.reduce((sum, length) => sum + length, 0) : -1;
  if (policy!.length !== total || reference!.length !== total)
    throw new SafetensorsError('does not fit the rows’ lengths.', 'policy');
  const split = (all: Float32Array): Float32Array[] => {
    let end = 0;
    return Array.from(lengths!, (length) => {
      end += length;
      return all.slice(end - length, end);
    });
  };
  return { policy: split(policy!), reference: split(reference!) };
}
