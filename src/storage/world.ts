// What saved runs need of the browser, as far as it is there: a page over plain http has neither files nor locks nor an estimate. Tests hand in their own.
import { messageTurns } from '../core/messageTurns';
import { createStretches, type Stretches } from '../core/stretches';

/** Of FileSystemSyncAccessHandle. */
export interface SyncFile {
  /** How many bytes were written. */
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  flush(): void;
  close(): void;
}

/** Of FileSystemWritableFileStream. */
export interface WritableFile {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

/** Of FileSystemFileHandle. Workers have the first way of writing, newer browsers the second one everywhere. */
export interface FileHandle {
  getFile(): Promise<Blob>;
  createSyncAccessHandle?(): Promise<SyncFile>;
  createWritable?(): Promise<WritableFile>;
}

/** Of FileSystemDirectoryHandle. */
export interface Folder {
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<Folder>;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileHandle>;
  removeEntry(name: string, options?: { recursive?: boolean }): Promise<void>;
  keys(): AsyncIterable<string>;
}

/** Of LockManager. */
export interface Locks {
  request(
    name: string,
    options: { ifAvailable: true },
    whileHeld: (lock: object | null) => Promise<void>,
  ): Promise<unknown>;
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** Of BroadcastChannel. */
export interface Channel {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}

/** Of StorageManager. */
export interface Rooms {
  estimate(): Promise<{ quota?: number; usage?: number }>;
  persisted(): Promise<boolean>;
  /** Pages have it, workers do not. */
  persist?(): Promise<boolean>;
}

export interface World {
  /** The origin-private file system; null where there is none. */
  root: (() => Promise<Folder>) | null;
  locks: Locks | null;
  openChannel: ((name: string) => Channel) | null;
  rooms: Rooms | null;
  /** Before it promises to keep what is stored, the browser asks the person. */
  asksPerson: boolean;
  /** Wall time, ms since 1970; it may jump, and nothing but what is shown depends on it. */
  now(): number;
  /** A clock that only goes forward, ms. */
  ticks(): number;
  wait(milliseconds: number): Promise<void>;
  /** Lets waiting messages in. */
  turn(): Promise<void>;
  /** Bytes that are written at once, to a file and to the database: each takes some milliseconds. */
  grain: { file: number; database: number };
}

export function browserWorld(): World {
  // Missing over plain http, whatever the types say.
  const { storage, locks }: { storage?: StorageManager; locks?: LockManager } = navigator;
  return {
    root: storage?.getDirectory ? () => storage.getDirectory() : null,
    locks: locks ?? null,
    openChannel: typeof BroadcastChannel === 'undefined' ? null : (name) => new BroadcastChannel(name),
    rooms: storage ?? null,
    // Firefox alone; nothing in the interface tells.
    asksPerson: /\bGecko\/\d/.test(navigator.userAgent),
    now: () => Date.now(),
    ticks: () => performance.now(),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    turn: messageTurns(),
    grain: { file: 1 << 19, database: 1 << 19 },
  };
}

/** Work without a pause, at most about so many ms. */
const STRETCH = 8;

/** Work on storage that nobody else sets the pace of. */
export const stretchesOf = ({ ticks, turn }: Pick<World, 'ticks' | 'turn'>): Stretches =>
  createStretches({ now: ticks, turn, longest: () => STRETCH });

/** To be called between pieces of work: comes back in a later task when the last pause is long enough ago. */
export const pauses = (world: Pick<World, 'ticks' | 'turn'>): (() => Promise<void>) => stretchesOf(world).pause;

/** A name that no other tab draws. */
export const freshName = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
