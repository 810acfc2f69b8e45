// What a mask is, in words: which share was asked for and reached, by which rule, and where it is dense. Pure.
import { countOf, formatCount, formatNumber, formatPercent, formatShare } from '../../components/format';
import type { MaskPurpose } from '../../core/events';
import { placeOf } from '../../core/masks/tensorKinds';
import { sizeOf } from '../../core/model/config';
import type { MaskSummary } from '../../state/runState';

export type MaskEvent = MaskSummary;

const VERB: Record<MaskPurpose, string> = { forgetting: 'Forgetting', improving: 'Improving' };

/** The weights the rule takes, e.g. "the 5 % that moved most in the warm-up". */
export function ruleText(mask: Pick<MaskEvent, 'rule' | 'lowerPercent' | 'requestedPercent'>): string {
  const share = formatPercent(mask.requestedPercent);
  const skipped = mask.lowerPercent > 0 ? `, after the first ${formatPercent(mask.lowerPercent)}` : '';
  switch (mask.rule) {
    case 'top':
      return `the ${share} that moved most in the warm-up${skipped}`;
    case 'least':
      return `the ${share} that moved least in the warm-up${skipped}`;
    case 'random':
      return `${share} drawn at random`;
    default:
      return `${share} by the rule “${mask.rule}”`;
  }
}

/** The view's title sentence; a single-stage method calls its only mask 'improving'. */
export function maskTitle(mask: MaskEvent, isSingleStage: boolean): string {
  const who = isSingleStage ? 'DPO' : VERB[mask.purpose];
  return `${who} may change ${formatCount(mask.selected)} of ${formatCount(mask.total)} weights: ${ruleText(mask)}.`;
}

/** Requested and achieved share, threshold, ties. */
export function maskCaption(mask: MaskEvent): string {
  const achieved = (100 * mask.selected) / mask.total;
  const parts = [
    `Requested ${formatPercent(mask.requestedPercent)}, achieved ${achieved.toFixed(3)}\u202f% (${formatCount(mask.selected)} of ${formatCount(mask.total)} selected).`,
  ];
  if (mask.threshold !== null) {
    const side = mask.rule === 'least' ? '≤' : '≥';
    parts.push(`A weight is in when |Δ| ${side} ${formatNumber(mask.threshold)}.`);
    parts.push(
      mask.ties > 1
        ? `${formatCount(mask.ties)} weights tie at the threshold; the earlier ones are taken.`
        : 'No ties at the threshold.',
    );
  }
  return parts.join(' ');
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
