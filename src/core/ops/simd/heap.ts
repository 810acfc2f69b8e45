// Our SIMD module on TensorFlow.js's own wasm heap: kernels are called with byte offsets, and their work is divided among threads
// where the heap is shared. Every output number is made by one call in one order, so results do not depend on the threads.
import { OutOfMemoryError } from '../../failures';
import { type tf, wasm } from '../../tf';
import { SIMD_MODULE, SIMD_MODULE_SHARED } from './bytes';
import { startThreads, type Threads } from './threads';

/** The exports of assembly/index.ts, in the order that threads know them by. */
export const SIMD_KERNELS = [
  ...(['matmul', 'attention', 'attentionGrad', 'decodeAttention'] as const),
  ...(['rmsNorm', 'rmsNormGrad', 'tokenLogps', 'tokenLogpsGrad'] as const),
  ...(['layerNorm', 'layerNormGrad', 'addBias', 'columnSum', 'rope'] as const),
  ...(['swiglu', 'swigluGrad', 'gelu', 'geluGrad', 'adamw', 'adamwMasked'] as const),
  ...(['geluErf', 'geluErfGrad'] as const),
  ...(['takeRows', 'putRows', 'addRows'] as const),
] as const;
export type SimdKernel = (typeof SIMD_KERNELS)[number];
export type SimdExports = Record<SimdKernel, (...values: number[]) => void>;

export interface SimdHeap {
  /** Are all helper threads there? */
  isComplete(): boolean;
  /** Byte offset of a tensor's data. */
  at(info: tf.TensorInfo): number;
  /** `count` ints of the heap, until the next allocation. */
  ints(at: number, count: number): Int32Array;
  /**
   * Runs a kernel over `work` equal pieces. `values` are its arguments up to the scratch area, of which every thread gets
   * `scratchBytes`. A piece takes about `nanoseconds` on one thread: what is short is not divided, nor is anything without it.
   */
  run(
    kernel: SimdKernel,
    values: readonly number[],
    work: number,
    options?: { scratchBytes?: number; nanoseconds?: number },
  ): void;
}

/** Largest number of threads, and so of scratch areas. */
const MOST_THREADS = 8;
/** The shortest stretch of work that is worth handing to another thread. */
const STRETCH_NANOSECONDS = 20_000;
/** A thread takes its share in this many stretches, so that one which is late or slow keeps the others waiting for a part of it only. */
const STRETCHES_PER_THREAD = 4;

const MOST_HEAP = 4e9;

interface EmscriptenModule {
  asm: { memory?: WebAssembly.Memory };
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(at: number): void;
}

let sharedMemory: WebAssembly.Memory | null = null;

/**
 * Runs `start`, which makes TensorFlow.js's wasm backend, and notes the shared memory that its threaded build creates for itself and
 * shows to nobody.
 */
export async function noteSharedMemory<T>(start: () => Promise<T>): Promise<T> {
  const Memory = WebAssembly.Memory;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      super(descriptor);
      if (descriptor.shared) sharedMemory = this;
    }
  };
  try {
    return await start();
  } finally {
    WebAssembly.Memory = Memory;
  }
}

/** A browser starts a thread in some tens of milliseconds; one that never comes is not waited for longer. */
const THREADS_PATIENCE_MS = 1000;

