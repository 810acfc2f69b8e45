// Real helper threads, in Node: `Worker` stands in for the browser's. That results do not depend on threads would also hold if none ever
// started, so this asks who did the work.
import { Worker as NodeWorker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SIMD_MODULE_SHARED } from './bytes';
import { SIMD_KERNELS, type SimdExports } from './heap';
import { startThreads } from './threads';

const started: NodeWorker[] = [];

/** A browser's worker from a blob's text, as far as threads need one. */
function stubWorkers(): void {
  let text = '';
  vi.stubGlobal(
    'Blob',
    class {
      constructor([part]: string[]) {
        text = part!;
      }
    },
  );
  vi.stubGlobal('URL', { createObjectURL: () => 'blob:threads' });
  vi.stubGlobal(
    'Worker',
    class {
      private readonly worker = new NodeWorker(
        `let onmessage; ${text}; require('node:worker_threads').parentPort.on('message', (data) => onmessage({ data }));`,
        { eval: true },
      );
      constructor() {
        started.push(this.worker);
      }
      postMessage(message: unknown): void {
        this.worker.postMessage(message);
      }
    },
  );
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.terminate()));
  vi.unstubAllGlobals();
});

const COUNT = 4000;
/** Byte offsets of what `gelu` reads and writes, entry by entry. */
const X = 1 << 16;
const Y = X + 4 * COUNT;

function setup() {
  stubWorkers();
  const module = new WebAssembly.Module(Buffer.from(SIMD_MODULE_SHARED, 'base64'));
  const memory = new WebAssembly.Memory({ initial: 16, maximum: 65536, shared: true });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SimdExports;
  new Float32Array(memory.buffer, X, COUNT).set(Float32Array.from({ length: COUNT }, (_, i) => (i - 2000) / 500));
  const result = () => new Float32Array(memory.buffer, Y, COUNT);
  exports.gelu(X, Y, 0, 0, COUNT);
  const alone = result().slice();
  return { module, memory, exports, result, alone };
}

describe('startThreads', () => {
  it('divides the work: every stretch is done once, by whom is free, with the bits of one thread', async () => {
    const { module, memory, exports, result, alone } = setup();
    const threads = startThreads(module, memory, SIMD_KERNELS, 2)!;
    expect(threads.workers).toHaveLength(2);
    let stretches: number[][] = [];
    const own = {
      ...exports,
      gelu: (...values: number[]) => {
        stretches.push(values.slice(-2));
        exports.gelu(...values);
      },
    } as SimdExports;
    const run = () => {
      stretches = [];
      result().fill(-1);
      threads.run('gelu', [X, Y], 0, 0, COUNT, 300, own);
      expect(result()).toEqual(alone);
    };
    // Until helpers have started the calling thread does all 14. (A training loop does not come round to its event loop either.)
    run();
    expect(stretches).toHaveLength(14);
    expect(stretches.at(0)).toEqual([3900, 4000]);
    expect(stretches.at(-1)).toEqual([0, 300]);
    const end = performance.now() + 25_000;
    let helped = 0;
    while (helped < 3 && performance.now() < end) {
      run();
      if (stretches.length < 14) helped++;
    }
    expect(helped).toBe(3);
    while (threads.awake() < 2 && performance.now() < end) run();
    expect(threads.awake()).toBe(2);
  });

  it('waits for no helper that is late: the calling thread does all the work itself', () => {
    const { module, memory, exports, result, alone } = setup();
    vi.stubGlobal(
      'Worker',
      class {
        postMessage(): void {}
      },
    );
    const threads = startThreads(module, memory, SIMD_KERNELS, 2)!;
    for (let repeat = 0; repeat < 3; repeat++) {
      result().fill(-1);
      threads.run('gelu', [X, Y], 0, 0, COUNT, 1000, exports);
      expect(result()).toEqual(alone);
    }
    expect(threads.awake()).toBe(0);
  });

  it('is null where no helper is wanted or none can be made', () => {
    const { module, memory } = setup();
    expect(startThreads(module, memory, SIMD_KERNELS, 0)).toBeNull();
    vi.stubGlobal('Worker', undefined);
    expect(startThreads(module, memory, SIMD_KERNELS, 2)).toBeNull();
  });
});
