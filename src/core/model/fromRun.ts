// The model a run trains: sizes from its settings, vocabulary and longest sequence from its data; or one that somebody brings, as it is.
import type { RunConfig } from '../config';
import type { Dataset } from '../data/dataset';
import { forPositions, type ModelConfig } from './config';
import type { Weights } from './model';

/** A model that somebody brings: a run begins with its weights, not with a starter’s or fresh ones. */
export interface GivenModel {
  /** What people know it by. */
  readonly name: string;
  readonly config: ModelConfig;
  /** Float32, under the names of `tensorSpecs(config)`. */
  readonly weights: Weights;
}

type Sizes = Pick<RunConfig, 'architecture' | 'width' | 'layers' | 'heads' | 'mlpWidth'>;

/** Tied head, no grouped heads, RoPE base 10⁴, norm ε 10⁻⁵ (RECIPE §3). */
export function modelConfigOf(sizes: Sizes, dataset: Dataset): ModelConfig {
  return {
    architecture: sizes.architecture,
    vocabularySize: dataset.vocabulary.length,
    width: sizes.width,
    layers: sizes.layers,
    heads: sizes.heads,
    kvHeads: sizes.heads,
    mlpWidth: sizes.mlpWidth,
    normEpsilon: 1e-5,
    ropeTheta: 10000,
    tiedHead: true,
    attentionBias: sizes.architecture === 'gpt2',
    maxPositions: Math.max(dataset.maxSequence, dataset.maxRewriteSequence),
  };
}

/**
 * The configuration with which a given model runs on the data: as it is, with position tables no longer than needed. Throws Error saying what does
 * not fit when the data's tokens or its longest sequence are beyond the model.
 */
export function givenConfig(
  { name, config }: GivenModel,
  dataset: Pick<Dataset, 'vocabulary' | 'maxSequence' | 'maxRewriteSequence'>,
): ModelConfig {
  const { length: tokens } = dataset.vocabulary;
  if (tokens > config.vocabularySize) {
    const next = 'Open the data again with the model’s own tokenizer.';
    throw new Error(`${name} has ${config.vocabularySize} tokens, the data ${tokens}. ${next}`);
  }
  const longest = Math.max(dataset.maxSequence, dataset.maxRewriteSequence);
  if (longest > config.maxPositions) {
    const next = 'Import the data again with a shorter limit.';
    throw new Error(
      `${name} takes at most ${config.maxPositions} tokens, the data has sequences of ${longest}. ${next}`,
    );
  }
  return forPositions(config, longest);
}
