// Whether a model that somebody brings fits here: memory and time of an alignment before anything is read, and what would have to shrink.
import type { RunConfig } from '../core/config';
import type { BackendReport } from '../core/events';
import { backendBytes, type Fit, fitWords } from '../core/memoryFit';
import { broughtSettings } from '../core/presets';
import { type EstimatedFile, type EstimatedModel, estimateSeconds, fitOf } from './estimate';

/** Tokens of a prompt and of an answer, before there is a data file. */
export const ASSUMED_TOKENS = 64;

export interface ModelEstimate {
  fit: Fit;
  seconds: number;
  /** Bytes there are; null where nothing is known to bound them. */
  room: number | null;
  /** What would have to shrink, in words. */
  changes: readonly string[];
}

export interface EstimatedRun {
  config: RunConfig;
  model: EstimatedModel;
  /** In the model's tokens; null: not chosen yet, and short answers are assumed. */
  file: EstimatedFile | null;
  report: BackendReport | null;
  /** Operations per second seen on this backend. */
  speed: number | null;
  /** What somebody says that the GPU has. */
  gpuBytes: number;
}

function assumedFile(vocabularySize: number): EstimatedFile {
  const tokens = { median: ASSUMED_TOKENS, longest: ASSUMED_TOKENS };
  return { vocabularySize, promptTokens: tokens, responseTokens: tokens };
}

/** The settings that the run would have: as they stand with a file, else those that the model would get. */
function settingsFor({ config, model, file }: EstimatedRun): RunConfig {
  if (file) return config;
  const data = { longestPrompt: ASSUMED_TOKENS, longestAnswer: ASSUMED_TOKENS, sequence: 2 * ASSUMED_TOKENS };
  return { ...config, ...broughtSettings(model, data) };
}

export function estimateModel(run: EstimatedRun): ModelEstimate {
  const { model, report, speed, gpuBytes } = run;
  const config = settingsFor(run);
  const backend = report ?? ({ name: 'wasm' } as const);
  const file = run.file ?? assumedFile(model.config.vocabularySize);
  const fit = fitOf(config, file, backend, { model, gpuBytes });
  return {
    fit,
    seconds: estimateSeconds(config, report, speed, { model, file }),
    room: backendBytes(backend.name, gpuBytes),
    changes: fit.status === 'fits' ? [] : fitWords(fit.changes, config),
  };
}