/** Resolves once the helper threads are there: work that begins before has one thread until it comes round to the event loop. */
export async function threadsReady(backend: wasm.BackendWasm): Promise<void> {
  const heap = heapOf(backend);
  const end = performance.now() + THREADS_PATIENCE_MS;
  while (!heap.isComplete() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What a wasm backend's heap was before anything was asked of it. */
const firstBytes = new WeakMap<wasm.BackendWasm, number>();

/** By how much a wasm backend's heap has grown since `heapOf` was first called; it never shrinks. */
export function heapGrowth(backend: wasm.BackendWasm): number {
  heapOf(backend);
  return (backend.wasm as unknown as EmscriptenModule).HEAPU8.length - firstBytes.get(backend)!;
}

/**
 * Makes the heap of a wasm backend grow by at least so many bytes, at once: it then neither grows step by step, a fifth too far each
 * time, nor fails after an hour. Throws OutOfMemoryError when there is not that much.
 */
export function reserveHeap(backend: wasm.BackendWasm, bytes: number): void {
  if (heapGrowth(backend) >= bytes) return;
  const glue = backend.wasm as unknown as EmscriptenModule;
  const what = `The run needs about ${Math.round(bytes / 1e6)} MB of WASM memory`;
  const total = firstBytes.get(backend)! + bytes;
  if (total > MOST_HEAP)
    throw new OutOfMemoryError(`${what}; the browser allows 4 GB: out of memory before the start.`);
  const at = tryMalloc(glue, total);
  if (at === 0) throw new OutOfMemoryError(`${what}, more than there is: out of memory before the start.`);
  glue._free(at);
}

function tryMalloc(glue: EmscriptenModule, bytes: number): number {
  try {
    return glue._malloc(bytes);
  } catch {
    return 0;
  }
}

/**
 * TensorFlow.js takes what `malloc` gives for the place of a tensor, and it gives 0 where the heap can grow no further: the tensor would be written over
 * whatever lies there. From here on that is an OutOfMemoryError.
 */
function guardMalloc(glue: EmscriptenModule): void {
  // Until it is called once it is a stand-in that puts the real one in its own place.
  glue._free(glue._malloc(1));
  const malloc = glue._malloc.bind(glue);
  glue._malloc = (bytes) => {
    // It takes 32 bits: more than these would wrap round to a place that is too small.
    const at = bytes > MOST_HEAP ? 0 : malloc(bytes);
    if (at === 0 && bytes > 0)
      throw new OutOfMemoryError(
        `The WASM heap of ${Math.round(glue.HEAPU8.length / 1e6)} MB has no room for ${bytes} bytes more, and cannot grow.`,
      );
    return at;
  };
}

const heaps = new WeakMap<wasm.BackendWasm, SimdHeap>();

/** The heap of a wasm backend; made on first use. Throws Error where the browser's WebAssembly has no SIMD. */
export function heapOf(backend: wasm.BackendWasm): SimdHeap {
  const known = heaps.get(backend);
  if (known) return known;
  const heap = createHeap(backend);
  heaps.set(backend, heap);
  return heap;
}

function createHeap(backend: wasm.BackendWasm): SimdHeap {
  const glue = backend.wasm as unknown as EmscriptenModule;
  guardMalloc(glue);
  firstBytes.set(backend, glue.HEAPU8.length);
  const isShared = sharedMemory !== null && sharedMemory.buffer === glue.HEAPU8.buffer;
  const memory = isShared ? sharedMemory! : glue.asm.memory;
  if (!memory)
    throw new Error('TensorFlow.js keeps its heap to itself: its threaded build was started without noteSharedMemory.');
  const module = new WebAssembly.Module(decode(isShared ? SIMD_MODULE_SHARED : SIMD_MODULE));
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SimdExports;
  const threads: Threads | null = isShared
    ? startThreads(module, memory, SIMD_KERNELS, Math.min(wasm.getThreadsCount(), MOST_THREADS) - 1)
    : null;
  const mostStretches = STRETCHES_PER_THREAD * (1 + (threads?.workers.length ?? 0));
  let scratch = { at: 0, bytes: 0 };
  const scratchFor = (bytes: number): number => {
    const perThread = (bytes + 15) & ~15;
    if (perThread > scratch.bytes) {
      if (scratch.at) glue._free(scratch.at);
      scratch = { at: glue._malloc(perThread * MOST_THREADS), bytes: perThread };
    }
    return scratch.at;
  };
  return {
    isComplete: () => !threads || threads.awake() === threads.workers.length,
    at: ({ dataId }) => backend.getMemoryOffset(dataId),
    ints: (at, count) => new Int32Array(memory.buffer, at, count),
    run(kernel, values, work, { scratchBytes = 0, nanoseconds = 0 } = {}) {
      const area = scratchBytes > 0 ? scratchFor(scratchBytes) : 0;
      const stretches = Math.min(mostStretches, Math.floor((work * nanoseconds) / STRETCH_NANOSECONDS));
      if (threads && stretches > 1)
        threads.run(kernel, values, area, scratch.bytes, work, Math.ceil(work / stretches), exports);
      else exports[kernel](...values, area, 0, work);
    },
  };
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
