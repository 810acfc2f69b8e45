// A run that goes on while a point of it is being written down: the save holds what had been told by then, no more and no less.
import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import type { LogEntry } from '../core/bundle/runLog';
import { CONFIG, createDisk, entriesOf, pointOf } from '../testing/runStoreRig';

const progress = (done: number): LogEntry => ({
  at: 100 + done,
  event: { type: 'stage.progress', stage: 'sft', label: `answer ${done}`, done, total: 9, tokens: 0 },
});

it('reports of progress that a point has counted stay, those after it are replaced', async () => {
  const disk = createDisk();
  const { store, die } = await disk.openTab();
  const writer = await store.create({ name: 'one', config: CONFIG });
  writer.appendLog([...entriesOf(0, 1), progress(1), progress(2)]);
  writer.mark();
  // Told while the point is written down.
  writer.appendLog([progress(3), progress(4)]);
  await writer.commit({ point: pointOf(3), status: 'running', glance: {} });
  const first = await store.open(writer.id, { withPoint: true });
  expect([first.save.eventsTold, first.problems]).toEqual([3, []]);
  expect(first.log.slice(1)).toEqual([progress(2)]);

  writer.mark();
  writer.appendLog([progress(5)]);
  await writer.commit({ point: pointOf(5), status: 'running', glance: {} });
  writer.appendLog([progress(6), ...entriesOf(1, 2)]);
  writer.mark();
  await writer.commit({ point: pointOf(8), status: 'paused', glance: {} });
  die();
  const { run } = await (await disk.openTab()).store.resume(writer.id);
  expect([run.save.eventsTold, run.problems]).toEqual([8, []]);
  expect(run.log.slice(1)).toEqual([progress(2), progress(4), progress(6), ...entriesOf(1, 2)]);
});
