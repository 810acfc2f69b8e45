// Single buffers of SmolLM2's and Qwen2's shapes, in numbers worked by hand, against limits that adapters have.
import { describe, expect, it } from 'vitest';
import type { RunConfig } from './config';
import { runMemory } from './memory';
import { runBuffers } from './memoryBuffers';
import { fitMemory, fitText, tooLargeBuffer } from './memoryFit';
import type { ModelConfig } from './model/config';
import { parseConfig } from './parseConfig';
import { broughtSettings } from './presets';

const MIB = 1 << 20;
/** What every WebGPU device binds, and what a GPU with 8 GB commonly does. */
const LEAST = 128 * MIB;
const COMMON = 2048 * MIB - 4;

const LLAMA = { architecture: 'llama', normEpsilon: 1e-5, ropeTheta: 1e5, tiedHead: true, maxPositions: 8192 } as const;
const SMOLLM: ModelConfig = {
  ...{ ...LLAMA, attentionBias: false, vocabularySize: 49152, width: 576 },
  ...{ layers: 30, heads: 9, kvHeads: 3, mlpWidth: 1536 },
};
const QWEN: ModelConfig = {
  ...{ ...LLAMA, attentionBias: 'qkv', vocabularySize: 151936, width: 896 },
  ...{ layers: 24, heads: 14, kvHeads: 2, mlpWidth: 4864 },
};

const lengths = { supervised: 120, prompt: 60, responseShare: 0.5 };
const trains = { lengths, trainsSft: false, trainsRewards: false };
function settingsOf(model: ModelConfig, parameters: number, changes: Partial<RunConfig>): RunConfig {
  const settings = broughtSettings(
    { parameters, config: model },
    { longestAnswer: 60, longestPrompt: 60, sequence: 120 },
  );
  const { config, problems } = parseConfig({ ...settings, rewardSteps: 0, ...changes });
  expect(problems).toEqual([]);
  return config;
}
const smol = (changes: Partial<RunConfig> = {}) => settingsOf(SMOLLM, 134_515_008, changes);
const needsOf = (run: RunConfig, model = SMOLLM, longestPair = 240) =>
  runBuffers(run, model, { ...trains, longestPair });
const bytesOf = (run: RunConfig, what: RegExp, model = SMOLLM, longestPair = 240): number =>
  needsOf(run, model, longestPair).find((need) => what.test(need.what))!.bytes;
const fitIn = (run: RunConfig, largestBuffer: number, model = SMOLLM) =>
  fitMemory(run, (one) => runMemory(one, model, { ...trains, backend: 'webgpu' }), {
    bytes: 8e9,
    longestPair: 240,
    buffers: { bytes: largestBuffer, needs: (one) => needsOf(one, model) },
  });

describe('the buffers of a run', () => {
  it('are those of SmolLM2’s shape, in bytes', () => {
    const run = smol({ batchTokens: 1024 });
    expect(bytesOf(run, /^model\.embed_tokens/)).toBe(4 * 49152 * 576);
    expect(bytesOf(run, /^AdamW/)).toBe(8 * 49152 * 576);
    // 0.5 · 1.25 of 1024 tokens predict a response token: 640.
    expect(bytesOf(run, /^the logits/)).toBe(4 * 640 * 49152);
    // Prompts are run 2048 tokens at a time.
    expect(bytesOf(run, /^the rows/)).toBe(4 * 2048 * 1536);
    expect(needsOf(run)[0]!.what).toBe('AdamW’s two moments of model.embed_tokens.weight [49152, 576]');
  });

  it('fall with the parts of a step, but not below the longest pair or what is scored together', () => {
    const logits = (changes: Partial<RunConfig>, longestPair?: number) =>
      bytesOf(smol(changes), /^the logits/, SMOLLM, longestPair);
    expect(logits({ batchTokens: 4096 })).toBe(4 * 2560 * 49152);
    expect(logits({ batchTokens: 4096, accumulate: 4 })).toBe(4 * 640 * 49152);
    // Scored together: 2^25 / 49152 = 682 tokens, 448 rows of them.
    expect(logits({ batchTokens: 256 })).toBe(4 * 448 * 49152);
    expect(logits({ batchTokens: 256 }, 2000)).toBe(4 * 1280 * 49152);
  });

  it('count the moments of what moves', () => {
    const random = { maskRule: 'random', forgettingPercent: 5, improvingPercent: 10 } as const;
    // Nothing is warmed up; a tenth of 134 515 008 entries, which may all lie in the embedding.
    expect(bytesOf(smol(random), /^AdamW/)).toBe(8 * 13_451_501);
    expect(bytesOf(smol({ maskRule: 'all' }), /^AdamW/)).toBe(8 * 49152 * 576);
  });

  it('count what ranks by gradient, and what merging reads', () => {
    expect(needsOf(smol({ maskScore: 'gradient' }))[0]).toEqual({
      ...{ what: 'the sum of all gradients [134515008]', bytes: 4 * 134_515_008, remedy: 'score' },
    });
    expect(needsOf(smol({ optimiser: 'onties' }))[0]).toMatchObject({ bytes: 8 * 134_515_008, remedy: 'optimiser' });
  });
});

