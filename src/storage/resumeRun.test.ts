// Going on with a run that somebody still has: whoever is on its way out is waited for, whoever works is not disturbed.
import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { CONFIG, createDisk, entriesOf, pointOf } from '../testing/runStoreRig';
import { LEAVING } from './resumeRun';

const wall = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A run that one tab has, and another tab whose pauses between tries are counted; `during` is what happens in the first of them. */
async function met(during: (held: Awaited<ReturnType<typeof holder>>) => unknown) {
  const disk = createDisk();
  const held = await holder(disk);
  let pauses = 0;
  const wait = async (milliseconds: number): Promise<void> => {
    if (milliseconds !== LEAVING.pause) return wall(milliseconds);
    if (pauses++ === 0) await during(held);
    await wall(1);
  };
  const { store } = await disk.openTab({ world: { wait } });
  return { held, store, pauses: () => pauses };
}

async function holder(disk: ReturnType<typeof createDisk>) {
  const tab = await disk.openTab();
  const writer = await tab.store.create({ name: 'mine', config: CONFIG });
  writer.appendLog(entriesOf(0, 2));
  await writer.commit({ point: pointOf(2), status: 'running', glance: {} });
  return { ...tab, writer };
}

it('waits for a worker that was ended and still holds the run', async () => {
  const { held, store, pauses } = await met(({ die }) => die());
  const { run } = await store.resume(held.writer.id);
  expect(run.log).toHaveLength(2);
  expect(pauses()).toBeLessThanOrEqual(2);
});

it('gives up at once where a save shows that somebody works, even if the run is free by then', async () => {
  const { held, store, pauses } = await met(async ({ writer }) => {
    writer.appendLog(entriesOf(2, 3));
    await writer.commit({ point: pointOf(3), status: 'done', glance: {} });
    await writer.release();
  });
  await expect(store.resume(held.writer.id)).rejects.toMatchObject({ kind: 'busy' });
  expect(pauses()).toBe(1);
  // Nothing is held on to.
  expect((await store.resume(held.writer.id)).run.log).toHaveLength(3);
});

it('gives up in the end', async () => {
  const { held, store, pauses } = await met(() => {});
  await expect(store.resume(held.writer.id)).rejects.toMatchObject({ kind: 'busy' });
  expect(pauses()).toBe(LEAVING.tries);
});
