// Saved runs without a browser: one storage, tabs that come and go on it, and made-up runs whose every save is known bit for bit.
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { vi } from 'vitest';
import type { LogEntry } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';
import { crc32 } from '../core/files/crc32';
import { presetConfig } from '../core/presets';
import { LEAVING } from '../storage/resumeRun';
import { openRunStore, type RunStore, type StoreOptions } from '../storage/runStore';
import type { Channel, Locks, World } from '../storage/world';
import { type MemoryFiles, memoryFiles } from './memoryFiles';
import { sleep } from './realTimers';
import { createFaults, type Faults } from './storageFaults';

export const CONFIG = presetConfig('tiny', 'qa');

/** Where large arrays go: a worker's files, a page's, or the database. */
export const PLACES = ['worker', 'page', 'database'] as const;
export type PlaceKind = (typeof PLACES)[number];

export interface Tab {
  store: RunStore;
  faults: Faults;
  /** The tab is closed or its process is gone: nothing it holds is held any more. */
  die(): void;
}

export interface TabOptions extends Pick<StoreOptions, 'migrations'> {
  place?: PlaceKind | 'readable';
  hasLocks?: boolean;
  /** Changes to the rest of the world. */
  world?: Partial<World>;
  /** The world as the tab meets it. */
  within?: (world: World) => World;
}

export interface Disk {
  files: MemoryFiles;
  openTab(options?: TabOptions): Promise<Tab>;
  /** Names of the stored files, and keys of the stored log portions and pieces. */
  contents(): Promise<{ files: string[]; chunks: IDBValidKey[]; pieces: IDBValidKey[]; runs: IDBValidKey[] }>;
  get(store: string, key: IDBValidKey): Promise<unknown>;
  put(store: string, key: IDBValidKey, value: unknown): Promise<void>;
}

export const DATABASE = 'allo-runs-test';

/** A storage of its own; the process has one IndexedDB, the last disk's. */
export function createDisk(): Disk {
  vi.stubGlobal('indexedDB', new IDBFactory());
  const files = memoryFiles();
  const held = new Set<string>();
  const channels = new Set<Channel>();
  const locksOf = (mine: Map<string, () => void>): Locks => ({
    async request(name, _, whileHeld) {
      if (held.has(name)) return whileHeld(null);
      held.add(name);
      const drop = (): void => {
        held.delete(name);
        mine.delete(name);
      };
      mine.set(name, drop);
      try {
        return await whileHeld({});
      } finally {
        if (mine.get(name) === drop) drop();
      }
    },
    query: async () => ({ held: [...held].map((name) => ({ name })) }),
  });
  const openChannel = (): Channel => {
    const channel: Channel = {
      onmessage: null,
      postMessage(data) {
        if (!channels.has(channel)) throw new DOMException('the channel is closed', 'InvalidStateError');
        for (const other of channels) if (other !== channel) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => void channels.delete(channel),
    };
    channels.add(channel);
    return channel;
  };
  const raw = async <T>(work: (db: Awaited<ReturnType<typeof openDB>>) => Promise<T>): Promise<T> => {
    const db = await openDB(DATABASE);
    try {
      return await work(db);
    } finally {
      db.close();
    }
  };
  return {
    files,
    async openTab({ place = 'worker', hasLocks = true, world = {}, within = (same: World) => same, migrations } = {}) {
      const faults = createFaults();
      const mine = new Map<string, () => void>();
      let ticks = 0;
      const store = await openRunStore({
        database: DATABASE,
        ...(migrations && { migrations }),
        world: within({
          root: place === 'database' ? null : files.root(faults, place),
          locks: hasLocks ? locksOf(mine) : null,
          ...{ openChannel, rooms: null, asksPerson: false, now: () => 1_700_000_000_000, ticks: () => ticks++ },
          // Nobody is on the way out for long here.
          wait: (milliseconds) => sleep(milliseconds === LEAVING.pause ? 1 : milliseconds),
          turn: async () => {},
          grain: { file: 50_000, database: 60_000 },
          ...world,
        }),
      });
      const die = (): void => {
        faults.isDead = true;
        for (const drop of [...mine.values()]) drop();
      };
      faults.onDeath = die;
      return { store, faults, die };
    },
    contents: async () => ({
      files: files.paths().filter((path) => !path.endsWith('/probe')),
      ...(await raw(async (db) => ({
        chunks: await db.getAllKeys('chunks'),
        pieces: await db.getAllKeys('pieces'),
        runs: await db.getAllKeys('runs'),
      }))),
    }),
    get: (store, key) => raw((db) => db.get(store, key)),
    put: (store, key, value) => raw(async (db) => void (await db.put(store, value, key))),
  };
}

/** What a value says, bit for bit: equal texts, equal values. */
export function bitsOf(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} of ${bytes.length} bytes, ${crc32(bytes)}`;
  }
  if (value instanceof Map) return [...value].map(([key, inner]) => [key, bitsOf(inner)]);
  if (Array.isArray(value)) return value.map(bitsOf);
  if (typeof value === 'number')
    return Object.is(value, -0) || !Number.isFinite(value) ? `number ${1 / value} ${value}` : value;
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, bitsOf(inner)]));
  return value;
}

function floats(length: number, seed: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = ((i * 7919 + seed * 104729) % 1000) / 999;
  return values;
}

/** Events number `from` + 1 to `to` of a made-up run; every third one has a large array, the loss of every fifth is NaN. */
export function entriesOf(from: number, to: number): LogEntry[] {
  return Array.from({ length: to - from }, (_, i): LogEntry => {
    const step = from + i + 1;
    const event: RunEvent =
      step % 3 === 0
        ? { type: 'weights', moment: 'sft', tensors: [floats(16_400, step), floats(3, step), new Float32Array(0)] }
        : {
            ...{ type: 'step', stage: 'sft', series: 'sft', step, total: 100, milliseconds: step / 3 },
            metrics: { loss: step % 5 === 0 ? Number.NaN : 1 / step, learningRate: 1e-3, gradientNorm: 1, tokens: 9 },
          };
    return { at: step * 10, event };
  });
}

/** Where the made-up run stands after so many events. `floats32`: values in its largest array. */
export const pointOf = (eventsTold: number, floats32 = 20_000) => ({
  version: 1,
  place: { stage: 'sft', done: eventsTold, total: 100 },
  eventsTold,
  facts: {
    step: eventsTold,
    rng: [1, 2, 3, eventsTold],
    name: 'β “1”',
    missing: null,
    nested: { list: [true, [], -0, Number.NaN] },
  },
  sums: { '': 1, b: 2, a: Number.NEGATIVE_INFINITY },
  arrays: new Map<string, Float32Array | Uint8Array | Int32Array>([
    ['weights', floats(floats32, eventsTold)],
    ['10', Int32Array.of(eventsTold, -1)],
    ['2', Uint8Array.of(eventsTold % 256)],
    ['none', new Float32Array(0)],
    ['__metadata__', Float32Array.of(-0, Number.NaN, Number.POSITIVE_INFINITY)],
  ]),
});
