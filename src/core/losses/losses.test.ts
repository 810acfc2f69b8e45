// All losses: the golden files (values and gradients), what lies outside the masks, the start of training, and no leaks.
import { beforeAll, describe, expect, it } from 'vitest';
import { runGolden } from '../../testing/golden';
import { tf } from '../tf';
import { bcoLoss } from './bco';
import { dpoLoss, hingeLoss, lnDpoLoss, rDpoLoss } from './dpo';
import { fineGrainedDpoLoss } from './fineGrainedDpo';
import { fineGrainedNpoLoss } from './fineGrainedNpo';
import { ipoLoss } from './ipo';
import { ktoLoss, ktoPairLoss } from './kto';
import { npoLoss } from './npo';
import { ppoLoss } from './ppo';
import { logSigmoid, maskedMean, type PairLogps, type PreferenceLoss } from './sequence';
import { simpoLoss } from './simpo';
import { shiftLabels, supervisedLoss } from './supervised';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('golden values and gradients', () => {
  const files: [string, number][] = [
    ['preference_losses.json', 22],
    ['fg_npo.json', 10],
    ['fg_dpo.json', 15],
    ['ppo.json', 2],
    ['token_logps.json', 5],
    ['token_reward.json', 2],
  ];
  it.each(files)('%s', async (name, passed) => {
    const before = tf.memory().numTensors;
    expect(await runGolden(name)).toEqual({ passed, failed: 0, failures: [] });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('logSigmoid', () => {
  it('is stable and has the gradient σ(−x), 1/2 at 0', async () => {
    const x = tf.tensor1d([0, 1, -1, 80, -80, 1e30, -1e30]);
    const value = logSigmoid(x).arraySync();
    const gradient = tf
      .grad((input) => tf.sum(logSigmoid(input)))(x)
      .arraySync();
    expect(value[0]).toBeCloseTo(-Math.LN2, 6);
    expect(value[1]).toBeCloseTo(-0.3132617, 6);
    expect(value[2]).toBeCloseTo(-1.3132617, 6);
    expect(value.slice(3)).toEqual([expect.closeTo(0, 6), -80, expect.closeTo(0, 6), Math.fround(-1e30)]);
    expect(gradient).toEqual([0.5, 1 - 0.7310586, 0.7310586, 0, 1, 0, 1].map((g) => expect.closeTo(g, 6)));
  });
});

type AnyLoss = (pairs: PairLogps) => PreferenceLoss;
const LOSSES: Record<string, AnyLoss> = {
  dpo: (pairs) => dpoLoss(pairs, { beta: 0.3 }),
  cdpo: (pairs) => dpoLoss(pairs, { beta: 0.3, labelSmoothing: 0.2 }),
  hinge: (pairs) => hingeLoss(pairs, { beta: 0.3 }),
  rDpo: (pairs) => rDpoLoss(pairs, { beta: 0.3, alpha: 0.1 }),
  lnDpo: (pairs) => lnDpoLoss(pairs, { beta: 2 }),
  ipoSum: (pairs) => ipoLoss(pairs, { beta: 0.3, average: false }),
  ipoMean: (pairs) => ipoLoss(pairs, { beta: 0.3, average: true }),
  simpo: (pairs) => simpoLoss(pairs, { beta: 2, gammaBetaRatio: 0.5 }),
  npo: (pairs) => npoLoss(pairs, { beta: 0.3 }),
  bco: (pairs) => bcoLoss(pairs, { beta: 0.3 }, { delta: 0.4, batches: 3 }),
  kto: (pairs) => ktoLoss(pairs, tf.tensor1d([0.2, 0.1]), { beta: 0.3 }),
  ktoPair: (pairs) => ktoPairLoss(pairs, { beta: 0.3, detachKl: false }),
  fgDpo: (pairs) => fineGrainedDpoLoss(pairs, tf.tensor2d([1, 0, 1, 1, 0, 1], [2, 3]), { beta: 0.3 }),
};

const CHOSEN_MASK = [1, 1, 0, 0, 1, 1];
const REJECTED_MASK = [1, 1, 1, 0, 1, 0];

/** Loss and gradients with given values at the positions outside the masks. */
function evaluate(loss: AnyLoss, outside: number, policyIsReference = false) {
  const fill = (values: number[], mask: number[]) =>
    tf.tensor2d(
      values.map((x, i) => (mask[i] ? x : outside)),
      [2, 3],
    );
  const refChosen = [-1.5, -0.5, -1, -1, -0.25, -2];
  const refRejected = [-1, -2, -0.75, -3, -0.5, -1];
  const policyChosen = fill(policyIsReference ? refChosen : [-1, -0.75, -2, -1, -0.5, -1], CHOSEN_MASK);
  const policyRejected = fill(policyIsReference ? refRejected : [-2, -1.5, -1, -1, -1.25, -3], REJECTED_MASK);
  const batch = (chosen: tf.Tensor, rejected: tf.Tensor): PairLogps => ({
    policyChosenLogps: chosen as tf.Tensor2D,
    policyRejectedLogps: rejected as tf.Tensor2D,
    refChosenLogps: fill(refChosen, CHOSEN_MASK).neg().neg(),
    refRejectedLogps: fill(refRejected, REJECTED_MASK),
    chosenMask: tf.tensor2d(CHOSEN_MASK, [2, 3]),
    rejectedMask: tf.tensor2d(REJECTED_MASK, [2, 3]),
  });
  const value = loss(batch(policyChosen, policyRejected)).loss.arraySync();
  const gradients = tf.grads((chosen, rejected) =>
    // The added zero keeps both sides connected for losses that use one of them.
    tf.add(loss(batch(chosen!, rejected!)).loss, tf.mul(0, tf.sum(tf.concat([chosen!, rejected!])))),
  )([policyChosen, policyRejected]);
  return { value, gradients: gradients.map((gradient) => Array.from(gradient.dataSync(), (g) => g + 0)) };
}

describe.each(Object.entries(LOSSES))('%s', (_, loss) => {
  it('does not see what lies outside the masks', () => {
    tf.tidy(() => {
      const clean = evaluate(loss, 0);
      expect(evaluate(loss, 12345)).toEqual(clean);
      expect(evaluate(loss, -1e30)).toEqual(clean);
      const [chosen, rejected] = clean.gradients;
      CHOSEN_MASK.forEach((valid, i) => {
        if (!valid) expect(chosen![i]).toBe(0);
      });
      REJECTED_MASK.forEach((valid, i) => {
        if (!valid) expect(rejected![i]).toBe(0);
      });
    });
  });

  it('agrees with numeric differences', () => {
    tf.tidy(() => {
      const at = (step: number, side: 'policyChosenLogps' | 'policyRejectedLogps', index: number): number => {
        const nudged: AnyLoss = (pairs) => {
          const nudge = tf.buffer([2, 3]);
          nudge.set(step, Math.floor(index / 3), index % 3);
          return loss({ ...pairs, [side]: tf.add(pairs[side], nudge.toTensor()) });
        };
        return evaluate(nudged, 0).value;
      };
      const { gradients } = evaluate(loss, 0);
      const isDetached = loss === LOSSES.bco; // its running mean moves with the inputs, but not in the gradient
      for (const [s, side] of (['policyChosenLogps', 'policyRejectedLogps'] as const).entries()) {
        for (const index of isDetached ? [] : [0, 1, 4]) {
          const numeric = (at(0.05, side, index) - at(-0.05, side, index)) / 0.1;
          expect(numeric).toBeCloseTo(gradients[s]![index]!, 2);
        }
      }
    });
  });
});

describe('the start of training (policy = reference)', () => {
  it('DPO: ln 2, gradient ∓β/2/B on every valid token', () => {
    tf.tidy(() => {
      const { value, gradients } = evaluate(LOSSES.dpo!, 7, true);
      expect(value).toBeCloseTo(Math.LN2, 6);
      expect(gradients[0]).toEqual(CHOSEN_MASK.map((valid) => expect.closeTo(-0.075 * valid + 0, 6)));
      expect(gradients[1]).toEqual(REJECTED_MASK.map((valid) => expect.closeTo(0.075 * valid, 6)));
    });
  });

  it('legacy kto_pair: the clamped KL passes its gradient at exactly 0, as in torch', () => {
    tf.tidy(() => {
      // good: σ′(0)·β/4 per example = 0.01875 on its own term; the KL of the other half adds the same through its mean.
      const { gradients } = evaluate(LOSSES.ktoPair!, 0, true);
      const own = (0.25 * 0.3) / 4;
      const throughKl = (0.25 * 0.3 * 2) / 4 / 2;
      expect(gradients[0]![0]).toBeCloseTo(-own - throughKl, 6);
      expect(gradients[1]![0]).toBeCloseTo(own + throughKl, 6);
    });
  });

  it('fine-grained NPO: β/2/D on every selected token', () => {
    tf.tidy(() => {
      const logps = tf.tensor2d([-1, -2, -3, -4], [2, 2]);
      const refLogps = tf.tensor2d([-1, -2, -3, -4], [2, 2]);
      const weights = tf.tensor2d([1, 0, 1, 0], [2, 2]);
      const gradient = tf.grad((policyLogps) => {
        const input = { policyLogps: policyLogps as tf.Tensor2D, refLogps, weights, denominator: 2 };
        return fineGrainedNpoLoss(input, { beta: 0.1 }).loss;
      })(logps);
      expect(Array.from(gradient.dataSync())).toEqual([0.025, 0, 0.025, 0].map((g) => expect.closeTo(g, 7)));
    });
  });
});

describe('running and degenerate cases', () => {
  it('BCO continues its running mean', () => {
    tf.tidy(() => {
      const pairs: PairLogps = {
        policyChosenLogps: tf.tensor2d([[2]]),
        policyRejectedLogps: tf.tensor2d([[1]]),
        refChosenLogps: tf.tensor2d([[0]]),
        refRejectedLogps: tf.tensor2d([[0]]),
        chosenMask: tf.tensor2d([[1]]),
        rejectedMask: tf.tensor2d([[1]]),
      };
      const first = bcoLoss(pairs, { beta: 1 }, { delta: 0, batches: 0 });
      expect(first.delta.arraySync()).toBeCloseTo(1.5, 6);
      expect(bcoLoss(pairs, { beta: 1 }, { delta: first.delta, batches: 1 }).delta.arraySync()).toBeCloseTo(1.5, 6);
      expect(bcoLoss(pairs, { beta: 1 }, { delta: 0, batches: 2 }).delta.arraySync()).toBeCloseTo(0.5, 6);
    });
  });

  it('sequences without a valid token count as 0', () => {
    tf.tidy(() => {
      const none = tf.zeros([2, 3]) as tf.Tensor2D;
      expect(maskedMean(tf.ones([2, 3]) as tf.Tensor2D, none).arraySync()).toEqual([0, 0]);
      expect(supervisedLoss(tf.ones([2, 3]) as tf.Tensor2D, none).arraySync()).toBeCloseTo(0);
    });
  });

  it('PPO ignores garbage outside the response', () => {
    tf.tidy(() => {
      const mask = tf.tensor2d([[1, 0]]);
      const at = (garbage: number) => {
        const row = (value: number) => tf.tensor2d([[value, garbage]]);
        const input = {
          newLogps: row(-1),
          oldLogps: row(-1.1),
          oldValues: row(0.3),
          advantages: row(2),
          returns: row(1),
          mask,
        };
        const options = { algorithm: 'ppo', clipRange: 0.2, valueClipRange: 0.2, valueCoefficient: 0.1 } as const;
        const gradient = tf.grad(
          (newValues) => ppoLoss({ ...input, newValues: newValues as tf.Tensor2D }, options).loss,
        );
        return [ppoLoss({ ...input, newValues: row(0.5) }, options).loss.arraySync(), ...gradient(row(0.5)).dataSync()];
      };
      expect(at(1e30)).toEqual(at(0));
      expect(at(0)[0]).toBeCloseTo(-2 * Math.exp(0.1) + 0.1 * 0.5 * 0.25, 5);
    });
  });

  it('shifts labels by one and ignores the last column', () => {
    const { targets, mask } = shiftLabels([-100, 5, 6, -100, -100, 7], 2);
    expect([...targets]).toEqual([5, 6, -1, -1, 7, -1]);
    expect([...mask]).toEqual([1, 1, 0, 0, 1, 0]);
  });
});
