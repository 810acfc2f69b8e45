import { describe, expect, it } from 'vitest';
import type { RunEvent, TimedStage } from '../core/events';
import { presetConfig } from '../core/presets';
import { findMoment, momentIndex, momentName, movedMoment, parseMoment } from './moments';
import { reduceEvents, reducePhase } from './runReducer';
import { createRunState, type RunState } from './runState';

const snapshot = (stage: TimedStage, step: number, total: number): RunEvent => ({
  ...{ type: 'snapshot', stage, step, total, klToSft: step / 100 },
  ...{ policy: [], reference: [], answers: [{ tokens: [step], correct: true }] },
});
const begin = (stage: TimedStage, total: number): RunEvent => ({
  ...{ type: 'stage.started', stage, label: stage, total, unit: 'steps' },
});
const step = (stage: TimedStage, at: number, loss: number): RunEvent => ({
  ...{ type: 'step', stage, series: stage, step: at, total: 4, milliseconds: 10 },
  metrics: { loss, learningRate: 1, gradientNorm: 1, tokens: 5 },
});
const started = (): RunState => createRunState('a', 'quiet-otter', presetConfig('tiny'));
const told = (events: readonly RunEvent[], run = started()): RunState => reduceEvents(run, events, 0);
const names = ({ moments }: RunState) => moments.map(momentName);

const WARM_UP = [begin('warm-up', 4), ...[0, 1, 2, 4].map((at) => snapshot('warm-up', at, 4))];
const FORGETTING = [begin('forgetting', 3), ...[0, 1, 3].map((at) => snapshot('forgetting', at, 3))];

describe('names', () => {
  it('are stage and step, and read back', () => {
    expect(momentName({ stage: 'warm-up', step: 12 })).toBe('warm-up-12');
    expect(parseMoment('warm-up-12')).toEqual({ stage: 'warm-up', step: 12 });
    expect(parseMoment('improving-0')).toEqual({ stage: 'improving', step: 0 });
  });

  it('that are none are refused', () => {
    for (const text of [
      '',
      'improving',
      'improving-',
      'improving--1',
      'improving-1.5',
      'sft-3',
      'Improving-3',
      'improving-1e3',
    ])
      expect(parseMoment(text)).toBeNull();
  });
});

describe('moving', () => {
  const { moments } = told([...WARM_UP, ...FORGETTING]);

  it('starts at the latest, ends at both ends, and follows the run again at the last', () => {
    expect(momentIndex(moments, null)).toBe(6);
    expect(movedMoment(moments, null, -1)).toBe(5);
    expect(movedMoment(moments, 5, 1)).toBeNull();
    expect(movedMoment(moments, null, 1)).toBeNull();
    expect(movedMoment(moments, 1, -9)).toBe(0);
    expect(movedMoment([], null, -1)).toBeNull();
    expect(momentIndex([], null)).toBeNull();
    expect(momentIndex(moments, 99)).toBe(6);
  });
});

describe('the moment of the address', () => {
  const run = told([...WARM_UP, begin('forgetting', 3), snapshot('forgetting', 0, 3)]);

  it('is found, is waited for, or is told to be none', () => {
    expect(findMoment(run, { stage: 'warm-up', step: 2 }, false)).toEqual({ found: 2 });
    expect(findMoment(run, { stage: 'forgetting', step: 3 }, false)).toEqual({ isComing: true });
    expect(findMoment(run, { stage: 'improving', step: 0 }, false)).toEqual({ isComing: true });
    expect(findMoment(run, { stage: 'warm-up', step: 3 }, false)).toMatchObject({
      found: 2,
      problem: { field: 'at', message: expect.stringContaining('warm-up-2') },
    });
    expect(findMoment(run, { stage: 'warm-up', step: 99 }, false)).toMatchObject({ found: 3 });
    expect(findMoment(run, { stage: 'improving', step: 0 }, true)).toMatchObject({
      found: null,
      problem: { message: expect.stringContaining('latest') },
    });
  });
});

describe('one stage alone', () => {
  it('takes the place of its last pass, at the end of the time line; other stages stay', () => {
    const first = told([...WARM_UP, step('warm-up', 1, 0.7), ...FORGETTING, step('forgetting', 1, 0.6)]);
    const again = told([begin('warm-up', 4), snapshot('warm-up', 0, 4), step('warm-up', 1, 0.5)], first);
    expect(names(again)).toEqual(['forgetting-0', 'forgetting-1', 'forgetting-3', 'warm-up-0']);
    expect(again.series['warm-up']!.rows.slice(0, again.series['warm-up']!.length)).toMatchObject([
      { step: 1, loss: 0.5 },
    ]);
    expect(again.series.forgetting!.length).toBe(1);
    expect(names(first)).toHaveLength(7);
  });
});

it('counts the rests', () => {
  const run = reducePhase(reducePhase(reducePhase(started(), 'running', 0), 'paused', 1), 'paused', 2);
  expect([run.rests, run.phase]).toEqual([2, 'paused']);
});
