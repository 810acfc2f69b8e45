// The files a run's bundle is made of, each made when its turn comes. Where the arrays are held (the page's workers, the command line's memory) is the
// archive's secret. The way back: readRun.ts.
import type { MaskPurpose, RunEvent, TimedStage, WeightMoment } from '../events';
import { writeSafetensors } from '../safetensors';
import type { TokenizerFile } from '../tokenizer/tokenizerFiles';
import { checkpointConfig } from './checkpointConfig';
import { writeLog } from './logLines';
import type { LeftOut } from './manifest';
import { metricsCsv } from './metricsCsv';
import type { LogEntry } from './runLog';
import { samplesJsonl } from './samplesJsonl';
import { type BundlePart, type Pieces, textPart } from './writeBundle';

/** One moment's log-probs, in the order of the run's `inspected`. */
export interface LogpRows {
  policy: readonly Float32Array[];
  reference: readonly Float32Array[];
}

/** A run as it can be saved: its log, and where its arrays can be had. */
export interface RunArchive {
  /** Without arrays that have files of their own (runLog.ts). */
  log: readonly LogEntry[];
  masks: readonly { purpose: MaskPurpose; read(): Promise<Pieces> }[];
  weights: readonly { moment: WeightMoment; read(): Promise<Pieces> }[];
  updates: readonly { stage: TimedStage; step: number; read(): Promise<Pieces> }[];
  /** Second moments and summed gradients of the warm-up. */
  moments: (() => Promise<Pieces>) | null;
  snapshots: readonly { stage: TimedStage; step: number; read(): Promise<LogpRows | null> }[];
  /** The weights at the end; without it those of the last moment. */
  aligned: (() => Promise<Pieces>) | null;
  /** Of data from elsewhere; none where the tokenizer comes with the studio. */
  tokenizer: readonly TokenizerFile[];
  leftOut: readonly LeftOut[];
}

export const PATHS = {
  ...{ readme: 'README.txt', config: 'config.json', log: 'events.jsonl', pool: 'arrays.safetensors' },
  ...{ metrics: 'metrics.csv', samples: 'samples.jsonl', moments: 'moments.safetensors' },
  ...{ checkpoint: 'checkpoint/model.safetensors', checkpointConfig: 'checkpoint/config.json' },
  checkpointFile: (name: string) => `checkpoint/${name}`,
  mask: (purpose: MaskPurpose) => `masks/${purpose}.safetensors`,
  weights: (moment: WeightMoment) => `weights/${moment}.safetensors`,
  update: ({ stage, step }: { stage: TimedStage; step: number }) => `updates/${stage}-${step}.safetensors`,
  snapshot: ({ stage, step }: { stage: TimedStage; step: number }) => `time-line/${stage}-${step}.safetensors`,
} as const;

const SAFETENSORS = 'application/x-safetensors';
const JSONL = 'application/jsonl';

type Started = Extract<RunEvent, { type: 'run.started' }>;

/** The bundle's parts in the order they are written. Throws Error for a run that has not begun. */
export function runParts(archive: RunArchive): BundlePart[] {
  const events = archive.log.flatMap((entry) => ('event' in entry ? [entry.event] : []));
  const started = events.find((event): event is Started => event.type === 'run.started');
  if (!started) throw new Error('The run has not begun: there is nothing to save yet.');
  const numbers = (path: string, make: () => Promise<Pieces>, isPacked = false): BundlePart => ({
    path,
    contentType: SAFETENSORS,
    isPacked,
    make,
  });
  const log = writeLog(archive.log);
  const steps = events.filter((event) => event.type === 'step');
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  return [
    textPart(PATHS.readme, 'text/plain', () => README),
    textPart(PATHS.config, 'application/json', () => json(started.config)),
    textPart(PATHS.metrics, 'text/csv', () => metricsCsv(steps)),
    textPart(PATHS.samples, JSONL, () => samplesJsonl(events, started.vocabulary)),
    textPart(PATHS.log, JSONL, () => log.lines),
    numbers(PATHS.pool, async () => [log.pool]),
    ...archive.masks.map(({ purpose, read }) => numbers(PATHS.mask(purpose), read, true)),
    // Before the weights: those that repeat it refer to it, so that its folder is whole.
    ...checkpointParts(archive, started, numbers),
    ...archive.weights.map(({ moment, read }) => numbers(PATHS.weights(moment), read)),
    // A masked stage moves few weights: most of a change is zeros.
    ...archive.updates.map(({ read, ...at }) => numbers(PATHS.update(at), read, true)),
    ...(archive.moments ? [numbers(PATHS.moments, archive.moments)] : []),
    ...archive.snapshots.map(({ read, ...at }) => numbers(PATHS.snapshot(at), async () => [rowsFile(await read())])),
  ];
}

