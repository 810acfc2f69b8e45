// Which zeros a step is believed, method by method: the rule on hand-made log-probs, and in real steps of a tiny model whose device gives zeros.
import { beforeAll, describe, expect, it } from 'vitest';
import { tensorsLeft, tinyModel, tinyWeights } from '../../testing/tinyModel';
import type { PairMethod } from '../methods';
import { Adamw } from '../optim/adamw';
import { tf } from '../tf';
import { packExamples, toRectangle } from './batches';
import type { PairLossSettings } from './pairLosses';
import { isSound, type LogpLoss, StepError, trainStep } from './trainStep';
import { pairZeros, surrogateZeros, weightedZeros, type Zeros, zeroFault } from './zeros';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const SETTINGS: PairLossSettings = {
  ...{ beta: 0.1, keepShare: 1, lengthAlpha: 0.01, targetMargin: 0.3, desirableWeight: 1, undesirableWeight: 1 },
};
const PROMPT = [1, 4, 3];

/** One pair of two-token responses, by the log-ratio of each side's tokens; the reference says −100 of every token. */
function onePair(
  chosen: number,
  rejected: number,
  answers = [
    [5, 2],
    [6, 2],
  ],
) {
  const batch = packExamples(
    answers.map((response) => ({ prompt: PROMPT, response })),
    0,
  );
  const refLogps = toRectangle(batch, [
    [-100, -100],
    [-100, -100],
  ]);
  const logps = toRectangle(
    batch,
    [chosen, rejected].map((ratio) => [ratio - 100, ratio - 100]),
  );
  return { parts: [{ batch, refLogps }], logps: [logps] };
}

/** What is said of a loss of 0, and of gradients of 0 beside a loss that is not. */
function faults(zeros: Zeros, logps: Float32Array[]) {
  return [zeroFault({ loss: 0, gradientNorm: 1, logps }, zeros), zeroFault({ loss: 1, gradientNorm: 0, logps }, zeros)];
}
const ofPair = (method: PairMethod, sums: [number, number], changes: Partial<PairLossSettings> = {}) => {
  const { parts, logps } = onePair(...sums);
  return faults(pairZeros(parts, method, { ...SETTINGS, ...changes }), logps);
};

const REFUSED = ['zero loss', 'zero gradients'];
const BELIEVED = [null, null];

