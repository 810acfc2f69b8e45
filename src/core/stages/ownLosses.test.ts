import { expect, it } from 'vitest';
import { TOY, toyQuestion } from '../../testing/tinyModel';
import { packExamples, toRectangle } from './batches';
import { dpoLosses, lossOfRatios, responseLosses } from './ownLosses';
import { pairBatch } from './preference';

const { eos } = TOY;
const question = toyQuestion(4, 5);
const f32 = (...values: number[]) => Float32Array.from(values);
const softplus = (x: number) => Math.log1p(Math.exp(x));

it('a pair costs −log σ(β z), of the rejected tokens only the kept ones, whatever else is in the batch', () => {
  const pairs = [
    { question, chosen: [4, 5, eos], rejected: [6, eos], chosenSource: 'sample' as const },
    { question, chosen: [4, eos], rejected: [6, 7, 8, eos], chosenSource: 'gold' as const },
  ];
  const batch = pairBatch(pairs, TOY.pad);
  // z = (1 + 0 + 0.5) − (−2 + 0) = 3.5, with half of two tokens kept −2 alone: 3.5 again.
  // z = (0 − 1) − (0.5 − 1 − 3 + 0.25) = 2.25; half of four are −3 and −1: z = 3.
  const ratios = [f32(1, 0, 0.5), f32(0, -1), f32(-2, 0), f32(0.5, -1, -3, 0.25)];
  const part = {
    batch,
    policy: toRectangle(batch, ratios),
    reference: new Float32Array(batch.batchSize * batch.width),
  };
  const expected = (...zs: number[]) => zs.map((z) => expect.closeTo(softplus(-0.5 * z), 6));
  expect([...dpoLosses([part], 1, 0.5)]).toEqual(expected(3.5, 2.25));
  expect([...dpoLosses([part], 0.5, 0.5)]).toEqual(expected(3.5, 3));
  expect(dpoLosses([part, part], 1, 0.5)).toHaveLength(4);
  expect(lossOfRatios(ratios[1]!, ratios[3]!, 0.5, 0.5)).toBeCloseTo(softplus(-1.5), 6);
});

it('a wrong answer costs its weighted terms over its own D', () => {
  const responses = [
    [6, 7, eos],
    [6, eos],
  ];
  const batch = packExamples(
    responses.map((response) => ({ prompt: question.prompt, response })),
    TOY.pad,
  );
  const policy = toRectangle(batch, [f32(-1, -4, -1), f32(-1, -1)]);
  const reference = toRectangle(batch, [f32(-1, -2, -3), f32(-1, -1)]);
  const weights = toRectangle(batch, [f32(0, 1, 1), f32(0, 0)]);
  // d = −2 and 2, β = 0.5: the mean of −log σ(1) and −log σ(−1).
  const [first, second] = responseLosses([{ batch, policy, reference, weights }], 'threshold', 0.5);
  expect(first).toBeCloseTo((softplus(-1) + softplus(1)) / 2, 6);
  expect(second).toBe(0);
});
