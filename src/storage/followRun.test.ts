// A run that is read on while another tab saves it: bit for bit what reading it anew gives, and no portion of its log is read twice.
import 'fake-indexeddb/auto';
import { afterEach, expect, it, vi } from 'vitest';
import type { LogEntry } from '../core/bundle/runLog';
import { nextTurn } from '../testing/realTimers';
import { bitsOf, CONFIG, createDisk, type Disk, entriesOf, pointOf } from '../testing/runStoreRig';
import { type Reached, reachedBy } from './followRun';
import type { RunWriter } from './runWriter';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

/** Reads of log portions from here on. */
function portionsRead(): { count: number } {
  const read = { count: 0 };
  const original = IDBObjectStore.prototype.get;
  vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(function (this: IDBObjectStore, key) {
    if (this.name === 'chunks') read.count++;
    return original.call(this, key);
  });
  return read;
}

const save = async (writer: RunWriter, from: number, to: number) => {
  writer.appendLog(entriesOf(from, to));
  return writer.commit({ point: pointOf(to, 50), status: 'running', glance: {} });
};

async function twoTabs(events: number) {
  const disk = createDisk();
  const [holder, viewer] = [await disk.openTab(), await disk.openTab()];
  const writer = await holder.store.create({ name: 'one', config: CONFIG });
  await save(writer, 0, events);
  const loaded = await viewer.store.open(writer.id, { withPoint: false });
  return { disk, holder, viewer, writer, loaded };
}

it('reads of every save only what is new, however many there were', async () => {
  const { viewer, writer, loaded } = await twoTabs(4);
  const log: LogEntry[] = [...loaded.log];
  let reached: Reached = reachedBy(loaded);
  const read = portionsRead();
  for (let save_ = 1; save_ <= 20; save_++) {
    await save(writer, 4 * save_, 4 * save_ + 4);
    // Two saves at a time, too.
    if (save_ % 5 === 1) continue;
    const more = (await viewer.store.follow(writer.id, reached))!;
    log.push(...more.log);
    expect([more.problems, more.header.seq, more.reached.eventsTold]).toEqual([[], more.reached.seq, 4 * save_ + 4]);
    reached = more.reached;
  }
  expect(read.count).toBe(20);
  const again = (await viewer.store.follow(writer.id, reached))!;
  expect([again.log, again.reached]).toEqual([[], reached]);
  expect(read.count).toBe(20);
  const anew = await viewer.store.open(writer.id, { withPoint: false });
  expect(bitsOf(log)).toEqual(bitsOf(anew.log));
  expect(bitsOf(log)).toEqual(bitsOf(entriesOf(0, 84)));
  expect(reachedBy(anew)).toEqual(reached);
});

/** As a power cut leaves a file. */
function spoil(disk: Disk, part: string): void {
  for (const path of disk.files.paths().filter((one) => one.includes(part)))
    disk.files.write(path, disk.files.read(path).slice(1));
}

it('says so where the run went back to an earlier save than was read', async () => {
  const { disk, holder, viewer, writer, loaded } = await twoTabs(4);
  const [first] = (await save(writer, 4, 8)).saves;
  const reached = (await viewer.store.follow(writer.id, reachedBy(loaded)))!.reached;
  holder.die();
  spoil(disk, first!.point.name);
  const next = await disk.openTab();
  const resumed = await next.store.resume(writer.id);
  expect(resumed.run.save.eventsTold).toBe(4);
  // Its log has other portions of the same numbers from here on.
  resumed.writer.appendLog(entriesOf(4, 30));
  await resumed.writer.commit({ point: pointOf(30, 50), status: 'running', glance: {} });
  expect(await viewer.store.follow(writer.id, reached)).toBeNull();
  const anew = await viewer.store.open(writer.id, { withPoint: false });
  expect(await viewer.store.follow(writer.id, reachedBy(anew))).toMatchObject({ log: [] });
});

it('is refused by name where the run was deleted, or what is new of it is damaged', async () => {
  const { disk, holder, viewer, writer, loaded } = await twoTabs(4);
  await save(writer, 4, 8);
  const key = [writer.id, 1];
  await disk.put('chunks', key, { ...((await disk.get('chunks', key)) as object), entries: 'none' });
  await expect(viewer.store.follow(writer.id, reachedBy(loaded))).rejects.toMatchObject({ kind: 'damaged' });
  holder.die();
  await viewer.store.remove(writer.id);
  await expect(viewer.store.follow(writer.id, reachedBy(loaded))).rejects.toMatchObject({ kind: 'gone' });
});

it.each([true, false])('knows which runs a tab has, locks: %s', async (hasLocks) => {
  const disk = createDisk();
  const wait = () => new Promise<void>((resolve) => setTimeout(resolve, 20));
  const mine = await disk.openTab({ hasLocks, world: { wait } });
  const yours = await disk.openTab({
    hasLocks,
    world: { wait: () => new Promise((resolve) => setTimeout(resolve, 80)) },
  });
  expect([...(await yours.store.taken())]).toEqual([]);
  const writer = await mine.store.create({ name: 'one', config: CONFIG });
  await save(writer, 0, 4);
  expect([...(await yours.store.taken())]).toEqual([writer.id]);
  // Asking has claimed nothing.
  await expect(yours.store.resume(writer.id)).rejects.toMatchObject({ kind: 'busy' });
  await writer.release();
  expect([...(await yours.store.taken())]).toEqual([]);
  await (await mine.store.resume(writer.id)).writer.release();
});

it('takes no run for another tab’s that this one is only clearing up', async () => {
  const disk = createDisk();
  const { store } = await disk.openTab();
  const writer = await store.create({ name: 'one', config: CONFIG });
  await save(writer, 0, 4);
  await writer.release();
  const seen: string[] = [];
  let isSwept = false;
  const sweeping = store.sweep().then(() => {
    isSwept = true;
  });
  while (!isSwept) {
    seen.push(...(await store.taken()));
    await nextTurn();
  }
  await sweeping;
  expect(seen).toEqual([]);
});

it('of counted claims, one that stands still is nobody’s', async () => {
  const disk = createDisk();
  const { store } = await disk.openTab({
    hasLocks: false,
    world: { wait: () => new Promise((resolve) => setTimeout(resolve, 20)) },
  });
  await store.list();
  await disk.put('claims', 'left', { owner: 'x', beat: 7 });
  await disk.put('claims', 'damaged', 'x');
  expect([...(await store.taken())]).toEqual([]);
});
