// Whose turn it is in the lab's queue: what is asked for first, what stays paused, what a stop drops, and what failures do to the rest.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { jobsOf, keyOf, settled, setupLab } from '../testing/labRig';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

const keys = (...seeds: number[]) => seeds.map(keyOf);

/** A lab that finds what an earlier visit left. */
async function revisited(...seeds: number[]) {
  setupLab().lab.run(jobsOf(...seeds));
  await settled();
  const t = setupLab();
  await settled();
  return t;
}

describe('stopping some jobs', () => {
  it('leaves the others: the one that runs goes on', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    t.lab.stop(keys(3, 9));
    await settled();
    expect([t.status(), t.jobs(), t.ports[0]!.isEnded]).toEqual(['running', ['1 running', '2 waiting'], false]);
    await t.finish(1);
    await t.finish(2);
    expect([t.status(), t.asked()]).toEqual(['idle', [1, 2]]);
  });

  it('ends the worker when the running one is dropped, and goes on with the next; a reload knows', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    t.lab.stop(keys(1, 2));
    await settled();
    expect([t.status(), t.jobs(), t.ports[0]!.isEnded, t.asked()]).toEqual(['running', ['3 running'], true, [1, 3]]);
    const after = setupLab();
    await settled();
    expect(after.jobs()).toEqual(['3 waiting']);
  });

  it('drops failed ones of these, and a paused queue stays paused', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    await t.fail(1);
    t.lab.pause();
    t.lab.stop(keys(1, 2));
    expect([t.status(), t.jobs()]).toEqual(['paused', ['3 waiting']]);
  });
});

describe('jobs that are asked for', () => {
  it('go before what waits, after what runs', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    t.lab.run(jobsOf(7, 3));
    expect(t.jobs()).toEqual(['1 running', '7 waiting', '3 waiting', '2 waiting']);
    for (const seed of [1, 7, 3, 2]) await t.finish(seed);
    expect([t.status(), t.asked()]).toEqual(['idle', [1, 7, 3, 2]]);
  });

  it('leave paused what an earlier visit left, until it is resumed', async () => {
    const t = await revisited(1, 2);
    expect([t.status(), t.jobs()]).toEqual(['paused', ['1 waiting', '2 waiting']]);
    t.lab.run(jobsOf(7));
    await settled();
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['running', ['7 running', '1 waiting', '2 waiting'], [7]]);
    expect(t.state().queue.jobs.map(({ isHeld = false }) => isHeld)).toEqual([false, true, true]);
    await t.finish(7);
    expect([t.status(), t.jobs(), t.asked()]).toEqual(['paused', ['7 done', '1 waiting', '2 waiting'], [7]]);
    t.lab.resume();
    await settled();
    await t.finish(1);
    await t.finish(2);
    expect([t.status(), t.asked()]).toEqual(['idle', [7, 1, 2]]);
  });

  it('are all that goes on of a paused queue; “resume” meanwhile releases the rest', async () => {
    const t = await revisited(1, 2, 3);
    t.lab.run(jobsOf(2));
    await settled();
    expect(t.jobs()).toEqual(['2 running', '1 waiting', '3 waiting']);
    t.lab.resume();
    await t.finish(2);
    expect([t.status(), t.jobs()]).toEqual(['running', ['2 done', '1 running', '3 waiting']]);
  });

  it('that are all known begin nothing', async () => {
    const t = await revisited(1, 2);
    t.lab.run(jobsOf(5));
    await settled();
    await t.finish(5);
    t.lab.run(jobsOf(5));
    await settled();
    expect([t.status(), t.asked()]).toEqual(['paused', [5]]);
  });

  it('before an earlier visit’s are loaded leave those paused, too', async () => {
    setupLab().lab.run(jobsOf(1));
    await settled();
    const t = setupLab();
    t.lab.run(jobsOf(7));
    await settled();
    expect([t.jobs(), t.asked()]).toEqual([['7 running', '1 waiting'], [7]]);
    await t.finish(7);
    expect([t.status(), t.asked()]).toEqual(['paused', [7]]);
  });
});

describe('failures', () => {
  it('two in a row pause the queue and say so; a success between is a new start', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3, 4, 5, 6));
    await settled();
    await t.fail(1);
    await t.finish(2);
    await t.fail(3);
    expect([t.status(), t.state().queue.reason]).toEqual(['running', undefined]);
    await t.fail(4);
    expect([t.status(), t.asked()]).toEqual(['paused', [1, 2, 3, 4]]);
    expect(t.state().queue.reason).toMatch(/^Two jobs in a row have failed/);
    t.lab.resume();
    await settled();
    expect([t.status(), t.state().queue.reason]).toEqual(['running', undefined]);
    await t.fail(5);
    expect(t.status()).toBe('running');
  });

  it('can be tried again all at once, before what waits', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1, 2, 3));
    await settled();
    await t.fail(1);
    await t.fail(2);
    t.lab.retry(keys(1, 2, 3));
    await settled();
    expect([t.status(), t.jobs()]).toEqual(['running', ['1 running', '2 waiting', '3 waiting']]);
    await t.finish(1);
    await t.finish(2);
    expect([t.status(), t.asked()]).toEqual(['paused', [1, 2, 1, 2]]);
  });

  it('stay to be tried again when something else is run, and after a reload', async () => {
    const t = setupLab();
    t.lab.run(jobsOf(1));
    await settled();
    await t.fail(1);
    t.lab.run(jobsOf(2));
    await settled();
    expect(t.jobs()).toEqual(['1 failed', '2 running']);
    await t.finish(2);
    const after = setupLab();
    await settled();
    expect([after.status(), after.jobs()]).toEqual(['paused', ['1 waiting']]);
  });
});

it('the time left is known after a reload from what was computed before', async () => {
  const before = setupLab();
  before.lab.run(jobsOf(1, 2, 3));
  await settled();
  await before.finish(1);
  const t = setupLab();
  await settled();
  // The made-up result took 10 s, and the two that are left cost as much each.
  expect([t.status(), t.state().queue.secondsLeft]).toEqual(['paused', 20]);
  t.lab.run(jobsOf(7));
  await settled();
  // What stays paused is no part of it.
  expect(t.state().queue.secondsLeft).toBeCloseTo(10, 9);
});
