// The results of one preset, sorted: arms by name with one result a seed, measurements by kind. What the lab's pictures are drawn from; what
// is concluded from them is core/study/claims.

import { variantLabel } from '../../core/study/claims/comparisons';
import type { ReportedSplit } from '../../core/study/job';
import type { ArmResult, StudyResult } from '../../core/study/result';
import { mean, sampleSd } from '../../core/study/statistics';
import { armLabel, type Variant } from '../../core/study/variants';

/** All seeds of one arm with the same settings. */
export interface ArmSeeds {
  label: string;
  arm: string;
  settings: Readonly<Record<string, string>>;
  /** By seed, ascending. */
  results: readonly ArmResult[];
}

export interface LabData {
  results: readonly StudyResult[];
  /** Every arm of a family, in the order of its first result. */
  arms(family: string, split?: ReportedSplit): readonly ArmSeeds[];
  /** null when the variant has no result. */
  ofVariant(family: string, variant: Variant, split?: ReportedSplit): ArmSeeds | null;
  /** Held-out measurements, by seed. */
  measured<K extends Exclude<StudyResult['kind'], 'arm'>>(
    family: string,
    kind: K,
  ): readonly Extract<StudyResult, { kind: K }>[];
}

const labels = new WeakMap<StudyResult, string>();

/** `armLabel`, remembered: it takes a quarter of a millisecond. */
export function labelOf(result: StudyResult): string {
  const known = labels.get(result);
  if (known !== undefined) return known;
  const label = armLabel(result);
  labels.set(result, label);
  return label;
}

const numbers = new WeakMap<StudyResult, number>();
let count = 0;

/** Equal for the same results, another as soon as one of them is. */
export function stampOf(results: readonly StudyResult[]): string {
  return results
    .map((result) => {
      if (!numbers.has(result)) numbers.set(result, count++);
      return numbers.get(result);
    })
    .join(',');
}

/** `results`: of one preset. */
export function labData(results: readonly StudyResult[]): LabData {
  const byPlace = new Map<string, Map<string, ArmResult[]>>();
  const bySeed = [...results].sort((a, b) => a.seed - b.seed);
  for (const result of bySeed) {
    if (result.kind !== 'arm') continue;
    const place = `${result.family} ${result.split}`;
    const arms = byPlace.get(place) ?? new Map<string, ArmResult[]>();
    byPlace.set(place, arms);
    const label = labelOf(result);
    arms.set(label, [...(arms.get(label) ?? []).filter(({ seed }) => seed !== result.seed), result]);
  }
  const sorted = new Map([...byPlace].map(([place, arms]) => [place, [...arms].map(armSeeds)]));
  const at = (family: string, split: ReportedSplit) => sorted.get(`${family} ${split}`) ?? [];
  return {
    results,
    arms: (family, split = 'held-out') => at(family, split),
    ofVariant(family, variant, split = 'held-out') {
      const label = variantLabel(variant, family);
      return at(family, split).find((arm) => arm.label === label) ?? null;
    },
    measured<K extends Exclude<StudyResult['kind'], 'arm'>>(family: string, kind: K) {
      return bySeed.filter(
        (result): result is Extract<StudyResult, { kind: K }> =>
          result.kind === kind && result.family === family && result.split === 'held-out',
      );
    },
  };
}

function armSeeds([label, results]: [string, ArmResult[]]): ArmSeeds {
  const { arm, settings } = results[0]!;
  return { label, arm, settings, results };
}

/** Mean and standard deviation over seeds of what was measured. */
export interface Spread {
  mean: number;
  sd: number | null;
  seeds: number;
}

/** null where no seed has a value. */
export function spreadOf<R>(results: readonly R[], read: (result: R) => number | null | undefined): Spread | null {
  const values = results.map(read).filter((value): value is number => value != null && Number.isFinite(value));
  return values.length > 0 ? { mean: mean(values), sd: sampleSd(values), seeds: values.length } : null;
}

export const greedy = ({ after, family }: ArmResult): number | null => after.families[family]?.greedy ?? null;
export const greedyBefore = ({ before, family }: ArmResult): number | null => before.families[family]?.greedy ?? null;
export const sampled = ({ after, family }: ArmResult): number | null => after.families[family]?.sampled ?? null;
export const sampledBefore = ({ before, family }: ArmResult): number | null => before.families[family]?.sampled ?? null;
export const kl = ({ after }: ArmResult): number => after.klToSft;

/** What the arm changed on all families but the aligned one, mean in points; null where none was asked. */
export function taxOf({ before, after, family }: ArmResult): number | null {
  const changes = Object.keys(after.families)
    .filter((name) => name !== family)
    .flatMap((name) => {
      const [then, now] = [before.families[name]?.greedy, after.families[name]?.greedy];
      return then == null || now == null ? [] : [now - then];
    });
  return changes.length > 0 ? mean(changes) : null;
}
