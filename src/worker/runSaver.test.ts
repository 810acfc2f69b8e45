// When a run is saved and what is told of it, with a made-up writer and a clock of our own.
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';
import { PointRefused } from '../core/stages/resume/point';
import { busyError, storageError } from '../storage/storageError';
import { pointOf } from '../testing/runStoreRig';
import { headerOf, PIECE, saverRig } from '../testing/saverRig';
import { started, step } from '../testing/sessionRig';

const stageDone: RunEvent = {
  ...{ type: 'stage.done', memoryBytes: null },
  summary: { name: 'warm-up', steps: 9, seconds: 1, firstLoss: 1, lastLoss: 0.1 },
};
const full = () => storageError(new DOMException('no room', 'QuotaExceededError'));

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a run is saved', () => {
  it('at its start, at the end of a stage, when it rests and when it is asked for', async () => {
    const t = saverRig();
    t.saver.phase('running');
    t.saver.tell(started);
    t.saver.between(1);
    await t.units(3, 100);
    expect(t.commits.map(({ point }) => point.eventsTold)).toEqual([1]);
    expect(t.told.marks).toEqual([1]);
    t.saver.tell(stageDone);
    t.saver.between(1);
    await settled();
    t.saver.tell(step(4));
    t.saver.ask();
    t.saver.between(1);
    await settled();
    t.saver.tell(step(5));
    t.saver.phase('paused');
    await t.saver.save();
    await settled();
    expect(t.commits.map(({ point, status }) => [point.eventsTold, status])).toEqual([
      ...[[1, 'running'] as const, [5, 'running'] as const, [6, 'running'] as const, [7, 'paused'] as const],
    ]);
    expect(t.commits.at(-1)!.glance).toEqual({ loss: 1 / 5 });
    expect(t.messages.at(-1)).toEqual({
      ...{ type: 'run.saved', runId: 'a', savedId: 's', savedAt: 7, bytes: 100, held: { longest: 0, sum: 0 } },
      place: { stage: 'sft', done: 7, total: 100 },
    });
  });

  it.each([
    ['every five seconds where it costs next to nothing', {}, 12],
    ['in a twentieth of its time where it costs something', { held: 10, stored: 590 }, 6],
    ['the same where writing the point down takes long', { held: 590, stored: 10 }, 5],
  ])('%s', async (_, cost, wanted) => {
    const t = saverRig(cost);
    await t.units(600, 100);
    expect(t.commits).toHaveLength(wanted);
    t.pass(200_000);
    await t.units(100, 1);
    expect(t.commits).toHaveLength(wanted + 1);
  });

  it('not while a save is under way; what was asked for meanwhile comes after it', async () => {
    const t = saverRig();
    let open = () => {};
    t.gate = new Promise((resolve) => {
      open = resolve;
    });
    await t.units(1, 100);
    t.saver.ask();
    await t.units(200, 100);
    expect([t.told.points, t.commits.length]).toEqual([1, 1]);
    expect(t.saver.wantsPoint()).toBe(false);
    open();
    await settled();
    expect(t.saver.wantsPoint()).toBe(true);
    await t.units(1, 100);
    // The 20 seconds in which the run worked are none that the save took: the next one is due after five.
    await t.units(49, 100);
    expect(t.commits).toHaveLength(2);
    await t.units(2, 100);
    expect(t.commits.map(({ point }) => point.eventsTold)).toEqual([1, 202, 252]);
  });

  it('not again when nothing has happened since; who asks is told of the last save', async () => {
    const t = saverRig();
    t.saver.phase('paused');
    t.saver.tell(step(1));
    await t.saver.save();
    await settled();
    t.saver.ask();
    await t.saver.save();
    expect([t.told.points, t.saved()]).toEqual([1, 2]);
    t.saver.touch();
    await t.saver.save();
    expect(t.told.points).toBe(2);
  });

  it('at the next unit that is not ahead', async () => {
    const t = saverRig();
    t.refusal = new PointRefused('ahead', 'A step is under way.');
    await t.units(2, 100);
    expect([t.told.points, t.commits.length, t.saver.wantsPoint()]).toEqual([2, 0, true]);
    t.refusal = null;
    await t.units(2, 100);
    expect([t.told.points, t.commits.length, t.trouble().length]).toEqual([3, 1, 0]);
  });

  it('until it ends: then others can have it, once the last save is there', async () => {
    const t = saverRig();
    let open = () => {};
    t.gate = new Promise((resolve) => {
      open = resolve;
    });
    t.saver.tell(step(1));
    await t.saver.save();
    const ended = t.saver.end();
    await settled();
    expect(t.released).toBe(0);
    open();
    await Promise.all([ended, t.saver.end()]);
    expect([t.released, t.saved()]).toEqual([1, 1]);
    t.saver.tell(step(2));
    t.saver.ask();
    await t.saver.save();
    expect([t.told.points, t.log.length]).toEqual([1, 1]);
  });
});

