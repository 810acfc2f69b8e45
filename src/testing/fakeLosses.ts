// What a made-up run tells of single pairs and wrong answers: the losses of each step's batch, and at the end how far all pairs have moved.
import type { RunEvent, TimedStage } from '../core/events';
import type { Rng } from '../core/rng';
import type { FakeTimeline } from './fakeTimeline';

const BATCH = 8;

/** The batch of update `step`, eight items on from the one before: each a little below what it cost at first. */
export function fakeLosses(timeline: FakeTimeline, stage: TimedStage, step: number, total: number): RunEvent {
  const all = stage === 'forgetting' ? [...timeline.rewards.keys()] : [...timeline.pairs.keys()];
  const items = Array.from(
    { length: Math.min(BATCH, all.length) },
    (_, i) => all[((step - 1) * BATCH + i) % all.length]!,
  );
  const way = (step - 1) / total;
  const losses = Float32Array.from(items, (item) => Math.LN2 - way * (0.1 + 0.02 * (item % 10)));
  return { type: 'losses', stage, step: step - 1, items, losses };
}

/** Of all pairs: the chosen side a little up, the rejected one down. */
export const fakePairRatios = ({ pairs }: FakeTimeline, rng: Rng): RunEvent => ({
  ...{ type: 'pair-log-ratios', stage: 'improving' },
  records: pairs.map(({ chosen, rejected }, pair) => ({
    pair,
    chosen: Float32Array.from(chosen, () => 0.1 * rng.next()),
    rejected: Float32Array.from(rejected, () => -0.6 * rng.next()),
    loss: 0.4 + 0.2 * rng.next(),
  })),
});
