// What a mask is, in words: which share was asked for and reached, by which rule, and where it is dense. Pure.
import { countOf, formatCount, formatNumber, formatPercent, formatShare } from '../../components/format';
import { edgeText, sharesText } from '../../components/selectionText';
import { stageLabel } from '../../components/stageNames';
import type { RunConfig } from '../../core/config';
import type { ReferenceComparison } from '../../core/masks/compareReference';
import type { MaskLabRule } from '../../core/masks/selectMask';
import { placeOf } from '../../core/masks/tensorKinds';
import { sizeOf } from '../../core/model/config';
import type { MaskSummary } from '../../state/runState';

export type MaskEvent = MaskSummary;

/** The weights the rule takes, e.g. "the 5 % that moved most in the warm-up". */
export function ruleText(
  mask: Pick<MaskEvent, 'rule' | 'score' | 'source' | 'lowerPercent' | 'requestedPercent'>,
): string {
  const share = formatPercent(mask.requestedPercent);
  const skipped = mask.lowerPercent > 0 ? `, after the first ${formatPercent(mask.lowerPercent)}` : '';
  const warmup = `the warm-up${mask.source ? ` on ${mask.source}` : ''}${skipped}`;
  const isGradient = mask.score === 'gradient';
  switch (mask.rule) {
    case 'top':
      return `the ${share} ${isGradient ? 'ranked first by the summed gradient of' : 'that moved most in'} ${warmup}`;
    case 'least':
      return `the ${share} ${isGradient ? 'ranked last by the summed gradient of' : 'that moved least in'} ${warmup}`;
    case 'random':
      return `${share} drawn at random`;
    default:
      return `${share} by the rule “${mask.rule}”`;
  }
}

/** The view's title sentence; a single-stage method's only mask is called 'improving'. */
export function maskTitle(mask: MaskEvent, run: Pick<RunConfig, 'method'>): string {
  const who = stageLabel(mask.purpose, run);
  return `${who} may change ${formatCount(mask.selected)} of ${formatCount(mask.total)} weights: ${ruleText(mask)}.`;
}

/** Requested and achieved share, threshold, ties of a run's mask; its count and N are in the title. */
export function maskCaption(mask: MaskEvent): string {
  const shares = sharesText(mask.requestedPercent / 100, mask.selected / mask.total);
  if (mask.threshold === null) return `${shares}.`;
  const quantity = mask.score === 'gradient' ? '|Σ g|' : '|Δ|';
  return `${shares}. ${edgeText(quantity, mask.rule === 'least' ? '≤' : '≥', { threshold: mask.threshold, ties: mask.ties })}.`;
}

/** What the released script's rule takes instead; the rule itself is told against the exact ranking. */
export function referenceText(found: ReferenceComparison, rule: MaskLabRule): string {
  if (!found.applies) return `No comparison with the reference rule: ${found.why}`;
  const { selected, achievedShare, differingBits, why } = found;
  if (differingBits === 0) return why;
  const takes = `${rule === 'reference' ? 'It selects' : 'It would select'} ${formatCount(selected)} (${formatShare(achievedShare)})`;
  const differ = `${countOf(differingBits, 'weight')} ${differingBits === 1 ? 'differs' : 'differ'}`;
  return `${why} ${takes}; ${differ}${rule === 'reference' ? ' from the exact ranking' : ''}.`;
}

/** The view's title while the lab's mask is shown. */
export function labTitle({ rule, lower, upper }: { rule: MaskLabRule; lower: number; upper: number }): string {
  const share = formatPercent(upper - lower);
  const skipped = lower > 0 ? `, after the first ${formatPercent(lower)}` : '';
  const taken: Record<MaskLabRule, string> = {
    most: `the ${share} that moved most in the warm-up`,
    least: `the ${share} that moved least in the warm-up`,
    random: `${share} drawn at random`,
    'per-tensor': `the ${share} of each tensor that moved most in the warm-up`,
    gradient: `the ${share} with the largest accumulated gradient`,
    reference: `the ${share} that the released script takes`,
  };
  return `The lab’s mask: ${taken[rule]}${skipped}.`;
}

export interface TensorDensity {
  name: string;
  label: string;
  entries: number;
  selected: number;
  density: number;
  /** Density over the requested share. */
  times: number;
}

export function densities(mask: MaskEvent): TensorDensity[] {
  const requested = mask.requestedPercent / 100;
  return mask.tensors.map((tensor) => {
    const entries = sizeOf(tensor);
    const density = entries > 0 ? tensor.selected / entries : 0;
    const { layer, kind } = placeOf(tensor.name);
    const label = layer === null ? kind : `layer ${layer} ${kind}`;
    return {
      name: tensor.name,
      label,
      entries,
      selected: tensor.selected,
      density,
      times: requested > 0 ? density / requested : 0,
    };
  });
}

/** "1.18×". */
export const timesText = (times: number): string => `${formatNumber(times, times < 0.1 ? 1 : times < 1 ? 2 : 3)}×`;

/** Where the mask is densest and sparsest among the matrices and vectors of the model. */
export function densitySentence(mask: MaskEvent): string {
  const sorted = densities(mask).sort((a, b) => b.density - a.density);
  const most = sorted[0];
  const least = sorted.at(-1);
  if (!most || !least) return '';
  const say = (one: TensorDensity) =>
    `${one.label} ${formatShare(one.density)} (${timesText(one.times)} the requested share)`;
  const empty = sorted.filter((one) => one.selected === 0).length;
  const end = empty > 1 ? `${countOf(empty, 'tensor')} without a selected weight` : say(least);
  return `Densest: ${say(most)}. Sparsest: ${end}.`;
}

/** Where the density scale ends: three times the requested share, at most all. */
export const densityReach = (mask: MaskEvent): number => Math.min(1, Math.max(0.01, (3 * mask.requestedPercent) / 100));
