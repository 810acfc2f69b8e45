// How long a run will take and how much memory it needs, before it starts: arithmetic of its settings over a speed. Rough, and said to be
// so.
import { isPpo, isSingleStage, type RunConfig } from '../core/config';
import type { BackendName, BackendReport } from '../core/events';
import { BUILTIN_LENGTHS, type MemoryEstimate, type MemoryOptions, runMemory } from '../core/memory';
import { type BufferNeed, runBuffers } from '../core/memoryBuffers';
import { backendBytes, type Fit, fitMemory } from '../core/memoryFit';
import { type ModelConfig, parameterCount } from '../core/model/config';
import type { ModelSummary } from '../core/model/modelSummary';
import type { ImportPreview } from '../worker/protocol';
import type { RunState } from './runState';
import type { StudioState } from './studioState';
import {
  evaluationWork,
  forgettingWork,
  improvingWork,
  mergingSeconds,
  operationsPerWeight,
  rewardWork,
  samplingWork,
  sftWork,
  trainingCost,
  type WorkData,
  warmupWork,
} from './workload';

/** Useful floating-point operations per second of a small decoder in training; replaced by a measured one when there is one. */
const SPEED: Readonly<Record<BackendReport['name'], number>> = { webgpu: 3e11, wasm: 2e10, cpu: 4e8 };
/** Software WebGPU adapters compute on the CPU. */
const SOFTWARE_SPEED = 2e9;

const BUILTIN_VOCABULARY = 180;

const modelOf = (config: RunConfig, vocabularySize = BUILTIN_VOCABULARY): ModelConfig => ({
  architecture: config.architecture,
  vocabularySize,
  width: config.width,
  layers: config.layers,
  heads: config.heads,
  kvHeads: config.heads,
  mlpWidth: config.mlpWidth,
  normEpsilon: 1e-5,
  ropeTheta: 1e4,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 256,
});
const parametersOf = (config: RunConfig): number => parameterCount(modelOf(config));

/** What an estimate needs of a data file, and of the brought model it is for. */
export type EstimatedFile = Pick<ImportPreview, 'vocabularySize' | 'promptTokens' | 'responseTokens'> &
  Partial<Pick<ImportPreview, 'kind' | 'records'>>;
export type EstimatedModel = Pick<ModelSummary, 'config' | 'parameters'>;

/**
 * What the next run will hold at most; `file`: the data it trains on, null for the built-in tasks; `model`: the one it begins with, null for the
 * preset's.
 */
export function estimateMemory(
  config: RunConfig,
  file: EstimatedFile | null,
  backend: BackendName,
  model: EstimatedModel | null = null,
): MemoryEstimate {
  return runMemory(config, shapeOf(config, file, model), { ...needsOf(config, file, model), backend });
}

const shapeOf = (config: RunConfig, file: EstimatedFile | null, model: EstimatedModel | null): ModelConfig =>
  model?.config ?? modelOf(config, file?.vocabularySize);

/** What a run trains, and on how long sequences. */
function needsOf(
  config: RunConfig,
  file: EstimatedFile | null,
  model: EstimatedModel | null,
): Omit<MemoryOptions, 'backend'> {
  const hasStarter =
    !model && !file && (config.preset === 'tiny' || config.preset === 'default') && config.sftStart !== 'scratch';
  const isForgetting = !isSingleStage(config) && config.forgettingSteps > 0;
  const scoresPpo = isPpo(config) && config.ppoReward === 'reward model';
  const trained = {
    trainsSft: !((hasStarter || model) && config.sftStart === 'shipped'),
    trainsRewards:
      (isForgetting || scoresPpo) && config.rewardSteps > 0 && !(hasStarter && config.rewardSource === 'shipped'),
  };
  if (!file) return { ...trained, lengths: BUILTIN_LENGTHS };
  const { promptTokens, responseTokens } = file;
  const supervised = promptTokens.median + responseTokens.median;
  const lengths = { supervised, prompt: promptTokens.longest, responseShare: responseTokens.median / supervised };
  return { ...trained, lengths };
}

