// Storage that never answers: a disk that stalls, a browser that waits for itself. Every single call has so many beats of a timer to settle, and no clock is
// read, since clocks jump and computers sleep: after a sleep the timer has beaten once. A save of many calls may take as long as it likes, so long as
// each of them is answered.
import { BEAT } from './heartbeat';
import { hangsError } from './storageError';
import type { FileHandle, Folder, Locks, Rooms, World, WritableFile } from './world';

/** Beats without an answer: half a minute of an awake and visible page. */
export const PATIENCE = 30;

/** What the call gives, or StorageError `hangs`. `late`: for an answer that nobody waits for any more. */
export type Timely = <T>(what: string, call: () => Promise<T>, late?: (answer: T) => void) => Promise<T>;

export function createPatience({ wait }: Pick<World, 'wait'>): Timely {
  const waiting = new Set<{ beats: number; giveUp(): void }>();
  let isBeating = false;
  const beat = async (): Promise<void> => {
    isBeating = true;
    while (waiting.size > 0) {
      await wait(BEAT);
      for (const one of [...waiting]) if (++one.beats > PATIENCE) one.giveUp();
    }
    isBeating = false;
  };
  return (what, call, late) =>
    new Promise((resolve, reject) => {
      const one = {
        beats: 0,
        giveUp() {
          waiting.delete(one);
          reject(hangsError(what));
        },
      };
      waiting.add(one);
      const isInTime = (): boolean => waiting.delete(one);
      call().then(
        (answer) => (isInTime() ? resolve(answer) : late?.(answer)),
        (error: unknown) => isInTime() && reject(error),
      );
      if (!isBeating) void beat();
    });
}

/** The same world, in which nothing is waited for longer than that. What a person is asked may take any time. */
export function patientWorld(world: World, timely: Timely): World {
  const { root, locks, rooms } = world;
  return {
    ...world,
    root: root && (async () => patientFolder(await timely('the file system', root), timely)),
    locks: locks && patientLocks(locks, timely),
    rooms: rooms && patientRooms(rooms, timely),
  };
}

const patientRooms = (rooms: Rooms, timely: Timely): Rooms => ({
  estimate: () => timely('the room left', () => rooms.estimate()),
  persisted: () => timely('whether it keeps what is saved', () => rooms.persisted()),
  ...(rooms.persist && { persist: () => rooms.persist!() }),
});

const patientLocks = (locks: Locks, timely: Timely): Locks => ({
  query: () => timely('who works on which run', () => locks.query()),
  // How long the lock is held is its holder's affair: waited for is the answer, and the end.
  async request(name, options, whileHeld) {
    let all: Promise<unknown> = Promise.resolve();
    let isTooLate = false;
    let end: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const asking = (): Promise<void> =>
      new Promise((resolve, reject) => {
        all = locks.request(name, options, async (lock) => {
          if (isTooLate) return;
          resolve();
          await whileHeld(lock).finally(end);
        });
        all.catch(reject);
      });
    try {
      await timely('who works on the run', asking);
    } catch (error) {
      isTooLate = true;
      throw error;
    }
    await ended;
    return timely('letting the run go', () => all);
  },
});

function patientFolder(folder: Folder, timely: Timely): Folder {
  return {
    getDirectoryHandle: async (name, options) =>
      patientFolder(await timely('a folder', () => folder.getDirectoryHandle(name, options)), timely),
    getFileHandle: async (name, options) =>
      patientFile(await timely('a file', () => folder.getFileHandle(name, options)), timely),
    removeEntry: (name, options) => timely('removing a file', () => folder.removeEntry(name, options)),
    async *keys() {
      const names = folder.keys()[Symbol.asyncIterator]();
      for (;;) {
        const next = await timely('the list of files', async () => names.next());
        if (next.done) return;
        yield next.value;
      }
    },
  };
}

const patientFile = (file: FileHandle, timely: Timely): FileHandle => ({
  getFile: () => timely('a file', () => file.getFile()),
  // A way to write that comes late would keep the file from everybody else.
  ...(file.createSyncAccessHandle && {
    createSyncAccessHandle() {
      const opening = () => file.createSyncAccessHandle!();
      return timely('a file to write to', opening, (late) => late.close());
    },
  }),
  ...(file.createWritable && {
    async createWritable() {
      const opening = () => file.createWritable!();
      const dropped = (late: WritableFile): void => void late.abort().catch(() => {});
      return patientWritable(await timely('a file to write to', opening, dropped), timely);
    },
  }),
});

const patientWritable = (file: WritableFile, timely: Timely): WritableFile => ({
  write: (bytes) => timely('writing a file', () => file.write(bytes)),
  close: () => timely('closing a file', () => file.close()),
  abort: () => timely('giving up a file', () => file.abort()),
});
