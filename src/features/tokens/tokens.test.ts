import { describe, expect, it } from 'vitest';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import type { RunState } from '../../state/runState';
import { fakeRun } from '../../testing/fakeRun';
import { firstErrorFate, rewardStats } from './rewardStats';
import { layerBar, layerColour, layerPosition, layerScale, layerValues, shortValue, verdictOf } from './tokenLayers';
import { tokenRows, tokensTsv } from './tokenTable';

const record: RewardRecord = {
  responseId: 7,
  rewards: Float32Array.of(1, 0.25, 0.75, 0.5),
  weights: Float32Array.of(0, 1, 0, 0),
  wrong: Uint8Array.of(0, 1, 2, 0),
  rewrite: null,
};
const response: ResponseRecord = { id: 7, promptId: 0, tokens: [9, 10, 11, 2], correct: false, ended: true, copies: 1 };
const ratios = new Map([[7, Float32Array.of(0, -1.5, 0.3, 0)]]);
const run: RunState = { ...fakeRun('started', { preset: 'tiny' }), logRatios: { forgetting: ratios } };

describe('layers of a token strip', () => {
  it('takes each value from its place', () => {
    expect([...layerValues(run, record, 'weight')!]).toEqual([0, 1, 0, 0]);
    expect(layerValues(run, record, 'forgetting')![1]).toBe(-1.5);
    expect(layerValues(run, record, 'improving')).toBeNull();
    expect(verdictOf(record, 2)).toBe('consequence');
    expect(verdictOf({ ...record, wrong: null }, 2)).toBeNull();
  });

  it('gives rewards and log-ratios scales symmetric about their middle', () => {
    const reward = layerScale(run, 'reward');
    expect(layerPosition(reward, 0.5)).toBe(0.5);
    expect(layerPosition(reward, 0.1) + layerPosition(reward, 0.9)).toBeCloseTo(1, 12);
    expect(layerColour(reward, 0)).toContain('--reward-low) 100.0%');
    expect(layerColour(reward, 0.5)).toBe('var(--reward-mid)');
    const ratio = layerScale(run, 'forgetting');
    expect(ratio.reach).toBe(2);
    expect(layerColour(ratio, -1)).toContain('--reward-low) 50.0%');
    expect(layerColour(ratio, 1)).toContain('--reward-high) 50.0%');
    expect(layerBar(ratio).ticks).toEqual(['≤ −2', '0', '≥ 2']);
    expect(layerPosition(ratio, -9)).toBe(0);
  });

  it('writes short values', () => {
    expect([0, 1, 0.976, -0.4, -0.001, 12.4, -3].map(shortValue)).toEqual(['0', '1', '.98', '−.40', '0', '12', '−3']);
    expect(shortValue(Number.NaN)).toBe('NaN');
  });
});

describe('reward statistics', () => {
  it('counts by verdict without EOS', () => {
    const stats = rewardStats([record], new Map([[7, response]]), 0.5);
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
    const stats = rewardStats([{ ...record, wrong: null }], new Map([[7, response]]), 0.5);
    expect([stats.classes, stats.precision, stats.recall]).toEqual([null, null, null]);
  });

  it('tells found from missed first errors', () => {
    expect(firstErrorFate(record, 0.5)).toBe('found');
    expect(firstErrorFate(record, 0.2)).toBe('missed');
    expect(firstErrorFate({ ...record, wrong: new Uint8Array(4) }, 0.5)).toBeNull();
  });
});

describe('token table', () => {
  it('lists and copies every layer', () => {
    const rows = tokenRows(run, record, response, (id) => (id === 10 ? 'a\tb' : `t${id}`));
    expect(rows[1]).toEqual({ index: 1, text: 'a\tb', id: 10, values: [0.25, 1, -1.5, null], verdict: 'first error' });
    const lines = tokensTsv(rows).split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[2]).toBe('1\ta\\tb\t10\t0.25\t1\t-1.5\t\tfirst error');
  });
});