/** Whether the next run fits, and what would have to shrink. `gpuBytes`: what the GPU has, where somebody says so. */
export function fitOf(
  config: RunConfig,
  file: EstimatedFile | null,
  backend: Pick<BackendReport, 'name' | 'largestBuffer'>,
  { model = null, gpuBytes }: { model?: EstimatedModel | null; gpuBytes?: number } = {},
): Fit {
  const bytes = backendBytes(backend.name, gpuBytes) ?? Number.POSITIVE_INFINITY;
  const longest = file ? file.promptTokens.longest + file.responseTokens.longest : BUILTIN_LENGTHS.supervised;
  const longestPair = 2 * longest;
  const estimate = (one: RunConfig): MemoryEstimate => estimateMemory(one, file, backend.name, model);
  const needs = (one: RunConfig): BufferNeed[] =>
    runBuffers(one, shapeOf(one, file, model), { ...needsOf(one, file, model), longestPair });
  const buffers = backend.largestBuffer === undefined ? undefined : { bytes: backend.largestBuffer, needs };
  return fitMemory(config, estimate, { bytes, longestPair, ...(buffers && { buffers }) });
}

function workDataOf({ kind, promptTokens, records, responseTokens }: EstimatedFile): WorkData {
  const sequence = promptTokens.median + responseTokens.median;
  return { sequence, givenPairs: kind === 'pairs' ? (records ?? 0) : null };
}

/** Floating-point operations of a run, where it trains a model of so many weights; `file` as in `estimateMemory`. */
export function operationsOf(
  config: RunConfig,
  parameters = parametersOf(config),
  file: EstimatedFile | null = null,
): number {
  const data = file ? workDataOf(file) : undefined;
  const stages = [sftWork, samplingWork, warmupWork, rewardWork, forgettingWork, improvingWork, evaluationWork];
  const training = trainingCost(config);
  return parameters * stages.reduce((sum, workOf) => sum + operationsPerWeight(workOf(config, data), training), 0);
}

/** Operations per second that a run has shown in its training stages; null before a second of training. */
export function measuredSpeed(run: RunState): number | null {
  const stages = run.stages.filter((stage) => stage.unit === 'steps' && stage.tokens > 0);
  const tokens = stages.reduce((sum, stage) => sum + stage.tokens, 0);
  const seconds = stages.reduce((sum, stage) => sum + stage.activeMs, 0) / 1000;
  if (!run.started || seconds < 1) return null;
  return (trainingCost(run.started.config) * run.started.totalParameters * tokens) / seconds;
}

/** Speed of the newest run that has trained on the backend in use; null when there is none. */
export function knownSpeed({ runs, backend }: Pick<StudioState, 'runs' | 'backend'>): number | null {
  if (backend.status !== 'known') return null;
  const run = runs.findLast((one) => one.started?.backend.name === backend.report.name && measuredSpeed(one) !== null);
  return run ? measuredSpeed(run) : null;
}

/**
 * Seconds for a run on this backend. `measured`: a speed seen on it, operations per second; `model`: the brought one it begins with; `file`: its
 * data.
 */
export function estimateSeconds(
  config: RunConfig,
  report: BackendReport | null,
  measured: number | null,
  { model = null, file = null }: { model?: EstimatedModel | null; file?: EstimatedFile | null } = {},
): number {
  const isSoftware = /software|swiftshader|llvmpipe|lavapipe/i.test(report?.adapter ?? '');
  const name = report?.name ?? 'wasm';
  const typical =
    name === 'webgpu' && isSoftware ? SOFTWARE_SPEED : SPEED[name] * (name === 'wasm' ? (report?.threads ?? 1) : 1);
  const parameters = model?.parameters ?? parametersOf(config);
  return operationsOf(config, parameters, file) / (measured ?? typical) + mergingSeconds(config, parameters);
}
