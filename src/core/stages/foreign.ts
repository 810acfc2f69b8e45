// Mask transfer: the warm-up that ranks the weights is another family's, on its own questions, answers and pairs, with the same settings
// and seed. It is what a run that aligns that family does up to its mask, to the bit, and trains nothing else of this run.
import type { Family } from '../config';
import type { Dataset } from '../data/dataset';
import type { RunEvent } from '../events';
import { createRng } from '../rng';
import { type Events, notice, type RunContext, type StepReport, stage } from './context';
import { keepEntry } from './entries';
import { evaluation } from './evaluation';
import { Evaluator } from './evaluator';
import { once } from './once';
import { pairs } from './pairs';
import { section } from './resume/section';
import { sampling } from './sampling';
import { warmup } from './warmup';

/** Whose warm-up ranks the weights; null for the aligned family's own, as for a file, which is a family by itself. */
export function foreignFamily({ config, dataset, datasetFor }: RunContext): Family | null {
  const { maskSource } = config;
  return maskSource === 'own' || maskSource === dataset.alignedFamily || !datasetFor ? null : maskSource;
}

/** The warm-up of whichever family ranks the weights. Afterwards the policy holds θ′. */
export async function* rankingWarmup(context: RunContext): Events {
  const { config, datasetFor } = context;
  const family = foreignFamily(context);
  if (family && datasetFor) return yield* foreignWarmup(context, family, datasetFor(family));
  if (config.maskSource !== 'own' && !datasetFor) yield notice('warning', 'warm-up', NO_OTHER_FAMILY);
  yield* once(context, 'warm-up', warmup);
}

const NO_OTHER_FAMILY =
  'An imported file is a family by itself, so there is no other warm-up to take a mask from: the mask is that of its own.';

async function* foreignWarmup(context: RunContext, family: Family, dataset: Dataset): Events {
  const other = contextOf(context, family, dataset);
  yield* stage(context, 'warm-up', { total: context.config.warmupSteps, unit: 'steps' }, async function* (report) {
    if (context.isWatched) await keepEntry(context, 'warm-up');
    const text = `The weights are ranked by a warm-up on ${family}: on its questions, answers and pairs, with the same settings and seed. Nothing else is trained on them.`;
    yield notice('info', 'warm-up', text);
    for await (const event of upToMask(other)) yield* toldOf(event, context, family, report);
    context.gradientSums = other.gradientSums;
  });
}

/** What a run on the other family does before its mask. What its evaluation finds is only wanted where its own runs can take it over. */
async function* upToMask(other: RunContext): Events {
  if (other.shared) yield* once(other, 'before', (context) => evaluation(context, 'before'));
  yield* section(other, 'sampling', () => once(other, 'sampling', sampling));
  yield* section(other, 'pairs', () => once(other, 'pairs', pairs));
  yield* section(other, 'warm-up', () => once(other, 'warm-up', warmup));
}

/** A run on the other family, with this one's model; what it answers and learns from does not get among this run's. */
function contextOf(context: RunContext, family: Family, dataset: Dataset): RunContext {
  const config = { ...context.config, family, maskSource: 'own' as const };
  return {
    ...context,
    ...{
      config,
      dataset,
      rng: createRng(config.seed, 'run'),
      evaluator: new Evaluator(dataset, config, context.split),
    },
    ...{ isWatched: false, hasPath: false, inspected: null, entries: new Map(), summaries: new Map() },
    ...{ questions: [], responses: [], pairSet: null, gradientSums: null, masks: {}, scores: null, weighted: [] },
    ...{ rewards: new Map(), rewardAuroc: null, evaluations: {} },
  };
}

/** The other run's steps and what the optimiser tells are the warm-up's; its answers, pairs and measurements are nobody's. */
function toldOf(event: RunEvent, { config }: RunContext, family: Family, report: StepReport): RunEvent[] {
  const isProgress = event.type === 'stage.progress';
  if (isProgress && event.stage !== 'evaluation') {
    const count = event.stage === 'sampling' ? `, ${event.done} of ${event.total} answers` : '';
    const label = `${family}: ${event.label}${count}`;
    return [{ ...event, stage: 'warm-up', label, done: 0, total: config.warmupSteps }];
  }
  switch (event.type) {
    case 'step':
      return [report(event.step, event.metrics)];
    case 'notice':
      return [{ ...event, stage: 'warm-up', text: `${family}: ${event.text}` }];
    case 'moments':
    case 'settings':
    case 'anatomy':
      return [event];
    default:
      return [];
  }
}
