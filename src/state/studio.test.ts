// The store with a made-up worker: what a person does, what the worker says, what is left to see.
import { describe, expect, it } from 'vitest';
import type { RunEvent, TimedStage } from '../core/events';
import { fakeEvents } from '../testing/fakeRun';
import { setup } from '../testing/studioRig';
import { activeRun, selectedRun } from './studioState';

const error = { message: 'no', next: 'n', detail: 'd' };

describe('runs', () => {
  it('starts with the settings of the address and publishes once a frame', () => {
    const t = setup('?preset=tiny&seed=7');
    t.studio.start();
    expect(t.sent).toMatchObject([
      { type: 'run.start', config: { preset: 'tiny', seed: 7 }, dataId: null, paused: false },
    ]);
    let published = 0;
    t.studio.store.subscribe(() => published++);
    t.say({ type: 'run.phase', runId: t.runId(), phase: 'running' });
    t.say({ type: 'run.events', runId: t.runId(), events: [...fakeEvents('mask', { preset: 'tiny' })] });
    expect([published, t.frames.length]).toEqual([0, 1]);
    t.frame();
    expect(published).toBe(1);
    expect(selectedRun(t.state())).toMatchObject({ phase: 'running', stages: expect.any(Array) });
  });

  it('keeps the finished run selectable, and selected when the next one cannot even begin', () => {
    const t = setup();
    t.studio.start();
    t.finish();
    const first = t.runId();
    t.studio.newSeed();
    expect(t.state().config.seed).toBe(4711);
    expect(t.state().runs).toHaveLength(2);
    t.say({ type: 'run.failed', runId: t.runId(), error: { ...error, cause: 'other' }, resumable: false });
    t.frame();
    expect(t.state().failure).toMatchObject({ error });
    expect(selectedRun(t.state())).toMatchObject({ id: first, phase: 'done' });
    expect(activeRun(t.state())!.id).toBe(first);
  });

  it('a run that fails on its way stays to be looked at', () => {
    const t = setup();
    t.studio.start();
    t.say({ type: 'run.events', runId: t.runId(), events: [...fakeEvents('warm-up', { preset: 'tiny' })] });
    t.say({ type: 'run.failed', runId: t.runId(), error: { ...error, cause: 'other' }, resumable: false });
    t.frame();
    expect(selectedRun(t.state())).toMatchObject({
      phase: 'failed',
      failure: { ...error, cause: 'other', resumable: false },
    });
    expect(t.state().failure).toBeNull();
  });

  it('stepping without a run starts one at rest and steps it', () => {
    const t = setup();
    t.studio.step();
    expect(t.sent.map(({ type }) => type)).toEqual(['run.start', 'run.step']);
    expect(t.sent[0]).toMatchObject({ paused: true });
  });

  it('waits for the model where one of one’s own is wanted', () => {
    const t = setup();
    t.studio.wantModel(true);
    for (const act of [t.studio.start, t.studio.step, t.studio.stageEnd, t.studio.newSeed]) {
      t.studio.setView('data');
      t.studio.dismissFailure();
      act();
      expect([t.state().view, t.state().failure!.name]).toEqual(['run', 'A run on your own model']);
    }
    expect([t.state().runs, t.state().inputs]).toEqual([[], { preset: 'tiny' }]);
    expect(t.sent).toEqual([]);
    expect(t.state().failure!.error.next).toBe('Open a model’s folder, or choose the built-in one.');
    t.studio.wantModel(false);
    t.studio.start();
    expect(t.state().runs).toHaveLength(1);
  });

  it('transport is silent when nothing runs', () => {
    const t = setup();
    for (const act of [t.studio.pause, t.studio.resume, t.studio.stop]) act();
    t.studio.start();
    t.finish();
    t.studio.pause();
    t.studio.stop();
    expect(t.sent.map(({ type }) => type)).toEqual(['run.start']);
  });

  it('names two runs of one seed apart and keeps six', () => {
    const t = setup();
    for (let n = 0; n < 8; n++) t.studio.start();
    const names = t.state().runs.map(({ name }) => name);
    expect(names).toHaveLength(6);
    expect(new Set(names).size).toBe(6);
  });

  it('gives a new run the colour of the one that had to go; the others keep theirs', () => {
    const t = setup();
    const slots = () => t.state().runs.map(({ id, slot }) => [id, slot]);
    for (let n = 0; n < 6; n++) t.studio.start();
    const before = slots();
    expect(before.map(([, slot]) => slot)).toEqual([0, 1, 2, 3, 4, 5]);
    t.studio.start();
    expect(slots().slice(0, 5)).toEqual(before.slice(1));
    expect(slots()[5]![1]).toBe(0);
    // A run that fails at once leaves its colour to the next.
    t.say({ type: 'run.failed', runId: t.runId(), error: { ...error, cause: 'other' }, resumable: false });
    t.frame();
    t.studio.start();
    expect(slots()[5]![1]).toBe(0);
  });
});

