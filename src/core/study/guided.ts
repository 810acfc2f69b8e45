// A guided experiment: one sentence, a question with three answers, the arms that decide it, and the verdict, which the data alone give.
// The eight of them are guidedList.ts; what is shown of them is the page's.
import type { Family, Preset } from '../config';
import { ALIKE_POINTS, differenceInWords, meanInWords, type Quantity, type Side } from './claims/judging';
import type { ExperimentId } from './experiment';
import type { Job } from './job';
import type { StudyResult } from './result';
import { accuracy, armResults, klToSft, type Reading, samplesOf } from './samples';
import { type Difference, type Interval, mean, pairedDifference, type SeedSample, spread, wilson } from './statistics';
import { armLabel, type Variant, variantConfig } from './variants';

/** Of the first arm compared with the second: clearly more, within the margin, clearly less. */
export const OUTCOMES = ['more', 'same', 'less'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const isOutcome = (text: string | null): text is Outcome =>
  (OUTCOMES as readonly (string | null)[]).includes(text);

export interface GuidedExperiment {
  id: string;
  /** What is done, as one sentence. */
  sentence: string;
  /** What is compared with what. */
  compared: string;
  /** Why it is worth a guess. */
  why: string;
  /** Where the lab has these arms among others. */
  lab: ExperimentId;
  /** The first is asked about, the second is what it is compared with; further ones stand beside. */
  variants: readonly [Variant, Variant, ...Variant[]];
  quantity: Quantity;
  /** Fewer cannot settle it: a share is one number a seed, answers are hundreds. */
  leastSeeds: number;
  reading: Reading;
  /** The same of the SFT model, before any arm. */
  before: Reading;
  question: string;
  answers: Readonly<Record<Outcome, string>>;
  /** What each outcome would teach. */
  teaches: Readonly<Record<Outcome, string>>;
  /** What the paper lets one expect, with its own numbers where it has some; null where it says nothing of it. */
  paper: { expects: readonly Outcome[]; text: string } | null;
  /** A further number that belongs to the verdict. */
  note?(results: readonly StudyResult[], family: Family): string | null;
}

/** Differences up to here are “about the same”, in points. */
export const GUIDED_MARGIN = ALIKE_POINTS;

/** The seeds that are asked for, and the next ones where these are too few. */
export function seedsFor({ leastSeeds }: Pick<GuidedExperiment, 'leastSeeds'>, seeds: readonly number[]): number[] {
  const all = [...new Set(seeds)];
  while (all.length < leastSeeds) all.push(Math.max(0, ...all) + 1);
  return all;
}

/** The jobs of all its arms, each seed's arms together. */
export const guidedJobs = (
  { variants }: GuidedExperiment,
  preset: Preset,
  family: Family,
  seeds: readonly number[],
): Job[] =>
  seeds.flatMap((seed) =>
    variants.map(
      (each): Job => ({
        kind: 'arm',
        config: variantConfig(each, preset, family, seed),
        split: 'held-out',
      }),
    ),
  );

/** One arm's numbers. */
export interface GuidedSide extends Side {
  variant: Variant;
  /** null: not measured. */
  mean: number | null;
  /** One sd to both sides over seeds; of a single seed's answers Wilson's 95 %; null where there is neither. */
  whisker: (Interval & { of: 'seeds' | 'prompts' }) | null;
  /** Nats per token. */
  kl: number | null;
  /** Of the results that it rests on. */
  keys: readonly string[];
  /** Seeds whose training did not come to its end. */
  failed: readonly number[];
}

export interface GuidedVerdict {
  /** 'open': the interval allows more than one answer. */
  outcome: Outcome | 'open' | 'not measured';
  /** The numbers it rests on. */
  sentence: string;
  difference: Difference | null;
  sides: readonly GuidedSide[];
  /** Of the SFT model; null where nothing is measured. */
  before: number | null;
}

/** The results are of one preset and engine. Resamples: milliseconds. */
export function guidedVerdict(
  experiment: GuidedExperiment,
  results: readonly StudyResult[],
  preset: Preset,
  family: Family,
): GuidedVerdict {
  const { variants, quantity, reading } = experiment;
  const sides = variants.map((variant) => sideOf(variant, reading, results, preset, family));
  const [asked, other] = [sides[0]!, sides[1]!];
  const difference = pairedDifference(asked.samples, other.samples);
  const befores = variants.flatMap((variant) => samplesOf(armResults(results, family, variant), experiment.before));
  const shared = { difference, sides, before: befores.length > 0 ? spread(befores).mean : null };
  if (!difference) {
    const missing = [asked, other].filter(({ samples }) => samples.length === 0).map(({ label }) => label);
    const what = missing.length > 0 ? missing.join(' and ') : `a seed that has both ${asked.label} and ${other.label}`;
    return { ...shared, outcome: 'not measured', sentence: `Not measured yet: ${what}.` };
  }
  const common = (side: Side, than: Side): SeedSample[] =>
    side.samples.filter(({ seed }) => than.samples.some((sample) => sample.seed === seed));
  const values = [
    `${asked.label} ${meanInWords(common(asked, other), quantity)}`,
    `${other.label} ${meanInWords(common(other, asked), quantity)}`,
  ].join(', ');
  const sentence = `${capital(quantity.name)}: ${values}; ${differenceInWords(difference, quantity)}.`;
  return { ...shared, outcome: outcomeOf(difference), sentence };
}

/** Within the margin as a whole; else on one side of zero as a whole; else open. */
export function outcomeOf({ interval }: Pick<Difference, 'interval'>): Outcome | 'open' {
  if (!interval) return 'open';
  if (interval.low >= -GUIDED_MARGIN && interval.high <= GUIDED_MARGIN) return 'same';
  if (interval.low > 0) return 'more';
  return interval.high < 0 ? 'less' : 'open';
}

/** Whether the data rule an answer out: an open outcome still rules out a clear difference on the side that it does not reach. */
function isExcluded(answer: Outcome, { outcome, difference }: GuidedVerdict): boolean {
  if (outcome === 'not measured') return false;
  if (outcome !== 'open') return answer !== outcome;
  const interval = difference?.interval;
  if (!interval || answer === 'same') return false;
  return answer === 'more' ? interval.high <= GUIDED_MARGIN : interval.low >= -GUIDED_MARGIN;
}

/** What became of a guess. */
export function judgeGuess(guess: Outcome, verdict: GuidedVerdict): 'right' | 'wrong' | 'open' {
  if (guess === verdict.outcome) return 'right';
  return isExcluded(guess, verdict) ? 'wrong' : 'open';
}

/** Whether it is as the paper lets one expect; null where the paper says nothing, or nothing is measured. */
export function judgePaper(
  { paper }: GuidedExperiment,
  verdict: GuidedVerdict,
): 'as the paper says' | 'not what the paper says' | 'too close to call' | null {
  if (!paper || verdict.outcome === 'not measured') return null;
  if (paper.expects.some((answer) => answer === verdict.outcome)) return 'as the paper says';
  return paper.expects.every((answer) => isExcluded(answer, verdict)) ? 'not what the paper says' : 'too close to call';
}

function sideOf(
  variant: Variant,
  reading: Reading,
  results: readonly StudyResult[],
  preset: Preset,
  family: Family,
): GuidedSide {
  const arms = armResults(results, family, variant);
  const samples = samplesOf(arms, reading);
  const drifts = samplesOf(arms, klToSft);
  return {
    variant,
    label: armLabel(variantConfig(variant, preset, family, 1)),
    samples,
    mean: samples.length > 0 ? spread(samples).mean : null,
    whisker: whiskerOf(samples, reading === accuracy),
    kl: drifts.length > 0 ? spread(drifts).mean : null,
    keys: arms.map(({ key }) => key),
    failed: arms.filter(({ failure }) => failure !== null).map(({ seed }) => seed),
  };
}

function whiskerOf(samples: readonly SeedSample[], isOfAnswers: boolean): GuidedSide['whisker'] {
  const { mean: centre, sd } = spread(samples);
  if (sd !== null) return { low: centre - sd, high: centre + sd, of: 'seeds' };
  const answers = samples[0]?.values ?? [];
  if (!isOfAnswers || answers.length < 2) return null;
  return { ...wilson((mean(answers) * answers.length) / 100, answers.length), of: 'prompts' };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
