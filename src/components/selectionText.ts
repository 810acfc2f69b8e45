// A selection of weights in words: shares asked for and reached, thresholds, ties. Pure.
import type { MaskLabRule, MaskSelection } from '../core/masks/selectMask';
import { formatCount, formatNumber, formatPercent } from './format';

type Selected = Pick<MaskSelection, 'requestedShare' | 'achievedShare' | 'selected' | 'total' | 'edges'>;

/** What was selected, with count and N. */
export function selectionText(selection: Selected, rule: MaskLabRule): string {
  const { requestedShare, achievedShare, selected, total, edges } = selection;
  const shares = `${sharesText(requestedShare, achievedShare)}: ${formatCount(selected)} of N = ${formatCount(total)}.`;
  const quantity = rule === 'gradient' ? '|Σ g|' : '|Δ|';
  const [outer, inner] = rule === 'least' ? (['≤', '>'] as const) : (['≥', '<'] as const);
  const said = [
    ...(edges.upper ? [edgeText(quantity, outer, edges.upper)] : []),
    ...(edges.lower ? [edgeText(quantity, inner, edges.lower)] : []),
  ];
  if (selected === 0) return `${shares} Nothing is selected.`;
  return `${shares} ${said.length > 0 ? `${said.join('; ')}.` : 'This rule has no one threshold for all.'}`;
}

export const sharesText = (requested: number, achieved: number): string =>
  `Requested ${formatPercent(100 * requested)}, achieved ${(100 * achieved).toFixed(3)}\u202f%`;

/** "|Δ| ≥ 3.17e−4, no ties"; a tie is several weights that have exactly the threshold's value. */
export function edgeText(
  quantity: string,
  side: string,
  edge: { threshold: number; ties: number; taken?: number },
): string {
  const { ties, taken } = edge;
  const which =
    taken === undefined
      ? 'the earlier ones are'
      : taken >= ties
        ? 'all'
        : taken === 1
          ? 'the first'
          : `the first ${formatCount(taken)}`;
  const said = ties > 1 ? `${formatCount(ties)} weights tie there, ${which} taken` : 'no ties';
  return `${quantity} ${side} ${formatNumber(edge.threshold)}, ${said}`;
}
