// Which values a picture's colours span and how they are spread: linear, logarithmic, or symmetric-logarithmic with a stated linear
// threshold. From value to position in [0, 1] and back, ticks, and the domain that data ask for. Pure; no colour in here.
import { formatNumber } from '../format';
import { lowerPercentile, smallestPositive, snapReach, upperPercentile, type ValueHistogram } from './valueHistogram';

export type DomainKind = 'linear' | 'log' | 'symlog';

export interface Domain {
  kind: DomainKind;
  low: number;
  high: number;
  /** symlog: linear within ±threshold, logarithmic beyond. Above 0. */
  threshold: number;
}

/** Lower and upper per cent of the values that a clip leaves outside; null: none. */
export type PercentClip = readonly [lower: number, upper: number] | null;

/** Monotone and continuous with its slope: x/t within ±t, ±(1 + ln(|x|/t)) beyond. */
export function symlog(value: number, threshold: number): number {
  const size = Math.abs(value) / threshold;
  return size <= 1 ? value / threshold : Math.sign(value) * (1 + Math.log(size));
}

/** The inverse of symlog. */
export function symexp(stretched: number, threshold: number): number {
  const size = Math.abs(stretched);
  return size <= 1 ? stretched * threshold : Math.sign(stretched) * threshold * Math.exp(size - 1);
}

function stretch({ kind, threshold }: Domain): (value: number) => number {
  if (kind === 'linear') return (value) => value;
  if (kind === 'log') return (value) => (value > 0 ? Math.log(value) : Number.NEGATIVE_INFINITY);
  return (value) => symlog(value, threshold);
}

/** Where a value stands: 0 at low, 1 at high, outside [0, 1] beyond them, NaN when it is not finite. */
export function positionIn(domain: Domain): (value: number) => number {
  const of = stretch(domain);
  const low = of(domain.low);
  const length = of(domain.high) - low;
  if (!(length > 0)) {
    // All values alike: a step at the one value.
    return (value) => (Number.isFinite(value) ? (value < domain.low ? -1 : value > domain.high ? 2 : 0.5) : Number.NaN);
  }
  return (value) => {
    if (!Number.isFinite(value)) return Number.NaN;
    // The ends themselves are inside, whatever rounding says.
    if (value === domain.low) return 0;
    if (value === domain.high) return 1;
    return (of(value) - low) / length;
  };
}

/** The value at a position in [0, 1]. */
export function valueAt(domain: Domain, position: number): number {
  const of = stretch(domain);
  const at = of(domain.low) + position * (of(domain.high) - of(domain.low));
  if (domain.kind === 'linear') return at;
  return domain.kind === 'log' ? Math.exp(at) : symexp(at, domain.threshold);
}

export interface DomainWish {
  kind: DomainKind;
  clip: PercentClip;
  /** Centred on 0: low = −high. Logarithms of both signs do not exist, so `log` becomes `symlog`. */
  diverging: boolean;
  /** symlog's linear threshold; a thousandth of the reach when left out. */
  threshold?: number;
}

/** The domain that the values ask for. Without finite values: [0, 1], or [−1, 1]. */
export function domainOf(histogram: ValueHistogram, wish: DomainWish): Domain {
  const kind = wish.kind === 'log' && wish.diverging ? 'symlog' : wish.kind;
  const [lower, upper] = wish.clip ?? [0, 100];
  const positive = kind === 'log' ? smallestPositive(histogram) : null;
  const finish = (low: number, high: number): Domain => {
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return { kind, low, high, threshold: wish.threshold ?? reach / 1000 };
  };
  if (histogram.finite === 0 || (kind === 'log' && positive === null)) {
    return kind === 'log' ? finish(1e-3, 1) : finish(wish.diverging ? -1 : 0, 1);
  }
  const from = positive ?? Number.NEGATIVE_INFINITY;
  const low = lowerPercentile(histogram, lower, from);
  const high = upperPercentile(histogram, upper, from);
  if (!wish.diverging) return finish(low, high);
  const reach = low === 0 && high === 0 ? 1 : snapReach(Math.max(Math.abs(low), Math.abs(high)));
  return finish(-reach, reach);
}

/** Another kind over the same ends, as far as it can span them: a logarithm starts above 0. */
export function withKind(domain: Domain, kind: DomainKind, histogram: ValueHistogram | null): Domain {
  if (kind !== 'log' || domain.low > 0) return { ...domain, kind };
  const high = domain.high > 0 ? domain.high : 1;
  const least = histogram ? smallestPositive(histogram) : null;
  return { ...domain, kind, low: least !== null && least < high ? least : high / 1000, high };
}

/** A domain from outside, made to suit values with signs (centred on 0, no logarithm) or without (a logarithm starts above 0). */
export function domainFitting(domain: Domain, isDiverging: boolean, histogram: ValueHistogram | null): Domain {
  if (!isDiverging) return withKind(domain, domain.kind, histogram);
  const reach = Math.max(Math.abs(domain.low), Math.abs(domain.high)) || 1;
  return { ...domain, kind: domain.kind === 'log' ? 'symlog' : domain.kind, low: -reach, high: reach };
}

export interface Tick {
  value: number;
  position: number;
}

/** Round values inside the domain, low to high, at least `apart` (a share of the bar) from each other. */
export function domainTicks(domain: Domain, apart: number): Tick[] {
  const position = positionIn(domain);
  const candidates = domain.kind === 'linear' ? linearTicks(domain, apart) : decadeTicks(domain);
  const kept: Tick[] = [];
  // Zero first, then outwards from large to small: what matters most keeps its place.
  const order = [...candidates].sort((a, b) => Number(b === 0) - Number(a === 0) || Math.abs(b) - Math.abs(a));
  for (const value of order) {
    const at = position(value);
    if (!(at >= -1e-9 && at <= 1 + 1e-9)) continue;
    if (kept.every((tick) => Math.abs(tick.position - at) >= apart)) kept.push({ value, position: at });
  }
  return kept.sort((a, b) => a.position - b.position);
}

function linearTicks({ low, high }: Domain, apart: number): number[] {
  const step = roundStep((high - low) * apart);
  if (!(step > 0)) return [low];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, Math.min(200, last - first + 1)) }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/** The smallest of 1, 2, 5 × 10^n that is not below `least`. */
export function roundStep(least: number): number {
  if (!(least > 0) || !Number.isFinite(least)) return 0;
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return Number((factor * power).toPrecision(12));
}

function decadeTicks({ kind, low, high, threshold }: Domain): number[] {
  const reach = Math.max(Math.abs(low), Math.abs(high));
  const least = kind === 'log' ? low : threshold;
  const decades: number[] = [];
  for (let n = Math.ceil(Math.log10(least) - 1e-9); n <= Math.log10(reach) + 1e-9 && decades.length < 90; n++) {
    decades.push(Number(`1e${n}`));
  }
  if (kind === 'log') return decades.length > 1 ? decades : [low, high];
  return [0, ...decades, ...decades.map((value) => -value)];
}

/** A round value without trailing zeros: "0.2", "−10", "1e−5". */
export function tickText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return formatNumber(value, 3).replace(/\.?0*e/, 'e');
  return String(Number(value.toPrecision(6))).replace('-', '−');
}
