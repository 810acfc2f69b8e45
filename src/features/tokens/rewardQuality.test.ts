import { describe, expect, it } from 'vitest';
import { PAGE_INKS } from '../../components/charts/chartInks';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import { tokenWeights } from '../../core/tokens/rewards';
import { poolTokens, rocMarks, rocRows, scoreRoc, sortRewards, worstMistakes } from './rewardQuality';
import { firstErrorFate, rewardStats, weightClasses } from './rewardStats';

const record: RewardRecord = {
  responseId: 7,
  rewards: Float32Array.of(1, 0.25, 0.75, 0.5),
  weights: Float32Array.of(0, 1, 0, 0),
  wrong: Uint8Array.of(0, 1, 2, 0),
  rewrite: null,
};
const open: RewardRecord = {
  ...record,
  responseId: 8,
  rewards: Float32Array.of(0.125, 0.875),
  wrong: Uint8Array.of(0, 1),
};
const response: ResponseRecord = { id: 7, promptId: 0, tokens: [9, 10, 11, 2], correct: false, ended: true, copies: 1 };
const responseOf = new Map([
  [7, response],
  [8, { ...response, id: 8, ended: false }],
]);

describe('reward statistics', () => {
  it('counts by verdict without EOS', () => {
    const stats = rewardStats([record], responseOf, 0.5);
    expect(stats.classes!.map(({ count, below }) => [count, below])).toEqual([
      [1, 0],
      [1, 1],
      [1, 0],
    ]);
    expect(stats.classes![1]!.bins[5]).toBe(1);
    expect(stats.classes![0]!.bins[19]).toBe(1);
    expect([stats.tokens, stats.below, stats.precision, stats.recall]).toEqual([3, 1, 1, 0.5]);
  });

  it('says so when no wrong tokens are known', () => {
    const stats = rewardStats([{ ...record, wrong: null }], responseOf, 0.5);
    expect([stats.classes, stats.precision, stats.recall]).toEqual([null, null, null]);
  });

  it('spreads the weights of every weighting by verdict, without EOS', () => {
    const filled = (weighting: 'threshold' | 'soft' | 'rlmec') =>
      weightClasses([record, open], responseOf, weighting, 0.5).map(({ bins, count }) => [
        count,
        bins.flatMap((inBin, bin) => (inBin > 0 ? [[bin, inBin]] : [])),
      ]);
    // Right tokens have p = 1 and 0.125, first errors 0.25 and 0.875, the consequence 0.75; the fourth token is EOS.
    expect(filled('threshold')).toEqual([
      [
        2,
        [
          [0, 1],
          [19, 1],
        ],
      ],
      [
        2,
        [
          [0, 1],
          [19, 1],
        ],
      ],
      [1, [[0, 1]]],
    ]);
    expect(filled('soft')).toEqual([
      [
        2,
        [
          [0, 1],
          [17, 1],
        ],
      ],
      [
        2,
        [
          [2, 1],
          [15, 1],
        ],
      ],
      [1, [[5, 1]]],
    ]);
    // 0.5 − p, clipped to [0, 0.1]: the last bin ends at 0.1.
    expect(filled('rlmec')).toEqual(filled('threshold'));
  });

  it('tells found from missed first errors', () => {
    expect(firstErrorFate(record, 0.5)).toBe('found');
    expect(firstErrorFate(record, 0.2)).toBe('missed');
    expect(firstErrorFate({ ...record, wrong: new Uint8Array(4) }, 0.5)).toBeNull();
  });
});

describe('the pool of judged tokens', () => {
  const pool = poolTokens([{ ...record, wrong: null }, record, open], responseOf);

  it('leaves out EOS and what has no verdict', () => {
    expect([...pool.rewards]).toEqual([1, 0.25, 0.75, 0.125, 0.875]);
    expect([...pool.wrong]).toEqual([0, 1, 2, 0, 1]);
    expect([...pool.record]).toEqual([1, 1, 1, 2, 2]);
    expect([...pool.token]).toEqual([0, 1, 2, 0, 1]);
  });

  it('gives every weighting its AUROC', () => {
    // Wrong .25, .75, .875 against right 1, .125: each wrong one is below 1 and above .125.
    expect(scoreRoc(sortRewards(pool), 'soft', 0.5)!.auroc).toBe(0.5);
    expect(scoreRoc(sortRewards(pool), 'raw', 0.5)!.auroc).toBe(0.5);
    // 1[p < .5]: wrong 1, 0, 0; right 0, 1: (1 + .5) + (.5 + 0) + (.5 + 0) of 6.
    expect(scoreRoc(sortRewards(pool), 'threshold', 0.5)!.auroc).toBeCloseTo(2.5 / 6, 12);
    expect(scoreRoc(sortRewards(poolTokens([], responseOf)), 'soft', 0.5)).toBeNull();
  });

  it('lists the worst mistakes with their places', () => {
    const { firstErrors, consequences, falseAlarms } = worstMistakes(pool, [record, record, open], 1, 'low');
    expect(firstErrors).toEqual([{ record: open, token: 1, reward: 0.875, verdict: 1 }]);
    expect(consequences).toEqual([{ record, token: 2, reward: 0.75, verdict: 2 }]);
    expect(falseAlarms).toEqual([{ record: open, token: 0, reward: 0.125, verdict: 0 }]);
  });

  it('lists those of raw p, which suspects the likeliest tokens', () => {
    const { firstErrors, consequences, falseAlarms } = worstMistakes(pool, [record, record, open], 1, 'high');
    expect(firstErrors).toEqual([{ record, token: 1, reward: 0.25, verdict: 1 }]);
    expect(consequences).toEqual([{ record, token: 2, reward: 0.75, verdict: 2 }]);
    expect(falseAlarms).toEqual([{ record, token: 0, reward: 1, verdict: 0 }]);
  });

  it.each(['soft', 'threshold', 'rlmec', 'raw'] as const)(
    'a weight by %s only falls with p, but raw p',
    (weighting) => {
      const rewards = Float32Array.from({ length: 101 }, (_, i) => i / 100);
      const weights = tokenWeights(rewards, new Uint8Array(101).fill(1), { weighting, tau: 0.5 });
      const rises = [...weights].some((weight, i) => i > 0 && weight > weights[i - 1]!);
      expect(rises).toBe(weighting === 'raw');
    },
  );

  it('draws from the lower left to the upper right', () => {
    const curves = { soft: scoreRoc(sortRewards(pool), 'soft', 0.5) };
    const [, line] = rocMarks(curves, { width: 100, height: 50 }, PAGE_INKS);
    expect(line).toMatchObject({ type: 'line', dashed: false });
    const points = line?.type === 'line' ? line.points : [];
    expect([points[0], points.at(-1)]).toEqual([
      [0, 50],
      [100, 0],
    ]);
    expect(rocRows(curves)[1]).toEqual({ score: 'soft', threshold: 0.875, found: 0, alarms: 0.5 });
  });
});
