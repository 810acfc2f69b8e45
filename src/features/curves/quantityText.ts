// What a picture of the Curves view is measured in, and what it waits for: both depend on the methods of the runs that it shows. Pure.
import { formatCount } from '../../components/format';
import { SAMPLED_RIGHT } from '../../components/metricText';
import { isMasked, isPpo, type Method, type RunConfig } from '../../core/config';
import { learnsFromPairs, METHOD_DESCRIPTIONS, type RewardForm, rewardForm } from '../../core/methods';
import type { RunState } from '../../state/runState';
import type { Quantity } from './quantities';

type Shown = Pick<RunState, 'config' | 'moments'>;
type Named = Pick<Quantity, 'id' | 'unit' | 'empty'>;

const hasWarmup = (config: RunConfig): boolean => isMasked(config) && config.maskRule !== 'random';
const labelOf = (method: Method): string => METHOD_DESCRIPTIONS[method].label;
const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** With what it is measured on, where that matters. */
export function quantityUnit({ id, unit }: Named, runs: readonly Shown[]): string {
  switch (id) {
    case 'held-out':
      return heldOutUnit(unit, runs);
    case 'accuracy':
      return accuracyUnit(unit, runs);
    case 'margin':
      return rewardUnit(unit, runs, (form) => `of ${REWARD_TEXT[form]}`);
    case 'rewards':
      return rewardUnit(unit, runs, (form) => REWARD_TEXT[form]);
    default:
      return unit;
  }
}

function heldOutUnit(unit: string, runs: readonly Shown[]): string {
  const counts = runs.flatMap(({ moments }) => {
    const n = moments.at(-1)?.answers.filter(({ correct }) => correct !== null).length ?? 0;
    return n > 0 ? [n] : [];
  });
  return counts.length === 0 ? unit : `n = ${distinct(counts).map(formatCount).join(' or ')}, ${unit}`;
}

function accuracyUnit(unit: string, runs: readonly Shown[]): string {
  const sampling = distinct(runs.flatMap(({ config }) => (isPpo(config) ? [labelOf(config.method)] : [])));
  if (sampling.length === 0) return unit;
  const ranks = runs.some(({ config }) => learnsFromPairs(config.method) || hasWarmup(config));
  return ranks ? `${unit}; ${sampling.join(' and ')}: ${SAMPLED_RIGHT}` : SAMPLED_RIGHT;
}

/** A response's reward, by the method's form of it. */
const REWARD_TEXT: Readonly<Record<RewardForm, string>> = {
  sum: 'β · log-ratio, nats',
  mean: 'β · mean log-ratio, nats per token',
  'reference-free': 'β · mean log-prob, nats per token',
};

/** `unit` is that of summed log-ratios, which every warm-up has; another form is named with its method. */
function rewardUnit(unit: string, runs: readonly Shown[], textOf: (form: RewardForm) => string): string {
  const configs = runs.map(({ config }) => config);
  const others = distinct(configs.map(({ method }) => method)).filter((method) => rewardForm(method) !== 'sum');
  const named = others.map((method) => `${labelOf(method)}: ${textOf(rewardForm(method))}`);
  const sums =
    configs.length === 0 || configs.some((config) => rewardForm(config.method) === 'sum' || hasWarmup(config));
  return [...(sums ? [unit] : []), ...named].join('; ');
}

const OF_PAIRS: readonly string[] = ['accuracy', 'margin', 'rewards', 'log-probs'];

/** What will appear and when; where none of the runs has such a thing, that. */
export function quantityEmpty({ id, empty }: Named, runs: readonly Shown[]): string {
  const without = runs.filter(({ config }) => !learnsFromPairs(config.method) && !hasWarmup(config));
  if (!OF_PAIRS.includes(id) || runs.length === 0 || without.length < runs.length) return empty;
  if (id === 'accuracy' && runs.some(({ config }) => isPpo(config)))
    return 'Appears with the first update: how many of the answers that were sampled for it are right.';
  const labels = distinct(runs.map(({ config }) => labelOf(config.method)));
  return `${labels.join(' and ')} ${labels.length > 1 ? 'learn' : 'learns'} from answers, not from pairs: there is nothing to show.`;
}
