// What is read out of results for comparisons: which results are an arm's, and their numbers seed by seed.
import { FAMILIES } from '../config';
import type { ReportedSplit } from './job';
import type { ArmResult, StudyMeasures, StudyResult } from './result';
import { type Difference, pairedDifference, type SeedSample } from './statistics';
import { isOf, type Variant } from './variants';

/** The variant's finished arms of a family, one to a seed. The results are of one preset. */
export function armResults(
  results: readonly StudyResult[],
  family: string,
  variant: Variant,
  split: ReportedSplit = 'held-out',
): ArmResult[] {
  const bySeed = new Map<number, ArmResult>();
  for (const result of results) {
    if (result.kind !== 'arm' || result.family !== family || result.split !== split) continue;
    if (isOf(result, variant)) bySeed.set(result.seed, result);
  }
  return [...bySeed.values()];
}

/** Measurements (no arms) of a family, one to a seed. */
export function measurements<K extends Exclude<StudyResult['kind'], 'arm'>>(
  results: readonly StudyResult[],
  family: string,
  kind: K,
  variant: Variant,
): Extract<StudyResult, { kind: K }>[] {
  const bySeed = new Map<number, Extract<StudyResult, { kind: K }>>();
  for (const result of results) {
    if (result.kind !== kind || result.family !== family || result.split !== 'held-out') continue;
    if (isOf(result, variant)) bySeed.set(result.seed, result as Extract<StudyResult, { kind: K }>);
  }
  return [...bySeed.values()];
}

/** What is compared, of one arm's result: null where it was not measured. Percents count 100 for a right answer. */
export type Reading = (result: ArmResult) => readonly number[] | null;

/** The readings of all results that have one. */
export const samplesOf = (results: readonly ArmResult[], reading: Reading): SeedSample[] =>
  results.flatMap((result) => {
    const values = reading(result);
    return values ? [{ seed: result.seed, values }] : [];
  });

/** '1' and '0' as percents. */
export const rightOrWrong = (right: string): number[] => Array.from(right, (one) => (one === '1' ? 100 : 0));

const answers = (measures: StudyMeasures, family: string): readonly number[] | null => {
  const of = measures.families[family];
  if (!of) return null;
  if (of.right.length > 0) return rightOrWrong(of.right);
  return of.greedy === null ? null : [of.greedy];
};

/** Greedy answers of the aligned family, prompt by prompt. */
export const accuracy: Reading = ({ after, family }) => answers(after, family);
export const accuracyBefore: Reading = ({ before, family }) => answers(before, family);

/** One answer to a prompt at T = 1. */
export const sampledAccuracy: Reading = ({ after, family }) => number(after.families[family]?.sampled);
export const klToSft: Reading = ({ after }) => [after.klToSft];
export const styleShare: Reading = ({ after }) => number(after.stylePercent);

const number = (value: number | null | undefined): readonly number[] | null => (value == null ? null : [value]);

/** The families that were not aligned, in the order of their names. */
export const otherFamilies = ({ family, after }: ArmResult): string[] =>
  Object.keys(after.families)
    .filter((name) => name !== family)
    .sort();

/** The other part of the aligned family, where only half of its skills were aligned. */
export const relatives = (result: ArmResult): string[] =>
  otherFamilies(result).filter((name) => !(FAMILIES as readonly string[]).includes(name));

/** Greedy answers of several families, one after the other. */
export const accuracyOn =
  (families: (result: ArmResult) => string[], when: 'before' | 'after' = 'after'): Reading =>
  (result) => {
    const parts = families(result).map((family) => answers(result[when], family));
    return parts.length > 0 && parts.every((part) => part !== null) ? parts.flat() : null;
  };

/** Loss over the last quarter of the steps of the arm's last stage: its mean, whatever was not finite left out. */
export const lateLoss: Reading = ({ curves }) => {
  const curve = curves.at(-1);
  const last = curve?.step.at(-1);
  if (!curve || last === undefined) return null;
  const late = curve.loss.filter((loss, i): loss is number => loss !== null && curve.step[i]! > 0.75 * last);
  return late.length > 0 ? [late.reduce((sum, loss) => sum + loss, 0) / late.length] : null;
};

/** The learning tax of one arm's results: after − before on every other family, in points. */
export function learningTax(results: readonly ArmResult[]): { family: string; tax: Difference }[] {
  const families = [...new Set(results.flatMap(otherFamilies))].sort();
  return families.flatMap((family) => {
    const of = (when: 'before' | 'after') => samplesOf(results, (result) => answers(result[when], family));
    const tax = pairedDifference(of('after'), of('before'));
    return tax ? [{ family, tax }] : [];
  });
}
