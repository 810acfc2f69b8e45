import { describe, expect, it } from 'vitest';
import { momentLabel } from '../../components/stageNames';
import type { TimedStage } from '../../core/events';
import type { Moment, RunState } from '../../state/runState';
import { fakeRun } from '../../testing/fakeRun';
import { bandsOf, logPlace, stageStarts } from './momentText';
import { keyTarget } from './TimeLine';

const moment = (stage: TimedStage, step: number, total: number): Moment => ({
  ...{ stage, step, total, answers: [], klToSft: 0 },
});
const LINE = [
  ...[0, 1, 3].map((step) => moment('warm-up', step, 3)),
  ...[0, 7].map((step) => moment('forgetting', step, 7)),
];

it('names a moment', () => {
  expect(momentLabel(moment('improving', 12, 25), { method: 'allo' })).toBe('Improving, step 12 of 25');
  expect(momentLabel(moment('improving', 12, 25), { method: 'rft' })).toBe('RFT, step 12 of 25');
  expect(momentLabel(moment('warm-up', 12, 25), { method: 'rft' })).toBe('Warm-up, step 12 of 25');
});

describe('bands', () => {
  const run: RunState = { ...fakeRun('started'), moments: LINE };

  it('hold their moments by log step, and leave room for stages to come', () => {
    expect(bandsOf(run)).toEqual([
      {
        ...{ stage: 'warm-up', label: 'Warm-up', total: 3 },
        ticks: [
          { index: 0, at: 0 },
          { index: 1, at: 0.5 },
          { index: 2, at: 1 },
        ],
      },
      {
        ...{ stage: 'forgetting', label: 'Forgetting', total: 7 },
        ticks: [
          { index: 3, at: 0 },
          { index: 4, at: 1 },
        ],
      },
      { stage: 'improving', label: 'Improving', total: run.config.improvingSteps, ticks: [] },
    ]);
  });

  it('stand in the order in which they happened: a stage that ran once more comes last', () => {
    const again: RunState = { ...run, moments: [...LINE.slice(3), ...LINE.slice(0, 3)] };
    expect(bandsOf(again).map(({ stage }) => stage)).toEqual(['forgetting', 'warm-up', 'improving']);
  });

  it('place the end of an empty stage at its start', () => {
    expect(logPlace(0, 0)).toBe(0);
    expect(logPlace(3, 15)).toBe(0.5);
  });
});

describe('keys', () => {
  const starts = stageStarts(LINE);
  const from = (index: number, key: string) => keyTarget(key, index, LINE.length, starts);

  it('move by one, to the ends, and by stages', () => {
    expect(starts).toEqual([0, 3]);
    expect([from(2, 'ArrowRight'), from(2, 'ArrowLeft'), from(4, 'ArrowRight'), from(0, 'ArrowLeft')]).toEqual([
      3, 1, 4, 0,
    ]);
    expect([from(2, 'Home'), from(2, 'End'), from(1, 'PageUp'), from(3, 'PageUp')]).toEqual([0, 4, 3, 4]);
    expect([from(4, 'PageDown'), from(3, 'PageDown'), from(0, 'PageDown'), from(1, 'x')]).toEqual([3, 0, 0, null]);
  });
});
