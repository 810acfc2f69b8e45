// Whether a model that somebody brings fits here: memory and time of an alignment before anything is read, and what would have to shrink.
import type { RunConfig } from '../core/config';
import type { BackendReport } from '../core/events';
import { FIELDS } from '../core/fields';
import type { MemoryEstimate } from '../core/memory';
import { broughtSettings } from '../core/presets';
import type { BroughtModel } from '../worker/protocol';
import { type DataSizes, estimateMemory, estimateSeconds } from './estimate';

/** All that a WebAssembly memory can address. */
const WASM_BYTES = 2 ** 32;
/** What a model is measured with before there is a data file: short answers. */
const ASSUMED = { prompt: 64, response: 64 } as const;
/** Smaller steps than of one pair of ordinary sequences make no sense. */
const FEWEST_TOKENS = 256;

/** One thing to change, and what the run would need then (with those before it changed too). */
export interface Shrinking {
  change: string;
  settings: Partial<RunConfig>;
  total: number;
}

export interface ModelEstimate {
  memory: MemoryEstimate;
  seconds: number;
  /** Bytes there are; null where the browser does not say. */
  room: number | null;
  fits: boolean | null;
  /** From the cheapest on, as far as needed; where the room is unknown, all. */
  shrinking: readonly Shrinking[];
  /** The data are assumed: no file is chosen yet. */
  isAssumed: boolean;
}

interface Given {
  config: RunConfig;
  model: Pick<BroughtModel, 'parameters' | 'config'>;
  /** In the model's tokens; null: not chosen yet. */
  file: DataSizes | null;
  report: BackendReport | null;
  /** Operations per second seen on this backend. */
  speed: number | null;
}

function assumedSizes(vocabularySize: number): DataSizes {
  const both = (tokens: number) => ({ median: tokens, longest: tokens });
  return { vocabularySize, promptTokens: both(ASSUMED.prompt), responseTokens: both(ASSUMED.response) };
}

/** The settings that the run would have: as they stand with a file, else those that the model would get. */
function settingsFor({ config, model, file }: Given): RunConfig {
  if (file) return config;
  const { prompt, response } = ASSUMED;
  const data = { longestPrompt: prompt, longestAnswer: response, sequence: prompt + response };
  return { ...config, ...broughtSettings(model, data) };
}

/** What can be made smaller, the change that costs least first. */
function changesOf({ recompute, batchTokens, accumulate }: RunConfig): Omit<Shrinking, 'total'>[] {
  const changes: Omit<Shrinking, 'total'>[] = [];
  if (!recompute) changes.push({ change: `${FIELDS.recompute.label} on`, settings: { recompute: true } });
  if (batchTokens / accumulate > FEWEST_TOKENS) {
    const parts = Math.min(64, Math.ceil(batchTokens / FEWEST_TOKENS));
    changes.push({ change: `${FIELDS.accumulate.label} in ${parts} parts`, settings: { accumulate: parts } });
  }
  if (batchTokens > FEWEST_TOKENS) {
    const settings = { batchTokens: FEWEST_TOKENS, accumulate: 1 };
    changes.push({ change: `${FIELDS.batchTokens.label} down to ${FEWEST_TOKENS}`, settings });
  }
  return changes;
}

export function estimateModel(given: Given): ModelEstimate {
  const { model, file, report, speed } = given;
  const config = settingsFor(given);
  const backend = report?.name ?? 'wasm';
  const sizes = file ?? assumedSizes(model.config.vocabularySize);
  const memoryOf = (settings: RunConfig): MemoryEstimate => estimateMemory(settings, sizes, backend, model.config);
  const memory = memoryOf(config);
  const room = backend === 'wasm' ? WASM_BYTES : null;
  const fits = room === null ? null : memory.total <= room;
  const shrinking: Shrinking[] = [];
  let changed = config;
  let total = memory.total;
  for (const { change, settings } of fits ? [] : changesOf(config)) {
    if (room !== null && total <= room) break;
    changed = { ...changed, ...settings };
    const next = memoryOf(changed).total;
    // What the weights and their moments need cannot be had by smaller steps.
    if (next >= total) continue;
    total = next;
    shrinking.push({ change, settings, total });
  }
  const seconds = estimateSeconds(config, report, speed, model.parameters);
  return { memory, seconds, room, fits, shrinking, isAssumed: file === null };
}
