import { expect, it } from 'vitest';
import type { ModelConfig } from '../model/config';
import { parseHfConfig } from '../model/hf';
import { checkpointConfig } from './checkpointConfig';

const llama: ModelConfig = {
  architecture: 'llama',
  ...{ vocabularySize: 99, width: 32, layers: 2, heads: 4, kvHeads: 2, mlpWidth: 80, normEpsilon: 1e-5 },
  ...{ ropeTheta: 5000, tiedHead: true, attentionBias: true, maxPositions: 77 },
};

it('says of a model what is read back of it', () => {
  const gpt2: ModelConfig = { ...llama, architecture: 'gpt2', kvHeads: 4, ropeTheta: 0, tiedHead: false };
  for (const model of [llama, { ...llama, attentionBias: false, tiedHead: false }, gpt2])
    expect(parseHfConfig(JSON.parse(JSON.stringify(checkpointConfig(model))))).toEqual(model);
});
