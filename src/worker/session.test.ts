// The session with a made-up engine: order, pausing, coalescing, probes, failures. No tensor and no worker.
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../core/events';
import { FileError } from '../core/files/byteSource';
import type { Pace } from '../core/stages/ahead';
import { fakeEvents } from '../testing/fakeRun';
import { reply, report, setup, start, started, step } from '../testing/sessionRig';
import type { BroughtModel, Command } from './protocol';

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
      dataId: 'data-1',
      requestId: 'd1',
      file: new Blob([]),
      fileName: 'x',
      vocabularySize: 300,
      maxSequence: 9,
      mapping: null,
      modelId: null,
      recordsOnly: false,
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

  describe('a run from a bundle', () => {
    const file = (name: string) => ({ name, blob: new Blob([]) });
    const open = (requestId: string, runId: string, name: string): Command => ({
      ...{ type: 'probe.open', requestId, runId, file: file(name), backend: 'wasm' },
    });
    const ask = (requestId: string, runId: string): Command => ({
      ...{ type: 'probe.generate', requestId, runId, prompt: 'p', temperature: 0, seed: 1 },
    });

    it('is loaded once and asked, makes way for another one and for the next run', async () => {
      const t = setup();
      const of = (id: string) => t.messages.filter((message) => 'requestId' in message && message.requestId === id);
      t.send(open('o1', 'x', 'x.zip'));
      t.send(ask('a1', 'x'));
      t.send(open('o2', 'x', 'x.zip'));
      t.send(open('o3', 'y', 'bad.zip'));
      t.send(ask('a2', 'x'));
      await t.settle();
      expect([of('o1'), of('a1'), of('o2')].flat().map(({ type }) => type)).toEqual([
        ...['probe.opened', 'probe.answer', 'probe.opened'],
      ]);
      expect(of('o3')).toMatchObject([{ error: { message: 'bad.zip: does not hold the aligned model.' } }]);
      expect(of('a2')).toMatchObject([{ type: 'request.failed' }]);
      expect([t.log.opened, t.log.choices]).toEqual([['x.zip', 'not x.zip'], ['wasm']]);
      t.send(open('o4', 'z', 'z.zip'));
      await t.settle();
      t.send(start());
      t.send(open('o5', 'z', 'z.zip'));
      await t.settle();
      expect(of('o5')).toMatchObject([{ type: 'request.failed', error: { message: 'The model is being trained.' } }]);
      expect(t.log.opened.slice(2)).toEqual(['z.zip', 'not z.zip']);
      // The run that was made here is held beside it.
      t.send(open('o6', 'z', 'z.zip'));
      t.send(ask('a3', 'z'));
      t.send(ask('a4', 'a'));
      await t.settle();
      expect([of('a3'), of('a4')].flat().map(({ type }) => type)).toEqual(['probe.answer', 'probe.answer']);
    });
  });

  describe('models', () => {
    const files = [{ name: 'config.json', blob: new Blob(['{}']) }];
    const progress = { label: 'Reading', done: 1, total: 2, unit: 'bytes' } as const;

    it('are opened with progress, closed, and refused with what to do next', async () => {
      const model = { modelId: 'model-1', name: 'm' } as BroughtModel;
      const t = setup({
        openModel: async ({ name, onProgress }) => {
          if (name === 'bad') throw new FileError('config.json', 'is missing.');
          onProgress(progress);
          return model;
        },
      });
      t.send({ type: 'model.open', modelId: 'm1', requestId: 'm1', name: null, files });
      t.send({ type: 'model.open', modelId: 'm2', requestId: 'm2', name: 'bad', files });
      t.send({ type: 'model.close', modelId: 'model-0' });
      await t.settle();
      expect(t.messages).toContainEqual({ type: 'model.progress', requestId: 'm1', progress });
      expect(t.messages).toContainEqual({ type: 'model.opened', requestId: 'm1', model });
      const refused = t.messages.find((message) => 'requestId' in message && message.requestId === 'm2');
      expect(refused).toMatchObject({ type: 'request.failed', error: { message: 'config.json: is missing.' } });
      expect(t.log.closed).toEqual(['model-0']);
    });

    it('opening is given up when asked to', async () => {
      const t = setup({
        openModel: ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      });
      t.send({ type: 'model.open', modelId: 'm1', requestId: 'm1', name: null, files });
      await t.settle();
      expect(t.messages).toEqual([]);
      t.send({ type: 'request.cancel', requestId: 'm1' });
      t.send({ type: 'request.cancel', requestId: 'unknown' });
      await t.settle();
      expect(t.messages).toMatchObject([{ type: 'request.failed', requestId: 'm1', error: { message: 'Cancelled.' } }]);
    });

    it('are saved between units, not while the run works, and of the run that is held', async () => {
      const saved = { name: 'm', files: [], parameters: 2, changed: 1, roundedAway: 0 };
      const t = setup({
        save:
          async () =>
          async ({ onProgress }) => {
            onProgress(progress);
            return saved;
          },
      });
      t.send(start());
      t.send({ type: 'model.save', requestId: 's0', runId: 'a' });
      await t.settle();
      t.send({ type: 'model.save', requestId: 's1', runId: 'a' });
      t.send({ type: 'model.save', requestId: 's2', runId: 'b' });
      await t.settle();
      const of = (id: string) => t.messages.filter((message) => 'requestId' in message && message.requestId === id);
      expect(of('s0')).toMatchObject([{ type: 'request.failed', error: { message: 'The model is being trained.' } }]);
      expect(of('s1').map(({ type }) => type)).toEqual(['model.progress', 'model.saved']);
      expect(of('s1').at(-1)).toMatchObject({ saved });
      expect(of('s2')).toMatchObject([
        {
          type: 'request.failed',
          error: { message: 'The weights of this run are no longer in memory: run it again.' },
        },
      ]);
    });

    it('weights on their way to a run are told, and not waited for after a stop', async () => {
      const t = setup({
        load: ({ onProgress, signal }) => {
          onProgress(progress);
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
        },
      });
      t.send({ ...start(), modelId: 'model-1' } as Command);
      await t.settle();
      expect(t.messages).toContainEqual({ type: 'run.loading', runId: 'a', progress });
      t.send({ type: 'run.stop', runId: 'a' });
      await t.settle();
      expect(t.messages).toContainEqual({ type: 'run.loading', runId: 'a', progress: null });
      expect(t.phases()).toEqual(['running', 'stopped']);
      expect(t.messages.some(({ type }) => type === 'run.failed')).toBe(false);
    });
  });
});