describe('the fit', () => {
  it('leaves a run alone whose buffers a common GPU takes', () => {
    expect(fitIn(smol({ batchTokens: 1024 }), COMMON).status).toBe('fits');
  });

  it('takes more parts where the logits are too large, and says so', () => {
    const run = smol({ batchTokens: 4096 });
    const fit = fitIn(run, 256 * MIB);
    // 2560 rows are 503 MB; two parts' 1280 rows 252 MB, of 268.
    expect(fit).toMatchObject({
      status: 'shrinks',
      changes: { accumulate: 2 },
      buffer: { bytes: 4 * 2560 * 49152, remedy: 'tokens' },
    });
    expect(fitText(fit, run)).toMatch(
      /Too large in one piece: the logits \[2560, 49152\], 504 MB, where this GPU takes at most 269 MB\. It fits in \d+ MB with: gradients of each step added up over 2 parts/,
    );
  });

  it('refuses what no setting makes smaller, by its name', () => {
    const refused = fitIn(smol(), LEAST);
    expect(refused).toMatchObject({ status: 'too large', changes: {}, over: 0, buffer: { bytes: 8 * 49152 * 576 } });
    const qwen = settingsOf(QWEN, 494_032_768, { maskRule: 'random', forgettingPercent: 1, improvingPercent: 1 });
    const fit = fitIn(qwen, 256 * MIB, QWEN);
    expect(fit).toMatchObject({ status: 'too large', buffer: { bytes: 4 * 151936 * 896, limit: 256 * MIB } });
    expect(fitText(fit, qwen)).toContain(
      'Too large in one piece: model.embed_tokens.weight [151936, 896], 545 MB, where this GPU takes at most 269 MB. No setting makes it smaller',
    );
  });

  it('names what cannot shrink before what can', () => {
    const run = smol({ batchTokens: 4096 });
    const limit = { bytes: LEAST, needs: needsOf };
    expect(needsOf(run)[0]!.remedy).toBe('tokens');
    expect(tooLargeBuffer(limit, run)).toMatchObject({ remedy: 'model', bytes: 8 * 49152 * 576, limit: LEAST });
    expect(tooLargeBuffer({ ...limit, bytes: COMMON }, run)).toBeNull();
  });

  it('says a lack of memory and of buffers together', () => {
    const run = smol({ batchTokens: 4096 });
    const fit = fitMemory(run, (one) => runMemory(one, SMOLLM, { ...trains, backend: 'webgpu' }), {
      ...{ bytes: 1e9, longestPair: 240, buffers: { bytes: LEAST, needs: needsOf } },
    });
    expect(fitText(fit, run)).toMatch(
      /MB too much\. Too large in one piece: AdamW’s two moments .* Take a smaller model/,
    );
  });
});
