// What warm-up, forgetting and improving share: the stage bracket around their steps, with a measurement of the drift from the
// SFT model at the start, every 20 steps and at the end.
import type { RunConfig } from '../config';
import type { RunEvent } from '../events';
import type { Adamw } from '../optim/adamw';
import { createSchedule } from '../optim/schedule';
import type { Ahead } from './ahead';
import { type Events, policyOf, type RunContext, stage } from './context';
import { dangerSentences } from './evaluator';
import { type TrainingTick, trainPreference } from './preference';

const DRIFT_EVERY = 20;

/** Steps may run ahead of their numbers, but not past a measurement. */
export const aheadOf = ({ pace }: RunContext, watch?: Watch): Ahead => ({
  pace,
  waitsAfter: (done) => done % DRIFT_EVERY === 0 || (watch?.after(done) ?? false),
});

/** Somebody who looks at the weights or the optimiser after some steps, and what is to be told of it. */
export interface Watch {
  after(step: number): boolean;
  events(step: number): Promise<readonly RunEvent[]>;
}

/** Runs `ticks` as the stage `name`; disposes the optimiser. */
export async function* trainingStage(
  context: RunContext,
  name: 'warm-up' | 'forgetting' | 'improving',
  total: number,
  ticks: AsyncGenerator<TrainingTick>,
  optimiser: Adamw,
  watch?: Watch,
): Events {
  try {
    yield* stage(context, name, { total, unit: 'steps' }, async function* (report) {
      const start = await context.evaluator.drift(policyOf(context));
      yield { type: 'drift', stage: name, step: 0, ...start, dangers: dangerSentences(start, null) };
      for await (const tick of ticks) {
        if (tick.kind === 'reference') {
          yield {
            type: 'stage.progress',
            stage: name,
            label: `reference log-probs, ${tick.done} of ${tick.total}`,
            done: 0,
            total,
            tokens: tick.tokens,
          };
          continue;
        }
        yield report(tick.step, tick.metrics);
        if (watch?.after(tick.step)) yield* await watch.events(tick.step);
        if (tick.step % DRIFT_EVERY !== 0 && tick.step !== total) continue;
        const now = await context.evaluator.drift(policyOf(context));
        yield { type: 'drift', stage: name, step: tick.step, ...now, dangers: dangerSentences(now, start.goldLogp) };
      }
    });
  } finally {
    optimiser.dispose();
  }
}

/** A DPO stage from the present weights, which are its reference. */
export function preferenceStage(
  context: RunContext,
  name: 'warm-up' | 'improving',
  optimiser: Adamw,
  { steps, rate, keepShare, watch }: { steps: number; rate: number; keepShare: RunConfig['keepShare']; watch?: Watch },
): Events {
  const { config, dataset, rng } = context;
  const schedule = createSchedule({ kind: 'cosine', baseRate: rate, totalSteps: steps, warmupRatio: 0.1 });
  const ahead = aheadOf(context, watch);
  const options = { ...config, steps, schedule, keepShare, padId: dataset.padId, rng: rng.fork(name), ahead };
  const ticks = trainPreference(policyOf(context), optimiser, context.pairSet!.pairs, options);
  return trainingStage(context, name, steps, ticks, optimiser, watch);
}
