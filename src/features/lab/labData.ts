// The results of one preset, sorted: arms by variant with one result a seed, measurements by kind. What the lab's pictures are drawn from; what
// is concluded from them is core/study/claims.

import { ARM_DESCRIPTIONS } from '../../core/arms';
import { configDifference } from '../../core/parseConfig';
import type { ReportedSplit } from '../../core/study/job';
import type { ArmResult, StudyResult } from '../../core/study/result';
import { mean, sampleSd } from '../../core/study/statistics';
import { armLabel, configOf, type Variant, variantId, variantSettings } from '../../core/study/variants';

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
    // An arm that this studio does not have would be taken for another.
    if (result.kind !== 'arm' || !Object.hasOwn(ARM_DESCRIPTIONS, result.arm)) continue;
    const place = `${result.family} ${result.split}`;
    const arms = byPlace.get(place) ?? new Map<string, ArmResult[]>();
    byPlace.set(place, arms);
    // Not by label: labels round.
    const id = variantId(result.arm, result.settings);
    arms.set(id, [...(arms.get(id) ?? []).filter(({ seed }) => seed !== result.seed), result]);
  }
  const named = new Map([...byPlace].map(([place, arms]) => [place, withLabels(arms)]));
  const at = (family: string, split: ReportedSplit) => named.get(`${family} ${split}`);
  const preset = results[0]?.preset ?? 'default';
  return {
    results,
    arms: (family, split = 'held-out') => [...(at(family, split)?.values() ?? [])],
    ofVariant(family, { arm, changes }, split = 'held-out') {
      const config = { ...configOf({ preset, family, arm, settings: {} }), ...changes };
      return at(family, split)?.get(variantId(arm, configDifference(config))) ?? null;
    },
    measured<K extends Exclude<StudyResult['kind'], 'arm'>>(family: string, kind: K) {
      return bySeed.filter(
        (result): result is Extract<StudyResult, { kind: K }> =>
          result.kind === kind && result.family === family && result.split === 'held-out',
      );
    },
  };
}

/** By variant. Where two would have the same label, their settings follow as they are; in Compare too, which finds arms by their labels. */
function withLabels(arms: ReadonlyMap<string, readonly ArmResult[]>): Map<string, ArmSeeds> {
  const count = new Map<string, number>();
  for (const [first] of arms.values()) count.set(labelOf(first!), (count.get(labelOf(first!)) ?? 0) + 1);
  return new Map(
    [...arms].map(([id, results]) => {
      const { arm, settings } = results[0]!;
      const label = labelOf(results[0]!);
      return [id, { label: count.get(label) === 1 ? label : inFull(label, settings), arm, settings, results }];
    }),
  );
}

function inFull(label: string, settings: ArmSeeds['settings']): string {
  const own: [string, string][] = JSON.parse(variantSettings(settings));
  return `${label} (${own.map(([name, value]) => `${name} ${value}`).join(', ')})`;
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
