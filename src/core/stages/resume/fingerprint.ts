// What tells one data set and one model from another: checksums of what a run sees of them.
import type { RunConfig } from '../../config';
import type { Weights } from '../../model/model';
import type { RunContext } from '../context';
import type { PointKey } from './point';
import { textSum, wordSum } from './wordSum';

/** Values of a tensor that are looked at, at most, spread evenly: any training moves some of them. */
const MOST_VALUES = 4096;
const SFT_EXAMPLES = 32;

/** Checksum of a model's names and of values from all its tensors. */
export function weightsSum(weights: Weights): number {
  const parts = [...weights].map(([name, values]) => {
    const stride = Math.max(1, Math.floor(values.length / MOST_VALUES));
    const seen = new Float32Array(Math.ceil(values.length / stride));
    for (let i = 0; i < seen.length; i++) seen[i] = values[i * stride]!;
    return [name, values.length, wordSum(seen)];
  });
  return textSum(JSON.stringify(parts));
}

/** Checksum of the data: a file's by all it has, a built-in family's by the questions that the run takes of it. */
function dataSum({ config, dataset, rng, split }: RunContext): number {
  const { name, families, alignedFamily, teacher, vocabulary, specialIds, endIds, givenPairs, maxSequence } = dataset;
  const most = teacher === 'oracle' ? config.prompts : Number.MAX_SAFE_INTEGER;
  const asked = dataset.trainingQuestions(most, rng.fork('prompts'));
  const stream = rng.fork('fingerprint');
  const examples = Array.from({ length: SFT_EXAMPLES }, () => dataset.sftExample('sft', stream));
  const reported = families.map((family) => dataset.evaluationQuestions(family, split, config.heldOutPrompts));
  return textSum(
    JSON.stringify([
      ...[name, families, alignedFamily, teacher, vocabulary, specialIds, endIds, maxSequence],
      ...[givenPairs, asked, reported, examples],
    ]),
  );
}

const settingsOf = (config: RunConfig): PointKey['config'] => ({ ...config });

export const keyOf = (context: RunContext): PointKey => ({
  config: settingsOf(context.config),
  data: dataSum(context),
  given: context.given ? weightsSum(context.given.weights) : null,
  split: context.split,
  snapshots: context.isWatched,
  path: context.hasPath,
});
