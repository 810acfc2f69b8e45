// The estimate against what is really held: GPU buffers on a device that counts and computes nothing, so every case is exact.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeGpu, installFakeGpu } from '../testing/fakeGpu';
import { tinyGpt2, tinyLlama } from '../testing/shapes';
import { createBuiltinDataset } from './data/builtin';
import {
  BUILTIN_LENGTHS,
  decodedRows,
  runMemory,
  type StepShape,
  stepMemory,
  sumsGradients,
  withSpare,
} from './memory';
import { passBuffers, weightBuffers } from './memoryBuffers';
import { type ModelConfig, parameterCount } from './model/config';
import { presetConfig } from './presets';
import { createRng } from './rng';

let gpu: FakeGpu;
/** What needs TensorFlow.js, which must not be loaded before the device is there. */
let core: typeof import('../testing/stepOnDevice');
const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator');

beforeAll(async () => {
  gpu = installFakeGpu();
  core = await import('../testing/stepOnDevice');
});
afterAll(() => {
  if (navigatorBefore) Object.defineProperty(globalThis, 'navigator', navigatorBefore);
});

const bytesOf = (config: ModelConfig, shape: StepShape, backend: 'webgpu' | 'wasm'): number =>
  Object.values(withSpare(stepMemory(config, shape), backend)).reduce((sum, part) => sum + part, 0);

interface Case {
  name: string;
  config: ModelConfig;
  sequences: number;
  parts?: number;
  recompute?: boolean;
  selected?: number;
}
const wide = tinyLlama({ layers: 4, width: 256, mlpWidth: 704 });
const NEOX = { architecture: 'gpt_neox', rotaryWidth: 16, parallelResidual: true } as const;
const CASES: Case[] = [
  { name: 'Tiny’s shape', config: tinyLlama({ layers: 2, width: 64, mlpWidth: 176 }), sequences: 16 },
  { name: 'Default’s shape', config: tinyLlama({}), sequences: 16 },
  { name: 'twice the tokens', config: tinyLlama({}), sequences: 32 },
  { name: 'six layers', config: tinyLlama({ layers: 6 }), sequences: 16 },
  { name: 'the benchmark’s GPT-2', config: tinyGpt2({ layers: 4, vocabularySize: 256 }), sequences: 16 },
  { name: 'wider', config: wide, sequences: 8 },
  { name: 'wider, recomputed', config: wide, sequences: 12, recompute: true },
  { name: 'wider, in four parts', config: wide, sequences: 16, parts: 4 },
  { name: 'wider, 10 % move', config: wide, sequences: 8, selected: 0.1 },
  { name: 'few tokens', config: wide, sequences: 4 },
  {
    name: 'Qwen3’s form: wide heads with norms, few key heads',
    config: tinyLlama({ layers: 4, width: 256, mlpWidth: 704, heads: 6, kvHeads: 2, headWidth: 64, qkNorm: true }),
    sequences: 8,
  },
  {
    name: 'GPT-NeoX in parallel',
    config: { ...tinyGpt2({ layers: 4, width: 256, mlpWidth: 1024 }), ...NEOX },
    sequences: 8,
  },
  {
    name: 'GPT-NeoX in turn',
    config: { ...tinyGpt2({ layers: 4, width: 256, mlpWidth: 1024 }), ...NEOX, parallelResidual: false },
    sequences: 8,
  },
  { name: 'a large vocabulary', config: tinyLlama({ vocabularySize: 8192 }), sequences: 8 },
];

describe('a training step', () => {
  it.each(CASES)('holds on webgpu what was estimated within 15 %: $name', async ({ config, sequences, ...more }) => {
    const shape = { sequences, parts: 1, recompute: false, selected: 1, ...more };
    gpu.peakBytes = 0;
    const { tokens, scored } = await core.trainOn('webgpu', config, shape, 3);
    const estimate = bytesOf(config, { ...shape, tokens, scored }, 'webgpu');
    expect(gpu.peakBytes / estimate).toBeGreaterThan(0.87);
    expect(gpu.peakBytes / estimate).toBeLessThan(1.15);
  });

  // Real steps, which take their time: one case of each kind.
  const few = /^(Tiny|wider|Qwen3|GPT-NeoX in turn|a large vocabulary)/;
  it.each(CASES.filter(({ name }) => few.test(name)))(
    'grows the wasm heap by what was estimated within 15 %: $name',
    async ({ config, sequences, ...more }) => {
      const shape = { sequences, parts: 1, recompute: false, selected: 1, ...more };
      const { tokens, scored } = core.sizesOf(shape);
      const estimate = bytesOf(config, { ...shape, tokens, scored }, 'wasm');
      const { held } = await core.trainOn('wasm', config, { ...shape, reserve: estimate }, 1);
      expect(held / estimate).toBeGreaterThan(0.87);
      expect(held / estimate).toBeLessThan(1.15);
    },
  );
});

