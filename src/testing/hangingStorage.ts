// Storage that does not answer on demand: every call of a tab to the file system, the locks, the room left and the database is counted, and one of them is
// never done, done without an answer, or answered when nobody waits any more.
import { vi } from 'vitest';
import type { FileHandle, Folder, World, WritableFile } from '../storage/world';
import { nextTurn } from './realTimers';

export const SILENCES = ['never', 'unheard', 'late'] as const;
export type Silence = (typeof SILENCES)[number];

export interface Hanging {
  /** Calls so far, while it is armed. */
  calls: number;
  /** The one that is not answered, counted from 1; 0: none. */
  at: number;
  silence: Silence;
  isHit(): boolean;
  /** One more call: whether it is the one. */
  isTheOne(): boolean;
  /** The late answer comes. */
  answer(): void;
  world(world: World): World;
  /** Time passes for the tab; only once something hangs, so that slow machines change nothing. */
  wait: World['wait'];
}

export function createHanging(): Hanging {
  let late: (() => void)[] = [];
  let waiting: (() => void)[] = [];
  const isTheOne = (): boolean => {
    if (hanging.at === 0 || ++hanging.calls !== hanging.at) return false;
    for (const goOn of waiting) goOn();
    waiting = [];
    return true;
  };
  const call = <T>(work: () => Promise<T>): Promise<T> => {
    if (!isTheOne()) return work();
    if (hanging.silence === 'never') return new Promise(() => {});
    const done = work();
    done.catch(() => {});
    return new Promise((resolve, reject) => late.push(() => void done.then(resolve, reject)));
  };
  const folder = (of: Folder): Folder => ({
    getDirectoryHandle: async (name, options) => folder(await call(() => of.getDirectoryHandle(name, options))),
    getFileHandle: async (name, options) => file(await call(() => of.getFileHandle(name, options))),
    removeEntry: (name, options) => call(() => of.removeEntry(name, options)),
    async *keys() {
      const names: string[] = [];
      await call(async () => {
        for await (const name of of.keys()) names.push(name);
      });
      yield* names;
    },
  });
  const file = (of: FileHandle): FileHandle => ({
    getFile: () => call(() => of.getFile()),
    ...(of.createSyncAccessHandle && { createSyncAccessHandle: () => call(() => of.createSyncAccessHandle!()) }),
    ...(of.createWritable && { createWritable: async () => writable(await call(() => of.createWritable!())) }),
  });
  const writable = (of: WritableFile): WritableFile => ({
    write: (bytes) => call(() => of.write(bytes)),
    close: () => call(() => of.close()),
    abort: () => call(() => of.abort()),
  });
  const hanging: Hanging = {
    ...{ calls: 0, at: 0, silence: 'never' },
    isHit: () => hanging.at > 0 && hanging.calls >= hanging.at,
    isTheOne,
    answer() {
      for (const each of late.splice(0)) each();
      late = [];
    },
    async wait() {
      if (!hanging.isHit()) await new Promise<void>((resolve) => waiting.push(resolve));
      await nextTurn();
    },
    world: (world) => ({
      ...world,
      wait: hanging.wait,
      root: world.root && (async () => folder(await call(world.root!))),
      locks: world.locks && {
        query: () => call(() => world.locks!.query()),
        request: (name, options, whileHeld) =>
          isTheOne()
            ? hanging.silence === 'never'
              ? new Promise(() => {})
              : new Promise((resolve, reject) =>
                  late.push(() => world.locks!.request(name, options, whileHeld).then(resolve, reject)),
                )
            : world.locks!.request(name, options, whileHeld),
      },
    }),
  };
  return hanging;
}

const METHODS = ['get', 'getAll', 'getKey', 'getAllKeys', 'put', 'delete'] as const;

/** Counts the requests of `hangingNow()` (null: nobody's) to all databases of this process, until the mocks are restored. */
export function silenceDatabases(hangingNow: () => Hanging | null): void {
  const unanswered = (type: typeof IDBRequest): IDBRequest => {
    const request = Object.create(type.prototype) as IDBRequest;
    for (const name of ['addEventListener', 'removeEventListener'])
      Object.defineProperty(request, name, { value: () => {} });
    return request;
  };
  const isTheOne = (): Silence | null => {
    const hanging = hangingNow();
    return hanging?.isTheOne() ? hanging.silence : null;
  };
  for (const method of METHODS) {
    const original = IDBObjectStore.prototype[method] as (this: IDBObjectStore, ...args: unknown[]) => IDBRequest;
    vi.spyOn(IDBObjectStore.prototype, method).mockImplementation(function (this: IDBObjectStore, ...args: unknown[]) {
      const silence = isTheOne();
      if (silence === null) return original.apply(this, args);
      // A request that is done and not heard of; its transaction is stored.
      if (silence !== 'never') original.apply(this, args);
      return unanswered(IDBRequest);
    });
  }
  const open = indexedDB.open.bind(indexedDB);
  vi.spyOn(indexedDB, 'open').mockImplementation((name, version) =>
    isTheOne() === null ? open(name, version) : (unanswered(IDBOpenDBRequest) as IDBOpenDBRequest),
  );
}
