// The lab's arithmetic: mean and spread over seeds, paired differences with a bootstrap interval, Wilson intervals, and when a best may
// be marked. Plain numbers; what they are taken from is samples.ts.
import { createRng } from '../rng';

const RESAMPLES = 2000;
/** Resamples between two yields. */
const STEP = 100;
const BOOTSTRAP_SEED = 20240618;
const LOW = 0.025;
const HIGH = 0.975;
const Z95 = 1.959963984540054;

export interface Interval {
  low: number;
  high: number;
}

/** One seed's numbers: one to a prompt, the same prompts in the same order for every seed and arm, or a single number. */
export interface SeedSample {
  seed: number;
  values: readonly number[];
}

/** A mean paired difference. */
export interface Difference {
  mean: number;
  /** 95 %; null where nothing tells the spread: one seed with one number, or two seeds with the same one. */
  interval: Interval | null;
  /** Seeds that both have. */
  seeds: number;
  /** Numbers to a seed. */
  prompts: number;
  /** What the interval is taken over. One seed says nothing of the spread between seeds: its interval is over prompts alone. */
  over: 'seeds and prompts' | 'prompts' | 'seeds' | 'nothing';
}

/** NaN of none. */
export function mean(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Sample standard deviation (n − 1); null for fewer than two values. */
export function sampleSd(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / (values.length - 1));
}

/** Quantile q of sorted values, linear between them. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (place - below) * (high - low);
}

/** Wilson's 95 % interval of a share, in percent. Throws RangeError unless 0 ≤ right ≤ prompts and prompts > 0. */
export function wilson(right: number, prompts: number): Interval {
  if (!(prompts > 0) || right < 0 || right > prompts) throw new RangeError(`wilson(${right}, ${prompts})`);
  const share = right / prompts;
  const z2 = Z95 * Z95;
  const centre = share + z2 / (2 * prompts);
  const half = Z95 * Math.sqrt((share * (1 - share)) / prompts + z2 / (4 * prompts * prompts));
  const scale = 100 / (1 + z2 / prompts);
  // Of none and of all one end is 0 and 100 exactly, which the sums miss by a last bit.
  const low = right === 0 ? 0 : scale * (centre - half);
  const high = right === prompts ? 100 : scale * (centre + half);
  return { low, high };
}

/** Mean over seeds of each seed's mean; `sd` is that of the seeds' means. */
export function spread(samples: readonly SeedSample[]): { mean: number; sd: number | null; seeds: number } {
  const means = samples.map(({ values }) => mean(values));
  return { mean: mean(means), sd: sampleSd(means), seeds: means.length };
}

/**
 * a − b, paired by seed and prompt, over the seeds that both have (null when there is none), with a 95 % interval. With answers to prompts:
 * the percentiles of 2000 resamples of the seeds and, since all seeds answer the same prompts, of one draw of prompts for all of them. (For
 * two and three seeds that differ by 0 … 3 points this covered the truth in 89 … 100 % of simulated studies.) With one number a seed there
 * is no such help, and a bootstrap of two or three numbers is far too narrow: Student's interval.
 */
