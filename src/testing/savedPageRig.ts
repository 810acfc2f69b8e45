// A page with a made-up worker over the real store of saved runs, in a storage that works or is refused; and runs that an earlier worker left.
import type { LogEntry, LogPhase } from '../core/bundle/runLog';
import { createMemory } from '../state/storage';
import { createStudio } from '../state/studio';
import { selectedRun } from '../state/studioState';
import type { Command, RunFailure, WorkerMessage } from '../worker/protocol';
import type { WorkerPort } from '../worker/trainerClient';
import { fakeEvents } from './fakeRun';
import { CONFIG, type Disk, pointOf } from './runStoreRig';

/** Wall time when the page begins. */
export const NOW = 1_700_000_060_000;

/** A page on a disk; null: its storage is refused. */
export function page(
  disk: Disk | null,
  stored = new Map<string, string>(),
  { quota = 1e9, asksPerson = false, refuses = false } = {},
) {
  const sent: Command[] = [];
  const later: (() => void)[] = [];
  const ports: WorkerPort[] = [];
  let persisted = 0;
  const clock = { page: 0, wall: NOW };
  const studio = createStudio('?preset=tiny', {
    createWorker: () => {
      const port: WorkerPort = {
        ...{ terminate: () => {}, onmessage: null, onerror: null, onmessageerror: null },
        postMessage: (message) => sent.push(message),
      };
      ports.push(port);
      return port;
    },
    createAtlas: () => ({ postMessage: () => {}, terminate: () => {}, onmessage: null, onerror: null }),
    memory: createMemory(() => ({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => stored.set(key, value),
    })),
    isolation: { by: 'host' },
    schedule: (publish) => publish(),
    now: () => clock.page,
    drawSeed: () => 4711,
    openShelf: () => Promise.reject(new Error('refused')),
    async openRunStore() {
      if (!disk) throw new DOMException('no storage here', 'SecurityError');
      const rooms = {
        estimate: async () => ({ usage: 5e6, quota }),
        persisted: async () => persisted > 0,
        persist: async () => ++persisted > 0 && !refuses,
      };
      return (await disk.openTab({ world: { rooms, asksPerson } })).store;
    },
    wallTime: () => clock.wall,
    after: (_, work) => later.push(work),
  });
  const say = (message: WorkerMessage) => ports.at(-1)!.onmessage!({ data: message } as MessageEvent);
  const { saved } = studio;
  return {
    ...{ studio, saved, sent, later, say, clock, stored },
    crash: () => ports.at(-1)!.onerror!({ message: 'boom' } as ErrorEvent),
    workers: () => ports.length,
    state: saved.store.getState,
    run: () => selectedRun(studio.store.getState())!,
    names: () => saved.store.getState().list?.runs.map(({ name }) => name),
    persisted: () => persisted,
  };
}

interface LeftOptions {
  /** Null: a new one. */
  id?: string | null;
  /** After its last save. */
  failed?: RunFailure;
}

/** A run that a worker has saved in the middle of its masks, and let go; gives its id. */
export async function left(
  disk: Disk,
  name: string,
  status: LogPhase = 'running',
  { id = null, failed }: LeftOptions = {},
): Promise<string> {
  const { store, die } = await disk.openTab();
  const writer = await store.create({ name, config: CONFIG, ...(id !== null && { id }) });
  const log: LogEntry[] = [{ at: 5, phase: 'running' }];
  log.push(...[...fakeEvents('mask', { preset: 'tiny' })].map((event, i) => ({ at: 10 + i, event })));
  writer.appendLog(log);
  await writer.commit({
    point: pointOf(log.filter((entry) => 'event' in entry).length),
    status,
    glance: { before: 41 },
  });
  if (failed) await writer.fail(failed);
  die();
  return writer.id;
}
