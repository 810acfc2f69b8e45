import { describe, expect, it } from 'vitest';
import type { RunState } from '../state/runState';
import type { Studio } from '../state/studioActions';
import type { SlowMotion } from '../state/studioState';
import { fakeRun } from '../testing/fakeRun';
import { isTraining } from './slowMotion';
import { aloneObstacle, togglePlay, toggleSlow, transportOf } from './transport';
import { tryObstacle } from './tryObstacle';

it('offers what can be done', () => {
  expect(transportOf(null)).toEqual({ play: 'Start', canStop: false, canRestart: false });
  expect(transportOf(fakeRun('warm-up'))).toEqual({ play: 'Pause', canStop: true, canRestart: true });
  expect(transportOf({ ...fakeRun('warm-up'), phase: 'paused' }).play).toBe('Resume');
  expect(transportOf(fakeRun('done'))).toEqual({ play: 'Start', canStop: false, canRestart: true });
});

it('knows when a stage can run alone', () => {
  const done = fakeRun('done');
  expect(aloneObstacle(done, 'warm-up')).toBeNull();
  expect(aloneObstacle({ ...fakeRun('forgetting'), phase: 'paused' }, 'forgetting')).toBeNull();
  expect(aloneObstacle({ ...fakeRun('forgetting'), phase: 'paused' }, 'improving')).toMatch(/not begun/);
  expect(aloneObstacle(fakeRun('forgetting'), 'warm-up')).toMatch(/Pause/);
  expect(aloneObstacle(fakeRun('failed'), 'warm-up')).toMatch(/failed/);
  expect(aloneObstacle(null, 'warm-up')).toMatch(/Start a run/);
});

describe('slow motion', () => {
  function studioAt(slow: SlowMotion, isReady = true) {
    const done: string[] = [];
    const note = (what: string) => (given?: unknown) =>
      void done.push(given === undefined ? what : `${what} ${JSON.stringify(given)}`);
    const studio = {
      store: { getState: () => ({ slow }) },
      start(options: object) {
        note('start')(options);
        return isReady;
      },
      ...{ pause: note('pause'), resume: note('resume'), setSlow: note('slow') },
    } as unknown as Studio;
    return { studio, done };
  }
  const paused: RunState = { ...fakeRun('warm-up'), phase: 'paused' };

  it.each<[SlowMotion, RunState | null, string[]]>([
    ['off', paused, ['resume']],
    ['waiting', null, ['start {"paused":true}', 'slow "going"']],
    ['waiting', paused, ['slow "going"']],
    ['waiting', fakeRun('warm-up'), ['pause', 'slow "waiting"']],
    ['going', paused, ['pause', 'slow "waiting"']],
  ])('%s: play', (slow, run, wanted) => {
    const { studio, done } = studioAt(slow);
    togglePlay(studio, run);
    expect(done).toEqual(wanted);
  });

  it('does not go on where nothing could start', () => {
    const { studio, done } = studioAt('waiting', false);
    togglePlay(studio, null);
    expect(done).toEqual(['start {"paused":true}']);
  });

  it.each<[SlowMotion, RunState | null, string[]]>([
    ['off', null, ['slow "waiting"']],
    ['off', fakeRun('warm-up'), ['slow "going"']],
    ['waiting', paused, ['slow "off"']],
    ['going', paused, ['slow "off"', 'resume']],
  ])('%s: the switch', (slow, run, wanted) => {
    const { studio, done } = studioAt(slow);
    toggleSlow(studio, run);
    expect(done).toEqual(wanted);
  });

  it('steps while training, and runs through what lies between', () => {
    expect(isTraining(fakeRun('warm-up'))).toBe(true);
    expect(isTraining(fakeRun('sampling'))).toBe(false);
    expect(isTraining(fakeRun('rewards'))).toBe(true);
    expect(isTraining(fakeRun('mask'))).toBe(false);
  });
});

it('lets Try ask only the run whose weights are loaded, while it rests', () => {
  const run = fakeRun('done');
  expect(tryObstacle(run, run)).toBeNull();
  const paused: RunState = { ...fakeRun('warm-up'), phase: 'paused' };
  expect(tryObstacle(paused, paused)).toBeNull();
  expect(tryObstacle(null, null)).toMatch(/Start a run/);
  expect(tryObstacle(run, { ...run, id: 'another' })).toMatch(/made way/);
  expect(tryObstacle(fakeRun('warm-up'), run)).toMatch(/being trained/);
  expect(tryObstacle({ ...fakeRun('started'), phase: 'paused' }, run)).toMatch(/no model yet/);
  const opened = { ...run, id: 'opened', opened: { file: 'a.zip', problems: [] } };
  expect([tryObstacle(opened, null), tryObstacle(opened, run), tryObstacle(opened, paused)]).toEqual([
    null,
    null,
    null,
  ]);
  expect(tryObstacle(opened, fakeRun('warm-up'))).toMatch(/Pause it to try/);
});