describe('the time line', () => {
  const snapshot = (stage: TimedStage, step: number): RunEvent => ({
    ...{ type: 'snapshot', stage, step, total: 2, answers: [], klToSft: 0 },
    ...{ policy: [Float32Array.of(-step)], reference: [Float32Array.of(0)] },
  });
  const tell = (t: ReturnType<typeof setup>, ...events: RunEvent[]) => {
    t.say({ type: 'run.events', runId: t.runId(), events });
    t.frame();
  };
  const line = [0, 1, 2].map((step) => snapshot('warm-up', step));

  it('keeps log-probs out of the state and drops them with the run', async () => {
    const t = setup();
    t.studio.start();
    const first = t.runId();
    tell(t, ...line);
    expect(selectedRun(t.state())!.moments).toEqual(
      [0, 1, 2].map((step) => ({ stage: 'warm-up', step, total: 2, answers: [], klToSft: 0 })),
    );
    expect((await t.studio.snapshots.get(first, 'warm-up-2'))?.policy).toEqual([Float32Array.of(-2)]);
    expect(t.studio.snapshots.held()).toMatchObject({ count: 3, memoryBytes: 24 });
    for (let n = 0; n < 6; n++) t.studio.start();
    expect(t.studio.snapshots.held().count).toBe(0);
    t.say({ type: 'run.events', runId: first, events: line });
    expect(t.studio.snapshots.held().count).toBe(0);
  });

  it('keeps as much in memory as was chosen, at once and at the next visit', () => {
    const t = setup();
    expect(t.studio.snapshots.held().capBytes).toBe(64e6);
    t.studio.setSnapshotMegabytes(0.5);
    expect(t.state().snapshotMegabytes).toBe(0.5);
    expect(t.studio.snapshots.held().capBytes).toBe(5e5);
    expect(t.stored.get('allo-studio.snapshots')).toBe('0.5');
  });

  it('moves by one, follows the latest at its end, and forgets the place with the run', () => {
    const t = setup();
    t.studio.start();
    tell(t, ...line);
    t.studio.moveMoment(-1);
    expect(t.state().moment).toBe(1);
    t.studio.moveMoment(1);
    expect(t.state().moment).toBeNull();
    t.studio.setMoment(0);
    t.studio.start();
    expect(t.state().moment).toBeNull();
  });

  it('waits for the moment of the address, and gives it up when a person moves', () => {
    const t = setup('?preset=tiny&at=warm-up-1');
    t.studio.start();
    tell(t, line[0]!);
    expect([t.state().moment, t.state().at]).toEqual([null, { stage: 'warm-up', step: 1 }]);
    tell(t, line[1]!, line[2]!);
    expect([t.state().moment, t.state().at, t.state().addressProblems]).toEqual([1, null, []]);

    const other = setup('?preset=tiny&at=improving-9');
    other.studio.start();
    tell(other, ...line);
    other.studio.setMoment(0);
    expect(other.state().at).toBeNull();
  });

  it('says that the address has a moment which never came', () => {
    const t = setup('?preset=tiny&at=improving-9');
    t.studio.start();
    tell(t, ...line);
    t.say({ type: 'run.phase', runId: t.runId(), phase: 'stopped' });
    t.frame();
    expect(t.state().addressProblems).toMatchObject([{ field: 'at', message: expect.stringContaining('latest') }]);
  });

  it('one stage alone shows the run that the worker holds, at its latest', () => {
    const t = setup();
    t.studio.start();
    tell(t, ...line);
    t.studio.setMoment(0);
    t.studio.only('warm-up');
    expect(t.sent.at(-1)).toEqual({ type: 'run.only', runId: t.runId(), stage: 'warm-up', slowly: false });
    expect(t.state().moment).toBeNull();
    t.studio.setSlow('waiting');
    t.studio.only('warm-up');
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.only', slowly: true });
    expect(t.state().slow).toBe('going');
  });

  it('slow motion asks every step for its anatomy', () => {
    const t = setup();
    t.studio.start();
    t.studio.step();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.step', anatomy: false });
    t.studio.setSlow('waiting');
    t.studio.step();
    expect(t.sent.at(-1)).toMatchObject({ type: 'run.step', anatomy: true });
  });
});

describe('settings', () => {
  it('report a bad value at its field, use a good one, and are remembered', () => {
    const t = setup();
    t.studio.setField('beta', 'x');
    expect(t.state().problems).toMatchObject([{ field: 'beta' }]);
    expect(t.state().config.beta).toBe(0.1);
    t.studio.setField('beta', '0.3');
    expect([t.state().problems, t.state().config.beta]).toEqual([[], 0.3]);
    expect(JSON.parse(t.stored.get('allo-studio.settings')!)).toEqual({ preset: 'tiny', beta: '0.3' });
    t.studio.resetField('beta');
    expect(t.state().config.beta).toBe(0.1);
  });

  it('a preset keeps seed and backend and drops the rest', () => {
    const t = setup('?preset=tiny&seed=7&backend=cpu&layers=3');
    t.studio.choosePreset('default');
    expect(t.state().inputs).toEqual({ seed: '7', backend: 'cpu' });
  });
});
