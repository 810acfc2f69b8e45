// What warm-up, forgetting and improving share: the stage bracket around their steps, with a measurement of the drift from the
// SFT model at the start, every 20 steps and at the end, and where somebody watches with the moments of the time line.
import type { RunEvent, TimedStage } from '../events';
import { dpoBeta, type PairMethod, stageHasBeta } from '../methods';
import type { Optimiser } from '../optim/optimiser';
import { createSchedule } from '../optim/schedule';
import type { Ahead } from './ahead';
import { anatomyEvent } from './anatomy';
import { type Events, policyOf, type RunContext, type StepReport, stage } from './context';
import { keepEntry } from './entries';
import { dangerSentences } from './evaluator';
import { itemNumbers, lossOfRatios, type OwnLosses } from './ownLosses';
import {
  type PreferenceOptions,
  type RatiosTick,
  type StepTick,
  type TrainingTick,
  trainPreference,
} from './preference';
import { LoopKeeper, saveEnd, saveSteps, takeUpSteps } from './resume/loop';
import { moment } from './timeline';
import { isSound } from './trainStep';
import { pathSteps, watchedSteps } from './watched';

const DRIFT_EVERY = 20;
/** Reported prompts that a path's accuracy is of. */
export const PATH_PROMPTS = 150;

/** Steps may run ahead of their numbers, but not past a measurement. */
export function aheadOf({ controls, hasPath, inspected, pace }: RunContext, total: number, watch?: Watch): Ahead {
  const moments = new Set([...(inspected ? watchedSteps(total) : []), ...(hasPath ? pathSteps(total) : [])]);
  const isSeen = (done: number): boolean =>
    done % DRIFT_EVERY === 0 || moments.has(done) || (watch?.after(done) ?? false);
  return { pace, waitsAfter: (done) => controls.isWatching || isSeen(done) };
}

/** Somebody who looks at the optimiser after some steps, and what is to be told of it. */
export interface Watch {
  after(step: number): boolean;
  events(step: number): Promise<readonly RunEvent[]>;
}

/** Runs `ticks` as the stage `name`; disposes the optimiser. */
export async function* trainingStage(
  context: RunContext,
  name: TimedStage,
  total: number,
  ticks: AsyncGenerator<TrainingTick>,
  { optimiser, keeper = new LoopKeeper(), watch }: { optimiser: Optimiser; keeper?: LoopKeeper; watch?: Watch },
): Events {
  const moments = new Set(watchedSteps(total));
  // The warm-up is no part of the aligned model: the masked stages go back to SFT.
  const path = new Set(context.hasPath && name !== 'warm-up' ? pathSteps(total) : []);
  // A schedule's first update has rate 0 and leaves the weights as they were.
  let hasMoved = false;
  const numbers = itemNumbers(context, name);
  try {
    yield* stage(context, name, { total, unit: 'steps' }, async function* (report) {
      if (context.isWatched) await keepEntry(context, name);
      const start = await context.evaluator.drift(policyOf(context));
      yield { type: 'drift', stage: name, step: 0, ...start, dangers: dangerSentences(start, null) };
      for await (const tick of ticks) {
        if (tick.kind === 'reference') yield referenceProgress(name, total, tick);
        else if (tick.kind === 'event') yield tick.event;
        else if (tick.kind === 'ready') {
          yield* moment(context, { stage: name, step: 0, total, hasMoved });
          hasMoved = takeUpSteps(context, { optimiser, keeper, numbers });
        } else if (tick.kind === 'ratios') yield pairRatios(numbers, tick);
        else {
          const { step } = tick;
          // A step that is not sound is told, and then the stage fails.
          const isGood = isSound(tick.metrics);
          const point = { tick, isSound: isGood, hasMoved, optimiser, keeper, numbers };
          context.progress.begin((writer) => saveSteps(point, writer));
          hasMoved ||= tick.metrics.learningRate > 0;
          const events = toldSteps(context, name, report, tick);
          // With the weights before the update: of the moment behind the last one, so before this one's.
          if (isGood && tick.own) yield lossesEvent(numbers, name, step - 1, tick.own);
          // What belongs to the moment comes before the step, so that whoever goes step by step has seen it with the step.
          yield* events.before;
          if (isGood && watch?.after(step)) yield* await watch.events(step);
          if (isGood && moments.has(step)) yield* moment(context, { stage: name, step, total, hasMoved });
          yield* events.after;
          if (tick.anatomy) context.controls.watched();
          if (!isGood) continue;
          // A path says on the way what the drift would.
          if ((step % DRIFT_EVERY === 0 && !context.hasPath) || step === total) {
            const now = await context.evaluator.drift(policyOf(context));
            yield { type: 'drift', stage: name, step, ...now, dangers: dangerSentences(now, start.goldLogp) };
          }
          if (path.has(step)) {
            const place = await context.evaluator.place(policyOf(context), PATH_PROMPTS);
            yield { type: 'path', stage: name, step, ...place };
          }
        }
      }
      context.progress.begin(saveEnd);
    });
  } finally {
    context.controls.watched();
    optimiser.dispose();
  }
}

