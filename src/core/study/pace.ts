// How long jobs will take: their rough cost in updates, and the seconds that one such update took so far.
import type { RunConfig } from '../config';
import type { Job } from './job';
import type { StudyResult } from './result';
import { configOf } from './variants';

// Measured as processor time on wasm: Default, math, seed 1; an update of DPO, NPO or RFT, its share of the path included, takes 0.252 s.
// One evaluation of all measures takes 5.2 s.
const EVALUATION = 20;
// One greedy accuracy and one KL, a point of an interpolation: 1.7 s.
const POINT = 7;
// 32 sampled answers to each of 100 prompts: 14 s.
const BEST_OF_N_PROMPT = 0.55;
// PPO's updates hold 785 tokens where pairs make 972, and 110 of them with their 1760 answers take 28.4 s.
const POLICY_UPDATE = 0.8;
const ROLLOUT_ANSWER = 0.014;
const INTERPOLATION_POINTS = 6;

/** In updates' worth of time, without what the arms of one family and seed share (samples, warm-up, masks). */
export function jobCost({ kind, config }: Pick<Job, 'kind' | 'config'>): number {
  const training = trainingCost(config);
  if (kind === 'arm') return training + EVALUATION;
  if (kind === 'interpolation') return training + INTERPOLATION_POINTS * POINT;
  if (kind === 'best-of-n') return BEST_OF_N_PROMPT * config.heldOutPrompts;
  // Warm-ups of three families, and of the next seed.
  return kind === 'agreement' ? 4 * config.warmupSteps : config.warmupSteps;
}

function trainingCost({ method, forgettingSteps, improvingSteps, rolloutPrompts, ppoEpochs }: RunConfig): number {
  const updates = forgettingSteps + improvingSteps;
  if (method !== 'ppo' && method !== 'ppo-a2c') return updates;
  return updates * POLICY_UPDATE + (updates / ppoEpochs) * rolloutPrompts * ROLLOUT_ANSWER;
}

/** Seconds for one update's worth of cost, from finished jobs of one preset and machine; null when there are none. */
export function paceOf(results: readonly StudyResult[]): number | null {
  let seconds = 0;
  let cost = 0;
  for (const result of results) {
    seconds += result.seconds;
    cost += jobCost({ kind: result.kind, config: configOf(result) });
  }
  return cost > 0 ? seconds / cost : null;
}

/** Seconds that the jobs will take at `pace` seconds for one update's worth. */
export const expectedSeconds = (jobs: readonly Job[], pace: number): number =>
  pace * jobs.reduce((sum, job) => sum + jobCost(job), 0);
