import { expect, test } from 'vitest';
import { createBuiltinDataset } from '../data/builtin';
import { presetConfig } from '../presets';
import { forPositions, headName, type ModelConfig, parameterCount, sizeOf, tensorSpecs } from './config';
import { modelConfigOf } from './fromRun';

const SMALL: ModelConfig = {
  architecture: 'llama',
  vocabularySize: 10,
  width: 8,
  layers: 1,
  heads: 4,
  kvHeads: 2,
  mlpWidth: 6,
  normEpsilon: 1e-5,
  ropeTheta: 10000,
  tiedHead: true,
  attentionBias: false,
  maxPositions: 16,
};

test('the tensors of a Llama with grouped heads, in model order', () => {
  expect(tensorSpecs(SMALL).map(({ name, shape }) => [name.replace('model.layers.0.', ''), ...shape])).toEqual([
    ['model.embed_tokens.weight', 10, 8],
    ['self_attn.q_proj.weight', 8, 8],
    ['self_attn.k_proj.weight', 4, 8],
    ['self_attn.v_proj.weight', 4, 8],
    ['self_attn.o_proj.weight', 8, 8],
    ['mlp.gate_proj.weight', 6, 8],
    ['mlp.up_proj.weight', 6, 8],
    ['mlp.down_proj.weight', 8, 6],
    ['input_layernorm.weight', 8],
    ['post_attention_layernorm.weight', 8],
    ['model.norm.weight', 8],
  ]);
  // 80 + 64 + 32 + 32 + 64 + 48 + 48 + 48 + 8 + 8 + 8
  expect(parameterCount(SMALL)).toBe(440);
});

test('an untied head and biases are tensors of their own', () => {
  const names = tensorSpecs({ ...SMALL, tiedHead: false, attentionBias: true }).map(({ name }) => name);
  expect(names.at(-1)).toBe('lm_head.weight');
  expect(names.filter((name) => name.endsWith('.bias'))).toEqual(
    ['q', 'k', 'v', 'o'].map((letter) => `model.layers.0.self_attn.${letter}_proj.bias`),
  );
  // 440 + head 80 + biases 8 + 4 + 4 + 8
  expect(parameterCount({ ...SMALL, tiedHead: false, attentionBias: true })).toBe(544);
});

test('the tensors of a GPT-2, linear weights [in, out]', () => {
  const gpt2: ModelConfig = { ...SMALL, architecture: 'gpt2', kvHeads: 4 };
  const shapes = new Map(tensorSpecs(gpt2).map((spec) => [spec.name, spec.shape]));
  expect(shapes.get('transformer.wpe.weight')).toEqual([16, 8]);
  expect(shapes.get('transformer.h.0.attn.c_attn.weight')).toEqual([8, 24]);
  expect(shapes.get('transformer.h.0.mlp.c_fc.weight')).toEqual([8, 6]);
  expect(shapes.get('transformer.h.0.mlp.c_proj.weight')).toEqual([6, 8]);
  expect(shapes.has('lm_head.weight')).toBe(false);
  // 80 + 128; norms 4 · 8; 192 + 24; 64 + 8; 48 + 6; 48 + 8; final 16
  expect(parameterCount(gpt2)).toBe(80 + 128 + 32 + 216 + 72 + 54 + 56 + 16);
  expect(tensorSpecs(gpt2).reduce((sum, spec) => sum + sizeOf(spec), 0)).toBe(parameterCount(gpt2));
});

test('the shipped sizes: RECIPE §3 has 626 048 parameters, Tiny about 111 thousand, Large about 26 million', () => {
  const dataset = createBuiltinDataset('math', { styleBias: false });
  const count = (preset: 'default' | 'tiny' | 'large') => parameterCount(modelConfigOf(presetConfig(preset), dataset));
  expect(count('default')).toBe(626_048);
  expect(count('tiny')).toBe(180 * 64 + 2 * (4 * 64 * 64 + 3 * 64 * 176 + 2 * 64) + 64);
  expect(Math.round(count('large') / 1e6)).toBe(26);
  const config = modelConfigOf(presetConfig(), dataset);
  expect(config).toMatchObject({ vocabularySize: 180, heads: 4, kvHeads: 4, tiedHead: true, ropeTheta: 10000 });
  expect(config.maxPositions).toBe(Math.max(dataset.maxSequence, dataset.maxRewriteSequence));
});

test('the tensors of a Qwen2: biases on q, k and v', () => {
  const names = tensorSpecs({ ...SMALL, attentionBias: 'qkv' }).map(({ name }) => name);
  expect(names.filter((name) => name.endsWith('.bias'))).toEqual(
    ['q', 'k', 'v'].map((letter) => `model.layers.0.self_attn.${letter}_proj.bias`),
  );
});

test('heads of their own width, norms on them, and biases in the feed-forward', () => {
  const wide: ModelConfig = { ...SMALL, headWidth: 6, qkNorm: true, mlpBias: true };
  // 440 and, at 24 instead of 8 queries and 12 instead of 4 keys: 2 · 16 · 8 + 2 · 8 · 8; norms 6 + 6; biases 6 + 6 + 8.
  expect(parameterCount(wide)).toBe(440 + 256 + 128 + 12 + 20);
});

test('the head’s tensor: its own, or the embedding', () => {
  const neox: ModelConfig = { ...SMALL, architecture: 'gpt_neox' };
  expect([headName(SMALL), headName({ ...SMALL, tiedHead: false })]).toEqual([
    'model.embed_tokens.weight',
    'lm_head.weight',
  ]);
  expect([headName(neox), headName({ ...neox, tiedHead: false })]).toEqual([
    'gpt_neox.embed_in.weight',
    'embed_out.weight',
  ]);
});

test('a model for shorter sequences has a smaller table; GPT-2’s positions are weights', () => {
  expect(forPositions(SMALL, 7)).toEqual({ ...SMALL, maxPositions: 7 });
  const gpt2: ModelConfig = { ...SMALL, architecture: 'gpt2' };
  expect(forPositions(gpt2, 7)).toBe(gpt2);
  expect(() => forPositions(SMALL, 17)).toThrow(
    new RangeError('The model is meant for 16 tokens at most; 17 are needed.'),
  );
});
