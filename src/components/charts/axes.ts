// Axes of a chart: linear and truly logarithmic scales, round ticks for both, and how ticks are written. No React.
import { formatCount } from '../format';
import { roundTicks, tickWriter } from './points';

export interface AxisScale {
  kind: 'linear' | 'log';
  low: number;
  /** Above `low`. */
  high: number;
}

/** Where a value stands between the ends, 0 to 1 and beyond; NaN for what a logarithmic axis has no place for. */
export function positionOf({ kind, low, high }: AxisScale, value: number): number {
  if (kind === 'linear') return (value - low) / (high - low);
  return value > 0 ? Math.log(value / low) / Math.log(high / low) : Number.NaN;
}

/** The value at a position: the inverse of `positionOf`. */
export const valueAt = ({ kind, low, high }: AxisScale, position: number): number =>
  kind === 'linear' ? low + position * (high - low) : low * (high / low) ** position;

/**
 * Ticks that span [low, high], both above 0: powers of ten, every so many where there are more than `wanted`, with 2 and 5 between
 * them over at most two decades.
 */
export function logTicks(low: number, high: number, wanted = 4): number[] {
  const first = Math.floor(Math.log10(low) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(high) - 1e-9));
  const power = (exponent: number, mantissa = 1): number => Number(`${mantissa}e${exponent}`);
  if (last - first > 2) {
    const every = Math.ceil((last - first) / wanted);
    const count = Math.ceil((last - first) / every) + 1;
    return Array.from({ length: count }, (_, i) => power(first + i * every));
  }
  const all = Array.from({ length: last - first }, (_, i) => [1, 2, 5].map((n) => power(first + i, n))).flat();
  all.push(power(last));
  const slack = 1e-9;
  const from = all.findLastIndex((tick) => tick <= low * (1 + slack));
  const to = all.findIndex((tick) => tick >= high * (1 - slack));
  return to > from
    ? all.slice(from, to + 1)
    : all.slice(Math.min(from, all.length - 2), Math.min(from, all.length - 2) + 2);
}

/** Ticks of values as text: just enough digits to tell neighbours apart, powers of ten for very small and very large ones. */
export function tickTexts(ticks: readonly number[], kind: AxisScale['kind']): string[] {
  const most = Math.max(...ticks.map(Math.abs));
  if (kind === 'log') return ticks.map(shortNumber);
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  if (step >= 1 && most < 1e6) return ticks.map(formatCount);
  if (most >= 1e-3 && most < 1e5) return ticks.map(tickWriter(ticks));
  const digits = Math.max(0, Math.ceil(Math.log10(most / step) - 1e-9));
  return ticks.map((tick) => (tick === 0 ? '0' : exponential(tick, Math.min(5, digits))));
}

const signed = (text: string): string => text.replace(/-/g, '−').replace('e+', 'e');

/** Without zeros at the end of its digits. */
const exponential = (value: number, digits: number): string =>
  signed(value.toExponential(digits).replace(/\.?0+e/, 'e'));

const shortNumber = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e5)
    ? exponential(value, 2)
    : signed(String(Number(value.toPrecision(6))));

/** Ticks of whole updates inside [low, high], about `wanted`; an end that is no tick has none. */
export function updateTicks({ kind, low, high }: AxisScale, wanted: number): { position: number; text: string }[] {
  const all = kind === 'log' ? logTicks(low, high, wanted) : roundTicks(low, high, wanted);
  const whole = all.filter((tick) => Number.isInteger(tick) && tick >= low && tick <= high);
  return whole.map((tick) => ({ position: positionOf({ kind, low, high }, tick), text: formatCount(tick) }));
}

/** Which end of a tick's text stands at its place: inwards at the ends of the axis, where half of it would stand outside. */
export const tickAnchor = (position: number): 'start' | 'middle' | 'end' =>
  position < 0.04 ? 'start' : position > 0.96 ? 'end' : 'middle';
