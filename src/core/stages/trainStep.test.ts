import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsLeft, tinyModel, tinyWeights } from '../../testing/tinyModel';
import { policyLogps } from '../model/model';
import { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import { packExamples } from './batches';
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

    const step = await trainStep(model, optimiser, batch, negativeSum, 0.01, 1);
    expect([...step.logps]).toEqual([...before]);
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
    await trainStep(model, optimiser, batch, negativeSum, 0, 1);
    expect(await model.weights()).toEqual(tinyWeights());
    expect((await optimiser.state()).updates).toBe(1);
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
      await expect(trainStep(model, optimiser, batch, loss, 0.01, 1)).rejects.toThrow(new Error(message));
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
    await trainStep(model, optimiser, batch, negativeSum, 0.01, 1);
    const good = await model.weights();
    const { moments } = await optimiser.state();
    const broken: LogpLoss = (logps) => tf.mul(tf.sum(logps), NaN) as tf.Scalar;
    const results = await Promise.allSettled([
      trainStep(model, optimiser, batch, broken, 0.01, 1),
      trainStep(model, optimiser, batch, negativeSum, 0.01, 1),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await model.weights()).toEqual(good);
    expect(await optimiser.state()).toEqual({ updates: 1, moments });
    await trainStep(model, optimiser, batch, negativeSum, 0.01, 1);
    expect(await model.weights()).not.toEqual(good);
    expect((await optimiser.state()).updates).toBe(2);
    optimiser.dispose();
    model.dispose();
  });

  it('leaves no tensor behind', async () => {
    const model = tinyModel();
    const optimiser = new Adamw(model);
    expect(await tensorsLeft(() => trainStep(model, optimiser, batch, negativeSum, 0.01, 1))).toBe(0);
    expect(await tensorsLeft(() => batchLogps(model, batch))).toBe(0);
    optimiser.dispose();
    model.dispose();
  });
});
