import { beforeAll, describe, expect, it } from 'vitest';
import { TINY_MODEL, tensorsLeft, tinyModel, tinyWeights } from '../../testing/tinyModel';
import { valueAndGradients } from '../ops/gradients';
import { tokenLogps } from '../ops/tokenLogps/op';
import { createRng } from '../rng';
import { packExamples, responseValues } from '../stages/batches';
import { tf } from '../tf';
import type { ModelConfig } from './config';
import { packed } from './generate';
import { forwardLogits, initialWeights, Model, policyLogps } from './model';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const VOCABULARY = TINY_MODEL.vocabularySize;
const logitsOf = (model: Model, sequences: readonly (readonly number[])[]): Float32Array => {
  const logits = tf.tidy(() => forwardLogits(model, packed(sequences)));
  const values = new Float32Array(logits.dataSync<'float32'>());
  logits.dispose();
  return values;
};
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

const LLAMA3 = { kind: 'llama3', factor: 4, lowFactor: 1, highFactor: 4, originalPositions: 8 } as const;
const ARCHITECTURES: [string, Partial<ModelConfig>][] = [
  ['llama', {}],
  ['llama with grouped heads and biases', { kvHeads: 1, attentionBias: true }],
  ['gpt2', { architecture: 'gpt2', attentionBias: true }],
  ['qwen3: norms on heads of their own width', { kvHeads: 1, headWidth: 6, qkNorm: true }],
  ['qwen2: biases on q, k and v', { attentionBias: 'qkv', kvHeads: 1 }],
  ['llama with all biases and scaled RoPE', { attentionBias: true, mlpBias: true, ropeScaling: LLAMA3 }],
  ['gpt_neox in parallel', { architecture: 'gpt_neox', rotaryWidth: 2, parallelResidual: true }],
  ['gpt_neox in turn', { architecture: 'gpt_neox' }],
];

describe.each(ARCHITECTURES)('%s', (_, changes) => {
  const sequences = [
    [1, 4, 5, 6, 7, 3],
    [1, 9],
    [2, 2, 2, 2],
  ];

  it('gives packed sequences the logits they have alone', () => {
    const model = tinyModel(changes);
    const together = logitsOf(model, sequences);
    let row = 0;
    for (const sequence of sequences) {
      const alone = logitsOf(model, [sequence]);
      const part = together.subarray(row * VOCABULARY, (row + sequence.length) * VOCABULARY);
      expect(largestDifference(part, alone)).toBeLessThan(1e-5);
      row += sequence.length;
    }
    // The logits are no constant that would agree with anything.
    expect(Math.max(...together) - Math.min(...together)).toBeGreaterThan(0.5);
    model.dispose();
  });

  it('is causal: a later token changes no earlier row', () => {
    const model = tinyModel(changes);
    const [a, b] = [
      [1, 4, 5, 6],
      [1, 4, 5, 9],
    ].map((sequence) => logitsOf(model, [sequence]));
    expect(largestDifference(a!.subarray(0, 3 * VOCABULARY), b!.subarray(0, 3 * VOCABULARY))).toBe(0);
    expect(largestDifference(a!.subarray(3 * VOCABULARY), b!.subarray(3 * VOCABULARY))).toBeGreaterThan(1e-3);
    model.dispose();
  });

  it('scores responses with the log-softmax of the row before each token', () => {
    const model = tinyModel(changes);
    const example = { prompt: [1, 4, 3], response: [5, 6, 2] };
    const batch = packExamples([{ prompt: [1], response: [7] }, example], 0);
    const logps = tf.tidy(() => policyLogps(model, batch).dataSync<'float32'>()) as Float32Array;
    const rows = logitsOf(model, [[1, 4, 3, 5, 6]]);
    const expected = example.response.map((id, t) => {
      const row = rows.subarray((2 + t) * VOCABULARY, (3 + t) * VOCABULARY);
      return row[id]! - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    });
    expect(largestDifference(responseValues(batch, logps, 1), expected)).toBeLessThan(1e-5);
    model.dispose();
  });
});

describe.each(ARCHITECTURES)('scored rows alone behind the last attention: %s', (_, changes) => {
  it('give the log-probs and gradients of all rows, bit for bit', () => {
    const model = tinyModel(changes);
    // Prompts of 7, responses of 2 and 3 tokens: 30 · 8.5 = 255 rows, of which 75 are scored.
    const batch = packExamples(
      Array.from({ length: 30 }, (_, b) => ({
        prompt: Array.from({ length: 7 }, (_, t) => (3 * b + 5 * t) % VOCABULARY),
        response: [4 + (b % 7), 7, 2].slice(b % 2),
      })),
      0,
    );
    expect(batch.ids).toHaveLength(256);
    const allRows = (): tf.Tensor =>
      tokenLogps(forwardLogits(model, batch), tf.tensor1d(batch.labels, 'int32'), tf.tensor1d(batch.rows, 'int32'));
    const weights = tf.tensor1d(Float32Array.from(batch.labels, (_, slot) => ((slot % 5) - 2) / 3));
    const [some, all] = [() => policyLogps(model, batch), allRows].map((logps) => {
      const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(tf.reshape(logps(), [-1]), weights)), [
        ...model.parameters.values(),
      ] as tf.Variable[]);
      const values = Object.values(grads).map((gradient) => gradient.dataSync<'float32'>());
      const result = [...tf.tidy(() => logps().dataSync<'float32'>()), ...value.dataSync()];
      tf.dispose([value, grads]);
      return [result, ...values.map((numbers) => Array.from(numbers, (x) => x + 0))];
    });
    expect(some).toEqual(all);
    expect(
      largestDifference(
        all!.at(-1)!,
        all!.at(-1)!.map(() => 0),
      ),
    ).toBeGreaterThan(1e-3);
    weights.dispose();
    model.dispose();
  });
});

