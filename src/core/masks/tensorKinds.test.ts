import { describe, expect, it } from 'vitest';
import { type ModelConfig, tensorSpecs } from '../model/config';
import { densityCsv, tensorDensities } from './densities';
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
  it('knows every tensor of both architectures', () => {
    const kinds = (model: ModelConfig) =>
      tensorSpecs(model)
        .map(({ name }) => tensorKind(name))
        .join(' ');
    expect(kinds(llama)).toBe('embedding q bias k bias v bias o bias gate up down norm norm norm head');
    expect(kinds(gpt2)).toBe('embedding position norm norm qkv bias o bias norm norm fc bias proj bias norm norm');
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

describe('densities', () => {
  const specs = [
    { name: 'model.layers.2.mlp.up_proj.weight', shape: [2, 2] },
    { name: 'odd, "name"', shape: [3] },
    { name: 'model.norm.weight', shape: [2] },
  ];
  const mask = new Map([
    [specs[0]!.name, Uint8Array.of(1, 0, 0, 1)],
    [specs[1]!.name, Uint8Array.of(0, 0, 1)],
    [specs[2]!.name, Uint8Array.of(1, 0)],
  ]);

  it('ranks by density, equal ones together', () => {
    expect(tensorDensities(specs, mask).map(({ rank }) => rank)).toEqual([1, 3, 1]);
    expect(() => tensorDensities(specs, new Map())).toThrow('has no tensor "model.layers.2');
  });

  it('writes CSV with quoted names', () => {
    expect(densityCsv(tensorDensities(specs, mask))).toBe(
      [
        'tensor,kind,layer,rows,columns,selected,density,rank',
        'model.layers.2.mlp.up_proj.weight,up,2,2,2,2,0.5,1',
        '"odd, ""name""",other,,1,3,1,0.3333333333333333,3',
        'model.norm.weight,norm,,1,2,1,0.5,1',
        '',
      ].join('\r\n'),
    );
  });
});
