// What a session's owner can ask of a run: the stage's end, one update in slow motion, one stage again, settings at once.
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../core/events';
import type { Pace } from '../core/stages/ahead';
import type { Controls } from '../core/stages/controls';
import { config, setup, start, started, step } from '../testing/sessionRig';
import type { SessionRun } from './live';

describe('transport', () => {
  const done = (name: 'warm-up' | 'forgetting'): RunEvent => ({
    type: 'stage.done',
    summary: { name, steps: 3, seconds: 1, firstLoss: 1, lastLoss: 1 },
    memoryBytes: null,
  });
  const snapshot: RunEvent = {
    ...{ type: 'snapshot', stage: 'warm-up', step: 2, total: 3 },
    ...{ policy: [], reference: [], answers: [], klToSft: 0 },
  };
  const anatomy = (n: number): RunEvent => ({
    ...{ type: 'anatomy', stage: 'warm-up', step: n, loss: 1, gradientNorm: 1, clipScale: 1, learningRate: 1 },
    ...{ moved: 0, allowed: 0, weights: 0, largest: null },
    example: {
      prompt: '',
      rejected: [],
      chosen: null,
      policy: [],
      reference: [],
      rewards: null,
      weights: new Float32Array(),
      denominator: 1,
      beta: 0.1,
    },
  });
  /** Two stages of three steps; a moment before step 2; slow motion where it is asked for. */
  async function* twoStages(_: Pace, controls: Controls): AsyncGenerator<RunEvent> {
    yield started;
    for (const name of ['warm-up', 'forgetting'] as const) {
      for (let n = 1; n <= 3; n++) {
        const { inSlowMotion } = controls.launch();
        if (n === 2) yield snapshot;
        yield step(n);
        if (inSlowMotion) yield anatomy(n);
        controls.watched();
      }
      yield done(name);
    }
  }
  const types = (t: ReturnType<typeof setup>) =>
    t.messages.flatMap((m) => (m.type === 'run.events' ? m.events : [])).map(({ type }) => type);
  const notices = (t: ReturnType<typeof setup>) =>
    t.messages
      .flatMap((m) => (m.type === 'run.events' ? m.events : []))
      .flatMap((event) => (event.type === 'notice' ? [event.text] : []));

  it('goes to the end of the present stage, and rests exactly there', async () => {
    const t = setup({ events: twoStages });
    t.send(start('a', true));
    await t.settle();
    t.send({ type: 'run.stageEnd', runId: 'a' });
    await t.settle();
    expect(types(t)).toEqual(['run.started', 'step', 'snapshot', 'step', 'step', 'stage.done']);
    expect(t.phases()).toEqual(['paused', 'running', 'paused']);
    t.send({ type: 'run.stageEnd', runId: 'a' });
    await t.settle();
    expect(t.steps()).toEqual([1, 2, 3, 1, 2, 3]);
    expect(t.phases().at(-1)).toBe('paused');
    t.send({ type: 'run.resume', runId: 'a' });
    await t.settle();
    expect(t.phases().at(-1)).toBe('done');
  });

  it('forgets the stage’s end when it is told to run on, or to rest', async () => {
    const t = setup({ events: twoStages });
    t.send(start('a', true));
    t.send({ type: 'run.stageEnd', runId: 'a' });
    t.send({ type: 'run.resume', runId: 'a' });
    await t.settle();
    expect(t.phases().at(-1)).toBe('done');
  });

  it('shows a moment with the step behind it, and tells one update in slow motion as part of its step', async () => {
    const t = setup({ events: twoStages });
    t.send(start('a', true));
    const press = async (slowly: boolean) => {
      const before = types(t).length;
      t.send({ type: 'run.step', runId: 'a', anatomy: slowly });
      await t.settle();
      return types(t).slice(before);
    };
    expect(await press(false)).toEqual(['run.started', 'step']);
    expect(await press(true)).toEqual(['snapshot', 'step', 'anatomy']);
    expect(await press(false)).toEqual(['step']);
    expect(await press(true)).toEqual(['stage.done']);
    // Asked for before the stage's end, told with the next update.
    expect(await press(true)).toEqual(['step', 'anatomy']);
  });

  it('runs one stage again after the end, and is done again', async () => {
    const asked: string[] = [];
    async function* again(): AsyncGenerator<RunEvent> {
      yield step(1);
      yield done('forgetting');
    }
    const only: SessionRun['only'] = (stage) => {
      asked.push(stage);
      return again();
    };
    const t = setup({ only });
    t.send(start());
    await t.settle();
    t.send({ type: 'run.only', runId: 'a', stage: 'forgetting', slowly: false });
    await t.settle();
    expect(asked).toEqual(['forgetting']);
    expect(t.steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 1]);
    expect(t.phases()).toEqual(['running', 'done', 'running', 'done']);
    expect(t.log.disposed).toBe(0);
  });

  it('gives up what a paused run has before it, and pauses the stage like any other', async () => {
    async function* again(): AsyncGenerator<RunEvent> {
      yield step(7);
      yield step(8);
    }
    const t = setup({ only: () => again() });
    t.send(start('a', true));
    for (let n = 0; n < 2; n++) t.send({ type: 'run.step', runId: 'a', anatomy: false });
    await t.settle();
    t.send({ type: 'run.only', runId: 'a', stage: 'warm-up', slowly: false });
    // In time for its first unit.
    t.holdUnits();
    await t.settle();
    t.send({ type: 'run.pause', runId: 'a' });
    t.release();
    await t.settle();
    expect(t.log.returned).toBe(1);
    expect(t.steps()).toEqual([1, 2, 7]);
    expect(t.phases().at(-1)).toBe('paused');
    t.send({ type: 'run.resume', runId: 'a' });
    await t.settle();
    expect(t.steps()).toEqual([1, 2, 7, 8]);
    expect(t.phases().at(-1)).toBe('done');
  });

  it('rests after the first update of the stage in slow motion', async () => {
    async function* again(): AsyncGenerator<RunEvent> {
      yield step(7);
      yield step(8);
    }
    const t = setup({ only: () => again() });
    t.send(start());
    await t.settle();
    t.send({ type: 'run.only', runId: 'a', stage: 'warm-up', slowly: true });
    await t.settle();
    expect(t.steps().slice(-2)).toEqual([9, 7]);
    expect(t.phases().at(-1)).toBe('paused');
    t.send({ type: 'run.step', runId: 'a', anatomy: true });
    await t.settle();
    expect(t.steps().at(-1)).toBe(8);
  });

  it('says why a stage cannot be run again, and changes nothing', async () => {
    const t = setup();
    t.holdUnits();
    t.send(start());
    await t.settle();
    t.send({ type: 'run.only', runId: 'a', stage: 'warm-up', slowly: false });
    expect(notices(t)).toEqual(['Pause the run before one stage of it is run again.']);
    t.release();
    await t.settle();
    t.send({ type: 'run.only', runId: 'a', stage: 'warm-up', slowly: false });
    await t.settle();
    expect(notices(t)[1]).toBe('nothing to run again');
    expect(t.phases()).toEqual(['running', 'done']);
  });

  it('hands changed settings to the run at once, and refuses what makes no sense', async () => {
    const launched: number[] = [];
    const t = setup({
      events: async function* (_, controls) {
        yield started;
        for (let n = 1; n <= 3; n++) {
          launched.push(controls.launch().learningRateScale);
          yield step(n);
        }
      },
    });
    t.send(start('a', true));
    t.send({ type: 'run.step', runId: 'a', anatomy: false });
    await t.settle();
    t.send({ type: 'run.set', runId: 'a', learningRateScale: 0.5, beta: config.beta });
    for (const learningRateScale of [Number.NaN, 0, 1e6])
      t.send({ type: 'run.set', runId: 'a', learningRateScale, beta: config.beta });
    t.send({ type: 'run.set', runId: 'elsewhere', learningRateScale: 3, beta: config.beta });
    t.send({ type: 'run.resume', runId: 'a' });
    await t.settle();
    expect(launched).toEqual([1, 0.5, 0.5]);
    expect(notices(t)).toHaveLength(3);
    expect(notices(t)[0]).toMatch(/^A learning rate of × NaN was refused/);
  });
});
