// The layers of a token strip and their colour scales. Two-sided ones diverge about their middle with one reach for both sides;
// log-probs, weights and yes-or-no layers start at one end. Pure.
import { type Divergence, diverge, divergingCss } from '../../components/legendColours';
import type { Aggregate } from '../../core/tokens/group';
import type { TokenLayer } from '../../state/tokensChoice';
import type { Inspection, Side } from './inspection';

export type Layer = TokenLayer;

export interface LayerInfo {
  label: string;
  /** What low and high mean. */
  saying: string;
  /** How a word or a step sums its tokens up. */
  aggregate: Aggregate;
  shape: 'two-sided' | 'rising' | 'falling';
}

export const LAYER_INFO: Readonly<Record<Layer, LayerInfo>> = {
  reward: {
    label: 'Token reward',
    saying: 'p; low = the token counts as unaligned',
    aggregate: 'mean',
    shape: 'two-sided',
  },
  weight: {
    label: 'Loss weight',
    saying: 'what the loss multiplies each token with',
    aggregate: 'sum',
    shape: 'rising',
  },
  term: { label: 'Loss term', saying: 'what the token adds to the sum', aggregate: 'sum', shape: 'two-sided' },
  gradient: {
    label: 'Gradient',
    saying: '∂L/∂ log p; above 0 descent lowers the token, below 0 it raises it',
    aggregate: 'sum',
    shape: 'two-sided',
  },
  ratio: {
    label: 'Log-ratio',
    saying: 'd = log p(policy) − log p(reference), nats; negative = pushed down',
    aggregate: 'sum',
    shape: 'two-sided',
  },
  change: {
    label: 'Change since the snapshot before',
    saying: 'log p(policy) now − at the snapshot before, nats',
    aggregate: 'sum',
    shape: 'two-sided',
  },
  policy: { label: 'Policy log-prob', saying: 'nats; strong = unlikely', aggregate: 'sum', shape: 'falling' },
  reference: { label: 'Reference log-prob', saying: 'nats; strong = unlikely', aggregate: 'sum', shape: 'falling' },
  kept: {
    label: 'Kept or dropped',
    saying: '1 = in the loss of improving, 0 = dropped as noisy',
    aggregate: 'mean',
    shape: 'rising',
  },
  wrong: {
    label: 'Known wrong tokens',
    saying: '1 = first error, 2 = consequence of it, 0 = right',
    aggregate: 'highest',
    shape: 'rising',
  },
};

/** The values of a side in a layer; null where they are not known. */
export function layerValues(side: Side, layer: Layer): ArrayLike<number> | null {
  switch (layer) {
    case 'reward':
      return side.rewards;
    case 'weight':
      return side.weights;
    case 'term':
      return side.terms;
    case 'gradient':
      return side.gradients;
    case 'ratio':
      return side.ratios;
    case 'change':
      return side.change;
    case 'policy':
      return side.policy;
    case 'reference':
      return side.reference;
    case 'kept':
      return side.kept;
    case 'wrong':
      return side.wrong;
  }
}

/** Whether any side has values in a layer. */
export const hasLayer = ({ sides }: Inspection, layer: Layer): boolean =>
  sides.some((side) => layerValues(side, layer) !== null);

export interface LayerScale {
  layer: Layer;
  middle: number;
  /** Distance from the middle (or from 0) of the strongest colour. */
  reach: number;
}

/** The largest size among values, without those that are not finite; 0 for none. */
const largest = (values: Iterable<number>): number => {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
};

/** 1, 2 or 5 × 10^n at or above a value, 1 for none: steps, so that the colours of neighbouring moments can be compared. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return Number((step * power).toPrecision(2));
}

/** Rewards reach 0.5 about 0.5, yes-or-no layers 1, known errors 2, others the largest shown value, rounded up. */
export function layerScale(layer: Layer, values: Iterable<number>): LayerScale {
  if (layer === 'reward') return { layer, middle: 0.5, reach: 0.5 };
  if (layer === 'kept') return { layer, middle: 0, reach: 1 };
  if (layer === 'wrong') return { layer, middle: 0, reach: 2 };
  return { layer, middle: 0, reach: roundUp(largest(values)) };
}

/** Where a value lies on the diverging colours; one-sided layers use the low half. */
export function layerDivergence({ layer, middle, reach }: LayerScale, value: number): Divergence {
  if (Number.isNaN(value)) return { side: 'middle', strength: 0 };
  // A first error is stronger than what follows from it.
  if (layer === 'wrong') return diverge(value === 1 ? -2 : value === 2 ? -1 : 0, 0, reach);
  // A gradient above 0 pushes the token down: the colour of low.
  if (layer === 'gradient') return diverge(-value, 0, reach);
  const { shape } = LAYER_INFO[layer];
  return shape === 'two-sided' ? diverge(value, middle, reach) : diverge(-Math.abs(value), 0, reach);
}

export const layerColour = (scale: LayerScale, value: number): string => divergingCss(layerDivergence(scale, value));

/** Where a value stands on the colour bar, in [0, 1]. */
export function layerPosition({ layer, middle, reach }: LayerScale, value: number): number {
  const { shape } = LAYER_INFO[layer];
  const at = shape === 'two-sided' ? 0.5 + (value - middle) / (2 * reach) : Math.abs(value) / reach;
  return Math.max(0, Math.min(1, at));
}

/** The values at the bar's ends. */
export function layerEnds({ layer, middle, reach }: LayerScale): [number, number] {
  const { shape } = LAYER_INFO[layer];
  if (shape === 'two-sided') return [middle - reach, middle + reach];
  return [0, shape === 'falling' ? -reach : reach];
}

const plainNumber = (value: number): string => String(Number(value.toPrecision(2))).replace('-', '−');

/** Colours and tick texts of the layer's colour bar. */
export function layerBar(scale: LayerScale): { colours: string[]; ticks: string[] } {
  const [low, high] = layerEnds(scale);
  const stops = [0, 0.25, 0.5, 0.75, 1].map((at) => low + at * (high - low));
  const ticks = LAYER_INFO[scale.layer].shape === 'two-sided' ? [low, scale.middle, high] : [low, high];
  return { colours: stops.map((value) => layerColour(scale, value)), ticks: ticks.map(plainNumber) };
}

/** Two digits under a token: ".98", "1", "−.4", "2e−4"; "≈0" for what has no colour on a scale of that reach. */
export function shortValue(value: number, reach = 1): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < reach / 200) return '≈0';
  const text = size < 1e-3 ? size.toExponential(0).replace('e-', 'e−') : String(Number(size.toPrecision(2)));
  return (value < 0 ? '−' : '') + text.replace(/^0\./, '.');
}

export const VERDICTS = ['right', 'first error', 'consequence'] as const;

/** The verdict in words, null without an oracle. */
export const verdictOf = ({ wrong }: Pick<Side, 'wrong'>, token: number): (typeof VERDICTS)[number] | null =>
  wrong ? VERDICTS[wrong[token] ?? 0]! : null;
