import { beforeAll, expect, test } from 'vitest';
import { drain, TINY_MODEL, TOY, tensorsLeft, tinyModel, tinyWeights } from '../../testing/tinyModel';
import { Model } from '../model/model';
import { tf } from '../tf';
import { packExamples } from './batches';
import { responseScores } from './scores';
import { batchLogps } from './trainStep';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const example = (first: number, ...response: number[]) => ({ prompt: [TOY.bos, first, TOY.ask], response });
/** 5, 4 and 6 tokens. */
const [A, B, C] = [example(4, 5, TOY.eos), example(4, TOY.eos), example(6, 7, 8, TOY.eos)];

const scoresOf = (model: Model, examples: readonly (typeof A)[], batchTokens = 1024) =>
  drain(responseScores(model, examples, batchTokens, TOY.pad));

test('gives every example the bits it has alone, in any batch, and asks the model once for a repeated one', async () => {
  const left = await tensorsLeft(async () => {
    const model = tinyModel();
    const { ticks, result } = await scoresOf(model, [A, B, A, C, { ...B }], 10);
    // A and B fill the first batch; both are there twice.
    expect(ticks).toEqual([
      { kind: 'reference', done: 4, total: 5, tokens: 9 },
      { kind: 'reference', done: 5, total: 5, tokens: 15 },
    ]);
    for (const [i, one] of [A, B, A, C, B].entries()) {
      const alone = await batchLogps(model, packExamples([one], TOY.pad));
      expect(result[i]).toEqual(alone.slice(0, one.response.length));
    }
    model.dispose();
  });
  expect(left).toBe(0);
});

test('remembers them while the weights stay: not after a change, but again when the same weights come back', async () => {
  const weights = tinyWeights();
  const model = new Model(TINY_MODEL, weights);
  const first = (await scoresOf(model, [A, B])).result;
  const { ticks, result } = await scoresOf(model, [B, C, A]);
  expect(ticks).toEqual([{ kind: 'reference', done: 3, total: 3, tokens: 6 }]);
  expect([result[2], result[0]]).toEqual(first);
  expect((await scoresOf(model, [C])).ticks).toEqual([{ kind: 'reference', done: 1, total: 1, tokens: 0 }]);

  model.assign('model.norm.weight', tf.zeros([16]));
  const changed = await scoresOf(model, [A]);
  expect(changed.ticks).toEqual([{ kind: 'reference', done: 1, total: 1, tokens: 5 }]);
  // A model with a zero head is uniform over 12 tokens.
  for (const logp of changed.result[0]!) expect(logp).toBeCloseTo(-Math.log(12), 5);

  model.load(weights);
  expect((await model.weights()).get('model.norm.weight')).toEqual(weights.get('model.norm.weight'));
  const sameAgain = new Model(TINY_MODEL, weights);
  for (const one of [model, sameAgain]) {
    const again = await scoresOf(one, [A, B]);
    expect(again.ticks).toEqual([{ kind: 'reference', done: 2, total: 2, tokens: 0 }]);
    expect(again.result).toEqual(first);
    one.dispose();
  }
});