describe('the largest buffer of a training step', () => {
  const few = tinyLlama({ layers: 2, width: 64, mlpWidth: 176, vocabularySize: 512 });
  it.each<Case & { largest: RegExp }>([
    // 8192 · 128 · 8 bytes of moments, against 8192 logits of 320 tokens.
    { name: 'moments of an embedding', config: tinyLlama({ vocabularySize: 8192 }), sequences: 2, largest: /^AdamW/ },
    { name: 'logits', config: tinyLlama({ vocabularySize: 8192 }), sequences: 16, largest: /^the logits/ },
    { name: 'logits in four parts', config: few, sequences: 256, parts: 4, largest: /^the logits/ },
    { name: 'rows of a layer', config: { ...few, vocabularySize: 64 }, sequences: 64, largest: /^the rows/ },
    {
      name: 'queries, keys and values side by side',
      config: tinyGpt2({ layers: 2, width: 96, mlpWidth: 96, vocabularySize: 64 }),
      sequences: 64,
      largest: /^the rows/,
    },
  ])('is known to the byte: $name', async ({ config, sequences, largest, ...more }) => {
    const shape = { sequences, parts: 1, recompute: false, selected: 1, ...more };
    gpu.largestBytes = 0;
    const { tokens, scored } = await core.trainOn('webgpu', config, shape, 2);
    const [need] = [...weightBuffers(config, 1), ...passBuffers(config, tokens, scored)].sort(
      (a, b) => b.bytes - a.bytes,
    );
    expect(need!.what).toMatch(largest);
    expect(gpu.largestBytes).toBe(need!.bytes);
  });
});

it.each(['webgpu', 'wasm'] as const)('parts and recomputation save far more on %s than the 15 %% above', (backend) => {
  const estimate = (sequences: number, changes: Pick<Partial<StepShape>, 'parts' | 'recompute'>): number => {
    const shape = { sequences, parts: 1, recompute: false, selected: 1, ...changes };
    return bytesOf(wide, { ...shape, ...core.sizesOf(shape) }, backend);
  };
  expect(estimate(32, {}) / estimate(32, { parts: 4 })).toBeGreaterThan(1.6);
  expect(estimate(24, {}) / estimate(24, { recompute: true })).toBeGreaterThan(1.3);
});

it.each(['webgpu', 'wasm'] as const)('does not grow over 260 steps of many lengths on %s', async (backend) => {
  const lengths = Array.from({ length: 260 }, (_, step) => 1 + ((step * 7) % 13));
  const model = tinyLlama({ layers: 1, width: 32, mlpWidth: 64 });
  const { tensors, bytes } = await core.trainManyLengths(backend, model, lengths);
  expect(new Set(tensors.slice(1)).size).toBe(1);
  const peak = (part: readonly number[]): number => Math.max(...part);
  expect(peak(bytes.slice(130))).toBeLessThanOrEqual(1.02 * peak(bytes.slice(20, 130)));
});

