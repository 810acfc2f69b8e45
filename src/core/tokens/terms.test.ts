// By hand, against the golden files, and against the tensor losses that training uses.
import { describe, expect, it } from 'vitest';
import { goldenCase, goldenText } from '../../testing/golden';
import { roundToBfloat16 } from '../halfFloats';
import { fineGrainedDpoLoss } from '../losses/fineGrainedDpo';
import { fineGrainedNpoLoss } from '../losses/fineGrainedNpo';
import { createRng } from '../rng';
import { tf } from '../tf';
import { dpoLoss32, npoLoss32 } from './floatLoss';
import { keepRejectedTokens, keptTokens } from './keep';
import { tokenWeights } from './rewards';
import { dpoTerms, npoTerms } from './terms';

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((total, x) => total + x, 0);
const expectClose = (got: ArrayLike<number>, want: ArrayLike<number>) => {
  expect(got.length).toBe(want.length);
  Array.from(got).forEach((value, i) => {
    expect(Math.abs(value - want[i]!), `entry ${i}: ${value} for ${want[i]}`).toBeLessThan(1e-6);
  });
};
const casesOf = (file: string): string[] =>
  (JSON.parse(goldenText(file)) as { cases: { id: string }[] }).cases.map(({ id }) => id);

describe('npoTerms', () => {
  it('is ln 2 a weighted token where policy and reference agree', () => {
    const { terms, gradients, loss } = npoTerms({
      policy: [-1, -2, -3],
      reference: [-1, -2, -3],
      weights: [1, 0, 1],
      denominator: 2,
      beta: 0.1,
    });
    expectClose(terms, [Math.LN2 / 2, 0, Math.LN2 / 2]);
    expectClose(gradients, [0.1 / 4, 0, 0.1 / 4]);
    expect(loss).toBeCloseTo(Math.LN2, 12);
  });

  it('adds nothing where nothing is selected, and ignores what has no weight', () => {
    const none = npoTerms({ policy: [-1], reference: [-2], weights: [0], denominator: 0, beta: 0.1 });
    expect([...none.terms, ...none.gradients, none.loss]).toEqual([0, 0, 0]);
    const given = { policy: [-1, -Infinity], reference: [-2, -1], weights: [1, 0], denominator: 1, beta: 1 };
    const { terms, gradients, loss } = npoTerms(given);
    // d = 1: −log σ(−1) = 1.3132617, slope σ(1) = 0.7310586.
    expectClose(terms, [1.3132616875182228, 0]);
    expectClose(gradients, [0.7310585786300049, 0]);
    expect(loss).toBeCloseTo(npoLoss32(given), 6);
  });

  for (const id of casesOf('fg_npo.json')) {
    it(`golden fg_npo ${id}`, () => {
      const { params, inputs, expected } = goldenCase('fg_npo.json', id);
      const policy = expected.array('policy_logps');
      const [rows, width] = policy.shape as [number, number];
      const labels = inputs.array('labels').data;
      const round = params.flag('quantise_bf16', false) ? roundToBfloat16 : (x: number) => x;
      // The reference's values stand with the labels: one place later than the log-probs that predict them.
      const shifted = (data: ArrayLike<number>) =>
        Array.from({ length: rows * width }, (_, i) => data[Math.floor(i / width) * (width + 1) + (i % width) + 1]!);
      const weights = expected.array('weights').data;
      const given = {
        policy: policy.data,
        reference: shifted(inputs.array('ref_logps').data).map(round),
        weights,
        denominator: expected.array('denominator').data[0]!,
        beta: params.number('beta'),
        npoScale: params.flag('npo_scale', false),
      };
      const { terms, gradients, loss } = npoTerms(given);
      expect(Math.abs(loss - expected.array('loss').data[0]!)).toBeLessThan(1e-6);
      expect(Math.abs(sum(terms) - expected.array('loss').data[0]!)).toBeLessThan(1e-6);
      const unnormalised = expected.array('per_token_loss_unnormalised').data;
      expectClose(
        terms.map((term) => term * given.denominator),
        unnormalised,
      );
      // A token without a label has a constant log-prob: nothing flows into the policy there.
      const isLabel = shifted(labels).map((label) => label !== -100);
      expectClose(
        gradients.map((gradient, i) => (isLabel[i] ? gradient : 0)),
        expected.array('grad_policy_logps').data,
      );
    });
  }
});

