// A moment that is written down piece by piece while the run goes on is the one that was written down at once.
import { beforeAll, describe, expect, it } from 'vitest';
import { bitsOfEvent, wholeRun } from '../testing/resumeRig';
import { toyConfig, toyDataset } from '../testing/tinyModel';
import { BACKEND } from '../testing/toyRun';
import { toyStarter } from '../testing/toyStarter';
import type { RunConfig } from './config';
import { createRun, type Run, type RunOptions } from './run';
import { Controls } from './stages/controls';
import type { ResumePoint } from './stages/resume/point';
import { AT_ONCE, type Stretches } from './stretches';
import { tf } from './tf';

const SMALL = {
  ...{ layers: 1, width: 8, heads: 2, mlpWidth: 12, sftSteps: 4, sftLearningRate: 0.02, prompts: 8 },
  ...{ warmupSteps: 3, forgettingSteps: 3, improvingSteps: 4, rewardSteps: 2 },
  ...{ heldOutPrompts: 3, klPrompts: 3, otherPrompts: 0 },
  ...{ warmupLearningRate: 1e-3, forgettingLearningRate: 1e-2, improvingLearningRate: 1e-2 },
} as const;

const toyRun = (config: Partial<RunConfig>, options: Partial<RunOptions> = {}): Run =>
  createRun({
    config: toyConfig({ ...SMALL, ...config }),
    ...{ dataset: toyDataset(), backend: BACKEND, controls: new Controls(0.1) },
    loadStarter: () => Promise.reject(new Error('a toy run has no starter')),
    ...options,
  });

/** Everything but the time. */
const contentOf = ({ facts: { seconds: _, ...facts }, sums: { '': __, ...sums }, arrays, ...rest }: ResumePoint) => ({
  ...{ ...rest, facts, sums, names: [...arrays.keys()] },
});

/** Work that is let on by one piece after every event, and to its end after the last. */
function piecemeal() {
  let waiting: (() => void)[] = [];
  let isOver = false;
  const stretches: Stretches = {
    pause: () => (isOver ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    away: (wait) => wait,
  };
  const letOn = (): void => {
    const now = waiting;
    waiting = [];
    for (const resolve of now) resolve();
  };
  return {
    stretches,
    letOn,
    end: () => {
      isOver = true;
      letOn();
    },
  };
}

/** Goes through a run holding a moment behind each event that `isHeld` chooses. */
async function expectMomentsStay(make: () => Run, isHeld: (index: number) => boolean): Promise<string[]> {
  const tensors = tf.memory().numTensors;
  const run = make();
  const work = piecemeal();
  const pairs: { at: string; once: ResumePoint; later: Promise<ResumePoint> }[] = [];
  const told: string[] = [];
  for await (const event of run.events()) {
    const index = told.push(bitsOfEvent(event)) - 1;
    if (isHeld(index)) {
      const held = run.moment();
      const later = held.written(work.stretches);
      pairs.push({ at: `${index} ${event.type}`, once: await run.moment().written(AT_ONCE), later });
    }
    await new Promise((resolve) => setImmediate(resolve));
    work.letOn();
  }
  run.dispose();
  work.end();
  expect(pairs.length).toBeGreaterThan(5);
  for (const { at, once, later } of pairs) {
    const written = await later;
    expect(contentOf(written), at).toEqual(contentOf(once));
    for (const [name, values] of written.arrays) expect(values, `${at}: ${name}`).toEqual(once.arrays.get(name));
  }
  expect(tf.memory().numTensors).toBe(tensors);
  return told;
}

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('a moment held while the run goes on is what it was', () => {
  it('at every event of ALLO, and the run is the one without', async () => {
    const whole = (await wholeRun(() => toyRun({}))).map(bitsOfEvent);
    expect(
      await expectMomentsStay(
        () => toyRun({}),
        () => true,
      ),
    ).toEqual(whole);
  });

  it.each<[string, Partial<RunConfig>, Partial<RunOptions>]>([
    ['with summed gradients', { maskScore: 'gradient' }, {}],
    ['without masks, watched', { maskRule: 'all' }, { snapshots: true }],
    ['with bco', { method: 'bco', maskRule: 'all' }, {}],
    ['with ppo-a2c', { method: 'ppo-a2c', maskRule: 'all', rolloutPrompts: 4, ppoEpochs: 2, batchTokens: 40 }, {}],
    [
      'with ppo and a reward model',
      { method: 'ppo', maskRule: 'all', ppoReward: 'reward model', rolloutPrompts: 4 },
      {},
    ],
    [
      'with ondare on a starter',
      {
        layers: 2,
        width: 16,
        mlpWidth: 24,
        preset: 'tiny',
        sftStart: 'shipped',
        optimiser: 'ondare',
        mergeAlpha: 1e-5,
      },
      { loadStarter: toyStarter() },
    ],
  ])('%s', async (_, config, options) => {
    await expectMomentsStay(
      () => toyRun(config, options),
      (index) => index % 3 === 0,
    );
  });

  it('on the cpu backend, which keeps its arrays', async () => {
    await tf.setBackend('cpu');
    await expectMomentsStay(
      () => toyRun({}),
      (index) => index % 4 === 0,
    );
    await tf.setBackend('wasm');
  });
});

describe('a moment', () => {
  it('that is dropped, or breaks while it is written, leaves no tensor behind', async () => {
    const tensors = tf.memory().numTensors;
    const run = toyRun({});
    for await (const event of run.events()) {
      if (event.type !== 'step') continue;
      run.moment().drop();
      const broken: Stretches = { pause: () => Promise.reject(new Error('gone')), away: (wait) => wait };
      await expect(run.moment().written(broken)).rejects.toThrow('gone');
    }
    run.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('does not come back from another backend', async () => {
    const run = toyRun({});
    const events = run.events();
    for (let steps = 0; steps < 2; ) if ((await events.next()).value?.type === 'step') steps++;
    const held = run.moment();
    await tf.setBackend('cpu');
    await expect(held.written(AT_ONCE)).rejects.toThrow('no longer there');
    await tf.setBackend('wasm');
    await events.return();
    run.dispose();
  });
});