describe.each(ARCHITECTURES)('blocks that run again: %s', (_, changes) => {
  it('give the gradients of blocks that are kept, bit for bit', () => {
    const model = tinyModel(changes);
    const examples = [3, 5].map((length) => ({ prompt: [1, 4, 3], response: Array<number>(length).fill(length) }));
    const batch = packExamples(examples, 0);
    const gradientsOf = (recompute: boolean): number[][] => {
      const parameters = [...model.parameters.values()];
      const loss = () => tf.sum(policyLogps(model, batch, recompute)) as tf.Scalar;
      const { value, gradients } = valueAndGradients(loss, parameters);
      const numbers = [value, ...gradients].map((tensor) => Array.from(tensor.dataSync<'float32'>(), (x) => x + 0));
      tf.dispose([value, ...gradients]);
      return numbers;
    };
    const kept = gradientsOf(false);
    expect(gradientsOf(true)).toEqual(kept);
    expect(kept.every((numbers) => numbers.every(Number.isFinite))).toBe(true);
    model.dispose();
  });
});

describe('Model', () => {
  it('ties the head to the embedding: an untied head with the same matrix is the same model', () => {
    const weights = tinyWeights();
    const tied = new Model(TINY_MODEL, weights);
    const untied = new Model(
      { ...TINY_MODEL, tiedHead: false },
      new Map([...weights, ['lm_head.weight', weights.get('model.embed_tokens.weight')!]]),
    );
    const input = [[1, 4, 5, 6]];
    expect(largestDifference(logitsOf(tied, input), logitsOf(untied, input))).toBe(0);
    untied.assign('lm_head.weight', tf.zeros([VOCABULARY, TINY_MODEL.width]));
    expect(new Set(logitsOf(untied, input))).toEqual(new Set([0]));
    // Row 11 of the tied embedding is read by no input here, but it is the head's row of token 11.
    const before = logitsOf(tied, input);
    const embedding = weights
      .get('model.embed_tokens.weight')!
      .slice()
      .fill(0, 11 * TINY_MODEL.width);
    tied.assign('model.embed_tokens.weight', tf.tensor2d(embedding, [VOCABULARY, TINY_MODEL.width]));
    const after = logitsOf(tied, input);
    const changed = [...after.keys()].filter((i) => after[i] !== before[i]).map((i) => i % VOCABULARY);
    expect(new Set(changed)).toEqual(new Set([11]));
    expect(after[11]).toBe(0);
    tied.dispose();
    untied.dispose();
  });

  it('names a tensor that is missing or has another size', () => {
    const name = 'model.layers.1.mlp.up_proj.weight';
    const missing = tinyWeights();
    missing.delete(name);
    expect(() => new Model(TINY_MODEL, missing)).toThrow(`Checkpoint has no tensor “${name}”.`);
    const wrong = tinyWeights().set(name, new Float32Array(5));
    expect(() => new Model(TINY_MODEL, wrong)).toThrow(`Tensor “${name}” has 5 values, expected 384 ([24, 16]).`);
    const model = tinyModel();
    expect(() => model.get('lm_head.weight')).toThrow('“lm_head.weight”');
    model.dispose();
  });

  it('gives its weights back bit for bit, as copies', async () => {
    const weights = tinyWeights();
    const model = new Model(TINY_MODEL, weights);
    const copy = await model.weights();
    expect(copy).toEqual(weights);
    copy.get('model.norm.weight')!.fill(7);
    expect((await model.weights()).get('model.norm.weight')![0]).toBe(1);
    model.dispose();
  });

  it('leaves no tensor behind', async () => {
    const left = await tensorsLeft(async () => {
      const model = tinyModel();
      logitsOf(model, [[1, 2, 3]]);
      model.assign('model.norm.weight', tf.ones([16]));
      logitsOf(model, [[1, 2, 3]]);
      await model.weights();
      model.dispose();
    });
    expect(left).toBe(0);
  });
});

describe('initialWeights', () => {
  it('is N(0, 0.02), with norms of 1, biases of 0 and GPT-2’s smaller residual projections', () => {
    const config: ModelConfig = { ...TINY_MODEL, architecture: 'gpt2', width: 64, mlpWidth: 128, layers: 2 };
    const weights = initialWeights(config, createRng(1));
    const sd = (name: string): number => {
      const values = weights.get(name)!;
      return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    };
    expect(new Set(weights.get('transformer.h.0.ln_1.weight'))).toEqual(new Set([1]));
    expect(new Set(weights.get('transformer.ln_f.weight'))).toEqual(new Set([1]));
    expect(new Set(weights.get('transformer.h.1.mlp.c_fc.bias'))).toEqual(new Set([0]));
    expect(Math.abs(sd('transformer.h.0.attn.c_attn.weight') - 0.02)).toBeLessThan(0.001);
    // Residual projections are smaller by sqrt(2 · 2 layers) = 2 than the others.
    const ratio = sd('transformer.h.1.attn.c_proj.weight') / sd('transformer.h.0.attn.c_attn.weight');
    expect(ratio).toBeGreaterThan(0.47);
    expect(ratio).toBeLessThan(0.53);
  });

  it('depends on the seed and the tensor’s name only', () => {
    const a = initialWeights(TINY_MODEL, createRng(1));
    const deeper = initialWeights({ ...TINY_MODEL, mlpWidth: 40 }, createRng(1));
    const other = initialWeights(TINY_MODEL, createRng(2));
    const name = 'model.layers.1.self_attn.q_proj.weight';
    expect(deeper.get(name)).toEqual(a.get(name));
    expect(other.get(name)).not.toEqual(a.get(name));
  });
});
