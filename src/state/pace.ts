// Speed and time left of a run, from the time its stages have really worked.
import type { RunConfig } from '../core/config';
import type { StageName } from '../core/events';
import type { RunState, StageState } from './runState';
import { improvingWork, operationsPerWeight, warmupWork } from './workload';

/**
 * Relative cost of one unit of each stage (a step, an answer, a prompt). Only the ratios count: they carry the speed
 * measured so far over to the stages that have not begun.
 */
const COST: Readonly<Record<StageName, number>> = {
  sft: 150,
  sampling: 4,
  pairs: 0.1,
  'warm-up': 80,
  mask: 100,
  'token-rewards': 14,
  forgetting: 80,
  improving: 90,
  evaluation: 8,
};

/** Tokens per second of the running stage, else of the last one that counted tokens; null before there is anything. */
export function tokensPerSecond(run: RunState): number | null {
  const measured = run.stages.filter((stage) => stage.tokens > 0 && stage.activeMs > 50);
  const stage = measured.find((one) => one.status === 'running') ?? measured.at(-1);
  return stage ? (stage.tokens / stage.activeMs) * 1000 : null;
}

/** Of an update of this run: PPO samples on the way, KTO looks twice, a foreign mask's warm-up has another family's answers sampled. */
function unitCost(name: StageName, config: RunConfig): number {
  if (name !== 'warm-up' && name !== 'improving') return COST[name];
  const own = name === 'improving' ? improvingWork(config) : warmupWork(config);
  const plain = operationsPerWeight({ trained: own.trained, scored: 0, sampled: 0 });
  return COST[name] * (plain > 0 ? operationsPerWeight(own) / plain : 1) * (isMergingStage(name, config) ? MERGING : 1);
}

/** An online merging update in JavaScript costs about half of the step that it ends (Default on wasm). */
const MERGING = 1.5;
const isMergingStage = (name: StageName, { optimiser }: RunConfig): boolean =>
  name === 'improving' && optimiser !== 'adamw';

const cost = ({ name }: StageState, config: RunConfig, units: number): number =>
  unitCost(name, config) * Math.max(0, units);

/** Share of the whole run's work that is done, 0…1. */
export function runProgress(run: RunState): number {
  if (run.phase === 'done') return 1;
  const total = run.stages.reduce((sum, stage) => sum + cost(stage, run.config, stage.total), 0);
  const done = run.stages.reduce((sum, stage) => sum + cost(stage, run.config, stage.done), 0);
  return total === 0 ? 0 : Math.min(1, done / total);
}

/** Seconds left, null until half a second of work has been measured or when nothing is left to do. */
export function secondsLeft(run: RunState): number | null {
  if (run.phase !== 'running' && run.phase !== 'paused') return null;
  const activeMs = run.stages.reduce((sum, stage) => sum + stage.activeMs, 0);
  const doneCost = run.stages.reduce((sum, stage) => sum + cost(stage, run.config, stage.done), 0);
  if (activeMs < 500 || doneCost === 0) return null;
  const msPerCost = activeMs / doneCost;
  const left = run.stages.reduce((sum, stage) => {
    if (stage.status === 'done') return sum;
    const own =
      stage.done > 0 && stage.activeMs > 500
        ? stage.activeMs / stage.done
        : unitCost(stage.name, run.config) * msPerCost;
    return sum + own * Math.max(0, stage.total - stage.done);
  }, 0);
  return left / 1000;
}
