// Two tabs and one kept queue: what an open tab has is not offered or dropped by another; what a closed one leaves is.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, it, vi } from 'vitest';
import { createTabs, jobsOf, keyOf, settled, setupLab } from '../testing/labRig';
import { openLabShelf } from './labShelf';

beforeEach(() => {
  vi.stubGlobal('indexedDB', new IDBFactory());
});

const keptSeeds = async (): Promise<number[]> =>
  (await (await openLabShelf('allo-studio')).readJobs()).map(({ job }) => job.config.seed).sort();

async function besideRunning(...seeds: number[]) {
  const tabs = createTabs();
  const a = setupLab({}, tabs);
  a.lab.run(jobsOf(...seeds));
  await settled();
  const b = setupLab({}, tabs);
  await settled();
  return { tabs, a, b };
}

it('a tab does not offer what another works on, and a stop in it takes nothing from the other', async () => {
  const { a, b, tabs } = await besideRunning(1, 2, 3);
  expect([b.status(), b.jobs(), b.state().queue.elsewhere]).toEqual(['idle', [], 3]);
  b.lab.stop();
  b.lab.stop([1, 2, 3].map(keyOf));
  await settled();
  expect(await keptSeeds()).toEqual([1, 2, 3]);
  await a.finish(1);
  expect(b.state().queue.elsewhere).toBe(2);
  await a.close();
  const again = setupLab({}, tabs);
  await settled();
  expect([again.status(), again.jobs()]).toEqual(['paused', ['2 waiting', '3 waiting']]);
});

it('what both have asked for stays kept for the one when the other drops it', async () => {
  const { a, b } = await besideRunning(1, 2);
  b.lab.run(jobsOf(1, 2, 5));
  await settled();
  expect([b.asked(), b.jobs()]).toEqual([[2], ['1 waiting', '2 running', '5 waiting']]);
  expect(a.state().queue.elsewhere).toBe(1);
  b.lab.stop();
  await settled();
  expect(await keptSeeds()).toEqual([1, 2]);
  expect([a.jobs(), a.state().queue.elsewhere, b.state().queue.elsewhere]).toEqual([
    ['1 running', '2 waiting'],
    undefined,
    2,
  ]);
});

it('hears of what another tab begins, is done with and drops', async () => {
  const { a, b } = await besideRunning(1);
  a.lab.run(jobsOf(2, 3, 4));
  await settled();
  expect(b.state().queue.elsewhere).toBe(4);
  await a.finish(1);
  expect(b.state().queue.elsewhere).toBe(3);
  a.lab.stop();
  await settled();
  expect(b.state().queue.elsewhere).toBeUndefined();
});

it('a closed tab’s queue is offered by those that are open; the one that begins it has it alone', async () => {
  const { a, b, tabs } = await besideRunning(1, 2);
  const c = setupLab({}, tabs);
  await settled();
  await a.close();
  for (const t of [b, c]) expect([t.status(), t.jobs()]).toEqual(['paused', ['1 waiting', '2 waiting']]);
  c.lab.resume();
  await settled();
  expect([b.status(), b.jobs(), b.state().queue.elsewhere]).toEqual(['idle', [], 2]);
  expect(c.asked()).toEqual([1]);
});

it('what is offered is gone everywhere when one tab drops it', async () => {
  const { a, b, tabs } = await besideRunning(1, 2);
  const c = setupLab({}, tabs);
  await settled();
  await a.close();
  b.lab.stop();
  await settled();
  expect([c.status(), c.jobs(), await keptSeeds()]).toEqual(['idle', [], []]);
});