describe('a run is not held up', () => {
  it.each([
    [20, 8],
    [200, 10],
    [3000, 16],
  ])('by more than a little between units of %i ms, however much there is to write down', async (unit, most) => {
    const t = saverRig({ held: 400 });
    t.saver.phase('running');
    await t.units(1200, unit);
    const saves = t.messages.flatMap((message) => (message.type === 'run.saved' ? [message.held] : []));
    expect(saves.length).toBeGreaterThan(1);
    for (const { longest, sum } of saves) {
      expect(longest).toBeGreaterThan(0);
      expect(longest).toBeLessThan(most + PIECE);
      expect(sum).toBe(400);
    }
  });

  it('in the middle of a unit that waits: it has twice as long as each stretch for itself', async () => {
    const t = saverRig({ held: 400 });
    t.rested = Promise.resolve();
    t.saver.phase('running');
    t.saver.tell(step(1));
    t.saver.between(100);
    for (let round = 0; round < 100 && t.saved() === 0; round++) await settled();
    expect(t.messages.at(-1)).toMatchObject({ type: 'run.saved', held: { longest: 8, sum: 400 } });
    expect(t.told.rests).toEqual(Array(50).fill(16));
  });

  it('for long where somebody asks, who may be gone soon: it has its turns', async () => {
    const t = saverRig({ held: 400 });
    t.saver.phase('running');
    t.saver.tell(step(1));
    t.saver.between(100);
    for (let round = 0; round < 10; round++) await settled();
    expect([t.told.rests.length, t.saved()]).toEqual([1, 0]);
    t.saver.ask();
    for (let round = 0; round < 100 && t.saved() === 0; round++) await settled();
    expect([t.told.rests.length, t.saved()]).toEqual([1, 1]);
    expect(t.messages.at(-1)).toMatchObject({ type: 'run.saved', held: { longest: 8, sum: 400 } });

    // The one that was asked for hurries too; the one after it does not.
    await t.units(1, 100);
    for (let round = 0; round < 100 && t.saved() === 1; round++) await settled();
    expect([t.told.rests.length, t.saved()]).toEqual([1, 2]);
    t.pass(60_000);
    await t.units(1, 100);
    for (let round = 0; round < 10; round++) await settled();
    expect([t.told.rests.length, t.saved()]).toEqual([2, 2]);
  });

  it('by what is written down while it rests; it goes on before that is there', async () => {
    const t = saverRig({ held: 400 });
    t.saver.phase('running');
    t.saver.tell(step(1));
    t.saver.phase('paused');
    const save = t.saver.save();
    await settled();
    expect([t.told.points, t.commits.length]).toEqual([1, 0]);
    await save;
    await settled();
    expect(t.messages.at(-1)).toMatchObject({ type: 'run.saved', held: { longest: 0, sum: 0 } });
  });
});

