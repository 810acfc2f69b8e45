// KTO's estimate of the KL needs responses under prompts that they do not answer: those of a batch in reversed order (ALGORITHM §8).
import type { Example } from '../data/dataset';
import type { PreferencePair } from '../data/pairs';
import { maskedSum } from '../losses/sequence';
import { type Model, policyLogps } from '../model/model';
import { tf } from '../tf';
import { inParts, packExamples, sequenceLength, toRectangle } from './batches';

/**
 * The batch's chosen and its rejected responses, each side under the prompts in reversed order. Left out: what would stand under its own
 * question (the middle of an odd batch, two pairs of one question) and what has more than `mostTokens` tokens.
 */
export function mismatchedExamples(pairs: readonly PreferencePair[], mostTokens: number): Example[] {
  return (['chosen', 'rejected'] as const).flatMap((side) =>
    pairs.flatMap(({ question }, i): Example[] => {
      const other = pairs[pairs.length - 1 - i]!;
      const example = { prompt: question.prompt, response: other[side] };
      return other.question.id === question.id || sequenceLength(example) > mostTokens ? [] : [example];
    }),
  );
}

/**
 * Σ_t (log π_θ − log π_ref) of each example, without gradient, [n]; null for no example. `reference` holds the rows of log π_ref in their
 * order. In as many parts, one after another, as the step itself.
 */
export function mismatchedLogRatios(
  model: Model,
  examples: readonly Example[],
  reference: readonly Float32Array[],
  { padId, accumulate }: { padId: number; accumulate?: number },
): tf.Tensor1D | null {
  if (examples.length === 0) return null;
  const places = inParts([...examples.keys()], accumulate);
  return tf.tidy(() =>
    tf.concat1d(
      places.map((part) =>
        tf.tidy(() => {
          const batch = packExamples(
            part.map((i) => examples[i]!),
            padId,
          );
          const shape: [number, number] = [batch.batchSize, batch.width];
          const rows = part.map((i) => reference[i]!);
          const ratios = tf.sub(policyLogps(model, batch), tf.tensor2d(toRectangle(batch, rows), shape));
          return maskedSum(ratios as tf.Tensor2D, tf.tensor2d(batch.responseMask, shape));
        }),
      ),
    ),
  );
}