describe('runMemory', () => {
  const options = { lengths: BUILTIN_LENGTHS, backend: 'wasm', trainsSft: false, trainsRewards: false } as const;
  const config = presetConfig('default');
  const model = tinyLlama({});

  it('names where the most is held, with parts that add up', () => {
    const { phase, parts, total } = runMemory(config, model, options);
    expect(phase).toBe('sampling');
    // 2 · 3 layers · 256 rows · 55 positions · 128 · 4 bytes
    expect(parts.cache).toBe(2 * 3 * 256 * 55 * 128 * 4);
    expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBe(total);
  });

  it('decodes fewer sequences together where their cache would be large', () => {
    expect(decodedRows(model, 55)).toBe(256);
    // 128 MiB over 2 · 8 layers · 55 positions · 512 · 4 bytes
    expect(decodedRows(tinyLlama({ layers: 8, width: 512 }), 55)).toBe(74);
    expect(decodedRows(tinyLlama({ layers: 100, width: 8192 }), 4096)).toBe(1);
  });

  it('falls with accumulation and recomputation, rises with the batch', () => {
    const total = (changes: Partial<typeof config>): number =>
      runMemory({ ...config, samplesPerPrompt: 1, prompts: 8, heldOutPrompts: 8, ...changes }, wide, options).total;
    expect(total({ batchTokens: 16384 })).toBeGreaterThan(2 * total({ batchTokens: 4096 }));
    expect(total({ batchTokens: 16384, accumulate: 4 })).toBeLessThan(0.5 * total({ batchTokens: 16384 }));
    expect(total({ batchTokens: 16384, recompute: true })).toBeLessThan(0.6 * total({ batchTokens: 16384 }));
  });

  it('knows who stands beside the policy of PPO: the reference, the reward model, a rollout’s cache', () => {
    const few = { prompts: 8, samplesPerPrompt: 2, heldOutPrompts: 8, rolloutPrompts: 8 };
    const ppo = { ...presetConfig('default', 'math', 'ppo'), ...few, batchTokens: 4096 };
    const scored = runMemory({ ...ppo, ppoReward: 'reward model' }, model, options);
    expect(scored.phase).toBe('improving');
    expect(scored.parts.weights).toBe(3 * 4 * parameterCount(model));
    const large = runMemory({ ...ppo, batchTokens: 128, rolloutPrompts: 256 }, model, options);
    expect(large).toMatchObject({ phase: 'improving', parts: { weights: 2 * 4 * parameterCount(model) } });
    expect(large.parts.cache).toBe(2 * 3 * 256 * 55 * 128 * 4);
    expect(large.parts.moments).toBe(2 * 4 * parameterCount(model));
  });

  it('asks for no moments for online merging: they are JavaScript’s', () => {
    const settings = { ...config, samplesPerPrompt: 1, prompts: 8, heldOutPrompts: 8, batchTokens: 4096 };
    const estimate = (optimiser: 'adamw' | 'onties', maskRule: 'all' | 'top') =>
      runMemory({ ...settings, method: 'dpo', maskRule, optimiser }, wide, options);
    const [adamw, onties] = [estimate('adamw', 'all'), estimate('onties', 'all')];
    expect([adamw.phase, onties.phase]).toEqual(['improving', 'improving']);
    expect([adamw.parts.moments, onties.parts.moments]).toEqual([8 * parameterCount(wide), 0]);
    // The warm-up's AdamW, over all weights, holds the most in either case.
    expect(estimate('onties', 'top')).toEqual(estimate('adamw', 'top'));
    expect(estimate('onties', 'top').phase).toBe('warm-up');
  });

  it('has no warm-up where the mask is random: only what it chose has moments', () => {
    const settings = { ...config, samplesPerPrompt: 1, prompts: 8, heldOutPrompts: 8, batchTokens: 4096 };
    const random = runMemory({ ...settings, maskRule: 'random', improvingPercent: 10 }, wide, options);
    expect(random.phase).toBe('improving');
    // Two moments and a place for each of a tenth.
    expect(random.parts.moments).toBeCloseTo(1.2 * parameterCount(wide), 3);
  });

  it('counts the summed gradients of a large model where they rank the weights', () => {
    const large = tinyLlama({ layers: 8, width: 512, mlpWidth: 1408 });
    const weights = parameterCount(large);
    expect(weights).toBeGreaterThan(5_000_000);
    const memory = (maskScore: 'change' | 'gradient') =>
      runMemory({ ...config, samplesPerPrompt: 1, prompts: 8, heldOutPrompts: 8, maskScore }, large, options);
    const [change, gradient] = [memory('change'), memory('gradient')];
    expect([change.phase, gradient.phase]).toEqual(['warm-up', 'warm-up']);
    expect(gradient.parts.gradients - change.parts.gradients).toBe(4 * weights);
    expect(sumsGradients({ ...config, maskScore: 'gradient', maskRule: 'all' }, large)).toBe(false);
    expect(sumsGradients(config, model)).toBe(true);
  });

  it('knows the built-in families as they are', () => {
    const rng = createRng(1);
    const dataset = createBuiltinDataset('math', { styleBias: false });
    const examples = Array.from({ length: 400 }, () => dataset.sftExample('sft', rng)!);
    const sum = (of: (example: (typeof examples)[number]) => number) =>
      examples.reduce((total, example) => total + of(example), 0);
    const tokens = sum(({ prompt, response }) => prompt.length + response.length);
    expect(Math.abs(tokens / 400 - BUILTIN_LENGTHS.supervised)).toBeLessThan(1);
    expect(Math.abs(sum(({ response }) => response.length) / tokens - BUILTIN_LENGTHS.responseShare)).toBeLessThan(
      0.05,
    );
    const prompts = dataset.families.flatMap((family) =>
      dataset.evaluationQuestions(family, 'held-out', 300).map(({ prompt }) => prompt.length),
    );
    expect(Math.max(...prompts)).toBe(BUILTIN_LENGTHS.prompt);
  });
});