export function pairedDifference(a: readonly SeedSample[], b: readonly SeedSample[]): Difference | null {
  const steps = pairedDifferenceSteps(a, b);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in small steps, for a page that must not stop: a thousand prompts take tens of milliseconds. */
export function* pairedDifferenceSteps(
  a: readonly SeedSample[],
  b: readonly SeedSample[],
): Generator<void, Difference | null> {
  const rows = pairedRows(a, b);
  if (rows.length === 0) return null;
  const seeds = rows.length;
  const prompts = rows[0]!.length;
  const centre = mean(rows.map((row) => mean(Array.from(row))));
  if (seeds === 1 && prompts === 1) return { mean: centre, interval: null, seeds, prompts, over: 'nothing' };
  if (prompts === 1) {
    const differences = rows.map((row) => row[0]!);
    // Two that agree to the last rounded digit say nothing of their spread.
    const isTied = seeds === 2 && differences[0] === differences[1];
    const interval = isTied ? null : studentInterval(differences);
    return { mean: centre, interval, seeds, prompts, over: 'seeds' };
  }
  return {
    mean: centre,
    interval: yield* bootstrap(rows),
    seeds,
    prompts,
    over: seeds === 1 ? 'prompts' : 'seeds and prompts',
  };
}

/** Differences of the common seeds, in the order of a; seeds with another number of prompts than the first cannot be paired. */
function pairedRows(a: readonly SeedSample[], b: readonly SeedSample[]): Float64Array[] {
  const rows: Float64Array[] = [];
  for (const { seed, values } of a) {
    const other = b.find((sample) => sample.seed === seed)?.values;
    if (!other || other.length === 0 || other.length !== values.length) continue;
    if (rows.length > 0 && rows[0]!.length !== values.length) continue;
    rows.push(Float64Array.from(values, (value, i) => value - other[i]!));
  }
  return rows;
}

function* bootstrap(rows: readonly Float64Array[]): Generator<void, Interval> {
  const prompts = rows[0]!.length;
  const stride = prompts + rows.length;
  const draws = yield* drawsOf(rows.length, prompts);
  const means = new Float64Array(RESAMPLES);
  for (let i = 0; i < RESAMPLES; i++) {
    const from = i * stride;
    let sum = 0;
    for (let s = 0; s < rows.length; s++) {
      const row = rows[draws[from + prompts + s]!]!;
      for (let p = 0; p < prompts; p++) sum += row[draws[from + p]!]!;
    }
    means[i] = sum / (rows.length * prompts);
    if (i % STEP === STEP - 1) yield;
  }
  means.sort();
  return { low: quantile(means, LOW), high: quantile(means, HIGH) };
}

/**
 * Makes in small steps the draws that differences over so many common seeds and prompts take: the first such difference then takes
 * milliseconds even where it is asked for at once. Nothing to do for a single number a seed.
 */
export function* drawSteps(seeds: number, prompts: number): Generator<void, void> {
  if (seeds > 0 && prompts > 1) yield* drawsOf(seeds, prompts);
}

/** Tables of draws that are kept: a megabyte or two each. */
const MOST_TABLES = 8;
const tables = new Map<string, Uint32Array>();

/** Of every resample its prompts, then its seeds. One fixed draw for all comparisons of a size: it is made once, and costs most of them. */
function* drawsOf(seeds: number, prompts: number): Generator<void, Uint32Array> {
  const key = `${seeds} ${prompts}`;
  const known = tables.get(key);
  if (known) return known;
  const rng = createRng(BOOTSTRAP_SEED, 'bootstrap');
  const draws = new Uint32Array(RESAMPLES * (prompts + seeds));
  let at = 0;
  for (let i = 0; i < RESAMPLES; i++) {
    for (let p = 0; p < prompts; p++) draws[at++] = rng.int(prompts);
    for (let s = 0; s < seeds; s++) draws[at++] = rng.int(seeds);
    if (i % STEP === STEP - 1) yield;
  }
  tables.set(key, draws);
  if (tables.size > MOST_TABLES) tables.delete(tables.keys().next().value!);
  return draws;
}

// Student's t at 97.5 % for 1, 2, … degrees of freedom; for more than ten the tenth, which is a little wide.
const STUDENT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

function studentInterval(differences: readonly number[]): Interval {
  const t = STUDENT[Math.min(differences.length - 1, STUDENT.length) - 1]!;
  const half = (t * sampleSd(differences)!) / Math.sqrt(differences.length);
  return { low: mean(differences) - half, high: mean(differences) + half };
}

/** Does the interval lie on the side of zero that speaks for the first? False where there is none. */
export function isClear(difference: Difference | null, direction: 'higher' | 'lower'): boolean {
  const interval = difference?.interval;
  return !!interval && (direction === 'higher' ? interval.low > 0 : interval.high < 0);
}

/**
 * Index of the arm that may be marked as the best: the one with the highest (or lowest) mean, when its paired interval against the runner-up
 * is on its side of zero; null otherwise (the means may be over other seeds than the pairs). Arms without samples do not count.
 */
export function bestOf(
  arms: readonly (readonly SeedSample[])[],
  direction: 'higher' | 'lower' = 'higher',
): number | null {
  const sign = direction === 'higher' ? 1 : -1;
  const ranked = arms
    .map((samples, index) => ({ samples, index, mean: sign * spread(samples).mean }))
    .filter(({ samples }) => samples.length > 0)
    .sort((x, y) => y.mean - x.mean);
  const [first, second] = ranked;
  if (!first || !second) return null;
  return isClear(pairedDifference(first.samples, second.samples), direction) ? first.index : null;
}
