// The stages in words: names, key figures for the rail, the sentence of the moment, the status announcement.

import { formatCount, formatNumber, formatPercent } from '../../components/format';
import { STAGE_COLOUR, STAGE_LABEL, stageLabel } from '../../components/stageNames';
import { isMasked, isSingleStage, type RunConfig } from '../../core/config';
import type { StageName } from '../../core/events';
import { METHOD_DESCRIPTIONS } from '../../core/methods';
import { runProgress } from '../../state/pace';
import type { RunState, Series, StageState } from '../../state/runState';
import type { ViewName } from '../../state/urlState';

interface StageText {
  label: string;
  /** What happens in it, one sentence for people who have not read the paper. */
  what: string;
  /** The view that shows it best. */
  view: ViewName;
  colour: string;
}

const look = (name: StageName) => ({ label: STAGE_LABEL[name], colour: STAGE_COLOUR[name] });

export const STAGE_TEXT: Readonly<Record<StageName, StageText>> = {
  sft: {
    ...look('sft'),
    what: 'A model learns to answer from (noisy) solutions.',
    view: 'run',
  },
  sampling: {
    ...look('sampling'),
    what: 'It answers training prompts several times each.',
    view: 'data',
  },
  pairs: {
    ...look('pairs'),
    what: 'Right and wrong answers to one prompt become pairs.',
    view: 'data',
  },
  'warm-up': {
    ...look('warm-up'),
    what: 'A short plain DPO moves all weights, to see which move most.',
    view: 'run',
  },
  mask: {
    ...look('mask'),
    what: 'The most moved weights become the two neuron masks.',
    view: 'neurons',
  },
  'token-rewards': {
    ...look('token-rewards'),
    what: 'A rewriting model says which tokens of a wrong answer are wrong.',
    view: 'tokens',
  },
  forgetting: {
    ...look('forgetting'),
    what: 'Wrong tokens become less likely; only masked weights move.',
    view: 'run',
  },
  improving: {
    ...look('improving'),
    what: 'Right answers gain on wrong ones; only masked weights move.',
    view: 'run',
  },
  evaluation: {
    ...look('evaluation'),
    what: 'Held-out prompts: accuracy, drift from SFT, and the other families.',
    view: 'run',
  },
};

type Told = Pick<RunConfig, 'method' | 'forgettingSteps' | 'maskRule' | 'maskScore' | 'maskSource' | 'family'>;

/** What happens in a stage of a run with these settings. */
export function stageWhat(name: StageName, config: Told): string {
  if (name === 'warm-up') return warmupWhat(config);
  if (name === 'mask') return maskWhat(config);
  const which = isMasked(config) ? 'only masked weights move' : 'all weights may move';
  if (name === 'improving' && isSingleStage(config)) return `${METHOD_DESCRIPTIONS[config.method].loss}; ${which}.`;
  const { what } = STAGE_TEXT[name];
  return isMasked(config) ? what : what.replace('only masked weights move', which);
}

/** The family whose warm-up ranks the weights, where it is not the aligned one. */
const foreignSource = ({ maskSource, family }: Told): string | null =>
  maskSource === 'own' || maskSource === family ? null : maskSource;

function warmupWhat(config: Told): string {
  const where = foreignSource(config);
  const rank = config.maskScore === 'gradient' ? 'which get the largest gradients' : 'which move most';
  return `A short plain DPO ${where ? `on another family, ${where}, ` : ''}moves all weights, to see ${rank}.`;
}

function maskWhat(config: Told): string {
  const masks = isSingleStage(config) || config.forgettingSteps === 0 ? 'the neuron mask' : 'the two neuron masks';
  if (config.maskRule === 'random') return `Weights drawn at random become ${masks}.`;
  const isLeast = config.maskRule === 'least';
  const which =
    config.maskScore === 'gradient'
      ? `The weights with the ${isLeast ? 'smallest' : 'largest'} summed gradient`
      : `The ${isLeast ? 'least' : 'most'} moved weights`;
  const where = foreignSource(config);
  return `${which}${where ? ` of a warm-up on ${where}` : ''} become ${masks}.`;
}

/** The stages a run with these settings goes through, before any has begun. */
export function plannedStages(config: RunConfig, imported: boolean): { name: StageName; total: number }[] {
  const scratch = imported || config.preset === 'scratch' || config.preset === 'large';
  const stages: { name: StageName; total: number }[] = [
    { name: 'sampling', total: config.prompts * config.samplesPerPrompt },
    { name: 'pairs', total: 0 },
    { name: 'warm-up', total: config.warmupSteps },
    { name: 'mask', total: 0 },
    { name: 'token-rewards', total: 0 },
    { name: 'forgetting', total: config.forgettingSteps },
    { name: 'improving', total: config.improvingSteps },
    { name: 'evaluation', total: 0 },
  ];
  if (scratch) stages.unshift({ name: 'sft', total: (imported ? 0 : config.copySteps) + config.sftSteps });
  const forgets = !isSingleStage(config) && config.forgettingSteps > 0;
  const left: Partial<Record<StageName, boolean>> = {
    ...{ 'warm-up': isMasked(config) && config.maskRule !== 'random', mask: isMasked(config) },
    ...{ 'token-rewards': forgets, forgetting: forgets, improving: config.improvingSteps > 0 },
  };
  return stages.filter(({ name }) => left[name] ?? true);
}

