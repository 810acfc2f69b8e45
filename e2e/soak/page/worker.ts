// Put in front of the training worker's script: does what the soak orders. It counts the accesses to the storage, holds the worker in one of them, makes them
// fail, crashes the worker, or takes its GPU away.
import type { FileHandle, SyncFile } from '../../../src/storage/world';
import { CHANNEL, type Fault, LONGEST_HOLD, type Order, type Report } from './orders';

/** Workers have it, pages' types do not. */
declare const FileSystemSyncAccessHandle: { prototype: SyncFile };

const channel = new BroadcastChannel(CHANNEL);
const say = (report: Report): void => channel.postMessage(report);

let accesses = 0;
let hold: { at: number; isDone: boolean } | null = null;
let failing: { from: number; to: number; fault: Fault } | null = null;
const devices: GPUDevice[] = [];

/** Nothing of this worker goes on meanwhile. */
function standStill(what: string): void {
  hold = null;
  say({ type: 'held', what });
  const word = new Int32Array(new SharedArrayBuffer(4));
  // In short waits: a worker that is ended in the middle of one is gone only after it.
  for (const end = performance.now() + LONGEST_HOLD; performance.now() < end; ) Atomics.wait(word, 0, 0, 5);
}

const errorOf = (fault: Fault): DOMException =>
  fault === 'quota' || fault === 'short'
    ? new DOMException('No room, says the soak.', 'QuotaExceededError')
    : new DOMException('Unreadable, says the soak.', 'NotReadableError');

/** One access: counted, held before or after, or failing. `inPart`: how it fails by doing a part of its work; null: it throws. */
function access<T>(what: string, work: () => T, inPart: (fault: Fault) => { result: T } | null): T {
  const number = ++accesses;
  if (hold?.at === number && !hold.isDone) standStill(what);
  if (failing && number >= failing.from && number < failing.to) {
    say({ type: 'failed access', what });
    const part = inPart(failing.fault);
    if (part) return part.result;
    throw errorOf(failing.fault);
  }
  const result = work();
  if (hold?.at === number) standStill(what);
  return result;
}

const { put, delete: remove } = IDBObjectStore.prototype;
const aborting = (store: IDBObjectStore, work: () => IDBRequest) => (fault: Fault) => {
  if (fault !== 'abort') return null;
  const result = work();
  store.transaction.abort();
  return { result };
};
IDBObjectStore.prototype.put = function (...given) {
  const work = () => put.apply(this, given);
  return access('put', work, aborting(this, work)) as IDBRequest<IDBValidKey>;
};
IDBObjectStore.prototype.delete = function (...given) {
  const work = () => remove.apply(this, given);
  return access('delete', work, aborting(this, work)) as IDBRequest<undefined>;
};

const throws = () => null;
const { write } = FileSystemSyncAccessHandle.prototype;
FileSystemSyncAccessHandle.prototype.write = function (bytes, options) {
  return access(
    'write',
    () => write.call(this, bytes, options),
    (fault) => (fault === 'short' ? { result: write.call(this, bytes.slice(0, bytes.length >> 1), options) } : null),
  );
};
const files: FileHandle = FileSystemFileHandle.prototype as unknown as FileHandle;
const open = files.createSyncAccessHandle!;
files.createSyncAccessHandle = async function () {
  return access('open', () => open.call(this), throws);
};
const { getFileHandle, removeEntry } = FileSystemDirectoryHandle.prototype;
FileSystemDirectoryHandle.prototype.getFileHandle = async function (name, options) {
  const work = () => getFileHandle.call(this, name, options);
  return options?.create ? access('create', work, throws) : work();
};
FileSystemDirectoryHandle.prototype.removeEntry = async function (name, options) {
  return access('remove', () => removeEntry.call(this, name, options), throws);
};

if (typeof GPUAdapter !== 'undefined') {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (...given) {
    const device = await requestDevice.apply(this, given);
    devices.push(device);
    return device;
  };
}

/** A module of one function that does nothing but trap. */
const TRAP = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11],
]);

function crash(how: Extract<Order, { type: 'crash' }>['how']): void {
  if (how === 'silence') {
    self.close();
    return;
  }
  // In a task of its own, where nobody catches it.
  setTimeout(() => {
    if (how === 'trap') (new WebAssembly.Instance(new WebAssembly.Module(TRAP)).exports.t as () => void)();
    if (how === 'memory') new WebAssembly.Memory({ initial: 1, maximum: 1 }).grow(1);
    throw new Error('An error that nobody catches, says the soak.');
  });
}

channel.onmessage = ({ data }: MessageEvent<Order>) => {
  switch (data.type) {
    case 'hold':
      hold = { at: accesses + data.access, isDone: data.isDone };
      break;
    case 'fail':
      failing = { from: accesses + data.access, to: accesses + data.access + data.count, fault: data.fault };
      break;
    case 'crash':
      crash(data.how);
      break;
    case 'loseDevice':
      devices.at(-1)?.destroy();
      break;
  }
};
