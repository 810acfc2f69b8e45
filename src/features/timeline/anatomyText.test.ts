import { expect, it } from 'vitest';
import {
  cellText,
  otherLoss,
  otherLossText,
  partOfLoss,
  scoredTokens,
  scoreText,
  shortScore,
  weightText,
} from './anatomyText';

const example = {
  ...{ prompt: 'p', rejected: [5, 6], chosen: null },
  policy: [Float32Array.of(-1, -2)],
  reference: [Float32Array.of(-1.5, -1)],
  rewards: Float32Array.of(0.25, 0.75),
  weights: Float32Array.of(1, 0),
  ...{ denominator: 4, beta: 2 },
};

it('scores by reward in forgetting and by log-ratio elsewhere', () => {
  expect(scoredTokens('forgetting', example)).toEqual([
    { at: 0, id: 5, score: 0.25, weight: 1 },
    { at: 1, id: 6, score: 0.75, weight: 0 },
  ]);
  expect(scoredTokens('improving', example).map(({ score }) => score)).toEqual([0.5, -1]);
  expect(scoredTokens('forgetting', { ...example, rewards: null }).map(({ score }) => score)).toEqual([0.5, -1]);
});

it('says what a reward is, and names no rewriting model where none was asked', () => {
  expect(scoreText('forgetting', 'shipped')).toContain('how likely the rewriting model is');
  expect(scoreText('forgetting', 'substitute')).toMatch(/^The token difference \(substitute\)/);
  expect(scoreText('forgetting', null)).toMatch(/^The log-ratio/);
  expect(scoreText('improving', 'substitute')).toMatch(/^The log-ratio/);
});

it('says what it adds to the loss of its batch', () => {
  // d = 0.5 of weight 1, β 2, D 4: −log σ(−1) / 4 = 1.313262 / 4.
  expect(partOfLoss(example).part).toBeCloseTo(0.3283154, 6);
  expect(partOfLoss({ ...example, denominator: 0 }).part).toBe(0);
  // z = 0.25 − 0.5; −log σ(−0.5) / 4 = 0.974077 / 4.
  const chosen = { policy: Float32Array.of(-1), reference: Float32Array.of(-1.25) };
  const pair = {
    ...{ ...example, chosen: [7] },
    policy: [...example.policy, chosen.policy],
    reference: [...example.reference, chosen.reference],
  };
  expect(partOfLoss(pair).part).toBeCloseTo(0.2435192, 6);
  expect(partOfLoss(pair).text).toContain('/ 4 pairs of the batch: z\u00a0=\u00a0−0.250 is');
});

it('says where a weight is and which tokens count', () => {
  expect(cellText(1234, [20, 100])).toBe('row 12, column 34');
  expect(cellText(7, [100])).toBe('entry 7');
  expect(cellText(7, undefined)).toBe('entry 7');
  expect(weightText('improving', { method: 'allo' }, 3, 9)).toBe(
    '3 of 9 tokens count: those with the lowest log-ratio.',
  );
  expect(weightText('warm-up', { method: 'ipo' }, 9, 9)).toBe('All 9 tokens count: the warm-up is a plain DPO.');
  expect(weightText('improving', { method: 'ipo' }, 9, 9)).toBe('All 9 tokens count: IPO drops none.');
});

it('takes only the losses of ALLO and DPO apart', () => {
  expect(otherLoss('improving', { method: 'dpo' })).toBeNull();
  expect(otherLoss('warm-up', { method: 'rft' })).toBeNull();
  expect(otherLoss('improving', { method: 'ipo' })).toBe('ipo');
  expect(otherLossText('rft')).toMatch(/^RFT: cross-entropy on the own right answers\. .* ALLO and DPO only\.$/);
});

it('writes scores short', () => {
  expect([0.25, -0.041, 0.001, -0.004, -1.26, 0.999, Number.NaN].map(shortScore)).toEqual([
    ...['.25', '−.04', '0', '0', '−1.3', '1.00', '–'],
  ]);
});
