import { beforeAll, describe, expect, it } from 'vitest';
import { drain, tensorsLeft, tinyModel } from '../../testing/tinyModel';
import { argmax } from '../sampler';
import { tf } from '../tf';
import type { ModelConfig } from './config';
import { type GenerateOptions, generate, packed } from './generate';
import { forwardLogits, type Model } from './model';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const PROMPTS = [[1, 4, 5, 6, 7, 3], [1, 9], [8], [1, 4, 4, 10, 3]];
const options = (changes: Partial<GenerateOptions> = {}): GenerateOptions => ({
  ...{ maxNewTokens: 7, endIds: [], padId: 0 },
  choose: (_, logits) => argmax(logits),
  ...changes,
});

/** The best token of every third id, so that the answer is not one token over and over. */
function choice(t: number, logits: Float32Array): number {
  return argmax(logits.map((value, id) => (id % 3 === t % 3 ? value : -Infinity)));
}

/** The same by running the whole prefix again for every token. */
function byRerunning(
  model: Model,
  prompt: readonly number[],
  count: number,
): { ids: number[]; logits: Float32Array[] } {
  const ids: number[] = [];
  const logits: Float32Array[] = [];
  for (let t = 0; t < count; t++) {
    const all = tf.tidy(() => forwardLogits(model, packed([[...prompt, ...ids]])).dataSync<'float32'>());
    const last = new Float32Array(all.slice(all.length - model.config.vocabularySize));
    logits.push(last);
    ids.push(choice(t, last));
  }
  return { ids, logits };
}

const LLAMA3 = { kind: 'llama3', factor: 4, lowFactor: 1, highFactor: 4, originalPositions: 8 } as const;
const ARCHITECTURES: [string, Partial<ModelConfig>][] = [
  ['llama', {}],
  ['llama with grouped heads', { kvHeads: 1 }],
  ['gpt2', { architecture: 'gpt2', attentionBias: true }],
  ['qwen3: norms on heads of their own width', { kvHeads: 1, headWidth: 6, qkNorm: true }],
  ['qwen2: biases on q, k and v', { attentionBias: 'qkv', kvHeads: 1 }],
  ['llama with all biases and scaled RoPE', { attentionBias: true, mlpBias: true, ropeScaling: LLAMA3 }],
  ['gpt_neox in parallel', { architecture: 'gpt_neox', rotaryWidth: 2, parallelResidual: true }],
  ['gpt_neox in turn', { architecture: 'gpt_neox' }],
];

describe.each(ARCHITECTURES)('%s', (_, changes) => {
  it('decodes prompts of different lengths together as the re-run prefix does', async () => {
    const model = tinyModel(changes);
    const seen: Float32Array[][] = PROMPTS.map(() => []);
    const choose = (row: number, logits: Float32Array): number => {
      seen[row]!.push(logits.slice());
      return choice(seen[row]!.length - 1, logits);
    };
    const { result } = await drain(generate(model, PROMPTS, options({ choose })));
    PROMPTS.forEach((prompt, b) => {
      const { ids, logits } = byRerunning(model, prompt, 7);
      expect(result[b]).toEqual(ids);
      for (const [t, row] of logits.entries())
        for (const [id, value] of row.entries()) expect(Math.abs(value - seen[b]![t]![id]!)).toBeLessThan(1e-4);
    });
    model.dispose();
  });
});

describe('generate', () => {
  it('ends each row at its EOS, feeds it padding from then on, and stops when all have ended', async () => {
    const model = tinyModel();
    const asked: number[][] = [[], [], []];
    const ends = [3, 1, 2];
    const choose = (row: number): number => {
      asked[row]!.push(1);
      return asked[row]!.length === ends[row] ? 2 : 5;
    };
    const prompts = [[1, 4], [1], [1, 4, 5]];
    const { ticks, result } = await drain(generate(model, prompts, options({ endIds: [2], choose })));
    expect(result).toEqual([[5, 5, 2], [2], [5, 2]]);
    expect(asked.map((calls) => calls.length)).toEqual(ends);
    expect(ticks).toEqual([
      { done: 1, total: 7, open: 2 },
      { done: 2, total: 7, open: 1 },
      { done: 3, total: 7, open: 0 },
    ]);
    model.dispose();
  });

  it('does not let a row that has ended change the others', async () => {
    const model = tinyModel();
    const alone = await drain(generate(model, [PROMPTS[0]!], options()));
    const greedyRow = alone.result[0]!;
    const choose = (row: number, logits: Float32Array) => (row === 0 ? argmax(logits) : 2);
    const { result } = await drain(generate(model, [PROMPTS[0]!, [1, 9]], options({ endIds: [2], choose })));
    const end = greedyRow.indexOf(2);
    expect(result[0]).toEqual(end < 0 ? greedyRow : greedyRow.slice(0, end + 1));
    expect(result[1]).toEqual([2]);
    model.dispose();
  });

  it('refuses what does not fit, exactly from one token too many on', async () => {
    const model = tinyModel({ maxPositions: 12 });
    const fits = await drain(generate(model, PROMPTS, options({ maxNewTokens: 6 })));
    expect(fits.result[0]).toHaveLength(6);
    await expect(drain(generate(model, PROMPTS, options({ maxNewTokens: 7 })))).rejects.toThrow(
      new RangeError("generate: 6 prompt + 7 new tokens exceed the model's 12 positions"),
    );
    model.dispose();
  });

  it('leaves no tensor behind: to the end, left in the middle, and when choosing fails', async () => {
    const model = tinyModel();
    const run = (changes: Partial<GenerateOptions> = {}) => generate(model, PROMPTS, options(changes));
    expect(await tensorsLeft(() => drain(run()))).toBe(0);
    const leave = async () => {
      const decoding = run();
      await decoding.next();
      await decoding.next();
      await decoding.return([]);
    };
    expect(await tensorsLeft(leave)).toBe(0);
    const fail = async () => {
      const choose = () => {
        throw new Error('no choice');
      };
      await expect(drain(run({ choose }))).rejects.toThrow('no choice');
    };
    expect(await tensorsLeft(fail)).toBe(0);
    model.dispose();
  });
});