/** The rail's figure for a stage, "" when there is nothing to say. */
export function stageFigure(run: RunState, stage: StageState): string {
  if (stage.status === 'waiting') return '';
  const progress = stage.total > 0 ? `${formatCount(stage.done)} / ${formatCount(stage.total)}` : '';
  if (stage.status === 'running') return progress;
  switch (stage.name) {
    case 'pairs':
      return run.pairs ? formatCount(run.pairs.pairs.length) : progress;
    case 'mask': {
      const masks = [run.masks.forgetting, run.masks.improving].flatMap((mask) => (mask ? [mask] : []));
      return masks.map((mask) => formatPercent(mask.requestedPercent)).join(' · ');
    }
    case 'token-rewards':
      return run.rewards?.auroc != null ? `AUROC ${formatNumber(run.rewards.auroc, 2)}` : progress;
    case 'evaluation':
      return accuracyWithKl(run) || progress;
    default:
      return progress;
  }
}

/** Greedy accuracy of the aligned family in per cent; null while unknown. */
export function alignedAccuracy(run: RunState, moment: 'before' | 'after'): number | null {
  const family = run.started?.alignedFamily ?? run.config.family;
  return run.evaluations[moment]?.families[family]?.greedy ?? null;
}

/** "95 % · KL 0.051": accuracy after alignment is never shown without the drift it cost; "" before the last evaluation. */
function accuracyWithKl(run: RunState): string {
  const { after } = run.evaluations;
  if (!after) return '';
  const accuracy = alignedAccuracy(run, 'after');
  const kl = `KL ${formatNumber(after.klToSft)}`;
  return accuracy === null ? kl : `${formatPercent(accuracy)} · ${kl}`;
}

/** Loss curve of a stage (the latest of its series). */
export function seriesOf(run: RunState, stage: StageName): Series | null {
  return Object.values(run.series).findLast((series) => series.stage === stage) ?? null;
}

export const runningStage = (run: RunState): StageState | null =>
  run.stages.find((stage) => stage.status === 'running') ?? null;

const share = (stage: StageState): string =>
  stage.total > 0
    ? `${formatCount(stage.done)} of ${formatCount(stage.total)}${stage.unit ? ` ${stage.unit}` : ''}`
    : '';

/** "Warm-up: 12 of 50 steps". */
export function stageSentence(run: RunState): string {
  const stage = runningStage(run);
  if (!stage) return 'Getting ready';
  const progress = share(stage);
  const label = stageLabel(stage.name, run.config);
  return progress ? `${label}: ${progress}` : label;
}

/** What assistive technology hears: changes with phase and stage, not with every step. What waits for somebody: Attention. */
export function announcement(run: RunState | null): string {
  if (!run) return 'No run yet.';
  const stage = runningStage(run);
  const at = stage ? stageLabel(stage.name, run.config) : 'getting ready';
  switch (run.phase) {
    case 'starting':
      return `Run ${run.name} is starting.`;
    case 'running':
      return `Running ${run.name}: ${at}.`;
    case 'paused':
      return `Paused ${run.name}: ${at}.`;
    case 'stopped':
      return `Stopped ${run.name}: ${at}.`;
    case 'failed':
      return `Run ${run.name} failed: ${run.failure?.message ?? 'unknown reason'}`;
    case 'done':
      return `Run ${run.name} is done. ${outcome(run).replace(/\.$/, klPhrase(run))}`;
  }
}

/** " · KL 0.051." to end a sentence, "." before the last evaluation. */
function klPhrase(run: RunState): string {
  const { after } = run.evaluations;
  return after ? ` · KL ${formatNumber(after.klToSft)}.` : '.';
}

/** "Greedy accuracy on math rose from 51.7 % to 95 %." */
export function outcome(run: RunState): string {
  const before = alignedAccuracy(run, 'before');
  const after = alignedAccuracy(run, 'after');
  if (before === null || after === null) return 'No answers are known, so no accuracy was measured.';
  const family = run.started?.alignedFamily ?? run.config.family;
  if (before === after) return `Greedy accuracy on ${family} stayed at ${formatPercent(after)}.`;
  const verb = after > before ? 'rose' : 'fell';
  return `Greedy accuracy on ${family} ${verb} from ${formatPercent(before)} to ${formatPercent(after)}.`;
}

/** The document's title. */
export function documentTitle(run: RunState | null): string {
  const studio = 'ALLO Studio';
  if (!run) return studio;
  const percent = `${Math.floor(100 * runProgress(run))} %`;
  const stage = runningStage(run);
  switch (run.phase) {
    case 'starting':
      return `Starting · ${studio}`;
    case 'running':
      return `${percent} ${stage ? stageLabel(stage.name, run.config) : ''} · ${studio}`;
    case 'paused':
      return `Paused at ${percent} · ${studio}`;
    case 'stopped':
      return `Stopped · ${studio}`;
    case 'failed':
      return `Failed · ${studio}`;
    case 'done': {
      const result = accuracyWithKl(run);
      return `${result ? `Done: ${result}` : 'Done'} · ${studio}`;
    }
  }
}
