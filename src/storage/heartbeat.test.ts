// Who works on a run where there are no locks: seen by counting, whatever clocks and sleep do.
import 'fake-indexeddb/auto';
import { afterEach, expect, it, vi } from 'vitest';
import { CONFIG, createDisk, entriesOf, pointOf } from '../testing/runStoreRig';
import { BEAT, LOOKS } from './heartbeat';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A tab's waits, which end one by one when the test says so. */
function waits() {
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  return {
    asked,
    wait: (milliseconds: number) =>
      new Promise<void>((resolve) => {
        asked.push(milliseconds);
        waiting.push(resolve);
      }),
    /** One wait of each that is waiting is over. */
    async pass(): Promise<void> {
      for (const resolve of waiting.splice(0)) resolve();
      await settled();
    },
  };
}

/** The database's turns. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 12));

async function twoTabs() {
  const disk = createDisk();
  const [mine, yours] = [waits(), waits()];
  let now = 1e12;
  const clock = { now: () => now };
  const one = await disk.openTab({ hasLocks: false, world: { wait: mine.wait, ...clock } });
  const two = await disk.openTab({ hasLocks: false, world: { wait: yours.wait, ...clock } });
  const writer = await one.store.create({ name: 'a', config: CONFIG });
  writer.appendLog(entriesOf(0, 2));
  await writer.commit({ point: pointOf(2), status: 'running', glance: {} });
  const jump = (by: number): void => {
    now += by;
  };
  return { disk, one, two, mine, yours, writer, jump };
}

const outcome = (promise: Promise<unknown>): { said: string | null } => {
  const seen: { said: string | null } = { said: null };
  promise.then(
    () => {
      seen.said = 'mine';
    },
    (error: { kind: string }) => {
      seen.said = error.kind;
    },
  );
  return seen;
};

it('an owner that counts on is left alone, also when the clock jumps and after a sleep of both', async () => {
  const { two, mine, yours, jump } = await twoTabs();
  const asked = outcome(two.store.resume((await two.store.list()).runs[0]!.id));
  await settled();
  jump(-1e9);
  // A sleep: the other's waits are over before the owner has beaten again.
  await yours.pass();
  await yours.pass();
  jump(5e9);
  expect(asked.said).toBeNull();
  await mine.pass();
  await yours.pass();
  expect(asked.said).toBe('busy');
  expect(new Set([...mine.asked, ...yours.asked])).toEqual(new Set([BEAT]));
});

it('one that stands still is taken over after so many looks; its own save is refused when it wakes', async () => {
  const { two, one, mine, yours, writer } = await twoTabs();
  const resumed = two.store.resume(writer.id);
  const asked = outcome(resumed);
  await settled();
  for (let look = 0; look < LOOKS; look++) {
    expect(asked.said).toBeNull();
    await yours.pass();
  }
  await settled();
  expect(asked.said).toBe('mine');
  writer.appendLog(entriesOf(2, 3));
  const late = writer.commit({ point: pointOf(3), status: 'running', glance: {} });
  await expect(late).rejects.toMatchObject({ kind: 'busy' });
  const { writer: second } = await resumed;
  second.appendLog(entriesOf(2, 4));
  await second.commit({ point: pointOf(4), status: 'running', glance: {} });
  expect((await one.store.open(writer.id, { withPoint: true })).save.eventsTold).toBe(4);
  // The old owner's next beat finds that the run is another's, and its release leaves that as it is.
  await mine.pass();
  await writer.release();
  const third = outcome(one.store.resume(writer.id));
  await settled();
  await yours.pass();
  await mine.pass();
  expect(third.said).toBe('busy');
});

it('a run that was let go is free at once, a damaged record of who has it is no obstacle for long', async () => {
  const { disk, two, yours, writer } = await twoTabs();
  await writer.release();
  const { writer: second } = await two.store.resume(writer.id);
  await second.release();
  await disk.put('claims', writer.id, 'damaged');
  const asked = outcome(two.store.resume(writer.id));
  await settled();
  for (let look = 0; look < LOOKS; look++) await yours.pass();
  await settled();
  expect(asked.said).toBe('mine');
});