describe('a save that is under way', () => {
  it('is stored as it was when it was taken, though the run has rested since; then the rest is', async () => {
    const t = saverRig({ held: 100 });
    t.saver.phase('running');
    await t.units(2, 100);
    expect(t.commits).toHaveLength(0);
    t.saver.phase('paused');
    await t.saver.save();
    await settled();
    expect(t.commits.map(({ point, status }) => [point.eventsTold, status])).toEqual([
      [1, 'running'],
      [2, 'paused'],
    ]);
  });

  it('is stored whole when the run fails or is stopped meanwhile, and others wait for it', async () => {
    const t = saverRig({ held: 100 });
    await t.units(2, 100);
    const ended = t.saver.end();
    expect([t.commits.length, t.released]).toEqual([0, 0]);
    await ended;
    expect([t.commits.length, t.released]).toEqual([1, 1]);
  });

  it('and cannot be written down is none: that is told, and tried again later', async () => {
    const t = saverRig({ held: 100 });
    t.unwritten = new PointRefused('not finite', 'A weight is NaN.');
    await t.units(20, 100);
    expect([t.commits.length, t.trouble(), await t.saver.hasSave()]).toEqual([0, ['not finite'], false]);
    t.unwritten = null;
    await t.units(320, 100);
    expect([t.commits.length, await t.saver.hasSave()]).toEqual([1, true]);
  });
});

describe('trouble', () => {
  it('is told once a kind, tried again after a while, and told anew to whoever asks and after a save that worked', async () => {
    const t = saverRig();
    t.fault = full();
    await t.units(1, 100);
    expect([await t.saver.hasSave(), t.trouble()]).toEqual([false, ['full']]);
    await t.units(290, 100);
    expect(t.commits).toHaveLength(1);
    await t.units(20, 100);
    expect([t.commits.length, t.trouble()]).toEqual([2, ['full']]);
    t.saver.ask();
    await t.units(1, 100);
    expect(t.trouble()).toEqual(['full', 'full']);
    t.fault = new Error('no JSON');
    t.saver.ask();
    await t.units(1, 100);
    expect(t.trouble()).toEqual(['full', 'full', 'other']);
    t.fault = null;
    t.saver.ask();
    await t.units(1, 100);
    expect([await t.saver.hasSave(), t.saved()]).toEqual([true, 1]);
    t.fault = full();
    t.saver.ask();
    await t.units(1, 100);
    expect(t.trouble()).toEqual(['full', 'full', 'other', 'full']);
    expect(await t.saver.hasSave()).toBe(true);
    expect(t.messages.find(({ type }) => type === 'run.saveTrouble')).toMatchObject({
      error: { message: 'The browser’s storage is full.', next: expect.stringContaining('Delete saved runs') },
    });
  });

  it('a number that is not finite is not saved, the last good point stays', async () => {
    const t = saverRig();
    await t.units(1, 100);
    t.refusal = new PointRefused('not finite', 'A weight is NaN.');
    t.saver.ask();
    await t.units(400, 100);
    expect([t.commits.length, t.trouble(), await t.saver.hasSave()]).toEqual([1, ['not finite'], true]);
    expect(t.told.points).toBe(3);
  });

  it('a run that another tab has taken is left to it', async () => {
    const t = saverRig();
    await t.units(1, 100);
    t.fault = busyError();
    t.saver.ask();
    await t.units(1, 100);
    t.saver.ask();
    await t.units(900, 100);
    expect([t.commits.length, t.trouble(), await t.saver.hasSave()]).toEqual([2, ['busy'], false]);
  });
});

describe('times', () => {
  it('of events within 100 ms are one, and go on where the log ended', async () => {
    const log: LogEntry[] = [
      { at: 500, event: started },
      { at: 777, phase: 'running' },
    ];
    const header = headerOf({ point: pointOf(1, 8), status: 'running', glance: {} });
    const t = saverRig({ before: { header, log } });
    t.saver.phase('running');
    t.pass(40);
    t.saver.tell(step(1));
    t.pass(50);
    t.saver.tell(step(2));
    t.pass(20);
    t.saver.tell(step(3));
    t.saver.phase('paused');
    expect(t.log.map(({ at }) => at)).toEqual([777, 777, 777, 887, 887]);
  });

  it('a run that is gone on with is not saved again at once', async () => {
    const header = headerOf({ point: pointOf(0, 8), status: 'running', glance: {} });
    const t = saverRig({ before: { header, log: [] } });
    expect(await t.saver.hasSave()).toBe(true);
    await t.units(49, 100);
    expect(t.told.points).toBe(0);
    await t.units(2, 100);
    expect(t.told.points).toBe(1);
  });
});
