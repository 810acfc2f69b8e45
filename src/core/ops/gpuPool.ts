// A limit for TensorFlow.js' pool of free GPU buffers. The pool keeps every size for ever, so batches of many lengths, and one stage
// after another, would pile up buffers that nobody asks for again. Here the sizes longest unused are given back before a new
// one would take the pool beyond what is in use at most, and a little.
import { OutOfMemoryError } from '../failures';
import type { webgpu } from '../tf';

/** What TensorFlow.js 4.22's buffer manager keeps private. */
interface BufferManager {
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesUsed: number;
  numBytesAllocated: number;
  acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): GPUBuffer;
}

/** Allocated at most: so many times the most that was ever in use at once, and some small change. */
export const POOL_SHARE = 1.15;
const POOL_BYTES = 8 << 20;

/** Requests after which an earlier peak counts no more; a training step makes a few hundred. */
const SPAN = 1 << 15;

/** Bytes allocated at most, of the backends with a limit. */
const peaks = new WeakMap<object, number>();

/** Bytes of GPU buffers that a backend has had at most, used and free. */
export const poolPeak = (backend: webgpu.WebGPUBackend): number => peaks.get(backend) ?? 0;

/** Sets the limit, once a backend. A buffer that the device can never make is then refused here, and not by an error that comes later. */
export function limitPool(backend: webgpu.WebGPUBackend): void {
  if (peaks.has(backend)) return;
  peaks.set(backend, 0);
  const manager = (backend as unknown as { bufferManager: BufferManager }).bufferManager;
  const acquire = manager.acquireBuffer.bind(manager);
  const { maxBufferSize } = backend.device.limits;
  /** By size and usage, the number of the last request. */
  const lastAsked = new Map<string, number>();
  let requests = 0;
  /** The most that was in use at once, in this span of requests and in the one before. */
  let most = 0;
  let mostBefore = 0;
  manager.acquireBuffer = (size, usage, mappedAtCreation, reuse = true) => {
    if (size > maxBufferSize) throw new OutOfMemoryError(tooLargeText(size, maxBufferSize));
    const key = `${size}_${usage}`;
    lastAsked.set(key, ++requests);
    if (requests % SPAN === 0) [mostBefore, most] = [most, 0];
    most = Math.max(most, manager.numBytesUsed + size);
    const isThere = reuse && (manager.freeBuffers.get(key)?.length ?? 0) > 0;
    if (!isThere) makeRoom(manager, size, POOL_SHARE * Math.max(most, mostBefore) + POOL_BYTES, lastAsked);
    const buffer = acquire(size, usage, mappedAtCreation, reuse);
    peaks.set(backend, Math.max(poolPeak(backend), manager.numBytesAllocated));
    return buffer;
  };
}

const tooLargeText = (bytes: number, most: number): string =>
  `The run needs a GPU buffer of ${Math.ceil(bytes / 1e6)} MB; this GPU makes them up to ${Math.floor(most / 1e6)} MB.`;

/** What is free is in no command that is yet to be submitted, so it may go at once. */
function makeRoom(manager: BufferManager, size: number, limit: number, lastAsked: ReadonlyMap<string, number>): void {
  while (manager.numBytesAllocated + size > limit && manager.numFreeBuffers > 0) {
    const [, free] = [...manager.freeBuffers]
      .filter(([, buffers]) => buffers.length > 0)
      .reduce((oldest, entry) => ((lastAsked.get(entry[0]) ?? 0) < (lastAsked.get(oldest[0]) ?? 0) ? entry : oldest));
    const buffer = free.pop()!;
    manager.numFreeBuffers--;
    manager.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }
}
