// Model shapes for tests: the Default preset's, with changes.
import type { ModelConfig } from '../core/model/config';

const DEFAULT: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 180,
  width: 128,
  layers: 3,
  heads: 4,
  kvHeads: 4,
  mlpWidth: 352,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 128,
};

export const tinyLlama = (changes: Partial<ModelConfig>): ModelConfig => ({ ...DEFAULT, ...changes });
export const tinyGpt2 = (changes: Partial<ModelConfig>): ModelConfig => ({
  ...DEFAULT,
  architecture: 'gpt2',
  attentionBias: true,
  mlpWidth: 512,
  ...changes,
});
