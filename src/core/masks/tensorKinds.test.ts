import { describe, expect, it } from 'vitest';
import { type ModelConfig, tensorSpecs } from '../model/config';
import { inScope, tensorKind } from './tensorKinds';

const llama: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 5,
  width: 4,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  mlpWidth: 6,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: false,
  attentionBias: true,
  maxPositions: 8,
};
const gpt2: ModelConfig = { ...llama, architecture: 'gpt2', kvHeads: 2, tiedHead: true };

describe('tensorKind', () => {
  it('knows every tensor of all architectures', () => {
    const kinds = (model: ModelConfig) =>
      tensorSpecs(model)
        .map(({ name }) => tensorKind(name))
        .join(' ');
    expect(kinds(llama)).toBe('embedding q bias k bias v bias o bias gate up down norm norm norm head');
    expect(kinds(gpt2)).toBe('embedding position norm norm qkv bias o bias norm norm fc bias proj bias norm norm');
    expect(kinds({ ...llama, attentionBias: false, qkNorm: true })).toBe(
      'embedding q k v o norm norm gate up down norm norm norm head',
    );
    expect(kinds({ ...llama, architecture: 'gpt_neox', kvHeads: 2 })).toBe(
      'embedding norm norm norm norm qkv bias o bias fc bias proj bias norm norm head',
    );
    expect(tensorKind('constructor')).toBe('other');
    expect(tensorKind('model.layers.0.something.bias')).toBe('other');
  });

  it('leaves out what the scope leaves out', () => {
    const taken = (model: ModelConfig, embeddings: boolean, norms: boolean, head: boolean) =>
      tensorSpecs(model).filter(({ name }) => inScope(name, { embeddings, norms, head })).length;
    expect([taken(llama, true, true, true), taken(llama, false, false, false)]).toEqual([16, 11]);
    expect([taken(llama, true, true, false), taken(llama, true, false, true)]).toEqual([15, 13]);
    expect([taken(gpt2, false, true, true), taken(gpt2, true, false, true)]).toEqual([14, 10]);
  });
});
