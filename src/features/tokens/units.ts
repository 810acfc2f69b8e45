// What a strip shows of a response: one unit a token, word or step, with its value in the chosen layer, its mark and its outline. Pure.
import { formatNumber } from '../../components/format';
import type { StripToken, TokenMark } from '../../components/TokenStrip';
import type { TokenText } from '../../components/tokenStripText';
import { type Grouping, groupTokens, groupValue, type TokenGroup } from '../../core/tokens/group';
import type { Side } from './inspection';
import { LAYER_INFO, type Layer, type LayerScale, layerColour, layerValues, shortValue } from './tokenLayers';

export interface Unit extends TokenGroup {
  text: string;
  /** In the chosen layer; null where it is not known. */
  value: number | null;
  mark: TokenMark;
  /** A token of it counts as unaligned: its reward is below τ. */
  isUnaligned: boolean;
}

export interface UnitOptions {
  layer: Layer;
  grouping: Grouping;
  text: TokenText;
  tau: number;
}

/** The units of a side in order. */
export function sideUnits(side: Side, { layer, grouping, text, tau }: UnitOptions): Unit[] {
  const shown = side.tokens.map((id) => ({ text: text.token(id), isSpecial: text.isSpecial(id) }));
  const values = layerValues(side, layer);
  return groupTokens(shown, grouping, text.isWords).map((group) => ({
    ...group,
    text: shown
      .slice(group.from, group.to)
      .map((token) => token.text)
      .join(text.isWords ? ' ' : ''),
    value: values && groupValue(values, group, LAYER_INFO[layer].aggregate),
    mark: markOf(side.wrong, group),
    isUnaligned: isUnaligned(side, group, text, tau),
  }));
}

function markOf(wrong: Uint8Array | null, { from, to }: TokenGroup): TokenMark {
  const verdicts = wrong?.subarray(from, to);
  if (verdicts?.includes(1)) return 'first-error';
  return verdicts?.includes(2) ? 'consequence' : 'none';
}

function isUnaligned({ rewards, tokens }: Side, { from, to }: TokenGroup, text: TokenText, tau: number): boolean {
  if (!rewards) return false;
  for (let t = from; t < to; t++) if (rewards[t]! < tau && !text.isSpecial(tokens[t]!)) return true;
  return false;
}

const MARK_TEXT: Partial<Record<TokenMark, string>> = { 'first-error': ', first error', consequence: ', consequence' };

export function stripToken(unit: Unit, layer: Layer, scale: LayerScale): StripToken {
  const { value } = unit;
  return {
    text: unit.text,
    mark: unit.mark,
    isOutlined: unit.isUnaligned,
    ...(value !== null && { background: layerColour(scale, value), under: shortValue(value, scale.reach) }),
    detail: `${LAYER_INFO[layer].label.toLowerCase()} ${formatNumber(value)}${MARK_TEXT[unit.mark] ?? ''}${unit.isUnaligned ? ', unaligned' : ''}`,
  };
}

/** The unit that holds a token; −1 for none. */
export const unitOf = (units: readonly TokenGroup[], token: number): number =>
  units.findIndex(({ from, to }) => from <= token && token < to);
