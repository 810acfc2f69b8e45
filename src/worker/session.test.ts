// The session with a made-up engine: order, pausing, coalescing, probes, failures. No tensor and no worker.
import { describe, expect, it } from 'vitest';
import type { BackendReport, RunEvent } from '../core/events';
import { presetConfig } from '../core/presets';
import type { Pace } from '../core/stages/ahead';
import type { Controls } from '../core/stages/controls';
import { fakeEvents } from '../testing/fakeRun';
import type { Command, GeneratedAnswer, WorkerMessage } from './protocol';
import { createSession, type SessionRun } from './session';

const report: BackendReport = { name: 'cpu', label: 'CPU', threads: 1, adapter: null, refused: [], selfCheck: [] };
const config = presetConfig('tiny');
const started = [...fakeEvents('started')][0]!;
const step = (n: number): RunEvent => ({
  type: 'step',
  stage: 'warm-up',
  series: 'warm-up',
  step: n,
  total: 9,
  metrics: { loss: 1 / n, learningRate: 1e-4, gradientNorm: 1, tokens: 10 },
  milliseconds: 5,
});
const reply: GeneratedAnswer = { tokens: [], text: 'x', correct: null };

interface Setup {
  events?: (pace: Pace, controls: Controls) => AsyncGenerator<RunEvent>;
  only?: SessionRun['only'];
  backend?: BackendReport['name'];
  clock?: () => number;
}

