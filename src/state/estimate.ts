// How long a run will take and how much memory it needs, before it starts: arithmetic of its settings over a speed. Rough, and said to be
// so.
import { isPpo, isSingleStage, type RunConfig } from '../core/config';
import type { BackendName, BackendReport } from '../core/events';
import { BUILTIN_LENGTHS, type MemoryEstimate, runMemory } from '../core/memory';
import { type ModelConfig, parameterCount } from '../core/model/config';
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
  warmupWork,
} from './workload';

/** Useful floating-point operations per second of a small decoder in training; replaced by a measured one when there is one. */
const SPEED: Readonly<Record<BackendReport['name'], number>> = { webgpu: 3e11, wasm: 2e10, cpu: 4e8 };
/** Software WebGPU adapters compute on the CPU. */
const SOFTWARE_SPEED = 2e9;

const BUILTIN_VOCABULARY = 180;
/** Operations of a trained token a parameter. */
const TRAINING_FACTOR = 6;

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

export type DataSizes = Pick<ImportPreview, 'vocabularySize' | 'promptTokens' | 'responseTokens'>;

/**
 * What the next run will hold at most; `file`: the data it trains on, null for the built-in tasks; `brought`: the sizes of a model that somebody
 * brings, null for the settings' own.
 */
export function estimateMemory(
  config: RunConfig,
  file: DataSizes | null,
  backend: BackendName,
  brought: ModelConfig | null = null,
): MemoryEstimate {
  const hasStarter =
    !file && (config.preset === 'tiny' || config.preset === 'default') && config.sftStart !== 'scratch';
  const isForgetting = !isSingleStage(config) && config.forgettingSteps > 0;
  const scoresPpo = isPpo(config) && config.ppoReward === 'reward model';
  const options = {
    backend,
    trainsSft: !((hasStarter || brought !== null) && config.sftStart === 'shipped'),
    trainsRewards: (isForgetting || scoresPpo) && !(hasStarter && config.rewardSource === 'shipped'),
  };
  if (!file) return runMemory(config, modelOf(config), { ...options, lengths: BUILTIN_LENGTHS });
  const { promptTokens, responseTokens, vocabularySize } = file;
  const supervised = promptTokens.median + responseTokens.median;
  const lengths = { supervised, prompt: promptTokens.longest, responseShare: responseTokens.median / supervised };
  return runMemory(config, brought ?? modelOf(config, vocabularySize), { ...options, lengths });
}

/** Floating-point operations of a run. */
export function operationsOf(config: RunConfig, parameters = parametersOf(config)): number {
  const stages = [
    ...[sftWork(config), samplingWork(config), warmupWork(config), rewardWork(config)],
    ...[forgettingWork(config), improvingWork(config), evaluationWork(config)],
  ];
  return parameters * stages.reduce((sum, stage) => sum + operationsPerWeight(stage), 0);
}

/** Operations per second that a run has shown in its training stages; null before a second of training. */
export function measuredSpeed(run: RunState): number | null {
  const stages = run.stages.filter((stage) => stage.unit === 'steps' && stage.tokens > 0);
  const tokens = stages.reduce((sum, stage) => sum + stage.tokens, 0);
  const seconds = stages.reduce((sum, stage) => sum + stage.activeMs, 0) / 1000;
  if (!run.started || seconds < 1) return null;
  return (TRAINING_FACTOR * run.started.totalParameters * tokens) / seconds;
}

/** Speed of the newest run that has trained on the backend in use; null when there is none. */
export function knownSpeed({ runs, backend }: Pick<StudioState, 'runs' | 'backend'>): number | null {
  if (backend.status !== 'known') return null;
  const run = runs.findLast((one) => one.started?.backend.name === backend.report.name && measuredSpeed(one) !== null);
  return run ? measuredSpeed(run) : null;
}

/** Seconds for a run on this backend. `measured`: a speed seen on it, operations per second; `parameters`: of another model than the settings'. */
export function estimateSeconds(
  config: RunConfig,
  report: BackendReport | null,
  measured: number | null,
  parameters = parametersOf(config),
): number {
  const isSoftware = /software|swiftshader|llvmpipe|lavapipe/i.test(report?.adapter ?? '');
  const name = report?.name ?? 'wasm';
  const typical =
    name === 'webgpu' && isSoftware ? SOFTWARE_SPEED : SPEED[name] * (name === 'wasm' ? (report?.threads ?? 1) : 1);
  return operationsOf(config, parameters) / (measured ?? typical) + mergingSeconds(config, parameters);
}
