// How the data decide: from paired differences to a verdict and a sentence that holds the numbers. No claim has another way to a verdict.
import type { Judgement, Verdict } from '../experiment';
import { type Difference, pairedDifference, type SeedSample, spread } from '../statistics';

/** Accuracies are “alike” within so many points; the paper's own differences between what it calls alike are up to one. */
export const ALIKE_POINTS = 5;

export interface Side {
  label: string;
  samples: readonly SeedSample[];
  /** Seeds whose training broke off; their samples are of the last good weights. */
  broken?: readonly number[];
}

/** A quantity in words: “accuracy”, how it is written, and whether more of it is claimed or less. */
export interface Quantity {
  name: string;
  /** After a value, and after a difference. */
  unit: string;
  differenceUnit: string;
  digits: number;
  better: 'higher' | 'lower';
}

export const ACCURACY: Quantity = {
  ...{ name: 'accuracy', unit: ' %', differenceUnit: ' points', digits: 1, better: 'higher' },
};

const NOT_MEASURED = 'not measured';
export const notMeasured = (what: string): Judgement => ({ verdict: NOT_MEASURED, sentence: `Not measured: ${what}.` });

/** Claimed: the difference is above zero. */
export function signVerdict({ interval }: Difference): Verdict {
  if (!interval) return 'too close to call';
  if (interval.low > 0) return 'reproduced';
  return interval.high < 0 ? 'not reproduced' : 'too close to call';
}

/** Claimed: the difference is within ± margin. */
export function alikeVerdict({ interval }: Difference, margin: number): Verdict {
  if (!interval) return 'too close to call';
  if (interval.low >= -margin && interval.high <= margin) return 'reproduced';
  return interval.low > margin || interval.high < -margin ? 'not reproduced' : 'too close to call';
}

/** Claimed: `first` has more of the quantity than `second` (less, where less is better). */
export function judgeOrder(first: Side, second: Side, quantity: Quantity = ACCURACY): Judgement {
  return judgePair(first, second, quantity, (difference) => {
    const verdict = signVerdict(difference);
    if (quantity.better === 'higher' || verdict === 'too close to call') return verdict;
    return verdict === 'reproduced' ? 'not reproduced' : 'reproduced';
  });
}

/** Claimed: both have the same of the quantity, within `margin`. */
export function judgeAlike(first: Side, second: Side, margin: number, quantity: Quantity = ACCURACY): Judgement {
  const judgement = judgePair(first, second, quantity, (difference) => alikeVerdict(difference, margin));
  if (judgement.verdict === NOT_MEASURED) return judgement;
  return { ...judgement, sentence: `${judgement.sentence} Alike means within ${margin}${quantity.differenceUnit}.` };
}

function judgePair(
  first: Side,
  second: Side,
  quantity: Quantity,
  decide: (difference: Difference) => Verdict,
): Judgement {
  const missing = [first, second].filter(({ samples }) => samples.length === 0).map(({ label }) => label);
  if (missing.length > 0) return notMeasured(`${quantity.name} of ${missing.join(' and ')}`);
  const difference = pairedDifference(first.samples, second.samples);
  if (!difference) return notMeasured(`no seed has both ${first.label} and ${second.label}`);
  const common = (side: Side, other: Side) =>
    side.samples.filter(({ seed }) => other.samples.some((sample) => sample.seed === seed));
  const values = [
    `${first.label} ${meanInWords(common(first, second), quantity)}`,
    `${second.label} ${meanInWords(common(second, first), quantity)}`,
  ];
  return {
    verdict: decide(difference),
    sentence: `${capital(quantity.name)}: ${values.join(', ')}; ${differenceInWords(difference, quantity)}.${brokenInWords([first, second])}`,
  };
}

/** “ ALLO, lr × 4 broke off (seed 2): its last good weights are measured.”; '' where none did. */
export const brokenInWords = (sides: readonly Side[]): string =>
  sides
    .filter(({ broken }) => broken && broken.length > 0)
    .map(({ label, broken }) => ` ${label} broke off (seed ${broken!.join(', ')}): its last good weights are measured.`)
    .join('');

/** “94.3 ± 1.2 %”. */
export function meanInWords(samples: readonly SeedSample[], { digits, unit }: Quantity): string {
  const { mean, sd } = spread(samples);
  return `${signless(mean, digits)}${sd === null ? '' : ` ± ${sd.toFixed(digits)}`}${unit}`;
}

/** “difference +1.7 points (95 % interval −0.4 … +3.8, 3 seeds)”. */
export function differenceInWords(difference: Difference, { digits, differenceUnit }: Quantity): string {
  const { mean, interval, seeds, over } = difference;
  const [low, high] = interval ? [signed(interval.low, digits), signed(interval.high, digits)] : [null, null];
  // Seeds that agree to the digit shown have a spread below that, not none.
  const span = low === null ? 'no interval' : low === high ? 'the same throughout' : `95 % interval ${low} … ${high}`;
  const n = seeds === 1 ? '1 seed' : `${seeds} seeds`;
  const note = over === 'prompts' || over === 'seeds' ? `: spread over ${over} only` : '';
  return `difference ${signed(mean, digits)}${differenceUnit} (${span}, ${n}${note})`;
}

/** All parts must hold for the whole to hold; one that does not hold is enough against it. */
export function judgeAll(parts: readonly Judgement[]): Judgement {
  const verdicts = parts.map(({ verdict }) => verdict);
  const sentence = parts.map((part) => part.sentence).join(' ');
  for (const verdict of [NOT_MEASURED, 'not reproduced', 'too close to call'] as const) {
    if (verdicts.includes(verdict)) return { verdict, sentence };
  }
  return { verdict: 'reproduced', sentence };
}

const MINUS = '−';
const signless = (value: number, digits: number): string => {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', MINUS);
};
const signed = (value: number, digits: number): string => {
  const text = signless(value, digits);
  return text.startsWith(MINUS) ? text : `+${text}`;
};
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