/** What is told of a step, before and after what is measured at it. The step is timed now. */
function toldSteps(
  context: RunContext,
  stageName: TimedStage,
  report: StepReport,
  { step, metrics, settings, anatomy }: StepTick,
): { before: RunEvent[]; after: RunEvent[] } {
  const stepEvent = report(step, metrics);
  return {
    before: settings ? [{ type: 'settings', stage: stageName, step, ...settings }] : [],
    after: anatomy ? [stepEvent, anatomyEvent(context, stageName, { step, metrics, anatomy })] : [stepEvent],
  };
}

function lossesEvent(
  numbers: ReadonlyMap<object, number>,
  stageName: TimedStage,
  step: number,
  { items, losses }: OwnLosses,
): RunEvent {
  return { type: 'losses', stage: stageName, step, items: items.map((item) => numbers.get(item)!), losses };
}

const pairRatios = (numbers: ReadonlyMap<object, number>, { ratios, keepShare, beta }: RatiosTick): RunEvent => ({
  ...{ type: 'pair-log-ratios', stage: 'improving' },
  records: [...ratios].map(([pair, { chosen, rejected }]) => {
    const loss = lossOfRatios(chosen, rejected, keepShare, beta);
    return { pair: numbers.get(pair)!, chosen, rejected, loss };
  }),
});

const referenceProgress = (
  name: TimedStage,
  total: number,
  { done, total: all, tokens }: Extract<TrainingTick, { kind: 'reference' }>,
): RunEvent => ({
  ...{ type: 'stage.progress', stage: name, label: `reference log-probs, ${done} of ${all}` },
  ...{ done: 0, total, tokens },
});

export interface PreferenceStage extends Pick<PreferenceOptions, 'steps' | 'keepShare' | 'measured'> {
  rate: number;
  method: PairMethod;
  watch?: Watch;
}

/** A stage on the pairs from the present weights, which are its reference. */
export function preferenceStage(
  context: RunContext,
  name: 'warm-up' | 'improving',
  optimiser: Optimiser,
  { steps, rate, method, watch, ...own }: PreferenceStage,
): Events {
  const { config, controls, dataset, isWatched: tellsLosses, rng } = context;
  const beta = method === config.method ? config.beta : dpoBeta(config);
  const keeper = new LoopKeeper();
  const options = {
    ...{
      ...config,
      ...own,
      keeper,
      steps,
      controls,
      tellsLosses,
      beta,
      isBetaFixed: !stageHasBeta(name, config.method),
    },
    ...{ padId: dataset.padId, rng: rng.fork(name), ahead: aheadOf(context, steps, watch) },
    schedule: createSchedule({ kind: 'cosine', baseRate: rate, totalSteps: steps, warmupRatio: 0.1 }),
    loss: { ...config, method },
  };
  const ticks = trainPreference(policyOf(context), optimiser, context.pairSet!.pairs, options);
  return trainingStage(context, name, steps, ticks, { optimiser, keeper, ...(watch && { watch }) });
}
