import { beforeAll, describe, expect, it } from 'vitest';
import {
  disposeContext,
  drain,
  TINY_MODEL,
  TOY,
  tensorsLeft,
  tinyModel,
  tinyWeights,
  toyContext,
  toyDataset,
  toyQuestion,
} from '../testing/tinyModel';
import { answerBoth } from './answer';
import { packed } from './model/generate';
import { forwardLogits, Model } from './model/model';
import { argmax } from './sampler';
import { supervisedOptimiser, trainSupervised } from './stages/sft';
import { tf } from './tf';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const options = { temperature: 0, seed: 1, maxNewTokens: 6 };

/** A model that repeats “a b” and nothing else. */
async function taught(): Promise<Model> {
  const model = tinyModel();
  const optimiser = supervisedOptimiser(model);
  const { prompt, gold } = toyQuestion(4, 5);
  const steps = { from: 0, to: 40, totalSteps: 40, learningRate: 0.02, clipNorm: 1, padId: TOY.pad };
  await drain(trainSupervised(model, optimiser, { ...steps, examples: () => [{ prompt, response: gold! }] }));
  optimiser.dispose();
  return model;
}

describe('answerBoth', () => {
  it('answers with both models, token by token, and checks a known question', async () => {
    const sft = tinyModel();
    const model = await taught();
    const { before, after } = await answerBoth(sft, model, toyDataset(), '  a b ', options);
    expect(after.text).toBe('a b');
    expect(after.correct).toBe(true);
    expect(after.tokens.map(({ id, text }) => [id, text])).toEqual([
      [4, 'a'],
      [5, 'b'],
      [2, '<eos>'],
    ]);
    for (const { probability } of after.tokens) expect(probability).toBeGreaterThan(0.9);
    expect(before.correct).toBe(false);
    expect(before.tokens.map(({ id }) => id)).not.toEqual([4, 5, 2]);
    sft.dispose();
    model.dispose();
  });

  it('gives the probability at T = 1 and the five best alternatives', async () => {
    const sft = tinyModel();
    const model = new Model(TINY_MODEL, tinyWeights(TINY_MODEL, 2));
    const { before } = await answerBoth(sft, model, toyDataset(), 'c d', options);
    const [first] = before.tokens;
    const logits = tf.tidy(() => forwardLogits(sft, packed([[1, 6, 7, 3]])).dataSync<'float32'>()).slice(-12);
    const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
    const probabilities = [...logits].map((x) => Math.exp(x) / total);
    expect(first!.id).toBe(argmax(logits));
    expect(first!.probability).toBeCloseTo(probabilities[first!.id]!, 5);
    expect(first!.top).toHaveLength(5);
    const best = probabilities.toSorted((a, b) => b - a).slice(0, 5);
    first!.top.forEach(({ probability }, i) => {
      expect(probability).toBeCloseTo(best[i]!, 5);
    });
    expect(first!.top[0]!.text).toBe(first!.text);
    sft.dispose();
    model.dispose();
  });

  it('samples by its own seed, the same again for the same seed', async () => {
    const sft = tinyModel();
    const ask = async (seed: number) => {
      const { before } = await answerBoth(sft, sft, toyDataset(), 'c d', { ...options, temperature: 1, seed });
      return before.tokens.map(({ id }) => id).join();
    };
    const answers = [await ask(1), await ask(2), await ask(3), await ask(4)];
    expect(await ask(1)).toBe(answers[0]);
    expect(new Set(answers).size).toBeGreaterThan(1);
    // Both models draw with the same numbers: the same model answers the same.
    const { before, after } = await answerBoth(sft, sft, toyDataset(), 'c d', { ...options, temperature: 1 });
    expect(after).toEqual(before);
    sft.dispose();
  });

  it('cuts the answer where the model’s positions end, and names an unknown word', async () => {
    const context = toyContext({ model: { maxPositions: 7 } });
    const neverEnds = { ...toyDataset(), endIds: [99] };
    const { before } = await answerBoth(context.model!, context.model!, neverEnds, 'a b', options);
    // The prompt has 4 tokens.
    expect(before.tokens).toHaveLength(3);
    const asked = answerBoth(context.model!, context.model!, toyDataset(), 'a z', options);
    await expect(asked).rejects.toThrow('Unknown word “z”');
    disposeContext(context);
  });

  it('does not check what it cannot: a typed prompt of imported data', async () => {
    const sft = tinyModel();
    const imported = toyDataset({ teacher: null });
    const { before } = await answerBoth(sft, sft, imported, 'g g', options);
    expect(before.correct).toBeNull();
    sft.dispose();
  });

  it('leaves no tensor behind', async () => {
    const sft = tinyModel();
    expect(await tensorsLeft(() => answerBoth(sft, sft, toyDataset(), 'a b', options))).toBe(0);
    sft.dispose();
  });
});
