import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsLeft, tinyModel, tinyWeights } from '../../testing/tinyModel';
import { type Model, policyLogps } from '../model/model';
import { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import { inParts, packExamples, type SequenceBatch } from './batches';
import { batchLogps, type LogpLoss, trainStep } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const batch = packExamples(
  [
    { prompt: [1, 4, 3], response: [5, 6, 2] },
    { prompt: [1, 9, 9, 3], response: [7, 2] },
  ],
  0,
);
const negativeSum: LogpLoss = (logps) => tf.neg(tf.sum(logps)) as tf.Scalar;

const stepWith = (model: Model, optimiser: Adamw, loss: LogpLoss, learningRate: number) =>
  trainStep(model, optimiser, [{ batch, loss }], { learningRate, clipNorm: 1 });

describe('trainStep', () => {
  it('reports loss, norm and log-probs of the weights before the update', async () => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    const before = await batchLogps(model, batch);
    const parameters = [...model.parameters.values()];
    const { value, grads } = tf.variableGrads(() => negativeSum(policyLogps(model, batch)), parameters);
    const squares = Object.values(grads).flatMap((gradient) => [...gradient.dataSync<'float32'>()].map((g) => g * g));
    tf.dispose([value, ...Object.values(grads)]);
    const norm = Math.sqrt(squares.reduce((sum, x) => sum + x, 0));

    const step = await stepWith(model, optimiser, negativeSum, 0.01);
    expect([...step.logps[0]!]).toEqual([...before]);
    expect(step.loss).toBeCloseTo(-before.reduce((sum, x) => sum + x, 0), 4);
    expect(step.gradientNorm / norm).toBeCloseTo(1, 5);
    // The log-probs of empty slots are 0, and the step made the rest likelier.
    expect(before[3]).toBe(0);
    const after = await batchLogps(model, batch);
    expect(after.reduce((sum, x) => sum + x, 0)).toBeGreaterThan(before.reduce((sum, x) => sum + x, 0) + 0.5);
    optimiser.dispose();
    model.dispose();
  });

  it('changes nothing at learning rate 0', async () => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    const { state } = model;
    await stepWith(model, optimiser, negativeSum, 0);
    expect(await model.weights()).toEqual(tinyWeights());
    expect((await optimiser.state()).updates).toBe(1);
    // Whoever kept something about the weights hears of a step, whatever it did.
    expect(model.state).not.toBe(state);
    optimiser.dispose();
    model.dispose();
  });

  it.each<[string, LogpLoss, string]>([
    ['loss', (logps) => tf.mul(tf.sum(logps), Infinity) as tf.Scalar, 'The loss became -Infinity.'],
    ['loss', (logps) => tf.mul(tf.sum(logps), NaN) as tf.Scalar, 'The loss became NaN.'],
    // sqrt has an infinite slope at 0, and 0 · ∞ is NaN.
    ['gradient', (logps) => tf.sqrt(tf.mul(tf.sum(logps), 0)) as tf.Scalar, 'The gradient norm became NaN.'],
  ])('stops before the update when the %s is not finite, and leaves no tensor behind', async (_, loss, message) => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    const left = await tensorsLeft(async () => {
      await expect(stepWith(model, optimiser, loss, 0.01)).rejects.toThrow(message);
    });
    expect(left).toBe(0);
    expect(await model.weights()).toEqual(tinyWeights());
    expect((await optimiser.state()).updates).toBe(0);
    optimiser.dispose();
    model.dispose();
  });

  it('keeps steps that were submitted behind a bad one from changing anything; the next one counts again', async () => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    await stepWith(model, optimiser, negativeSum, 0.01);
    const good = await model.weights();
    const { moments } = await optimiser.state();
    const broken: LogpLoss = (logps) => tf.mul(tf.sum(logps), NaN) as tf.Scalar;
    const results = await Promise.allSettled([
      stepWith(model, optimiser, broken, 0.01),
      stepWith(model, optimiser, negativeSum, 0.01),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await model.weights()).toEqual(good);
    expect(await optimiser.state()).toEqual({ updates: 1, moments, sums: null });
    await stepWith(model, optimiser, negativeSum, 0.01);
    expect(await model.weights()).not.toEqual(good);
    expect((await optimiser.state()).updates).toBe(2);
    optimiser.dispose();
    model.dispose();
  });

  it('in parts, and with activations recomputed, is the same step', async () => {
    const examples = [
      { prompt: [1, 4, 3], response: [5, 6, 2] },
      { prompt: [1, 9, 9, 3], response: [7, 2] },
      { prompt: [1, 8, 3], response: [8, 9, 8, 2] },
    ];
    const whole = packExamples(examples, 0);
    const parts = inParts(examples, 2).map((items) => packExamples(items, 0));
    expect(parts.map(({ batchSize }) => batchSize)).toEqual([1, 2]);
    const step = async (batches: SequenceBatch[], recompute: boolean) => {
      const model = tinyModel();
      const optimiser = new Adamw(model);
      const withLoss = batches.map((one) => ({ batch: one, loss: negativeSum }));
      const result = await trainStep(model, optimiser, withLoss, { learningRate: 0.01, clipNorm: 1, recompute });
      const weights = await model.weights();
      optimiser.dispose();
      model.dispose();
      return { ...result, weights };
    };
    const plain = await step([whole], false);
    expect(await step([whole], true)).toEqual(plain);
    const inTwo = await step(parts, false);
    expect(inTwo.loss / plain.loss).toBeCloseTo(1, 6);
    expect(inTwo.gradientNorm / plain.gradientNorm).toBeCloseTo(1, 5);
    expect(inTwo.logps.map((rows) => rows.length)).toEqual(parts.map(({ labels }) => labels.length));
    expect([...inTwo.logps[0]!]).toEqual([...plain.logps[0]!.slice(0, whole.width)]);
    for (const [name, values] of plain.weights) {
      // AdamW's first step is ±0.01 nearly everywhere; where a gradient is all but 0 its sign may turn with the order of a sum.
      const far = [...values].filter((w, i) => Math.abs(w - inTwo.weights.get(name)![i]!) > 1e-4);
      expect(far.length, name).toBeLessThanOrEqual(values.length / 100);
    }
    await expect(step([], false)).rejects.toThrow('at least one part');
  });

  it('leaves no tensor behind', async () => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    expect(await tensorsLeft(() => stepWith(model, optimiser, negativeSum, 0.01))).toBe(0);
    const recomputing = { learningRate: 0.01, clipNorm: 1, recompute: true };
    const twice = [batch, batch].map((one) => ({ batch: one, loss: negativeSum }));
    expect(await tensorsLeft(() => trainStep(model, optimiser, twice, recomputing))).toBe(0);
    expect(await tensorsLeft(() => batchLogps(model, batch))).toBe(0);
    optimiser.dispose();
    model.dispose();
  });
});
