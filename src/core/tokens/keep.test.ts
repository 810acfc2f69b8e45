import { describe, expect, it } from 'vitest';
import { type KeepRule, keepRejectedTokens, NoKeptTokensError } from './keep';

const rows = (logRatios: number[][], masks: number[][]) => ({
  policyRejectedLogps: logRatios.flat(),
  refRejectedLogps: logRatios.flat().map(() => 0),
  rejectedMask: masks.flat(),
  batchSize: logRatios.length,
});
const ROW = rows([[9, 0.5, -2, 0.1, -2, -9]], [[0, 1, 1, 1, 1, 0]]);
const keptBy = (rule: KeepRule) => [...keepRejectedTokens(ROW, rule).keep];

describe('keepRejectedTokens', () => {
  it('default: the most negative log-ratios of the response, ties to the lower index, at least one', () => {
    expect(keptBy({ select: 'valid', share: 0.5 })).toEqual([0, 0, 1, 0, 1, 0]);
    expect(keptBy({ select: 'valid', share: 0.25 })).toEqual([0, 0, 1, 0, 0, 0]);
    expect(keptBy({ select: 'valid', share: 0.01 })).toEqual([0, 0, 1, 0, 0, 0]);
    expect(keptBy({ select: 'valid', share: 1 })).toEqual([0, 1, 1, 1, 1, 0]);
    expect(keptBy({ select: 'all', share: 0.1 })).toEqual([0, 1, 1, 1, 1, 0]);
    expect(keptBy({ select: 'valid', share: 0.25, direction: 'highest' })).toEqual([0, 1, 0, 0, 0, 0]);
  });

  it('counts per sample, and keeps nothing of an empty response', () => {
    const batch = rows(
      [
        [-1, -2, -3, -4],
        [-1, -2, -3, -4],
      ],
      [
        [1, 1, 1, 1],
        [0, 0, 0, 0],
      ],
    );
    const { keep, keptCounts } = keepRejectedTokens(batch, { select: 'valid', share: 0.5 });
    expect([...keptCounts]).toEqual([2, 0]);
    expect([...keep]).toEqual([0, 0, 1, 1, 0, 0, 0, 0]);
  });

  it('reference: K from the padded width, all ties kept, exact zeros last', () => {
    const { keep, thresholds } = keepRejectedTokens(ROW, { select: 'reference', share: 0.2 });
    expect([...keep]).toEqual([0, 0, 1, 0, 1, 0]); // K = 1, two tied
    expect([...thresholds!]).toEqual([2]);
    expect([...keepRejectedTokens(ROW, { select: 'reference', share: 0.9 }).keep]).toEqual([1, 1, 1, 1, 1, 1]);
    expect(() => keepRejectedTokens(ROW, { select: 'reference', share: 0.1 })).toThrow(NoKeptTokensError);
  });
});