function checkpointParts(
  { aligned, weights, tokenizer }: RunArchive,
  { model }: Started,
  numbers: (path: string, make: () => Promise<Pieces>) => BundlePart,
): BundlePart[] {
  const last = weights.findLast(({ moment }) => moment === 'forgotten' || moment === 'improved');
  const read = aligned ?? last?.read;
  if (!read) return [];
  const config = { ...tokenIds(tokenizer), ...checkpointConfig(model) };
  return [
    numbers(PATHS.checkpoint, read),
    textPart(PATHS.checkpointConfig, 'application/json', () => `${JSON.stringify(config, null, 2)}\n`),
    ...tokenizer.flatMap(({ name, bytes }): BundlePart[] => {
      const path = PATHS.checkpointFile(name);
      return path === PATHS.checkpointConfig
        ? []
        : [{ path, contentType: 'application/octet-stream', isPacked: true, make: () => [bytes] }];
    }),
  ];
}

const TOKEN_IDS = ['bos_token_id', 'eos_token_id', 'pad_token_id'];

/** What a brought model's config.json says of its tokens: some name their end token nowhere else. */
function tokenIds(files: readonly TokenizerFile[]): Record<string, unknown> {
  const file = files.find(({ name }) => name === 'config.json');
  if (!file) return {};
  const json: unknown = JSON.parse(new TextDecoder().decode(file.bytes));
  return Object.fromEntries(Object.entries(json ?? {}).filter(([name]) => TOKEN_IDS.includes(name)));
}

/** The log-probs of a moment: all rows end to end, and how long each is. No rows where they are no longer held. */
function rowsFile(rows: LogpRows | null): Uint8Array {
  const { policy, reference } = rows ?? { policy: [], reference: [] };
  const joined = (parts: readonly Float32Array[]): Float32Array => {
    const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  };
  const lengths = Float32Array.from(policy, ({ length }) => length);
  const file = [
    { name: 'lengths', values: lengths },
    { name: 'policy', values: joined(policy) },
    { name: 'reference', values: joined(reference) },
  ];
  return writeSafetensors(file.map((one) => ({ ...one, dtype: 'F32' as const, shape: [one.values.length] })));
}

const README = `A run of ALLO Studio: low-redundant alignment of a small language model.

manifest.json            what lies in here, with sizes and SHA-256, and what was left out
config.json              all settings of the run
metrics.csv              the training curves, a row a step
samples.jsonl            what the model answered, an answer a line, with token rewards where there are any
events.jsonl             what the run told, an event a line, with the time in milliseconds; {"$": "f32", "at": a, "n": n} are n numbers
arrays.safetensors       from place a of its tensor "f32" (or "u8")
masks/*.safetensors      the neuron masks, one bit a weight: the lowest bit of a byte first; shapes are in the metadata
checkpoint/              the aligned model: safetensors, config.json and, for data from elsewhere, its tokenizer
weights/*.safetensors    the weights at the ends of the stages, float32, under their Hugging Face names
updates/*.safetensors    how the weights differ from those of the SFT model at the moments of the time line
time-line/*.safetensors  log-probs of the watched answers' tokens at these moments
moments.safetensors      AdamW's second moments after the warm-up, and the summed gradients

A file that would repeat another one is there once: manifest.json says at which path. Some may be missing: it says why. The studio opens the bundle again (Run, “Open run”) and shows the same views.
`;
