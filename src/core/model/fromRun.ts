// The model a run trains: sizes from its settings, vocabulary and longest sequence from its data.
import type { RunConfig } from '../config';
import type { Dataset } from '../data/dataset';
import type { ModelConfig } from './config';

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