function setup({ events, only, clock, backend = 'cpu' }: Setup = {}) {
  const messages: WorkerMessage[] = [];
  const transfers: ArrayBuffer[][] = [];
  const log = {
    units: 0,
    disposed: 0,
    returned: 0,
    created: 0,
    choices: [] as string[],
    rests: [] as number[],
    room: [] as boolean[],
  };
  let waiting: (() => void) | null = null;
  async function* nine(): AsyncGenerator<RunEvent> {
    try {
      yield started;
      for (let n = 1; n <= 9; n++) {
        log.units++;
        yield step(n);
      }
    } finally {
      log.returned++;
    }
  }
  const run: Omit<SessionRun, 'events'> = {
    answer: async (prompt) => {
      if (prompt === 'bad') throw new Error('Unknown word “bad”.');
      return { before: reply, after: reply };
    },
    suggestedPrompts: (count) => Array.from({ length: count }, (_, n) => ({ text: `p${n}`, family: 'math' })),
    only:
      only ??
      (() => {
        throw new Error('nothing to run again');
      }),
    dispose: () => log.disposed++,
  };
  let hold = false;
  const session = createSession({
    engine: {
      leaveRoom: (leavesRoom) => log.room.push(leavesRoom),
      chooseBackend: async (choice) => {
        log.choices.push(choice);
        return { ...report, name: backend };
      },
      createRun: async (_, dataId, __, { pace, controls }) => {
        if (dataId === 'gone') throw new Error('The imported file is gone.');
        log.created++;
        return { ...run, events: () => (events ?? nine)(pace, controls) };
      },
      importFile: async () => {
        throw new Error('bad file');
      },
    },
    post: (message, transfer) => {
      messages.push(message);
      transfers.push(transfer);
    },
    yieldToMessages: () =>
      new Promise((resolve) => {
        if (hold) waiting = resolve;
        else setImmediate(resolve);
      }),
    rest: async (ms) => {
      log.rests.push(ms);
      await new Promise((resolve) => setImmediate(resolve));
    },
    now: clock ?? (() => 0),
  });
  return {
    messages,
    transfers,
    log,
    send: (command: Command) => session.handle(command),
    holdUnits: () => {
      hold = true;
    },
    release: () => {
      hold = false;
      waiting?.();
    },
    phases: (runId = 'a') => messages.flatMap((m) => (m.type === 'run.phase' && m.runId === runId ? [m.phase] : [])),
    steps: () =>
      messages
        .flatMap((m) => (m.type === 'run.events' ? m.events : []))
        .flatMap((e) => (e.type === 'step' ? [e.step] : [])),
    /** Rounds of the event loop, no clock: every made-up unit takes one. */
    settle: async () => {
      for (let round = 0; round < 60; round++) await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
const start = (runId = 'a', paused = false, dataId: string | null = null): Command => ({
  type: 'run.start',
  runId,
  config,
  dataId,
  paused,
});

describe('session', () => {
  it('runs to the end, in order, and flushes before it says done', async () => {
    const t = setup();
    t.send(start());
    await t.settle();
    expect(t.steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(t.phases()).toEqual(['running', 'done']);
    expect(t.messages.at(-1)).toEqual({ type: 'run.phase', runId: 'a', phase: 'done' });
    expect(t.log.choices).toEqual(['auto']);
  });

  it('coalesces events: one message when the clock stands still, more when 100 ms pass', async () => {
    const still = setup();
    still.send(start());
    await still.settle();
    expect(still.messages.filter((m) => m.type === 'run.events')).toHaveLength(1);
    let time = 0;
    // Two clock readings an event: 30 ms each means a flush about every second event.
    const moving = setup({ clock: () => (time += 30) });
    moving.send(start());
    await moving.settle();
    const sent = moving.messages.filter((m) => m.type === 'run.events').length;
    expect(sent).toBeGreaterThan(2);
    expect(sent).toBeLessThan(9);
    expect(moving.steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('pauses between units, steps one optimiser step at a time, resumes', async () => {
    const t = setup();
    t.send(start('a', true));
    await t.settle();
    expect(t.phases()).toEqual(['paused']);
    expect(t.log.units).toBe(0);
    t.send({ type: 'run.step', runId: 'a', anatomy: false });
    await t.settle();
    expect(t.steps()).toEqual([1]);
    t.send({ type: 'run.step', runId: 'a', anatomy: false });
    t.send({ type: 'run.step', runId: 'a', anatomy: false });
    await t.settle();
    expect(t.steps()).toEqual([1, 2, 3]);
    t.send({ type: 'run.resume', runId: 'a' });
    t.send({ type: 'run.pause', runId: 'a' });
    await t.settle();
    expect(t.phases().at(-1)).toBe('paused');
    t.send({ type: 'run.resume', runId: 'a' });
    await t.settle();
    expect(t.steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(t.phases().at(-1)).toBe('done');
  });

  it('lets a run be ahead while it runs, and rests only when everything submitted is told', async () => {
    const submitted: number[] = [];
    async function* ahead(pace: Pace): AsyncGenerator<RunEvent> {
      yield started;
      for (let n = 1; n <= 9; n++) {
        if (submitted.at(-1) !== n) submitted.push(n);
        pace.isAhead = pace.mayRunAhead && n < 9;
        if (pace.isAhead) submitted.push(n + 1);
        yield step(n);
      }
    }
    const t = setup({ events: ahead, backend: 'webgpu' });
    t.send(start('a', true));
    t.send({ type: 'run.step', runId: 'a', anatomy: false });
    await t.settle();
    expect([submitted.at(-1), t.steps().at(-1)]).toEqual([1, 1]);
    t.send({ type: 'run.resume', runId: 'a' });
    for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
    t.send({ type: 'run.pause', runId: 'a' });
    await t.settle();
    const reached = t.steps().at(-1)!;
    expect(reached).toBeGreaterThan(1);
    expect(reached).toBeLessThan(9);
    expect(submitted.at(-1)).toBe(reached);
    t.send({ type: 'run.resume', runId: 'a' });
    await t.settle();
    expect(t.steps()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);

    const onWasm = setup({ events: ahead, backend: 'wasm' });
    submitted.length = 0;
    onWasm.send(start());
    await onWasm.settle();
    expect(submitted).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('leaves room: rests as long as a unit took, 400 ms at most, from the moment it is told to', async () => {
    let time = 0;
    const t = setup({ clock: () => (time += 30) });
    t.send({ type: 'room.leave', leavesRoom: true });
    t.send(start());
    await t.settle();
    expect(t.log.room).toEqual([true]);
    // Ten units; between the readings before and after one lie one or two others.
    expect(t.log.rests).toHaveLength(10);
    for (const ms of t.log.rests) expect([60, 90]).toContain(ms);
    const slow = setup({ clock: () => (time += 1000) });
    slow.send({ type: 'room.leave', leavesRoom: true });
    slow.send(start());
    await slow.settle();
    expect(new Set(slow.log.rests)).toEqual(new Set([400]));
    const quick = setup();
    quick.send(start());
    await quick.settle();
    expect(quick.log.rests).toEqual([]);
  });

  it('stops: closes the generator, keeps what was sent, ignores later commands', async () => {
    const t = setup();
    t.holdUnits();
    t.send(start());
    await t.settle();
    t.send({ type: 'run.stop', runId: 'a' });
    t.release();
    await t.settle();
    expect(t.phases()).toEqual(['running', 'stopped']);
    expect(t.log.returned).toBe(1);
    expect(t.log.units).toBe(0);
    t.send({ type: 'run.resume', runId: 'a' });
    t.send({ type: 'run.step', runId: 'other', anatomy: false });
    await t.settle();
    expect(t.phases()).toEqual(['running', 'stopped']);
  });

  it('a new start stops the old run first and disposes it once the new one has begun', async () => {
    const t = setup();
    t.holdUnits();
    t.send(start('a'));
    await t.settle();
    t.send(start('b'));
    t.release();
    await t.settle();
    expect(t.phases('a')).toEqual(['running', 'stopped']);
    expect(t.phases('b')).toEqual(['running', 'done']);
    expect(t.log.disposed).toBe(1);
  });

  it('a start that fails leaves the finished run to be tried', async () => {
    const t = setup();
    t.send(start('a'));
    await t.settle();
    t.send(start('b', false, 'gone'));
    await t.settle();
    const failed = t.messages.find((m) => m.type === 'run.failed');
    expect(failed).toMatchObject({ runId: 'b', error: { message: 'The imported file is gone.' } });
    expect(t.log.disposed).toBe(0);
    t.send({ type: 'probe.generate', requestId: 'r', runId: 'a', prompt: 'ok', temperature: 0, seed: 1 });
    await t.settle();
    expect(t.messages.at(-1)).toEqual({ type: 'probe.answer', requestId: 'r', before: reply, after: reply });
  });

  it('refuses probes while training, answers them when done, and survives one that throws', async () => {
    const t = setup();
    t.holdUnits();
    t.send(start());
    await t.settle();
    t.send({ type: 'probe.prompts', requestId: 'r1', runId: 'a', count: 2 });
    expect(t.messages.at(-1)).toMatchObject({ type: 'request.failed', requestId: 'r1' });
    t.release();
    await t.settle();
    t.send({ type: 'probe.generate', requestId: 'r2', runId: 'a', prompt: 'bad', temperature: 1, seed: 1 });
    t.send({ type: 'probe.prompts', requestId: 'r3', runId: 'a', count: 2 });
    t.send({ type: 'probe.prompts', requestId: 'r4', runId: 'elsewhere', count: 2 });
    await t.settle();
    const byId = (id: string) => t.messages.find((m) => 'requestId' in m && m.requestId === id);
    expect(byId('r2')).toMatchObject({ type: 'request.failed', error: { message: 'Unknown word “bad”.' } });
    expect(byId('r3')).toMatchObject({ prompts: [{ text: 'p0' }, { text: 'p1' }] });
    expect(byId('r4')).toMatchObject({ type: 'request.failed' });
  });

  it('tells a failure after the events before it, with a next step', async () => {
    const t = setup({
      events: async function* () {
        yield started;
        yield step(1);
        throw Object.assign(new Error('The forgetting loss became NaN.'), { next: 'Lower the learning rate.' });
      },
    });
    t.send(start());
    await t.settle();
    expect(t.steps()).toEqual([1]);
    expect(t.messages.at(-1)).toMatchObject({
      type: 'run.failed',
      error: { message: 'The forgetting loss became NaN.', next: 'Lower the learning rate.' },
    });
  });

  it('transfers typed arrays, each buffer once, and leaves views into shared buffers to be copied', async () => {
    const mask = [...fakeEvents('mask', { preset: 'tiny' })].filter((e) => e.type === 'mask')[0]!;
    const shared = new Float32Array(8);
    const t = setup({
      events: async function* () {
        yield started;
        yield mask;
        yield {
          type: 'log-ratios',
          stage: 'forgetting',
          records: [{ responseId: 1, logRatio: shared.subarray(0, 4) }],
        };
      },
    });
    t.send(start());
    await t.settle();
    const at = t.messages.findIndex((m) => m.type === 'run.events' && m.events.some((e) => e.type === 'mask'));
    expect(t.transfers[at]).toHaveLength(mask.type === 'mask' ? mask.tensors.length : -1);
    expect(t.transfers[at]).not.toContain(shared.buffer);
  });

  it('answers a failing import and a backend check; refuses a check of another backend during a run', async () => {
    const t = setup();
    t.send({ type: 'backend.check', requestId: 'b1', backend: 'cpu' });
    t.send({
      type: 'data.import',
      requestId: 'd1',
      file: new Blob([]),
      fileName: 'x',
      vocabularySize: 300,
      maxSequence: 9,
    });
    await t.settle();
    expect(t.messages).toContainEqual({ type: 'backend.report', requestId: 'b1', report });
    expect(t.messages.find((m) => m.type === 'request.failed')).toMatchObject({ requestId: 'd1' });
    t.holdUnits();
    t.send(start());
    await t.settle();
    t.send({ type: 'backend.check', requestId: 'b2', backend: 'cpu' });
    expect(t.messages.at(-1)).toMatchObject({ type: 'request.failed', requestId: 'b2' });
    t.release();
    await t.settle();
  });
});

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
