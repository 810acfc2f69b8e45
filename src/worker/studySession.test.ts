// The study session with a made-up engine: order, pause, stop, failures, progress. No tensor and no worker.
import { describe, expect, it } from 'vitest';
import { presetConfig } from '../core/presets';
import { type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';
import { resultOf } from '../testing/studyWorld';
import type { StudyCommand, StudyMessage } from './studyProtocol';
import { createStudySession, type StudyWork } from './studySession';

const jobOf = (seed: number): Job => ({
  kind: 'arm',
  config: { ...presetConfig('tiny', 'math', 'dpo-full'), seed },
  split: 'held-out',
});
const UNITS = 5;

function setup({ failing = [] as number[], refused = [] as number[], tick = 0 } = {}) {
  const messages: StudyMessage[] = [];
  const log = { begun: [] as number[], left: [] as number[], units: 0, forgotten: 0, rests: 0, room: [] as boolean[] };
  let time = 0;
  async function* work(job: Job): StudyWork {
    const { seed } = job.config;
    let isOver = false;
    try {
      for (let unit = 1; unit <= UNITS; unit++) {
        log.units++;
        time += tick;
        if (failing.includes(seed) && unit === 3) throw new Error('The GPU device was lost.');
        yield { type: 'progress', label: 'improving', share: unit / UNITS };
      }
      isOver = true;
      return resultOf(job, {});
    } finally {
      if (!isOver) log.left.push(seed);
    }
  }
  const session = createStudySession({
    engine: {
      leaveRoom: (leavesRoom) => log.room.push(leavesRoom),
      begin: async (job) => {
        log.begun.push(job.config.seed);
        if (refused.includes(job.config.seed)) throw new Error('No backend works here.');
        return work(job);
      },
      forget: () => log.forgotten++,
    },
    post: (message) => messages.push(message),
    yieldToMessages: () => new Promise((resolve) => setImmediate(resolve)),
    rest: async () => {
      log.rests++;
      await new Promise((resolve) => setImmediate(resolve));
    },
    now: () => time,
  });
  const seedOf = new Map([1, 2, 3].map((seed) => [jobKey(jobOf(seed)), seed]));
  return {
    messages,
    log,
    send: (command: StudyCommand) => session.handle(command),
    run: (...seeds: number[]) => session.handle({ type: 'study.run', jobs: seeds.map(jobOf) }),
    /** “result 1”, “failed 2”, “idle”, without progress. */
    told: () =>
      messages.flatMap((message) => {
        if (message.type === 'study.progress') return [];
        if (message.type === 'study.idle') return ['idle'];
        return [`${message.type.slice(6)} ${seedOf.get(message.key)}`];
      }),
    turns: async (count = 60) => {
      for (let round = 0; round < count; round++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

describe('study session', () => {
  it('works the list off in order, each job once, then says that nothing is left', async () => {
    const t = setup();
    t.run(2, 1);
    t.run(1, 3);
    await t.turns();
    expect(t.told()).toEqual(['result 2', 'result 1', 'result 3', 'idle']);
    const [first] = t.messages.filter((message) => message.type === 'study.result');
    expect(first).toEqual({
      ...{ type: 'study.result', key: jobKey(jobOf(2)) },
      result: resultOf(jobOf(2), {}) satisfies StudyResult,
    });
    t.run(1);
    await t.turns();
    expect(t.told().slice(4)).toEqual(['result 1', 'idle']);
  });

  it('tells progress at most every 100 ms, and each job’s beginning at once', async () => {
    const still = setup();
    still.run(1, 2);
    await still.turns();
    expect(still.messages.filter(({ type }) => type === 'study.progress')).toEqual(
      [1, 2].map((seed) => ({ type: 'study.progress', key: jobKey(jobOf(seed)), share: 0, label: 'starting' })),
    );
    // 60 ms a unit: every second one is told.
    const moving = setup({ tick: 60 });
    moving.run(1);
    await moving.turns();
    const shares = moving.messages.flatMap((message) => (message.type === 'study.progress' ? [message.share] : []));
    expect(shares).toEqual([0, 0.4, 0.8]);
  });

  it('pauses between units of work and goes on where it was', async () => {
    const t = setup();
    t.run(1, 2);
    await t.turns(3);
    t.send({ type: 'study.pause' });
    await t.turns();
    const { units } = t.log;
    expect(units).toBeGreaterThan(0);
    expect(units).toBeLessThan(UNITS);
    expect(t.told()).toEqual([]);
    t.run(3);
    await t.turns();
    expect(t.log.units).toBe(units);
    t.send({ type: 'study.resume' });
    await t.turns();
    expect(t.told()).toEqual(['result 1', 'result 2', 'result 3', 'idle']);
    expect(t.log).toMatchObject({ units: 3 * UNITS, begun: [1, 2, 3], left: [] });
  });

  it('pause and resume in one breath stop nothing', async () => {
    const t = setup();
    t.run(1);
    t.send({ type: 'study.pause' });
    t.send({ type: 'study.resume' });
    await t.turns();
    expect(t.told()).toEqual(['result 1', 'idle']);
    expect(t.log.begun).toEqual([1]);
  });

  it('leaves what runs, drops what waits, and begins anew after', async () => {
    const t = setup();
    t.run(1, 2);
    await t.turns(3);
    t.send({ type: 'study.stop' });
    await t.turns();
    expect(t.told()).toEqual(['idle']);
    expect(t.log).toMatchObject({ begun: [1], left: [1] });
    t.run(1);
    await t.turns();
    expect(t.told()).toEqual(['idle', 'result 1', 'idle']);
    expect(t.log.begun).toEqual([1, 1]);
  });

  it('frees a paused job that is stopped, and is no longer paused', async () => {
    const t = setup();
    t.run(1, 2);
    await t.turns(3);
    t.send({ type: 'study.pause' });
    await t.turns();
    t.send({ type: 'study.stop' });
    t.run(3);
    await t.turns();
    expect(t.log.left).toEqual([1]);
    expect(t.told()).toEqual(['result 3', 'idle']);
  });

  it('a job that fails is told with what to do next, and does not stop the rest', async () => {
    const t = setup({ failing: [1], refused: [2] });
    t.run(1, 2, 3);
    await t.turns();
    expect(t.told()).toEqual(['failed 1', 'failed 2', 'result 3', 'idle']);
    expect(t.messages.filter((message) => message.type === 'study.failed').map(({ error }) => error)).toMatchObject([
      { message: expect.stringContaining('device was lost'), next: expect.stringContaining('WASM') },
      { message: 'No backend works here.', next: 'Try the job again, or drop it; finished results stay.' },
    ]);
    expect(t.log.forgotten).toBe(2);
  });

  it('rests between units when it is to leave room', async () => {
    const t = setup();
    t.send({ type: 'study.room', leavesRoom: true });
    t.run(1);
    await t.turns();
    expect(t.log).toMatchObject({ rests: UNITS, room: [true] });
    expect(t.told()).toEqual(['result 1', 'idle']);
  });
});
