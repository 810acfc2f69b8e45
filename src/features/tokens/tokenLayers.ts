// The layers of a token strip: reward p, the weight the forgetting loss used, and log-ratios d after each stage; with their colour
// scales. Rewards diverge about 0.5, log-ratios about 0, both with one reach for both sides. Pure.
import { diverge, divergingCss, sequentialCss } from '../../components/legendColours';
import type { RewardRecord } from '../../core/events';
import type { RunState } from '../../state/runState';

export const LAYERS = ['reward', 'weight', 'forgetting', 'improving'] as const;
export type Layer = (typeof LAYERS)[number];

export const LAYER_LABELS: Record<Layer, string> = {
  reward: 'Token reward',
  weight: 'Loss weight',
  forgetting: 'Log-ratio after forgetting',
  improving: 'Log-ratio after improving',
};

type Source = Pick<RunState, 'logRatios' | 'config'>;

/** Whether the run has a layer at all (log-ratios come with their stage, for some hundred responses). */
export const hasLayer = ({ logRatios }: Pick<Source, 'logRatios'>, layer: Layer): boolean =>
  layer === 'reward' || layer === 'weight' || logRatios[layer] !== undefined;

/** The values of one response in a layer, null where it was not measured. */
export function layerValues(
  { logRatios }: Pick<Source, 'logRatios'>,
  record: RewardRecord,
  layer: Layer,
): Float32Array | null {
  switch (layer) {
    case 'reward':
      return record.rewards;
    case 'weight':
      return record.weights;
    default:
      return logRatios[layer]?.get(record.responseId) ?? null;
  }
}

export interface LayerScale {
  layer: Layer;
  /** Distance from the middle (or from 0) of the strongest colour. */
  reach: number;
}

const MOST_SAMPLED = 20_000;

/** Rewards reach 0.5 about 0.5; weights 1, RLMEC's clip 0.1; log-ratios the 99th percentile of |d|, rounded up to 1, 2 or 5 × 10^n. */
export function layerScale({ logRatios, config }: Source, layer: Layer): LayerScale {
  if (layer === 'reward') return { layer, reach: 0.5 };
  if (layer === 'weight') return { layer, reach: config.weighting === 'rlmec' ? 0.1 : 1 };
  const sizes: number[] = [];
  const ratios = [...(logRatios[layer]?.values() ?? [])];
  const total = ratios.reduce((sum, one) => sum + one.length, 0);
  const stride = Math.max(1, Math.ceil(total / MOST_SAMPLED));
  let at = 0;
  for (const one of ratios) {
    for (; at < one.length; at += stride) if (Number.isFinite(one[at]!)) sizes.push(Math.abs(one[at]!));
    at -= one.length;
  }
  sizes.sort((a, b) => a - b);
  return { layer, reach: roundUp(sizes[Math.floor(sizes.length * 0.99)] ?? 1) };
}

function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const step = [1, 2, 5, 10].find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

export function layerColour({ layer, reach }: LayerScale, value: number): string {
  if (layer === 'weight') return sequentialCss(value / reach);
  return divergingCss(diverge(value, layer === 'reward' ? 0.5 : 0, reach));
}

/** Where a value stands on the colour bar, in [0, 1]. */
export function layerPosition({ layer, reach }: LayerScale, value: number): number {
  if (layer === 'weight') return value / reach;
  const middle = layer === 'reward' ? 0.5 : 0;
  return Math.max(0, Math.min(1, 0.5 + (value - middle) / (2 * reach)));
}

/** Colours and tick texts of the layer's colour bar. */
export function layerBar(scale: LayerScale): { colours: string[]; ticks: string[] } {
  const { layer, reach } = scale;
  const stops = [0, 0.25, 0.5, 0.75, 1];
  if (layer === 'weight') {
    return { colours: stops.map((at) => layerColour(scale, at * reach)), ticks: ['0', String(reach)] };
  }
  const middle = layer === 'reward' ? 0.5 : 0;
  const colours = stops.map((at) => layerColour(scale, middle + (2 * at - 1) * reach));
  const ticks = layer === 'reward' ? ['0', '0.5', '1'] : [`≤ −${roundReach(reach)}`, '0', `≥ ${roundReach(reach)}`];
  return { colours, ticks };
}

/** A reach is 1, 2 or 5 × 10^n: without the noise of binary fractions. */
const roundReach = (reach: number): string => String(Number(reach.toPrecision(2)));

/** Two digits under a token: ".98", "1", "−0.4". */
export function shortValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const text = Math.abs(value).toFixed(Math.abs(value) < 10 ? 2 : 0);
  const trimmed = text.replace(/^0\./, '.').replace(/\.00$/, '');
  const shown = trimmed === '' || trimmed === '.' ? '0' : trimmed;
  return value < 0 && Number(text) !== 0 ? `−${shown}` : shown;
}

export const VERDICTS = ['right', 'first error', 'consequence'] as const;

/** The verdict in words, null without an oracle. */
export const verdictOf = (record: RewardRecord, token: number): (typeof VERDICTS)[number] | null =>
  record.wrong ? VERDICTS[record.wrong[token] ?? 0]! : null;
