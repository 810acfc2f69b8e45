import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../core/events';
import { presetConfig } from '../core/presets';
import { fakeEvents } from '../testing/fakeRun';
import { runProgress, secondsLeft, tokensPerSecond } from './pace';
import { reduceEvents, reduceFailure, reducePhase, reduceRun } from './runReducer';
import { createRunState, type RunState } from './runState';

const fresh = (): RunState => createRunState('a', 'quiet-otter', presetConfig('tiny'));
const step = (n: number, tokens = 100): RunEvent => ({
  type: 'step',
  stage: 'warm-up',
  series: 'warm-up',
  step: n,
  total: 20,
  milliseconds: 20,
  metrics: { loss: 1 / n, learningRate: 1e-4, gradientNorm: 1, tokens },
});
const started = [...fakeEvents('started', { preset: 'tiny' })][0]!;
const begin: RunEvent = { type: 'stage.started', stage: 'warm-up', label: '', total: 20, unit: 'steps' };
const stageOf = (state: RunState, name: string) => state.stages.find((stage) => stage.name === name)!;

describe('series', () => {
  it('grow in one shared array, while earlier states keep their length', () => {
    const one = reduceRun(reduceRun(fresh(), started, 0), step(1), 0);
    const two = reduceRun(one, step(2), 0);
    expect(two.series['warm-up']!.rows).toBe(one.series['warm-up']!.rows);
    expect([one.series['warm-up']!.length, two.series['warm-up']!.length]).toEqual([1, 2]);
  });

  it('copy when two states go on from one', () => {
    const one = reduceRun(fresh(), step(1), 0);
    const left = reduceRun(one, step(2), 0);
    const right = reduceRun(one, step(5), 0);
    expect(left.series['warm-up']!.rows.map((row) => row.step)).toEqual([1, 2]);
    expect(right.series['warm-up']!.rows.map((row) => row.step)).toEqual([1, 5]);
  });

  it('take 20 000 steps in well under a second', () => {
    let state = fresh();
    const before = performance.now();
    for (let n = 1; n <= 20_000; n++) state = reduceRun(state, step(n), n);
    expect(state.series['warm-up']!.length).toBe(20_000);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});

describe('batches', () => {
  it('give the same state as one event at a time', () => {
    const events = [...fakeEvents('done', { preset: 'tiny' })];
    const single = events.reduce((state, event) => reduceRun(state, event, 5), fresh());
    const batched = reduceEvents(fresh(), events, 5);
    expect(batched.responses).toEqual(single.responses);
    expect(batched.prompts).toEqual(single.prompts);
    expect(batched.stages).toEqual(single.stages);
    expect(batched.phase).toBe('done');
    expect(Object.keys(batched.series)).toEqual(['warm-up', 'forgetting', 'improving']);
  });
});

describe('stages', () => {
  it('evaluation waits again after its first time and is done after its second', () => {
    const evaluation = [...fakeEvents('done', { preset: 'tiny' })].filter((event) => event.type === 'evaluation');
    const done: RunEvent = {
      type: 'stage.done',
      summary: { name: 'evaluation', steps: 0, seconds: 1, firstLoss: null, lastLoss: null },
      memoryBytes: 5e6,
    };
    let state = reduceEvents(fresh(), [started, evaluation[0]!, done], 0);
    expect(stageOf(state, 'evaluation')).toMatchObject({ status: 'waiting', done: 0 });
    state = reduceEvents(state, [evaluation[1]!, done], 0);
    expect(stageOf(state, 'evaluation').status).toBe('done');
  });

  it('a failure keeps everything shown so far', () => {
    const failure = { cause: 'not finite', message: 'no', next: 'n', detail: 'd', resumable: true } as const;
    const state = reduceFailure(reduceRun(fresh(), step(1), 0), failure);
    expect(state).toMatchObject({ phase: 'failed', failure });
    expect(state.series['warm-up']!.length).toBe(1);
    // It has failed no more once it goes on.
    expect(reducePhase(state, 'failed', 1).failure).toEqual(failure);
    expect(reducePhase(state, 'running', 1)).toMatchObject({ phase: 'running', failure: null });
  });
});

describe('pace', () => {
  it('counts working time only: 20 steps of 100 tokens, 1 s each, over a pause of 50 s', () => {
    let state = reducePhase(reduceRun(fresh(), started, 0), 'running', 0);
    state = reduceRun(state, begin, 0);
    for (let n = 1; n <= 5; n++) state = reduceRun(state, step(n), n * 1000);
    state = reducePhase(state, 'paused', 5000);
    state = reducePhase(state, 'running', 55_000);
    for (let n = 6; n <= 10; n++) state = reduceRun(state, step(n), 50_000 + n * 1000);
    expect(stageOf(state, 'warm-up')).toMatchObject({ activeMs: 10_000, tokens: 1000, done: 10 });
    expect(tokensPerSecond(state)).toBe(100);
    // Ten steps at a second, and the stages to come at the speed of this one: more than that.
    expect(secondsLeft(state)).toBeGreaterThan(10);
    expect(runProgress(state)).toBeGreaterThan(0);
    expect(runProgress(state)).toBeLessThan(1);
  });

  it('says nothing before there is something to go by', () => {
    const state = reducePhase(reduceRun(fresh(), started, 0), 'running', 0);
    expect(tokensPerSecond(state)).toBeNull();
    expect(secondsLeft(state)).toBeNull();
    expect(runProgress(state)).toBe(0);
  });
});
