// Verdicts of the guided experiments, remembered while the results that they rest on are the same: each resamples for milliseconds, and other
// results come one after the other while the queue works.
import type { Family, Preset } from '../../core/config';
import { type GuidedExperiment, type GuidedVerdict, guidedVerdict } from '../../core/study/guided';
import type { StudyResult } from '../../core/study/result';

interface Kept {
  results: readonly StudyResult[];
  verdict: GuidedVerdict;
}

const kept = new Map<string, Kept>();

/** As `guidedVerdict`; the very same object while none of its arms has another result. `results`: of that preset. */
export function keptVerdict(
  experiment: GuidedExperiment,
  results: readonly StudyResult[],
  preset: Preset,
  family: Family,
): GuidedVerdict {
  const arms = new Set<string>(experiment.variants.map(({ arm }) => arm));
  const own = results.filter((result) => result.kind === 'arm' && result.family === family && arms.has(result.arm));
  const place = `${experiment.id} ${preset} ${family}`;
  const known = kept.get(place);
  if (known && isSame(known.results, own)) return known.verdict;
  const verdict = guidedVerdict(experiment, own, preset, family);
  kept.set(place, { results: own, verdict });
  return verdict;
}

const isSame = (before: readonly StudyResult[], now: readonly StudyResult[]): boolean =>
  before.length === now.length && before.every((result, i) => result === now[i]);
