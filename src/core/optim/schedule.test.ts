import { describe, expect, it } from 'vitest';
import { runGolden } from '../../testing/golden';
import { createSchedule } from './schedule';

describe('createSchedule', () => {
  it('agrees with the golden file', async () => {
    expect(await runGolden('schedule.json')).toEqual({ passed: 6, failed: 0, failures: [] });
  });

  it('warms up from rate 0, peaks at the base rate, ends at 0', () => {
    const { warmupSteps, rateAt } = createSchedule({ kind: 'cosine', baseRate: 2, totalSteps: 10, warmupRatio: 0.2 });
    expect(warmupSteps).toBe(2);
    expect([0, 1, 2].map(rateAt)).toEqual([0, 1, 2]);
    expect(rateAt(6)).toBeCloseTo(1, 12); // half-way down
    expect(rateAt(10)).toBe(0);
  });

  it('stays constant when asked to', () => {
    const { rateAt } = createSchedule({ kind: 'constant', baseRate: 3, totalSteps: 4, warmupRatio: 0.25 });
    expect([0, 1, 2, 3].map(rateAt)).toEqual([0, 3, 3, 3]);
  });
});
