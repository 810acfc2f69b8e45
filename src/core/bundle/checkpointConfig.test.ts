import { expect, it } from 'vitest';
import type { ModelConfig } from '../model/config';
import { parseHfConfig } from '../model/hf';
import { checkpointConfig } from './checkpointConfig';

const llama: ModelConfig = {
  architecture: 'llama',
  ...{ vocabularySize: 99, width: 32, layers: 2, heads: 4, kvHeads: 2, mlpWidth: 80, normEpsilon: 1e-5 },
  ...{ ropeTheta: 5000, tiedHead: true, attentionBias: true, maxPositions: 77 },
};
const gpt2: ModelConfig = { ...llama, architecture: 'gpt2', kvHeads: 4, ropeTheta: 0, tiedHead: false };
const neox: ModelConfig = {
  ...llama,
  ...{ architecture: 'gpt_neox', kvHeads: 4, tiedHead: false, rotaryWidth: 2, parallelResidual: true },
};

it.each<[string, ModelConfig]>([
  ['Llama with biases', llama],
  ['Llama without, head of its own', { ...llama, attentionBias: false, tiedHead: false }],
  ['Llama with biases in its feed-forward', { ...llama, mlpBias: true }],
  ['wide heads', { ...llama, headWidth: 20 }],
  [
    'Llama 3',
    { ...llama, ropeScaling: { kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, originalPositions: 60 } },
  ],
  ['linear RoPE', { ...llama, ropeScaling: { kind: 'linear', factor: 2 } }],
  ['Qwen2', { ...llama, attentionBias: 'qkv' }],
  ['Qwen3', { ...llama, attentionBias: false, qkNorm: true }],
  ['Qwen3 with wide heads', { ...llama, attentionBias: false, qkNorm: true, headWidth: 128 }],
  ['GPT-2', gpt2],
  ['Pythia', neox],
  ['GPT-NeoX, a share that rounds down', { ...neox, width: 392, rotaryWidth: 6, parallelResidual: false }],
])('%s: what is said of a model is read back of it', (_, model) => {
  expect(parseHfConfig(JSON.parse(JSON.stringify(checkpointConfig(model))))).toEqual(model);
});