describe('zeroFault', () => {
  it('looks at zeros alone', () => {
    const logps = [new Float32Array(4)];
    expect(zeroFault({ loss: 1e-30, gradientNorm: 1e-30, logps }, 'never')).toBeNull();
    expect(zeroFault({ loss: Number.NaN, gradientNorm: 1, logps }, 'never')).toBeNull();
    expect(zeroFault({ loss: -0, gradientNorm: 1, logps }, 'never')).toBe('zero loss');
  });

  it('never believes one of cross-entropy', () => {
    expect(faults('never', [new Float32Array([-1e-9])])).toEqual(REFUSED);
  });

  it('blames the settings, not the device, where a token has next to no probability', () => {
    const far = [new Float32Array([-0.5, -7e5])];
    expect(faults('never', far)).toEqual(['diverged', 'diverged']);
    // What a model that is merely wrong gives.
    expect(faults('never', [new Float32Array([-0.5, -60])])).toEqual(REFUSED);
    expect(faults(() => ({ loss: 0, slope: 0 }), far)).toEqual(BELIEVED);
    // Its norms overflow, and all tokens are equally probable.
    const even = { loss: 0.77, gradientNorm: 0, logps: [new Float32Array([-5.2, -5.2])] };
    expect([zeroFault(even, 'never', -3.7e6), zeroFault(even, 'never', -60)]).toEqual(['diverged', 'zero gradients']);
  });

  it('never believes one of a batch whose tokens all have probability 1', () => {
    expect(faults(() => ({ loss: 0, slope: 0 }), [new Float32Array(4)])).toEqual(REFUSED);
  });

  const ALL: PairMethod[] = [
    'allo',
    'dpo',
    'hinge',
    'r-dpo',
    'ln-dpo',
    'ipo',
    'ipo-mean',
    'bco',
    'kto',
    'simpo',
    'npo',
  ];
  it.each(ALL)('refuses zeros of %s at the reference, where every run begins', (method) => {
    expect(ofPair(method, [0, 0])).toEqual(REFUSED);
  });

  it.each<[PairMethod, [number, number], [number, number], Partial<PairLossSettings>]>([
    // The margin is β times twice the difference, or once where means are compared. Left: resolved; right: not any more.
    ['dpo', [20, -20], [600, -600], {}],
    ['allo', [20, -20], [600, -600], { keepShare: 0.5 }],
    ['r-dpo', [20, -20], [600, -600], {}],
    ['ln-dpo', [0.5, -0.5], [30, -30], { beta: 5 }],
    ['simpo', [0.5, -0.5], [30, -30], { beta: 2 }],
    ['bco', [20, -20], [600, -600], {}],
    ['npo', [0, -20], [0, -600], {}],
    ['hinge', [1, -1], [3, -3], {}],
    ['ipo', [1, -1], [1.25, -1.25], {}],
    ['ipo-mean', [1, -1], [2.5, -2.5], {}],
  ])('believes zeros of %s only where the pairs are so far apart', (method, near, far, settings) => {
    expect(ofPair(method, near, settings)).toEqual(REFUSED);
    expect(ofPair(method, far, settings)).toEqual(BELIEVED);
  });

  it('says of KTO what can be said without its baseline', () => {
    expect(ofPair('kto', [20, -20])).toEqual(['zero loss', null]);
    expect(ofPair('kto', [600, -600])).toEqual(BELIEVED);
    // The weights of the setting make it 0.
    expect(ofPair('kto', [0, 0], { desirableWeight: 0, undesirableWeight: 0 })).toEqual(BELIEVED);
  });

  it('wants every pair apart: one that is not has a loss and a gradient', () => {
    const batch = packExamples(
      [5, 7, 6, 8].map((id) => ({ prompt: PROMPT, response: [id, 2] })),
      0,
    );
    const refLogps = toRectangle(batch, [
      [-100, -100],
      [-100, -100],
      [-100, -100],
      [-100, -100],
    ]);
    const logps = [
      toRectangle(batch, [
        [-150, -150],
        [-100, -100],
        [-450, -450],
        [-100, -100],
      ]),
    ];
    expect(faults(pairZeros([{ batch, refLogps }], 'dpo', SETTINGS), logps)).toEqual(REFUSED);
  });

  it('believes that nothing is learned of a pair of one and the same response', () => {
    const { parts, logps } = onePair(0, 0, [
      [5, 2],
      [5, 2],
    ]);
    expect(faults(pairZeros(parts, 'dpo', SETTINGS), logps)).toEqual(['zero loss', null]);
  });

  it('believes zeros of forgetting where no token with a weight is left to push down', () => {
    const refLogps = new Float32Array([-2, -2, -2]);
    const of = (weights: number[], ratio: number) =>
      faults(weightedZeros([{ refLogps, weights: new Float32Array(weights) }], 3, 0.1), [
        refLogps.map((logp) => logp + ratio),
      ]);
    expect(of([1, 0, 1], 0)).toEqual(REFUSED);
    expect(of([1, 0, 1], -600)).toEqual(BELIEVED);
    // No token is below the threshold; soft weights that are all 0.
    expect(of([0, 0, 0], 0)).toEqual(BELIEVED);
  });

  it('believes any loss of 0 of PPO, and its gradients where no answer is better or all ratios are clipped', () => {
    const oldLogps = new Float32Array([-2, -2, 0]);
    const mask = new Float32Array([1, 1, 0]);
    const of = (advantages: number[], moved: number) =>
      faults(surrogateZeros([{ oldLogps, mask, advantages: new Float32Array(advantages) }], 0.2), [
        oldLogps.map((logp, i) => (mask[i] ? logp + moved : 0)),
      ]);
    // The first step: ratio 1, mean advantage 0.
    expect(of([1, -1, 0], 0)).toEqual([null, 'zero gradients']);
    expect(of([0, 0, 9], 0)).toEqual(BELIEVED);
    expect(of([1, 1, 0], 0.5)).toEqual(BELIEVED);
    expect(of([1, -1, 0], 0.5)).toEqual([null, 'zero gradients']);
  });
});

describe('a step on a device that gives zeros', () => {
  const batch = packExamples(
    [
      { prompt: PROMPT, response: [5, 6, 2] },
      { prompt: PROMPT, response: [7, 2] },
    ],
    0,
  );
  const step = (model: ReturnType<typeof tinyModel>, optimiser: Adamw, loss: LogpLoss, zeros?: Zeros) =>
    trainStep(model, optimiser, [{ batch, loss }], { learningRate: 0.01, clipNorm: 1, ...(zeros && { zeros }) });
  const zeroLoss: LogpLoss = (logps) => tf.sub(tf.sum(logps), tf.sum(logps)) as tf.Scalar;
  const flat: LogpLoss = (logps) => tf.add(tf.mul(tf.sum(logps), 0), 1) as tf.Scalar;

  it.each([
    ['zero loss', zeroLoss, /^The loss is exactly 0/],
    ['zero gradients', flat, /^Every gradient is exactly 0/],
  ] as const)(
    'ends with “%s”, carries what was measured, changes nothing and leaves nothing',
    async (problem, loss, text) => {
      const model = tinyModel();
      const optimiser = new Adamw(model);
      const left = await tensorsLeft(async () => {
        const error: unknown = await step(model, optimiser, loss, 'never').catch((thrown) => thrown);
        expect(error).toBeInstanceOf(StepError);
        const { message, result, problem: told } = error as StepError;
        expect([told, result.fault, isSound(result)]).toEqual([problem, problem, false]);
        expect(message).toMatch(text);
        expect(problem === 'zero loss' ? result.loss : result.gradientNorm).toBe(0);
      });
      expect(left).toBe(0);
      expect(await model.weights()).toEqual(tinyWeights());
      expect(optimiser.updatesMade).toBe(0);
      // The same step is taken where nobody doubts it.
      await step(model, optimiser, loss);
      expect(optimiser.updatesMade).toBe(1);
      optimiser.dispose();
      model.dispose();
    },
  );
});
