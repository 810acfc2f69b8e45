import { describe, expect, it } from 'vitest';
import { tinyGpt2, tinyLlama } from '../../testing/shapes';
import { type ModelConfig, tensorSpecs } from './config';
import { nameMap, nameProblem } from './nameMap';

const llama = tinyLlama({ layers: 1 });
const gpt2 = tinyGpt2({ layers: 2 });
const neox = tinyLlama({ architecture: 'gpt_neox', layers: 1, tiedHead: false });
const namesOf = (config: ModelConfig): string[] => tensorSpecs(config).map(({ name }) => name);
const EMBEDDING = 'model.embed_tokens.weight';

describe.each<[string, ModelConfig, string]>([
  ['llama', llama, 'model.'],
  ['gpt2', gpt2, 'transformer.'],
  ['gpt_neox', neox, 'gpt_neox.'],
])('%s', (_, config, prefix) => {
  it('takes its own names as they are, in any order, and keeps the model’s order', () => {
    const map = nameMap(config, namesOf(config).reverse());
    expect([...map.names]).toEqual(namesOf(config).map((name) => [name, name]));
    expect(map).toMatchObject({ copies: new Map(), ignored: [], missing: [], unexpected: [] });
    expect(nameProblem(map)).toBeNull();
  });

  it('takes a bare model’s names, without the prefix', () => {
    const bare = (name: string) => (name.startsWith(prefix) ? name.slice(prefix.length) : name);
    const map = nameMap(config, namesOf(config).map(bare));
    expect([...map.names]).toEqual(namesOf(config).map((name) => [name, bare(name)]));
    expect(nameProblem(map)).toBeNull();
  });
});

it('knows GPT-NeoX’s head by the name that transformers 5 gives it within a model', () => {
  const inner = (name: string) => (name === 'embed_out.weight' ? 'lm_head.weight' : name);
  const map = nameMap(neox, namesOf(neox).map(inner));
  expect(map.names.get('embed_out.weight')).toBe('lm_head.weight');
  expect(nameProblem(map)).toBeNull();
});

describe('tied heads', () => {
  it('that are stored twice are copies; an untied one is a parameter', () => {
    const map = nameMap(llama, [...namesOf(llama), 'lm_head.weight']);
    expect(map.copies).toEqual(new Map([['lm_head.weight', EMBEDDING]]));
    expect(nameProblem(map)).toBeNull();
    const untied = nameMap({ ...llama, tiedHead: false }, [...namesOf(llama), 'lm_head.weight']);
    expect(untied.copies.size).toBe(0);
    expect(untied.names.get('lm_head.weight')).toBe('lm_head.weight');
  });

  it('that are stored without the embedding stand for it', () => {
    const names = namesOf(llama).filter((name) => name !== EMBEDDING);
    const map = nameMap(llama, [...names, 'lm_head.weight']);
    expect(map.names.get(EMBEDDING)).toBe('lm_head.weight');
    expect(map.copies.size).toBe(0);
    expect(nameProblem(map)).toBeNull();
  });
});

describe('what else a file holds', () => {
  it('leaves buffers out by name, with and without the prefix', () => {
    const buffers = ['transformer.h.0.attn.bias', 'transformer.h.1.attn.masked_bias', 'h.1.attn.bias'];
    expect(nameMap(gpt2, [...namesOf(gpt2), ...buffers])).toMatchObject({ ignored: buffers, unexpected: [] });
    const rotary = ['model.layers.0.self_attn.rotary_emb.inv_freq', 'model.rotary_emb.inv_freq'];
    expect(nameMap(llama, [...namesOf(llama), ...rotary])).toMatchObject({ ignored: rotary, unexpected: [] });
    const causal = ['bias', 'masked_bias', 'rotary_emb.inv_freq'].map((name) => `gpt_neox.layers.0.attention.${name}`);
    expect(nameMap(neox, [...namesOf(neox), ...causal])).toMatchObject({ ignored: causal, unexpected: [] });
  });

  it('takes a bias that the model has for no buffer', () => {
    const others = ['transformer.h.0.attn.extra', 'model.layers.0.attn.bias', '__proto__'];
    expect(nameMap(gpt2, [...namesOf(gpt2), ...others]).unexpected).toEqual(others);
    const bias = 'model.layers.0.self_attn.q_proj.bias';
    expect(nameMap(llama, [...namesOf(llama), bias]).unexpected).toEqual([bias]);
  });

  it('reports a parameter that is there with and without the prefix, and the second storage of it', () => {
    const map = nameMap(llama, [...namesOf(llama), 'norm.weight']);
    expect(map.names.get('model.norm.weight')).toBe('model.norm.weight');
    expect(map.unexpected).toEqual(['norm.weight']);
  });

  it('names what is missing and left over, the first three of each', () => {
    const map = nameMap(llama, ['a', 'b', 'c', 'd', ...namesOf(llama).slice(1)]);
    expect(map.missing).toEqual([EMBEDDING]);
    expect(nameProblem(map)).toBe(
      'The checkpoint lacks “model.embed_tokens.weight” and has “a”, “b”, “c” and 1 more, which the model of config.json does not.',
    );
    expect(nameProblem(nameMap(llama, []))).toBe(
      'The checkpoint lacks “model.embed_tokens.weight”, “model.layers.0.self_attn.q_proj.weight”, “model.layers.0.self_attn.k_proj.weight” and 8 more.',
    );
  });
});
