// How long jobs will take: their rough cost in updates, and the seconds that one such update took so far.
import type { RunConfig } from '../config';
import type { Job } from './job';
import type { StudyResult } from './result';
import { configOf } from './variants';

// One evaluation of all measures takes as long as about so many updates (Default on wasm).
const EVALUATION = 60;
// One greedy accuracy and one KL: a point of an interpolation.
const POINT = 25;
// 16 sampled answers to each held-out prompt.
const BEST_OF_N = 250;
const ROLLOUT_ANSWER = 0.15;
const INTERPOLATION_POINTS = 6;

/** In updates' worth of time, without what the arms of one family and seed share (samples, warm-up, masks). */
export function jobCost({ kind, config }: Pick<Job, 'kind' | 'config'>): number {
  const training = trainingCost(config);
  if (kind === 'arm') return training + EVALUATION;
  if (kind === 'interpolation') return training + INTERPOLATION_POINTS * POINT;
  if (kind === 'best-of-n') return BEST_OF_N;
  // Warm-ups of three families, and of the next seed.
  return kind === 'agreement' ? 4 * config.warmupSteps : config.warmupSteps;
}

function trainingCost({ method, forgettingSteps, improvingSteps, rolloutPrompts, ppoEpochs }: RunConfig): number {
  const updates = forgettingSteps + improvingSteps;
  const samples = method === 'ppo' || method === 'ppo-a2c';
  return updates + (samples ? (updates / ppoEpochs) * rolloutPrompts * ROLLOUT_ANSWER : 0);
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