describe('dpoTerms', () => {
  it('adds up to β z by hand', () => {
    const given = {
      chosen: { policy: [-1, -1], reference: [-2, -1.5] },
      rejected: { policy: [-3, -1, -1], reference: [-1, -1, -3] },
      keep: [1, 1, 0],
      beta: 0.5,
    };
    const result = dpoTerms(given);
    // z = (1 + 0.5) − (−2 + 0) = 3.5; −log σ(1.75) = 0.160253; slope 0.5·σ(−1.75) = 0.0740236.
    expect(result.z).toBeCloseTo(3.5, 12);
    expectClose(result.chosenTerms, [0.5, 0.25]);
    expectClose(result.rejectedTerms, [1, 0, 0]);
    expect(Math.abs(result.loss - Math.log(1 + Math.exp(-1.75)))).toBeLessThan(1e-12);
    const slope = 0.5 / (1 + Math.exp(1.75));
    expectClose(result.chosenGradients, [-slope, -slope]);
    expectClose(result.rejectedGradients, [slope, slope, 0]);
    expect(Math.abs(dpoLoss32(given) - result.loss)).toBeLessThan(1e-6);
  });

  const SELECT = { reference: 'reference', per_valid: 'valid', valid: 'valid', all: 'all' } as const;
  for (const id of casesOf('fg_dpo.json')) {
    it(`golden fg_dpo ${id}`, () => {
      const { params, inputs, expected } = goldenCase('fg_dpo.json', id);
      const array = (name: string) => inputs.array(name).data;
      const [batchSize, width] = inputs.array('policy_rejected').shape as [number, number];
      const select = SELECT[params.text('select') as keyof typeof SELECT];
      const { keep } = keepRejectedTokens(
        {
          policyRejectedLogps: array('policy_rejected'),
          refRejectedLogps: array('ref_rejected'),
          rejectedMask: array('mask_rejected'),
          batchSize,
        },
        { select, share: params.number('epsilon') },
      );
      expectClose(keep, expected.array('keep').data);
      const row = (name: string, b: number) => array(name).slice(b * width, (b + 1) * width);
      const rows = Array.from({ length: batchSize }, (_, b) =>
        dpoTerms({
          chosen: { policy: row('policy_chosen', b), reference: row('ref_chosen', b) },
          rejected: { policy: row('policy_rejected', b), reference: row('ref_rejected', b) },
          keep: keep.subarray(b * width, (b + 1) * width),
          beta: params.number('beta'),
        }),
      );
      const beta = params.number('beta');
      const [chosen, rejected] = [
        expected.array('chosen_logratio').data,
        expected.array('rejected_logratio_kept').data,
      ];
      rows.forEach(({ z, chosenTerms, rejectedTerms }, b) => {
        expect(Math.abs(z - (chosen[b]! - rejected[b]!))).toBeLessThan(1e-6);
        expect(Math.abs(sum(chosenTerms) + sum(rejectedTerms) - beta * (chosen[b]! - rejected[b]!))).toBeLessThan(1e-6);
      });
      // Label smoothing, hinge and IPO have other losses of the same z.
      if (params.text('loss', 'sigmoid') !== 'sigmoid' || params.number('label_smoothing', 0) > 0) return;
      expectClose(
        rows.map(({ loss }) => loss),
        expected.array('losses').data,
      );
      expect(Math.abs(sum(rows.map(({ loss }) => loss)) / batchSize - expected.array('loss').data[0]!)).toBeLessThan(
        1e-6,
      );
      const gradients = (of: (terms: (typeof rows)[number]) => Float64Array) =>
        rows.flatMap((terms) => Array.from(of(terms), (gradient) => gradient / batchSize));
      expectClose(
        gradients(({ chosenGradients }) => chosenGradients),
        expected.array('grad_policy_chosen').data,
      );
      expectClose(
        gradients(({ rejectedGradients }) => rejectedGradients),
        expected.array('grad_policy_rejected').data,
      );
    });
  }
});

describe('golden token_reward', () => {
  for (const id of casesOf('token_reward.json')) {
    it(id, () => {
      const { params, expected } = goldenCase('token_reward.json', id);
      const rewards = expected.array('prob').data;
      const valid = new Uint8Array(rewards.length).fill(1);
      const weights = (weighting: 'raw' | 'threshold' | 'soft') =>
        tokenWeights(rewards, valid, { weighting, tau: params.number('tau') });
      expectClose(weights('raw'), expected.array('weight_reference_raw').data);
      expectClose(weights('threshold'), expected.array('weight_threshold').data);
      expectClose(weights('soft'), expected.array('weight_one_minus_p').data);
    });
  }
});

describe('the tensor losses of training', () => {
  const rng = createRng(11, 'terms');
  const logps = (count: number) => Float32Array.from({ length: count }, () => -4 * rng.next());
  const row = (values: ArrayLike<number>) => tf.tensor2d(Float32Array.from(values), [1, values.length]);

  it('are what the terms add up to', async () => {
    await tf.setBackend('cpu');
    for (let round = 0; round < 5; round++) {
      const [policy, reference, n] = [logps(9), logps(9), 9];
      const weights = Float32Array.from({ length: n }, () => Number(rng.next() < 0.5));
      const denominator = Math.max(1, sum(weights));
      const beta = 0.1 + rng.next();
      const npo = { policy, reference, weights, denominator, beta };
      const trained = tf.tidy(
        () =>
          fineGrainedNpoLoss(
            { policyLogps: row(policy), refLogps: row(reference), weights: row(weights), denominator },
            { beta },
          ).loss.dataSync()[0]!,
      );
      expect(Math.abs(sum(npoTerms(npo).terms) - trained)).toBeLessThan(1e-5);
      expect(Math.abs(npoLoss32(npo) - trained)).toBeLessThan(1e-5);

      const [chosen, rejected] = [
        { policy: logps(6), reference: logps(6) },
        { policy, reference },
      ];
      const keep = keptTokens(rejected, 0.5);
      expect(sum(keep)).toBe(4);
      const dpo = { chosen, rejected, keep, beta };
      const ones = (count: number) => row(new Array<number>(count).fill(1));
      const padded = (values: Float32Array) => row([...values, 0, 0, 0]);
      const pairLoss = tf.tidy(
        () =>
          fineGrainedDpoLoss(
            {
              policyChosenLogps: padded(chosen.policy),
              refChosenLogps: padded(chosen.reference),
              chosenMask: row([1, 1, 1, 1, 1, 1, 0, 0, 0]),
              policyRejectedLogps: row(policy),
              refRejectedLogps: row(reference),
              rejectedMask: ones(9),
            },
            row(keep),
            { beta },
          ).loss.dataSync()[0]!,
      );
      expect(Math.abs(dpoTerms(dpo).loss - pairLoss)).toBeLessThan(1e-5);
      expect(Math.abs(dpoLoss32(dpo) - pairLoss)).toBeLessThan(1e-5);
    }
  });
});
