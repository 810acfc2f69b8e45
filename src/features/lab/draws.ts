// The resampling draws that the judgements will ask for, made in small steps before them: a judgement that had to make its own would hold
// up the page for tens of milliseconds. Which sizes come is guessed from the results; another size is made by the judgement itself.
import type { ArmResult, StudyResult } from '../../core/study/result';
import { accuracy, accuracyOn, otherFamilies } from '../../core/study/samples';
import { drawSteps } from '../../core/study/statistics';
import { variantId } from '../../core/study/variants';

/** Fewer than statistics.ts keeps. */
const MOST_SIZES = 6;

const onOthers = accuracyOn(otherFamilies);

/** Seeds and prompts of the arms' comparisons, the most frequent first: on the aligned family, and on the others together. */
export function drawSizes(results: readonly StudyResult[]): { seeds: number; prompts: number }[] {
  const arms = new Map<string, { seeds: Set<number>; lengths: Set<number> }>();
  for (const result of results) {
    if (result.kind !== 'arm' || result.split !== 'held-out') continue;
    const key = `${result.family} ${variantId(result.arm, result.settings)}`;
    // All seeds answer the same prompts.
    const arm = arms.get(key) ?? { seeds: new Set(), lengths: lengthsOf(result) };
    arms.set(key, arm);
    arm.seeds.add(result.seed);
  }
  const found = new Map<string, { seeds: number; prompts: number; count: number }>();
  for (const { seeds, lengths } of arms.values()) {
    for (const prompts of lengths) {
      const size = found.get(`${seeds.size} ${prompts}`) ?? { seeds: seeds.size, prompts, count: 0 };
      size.count++;
      found.set(`${seeds.size} ${prompts}`, size);
    }
  }
  const sorted = [...found.values()].sort((a, b) => b.count - a.count);
  return sorted.slice(0, MOST_SIZES).map(({ seeds, prompts }) => ({ seeds, prompts }));
}

function lengthsOf(result: ArmResult): Set<number> {
  const lengths = [accuracy, onOthers].map((reading) => reading(result)?.length ?? 0);
  return new Set(lengths.filter((length) => length > 1));
}

/** In small steps. */
export function* warmDraws(results: readonly StudyResult[]): Generator<void, void> {
  for (const { seeds, prompts } of drawSizes(results)) {
    yield;
    yield* drawSteps(seeds, prompts);
  }
}
