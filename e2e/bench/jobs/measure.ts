// What is counted from outside of every engine alike: GPU dispatches, submits and buffers, and WebAssembly memory. Installed
// before an engine is loaded, by wrapping what the browser (or Dawn in Node) gives.

export interface GpuCounts {
  dispatches: number;
  liveBytes: number;
  peakBytes: number;
  /**
   * When the last `queue.submit` with work in it returned (performance.now), 0 before any. Work is a dispatch or a copy on the
   * device; a copy into a buffer that can be mapped is a read-back and none. So a step's JavaScript time ends where the device has
   * been told everything, whatever the step or the measurement waits for or reads back afterwards; a step that waits before its
   * update is submitted has that wait counted.
   */
  lastSubmit: number;
}

/** Counts for as long as the worker lives; zeros where there is no WebGPU. */
export function countGpu(): GpuCounts {
  const counts: GpuCounts = { dispatches: 0, liveBytes: 0, peakBytes: 0, lastSubmit: 0 };
  if (typeof GPUDevice === 'undefined') return counts;

  let work = 0;
  const pass = GPUComputePassEncoder.prototype;
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = pass;
  pass.dispatchWorkgroups = function (...sizes) {
    counts.dispatches++;
    work++;
    return dispatchWorkgroups.apply(this, sizes);
  };
  pass.dispatchWorkgroupsIndirect = function (...source) {
    counts.dispatches++;
    work++;
    return dispatchWorkgroupsIndirect.apply(this, source);
  };

  const encoder = GPUCommandEncoder.prototype;
  const { copyBufferToBuffer } = encoder;
  // (source, [offset,] target, [offset, size]): the offsets may be left out.
  encoder.copyBufferToBuffer = function (...given: unknown[]) {
    const target = given.find((value, i): value is GPUBuffer => i > 0 && value instanceof GPUBuffer);
    if (target && !(target.usage & GPUBufferUsage.MAP_READ)) work++;
    return Reflect.apply(copyBufferToBuffer, this, given);
  };

  const { submit } = GPUQueue.prototype;
  let submitted = 0;
  GPUQueue.prototype.submit = function (...buffers) {
    const result = submit.apply(this, buffers);
    if (work > submitted) counts.lastSubmit = performance.now();
    submitted = work;
    return result;
  };

  const alive = new WeakSet<GPUBuffer>();
  const { createBuffer } = GPUDevice.prototype;
  const { destroy } = GPUBuffer.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    alive.add(buffer);
    counts.liveBytes += buffer.size;
    counts.peakBytes = Math.max(counts.peakBytes, counts.liveBytes);
    return buffer;
  };
  GPUBuffer.prototype.destroy = function () {
    if (alive.delete(this)) counts.liveBytes -= this.size;
    return destroy.call(this);
  };
  return counts;
}

/** Bytes of all WebAssembly memories made from now on (they never shrink, so that the end is the peak). */
export function countWasmMemory(): () => number {
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct(target, [descriptor], newTarget) {
      const memory: WebAssembly.Memory = Reflect.construct(target, [descriptor], newTarget);
      memories.push(memory);
      return memory;
    },
  });
  return () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}

/** Every engine takes its number of threads from here. */
export function pretendCores(threads: number): void {
  Object.defineProperty(navigator, 'hardwareConcurrency', { value: threads, configurable: true });
}

const COUNTED = ['Float32Array', 'Float64Array', 'Int32Array', 'Uint32Array', 'Uint16Array', 'Uint8Array'] as const;

/** Runs `work` and adds up the bytes of the typed arrays it makes, views left out. */
export function countArrays<T>(work: () => T): { value: T; bytes: number } {
  let bytes = 0;
  const original = COUNTED.map((name) => [name, globalThis[name]] as const);
  for (const [name, type] of original) {
    const counted = new Proxy(type, {
      construct(target, given, newTarget) {
        const made: ArrayBufferView = Reflect.construct(target, given, newTarget);
        if (!(given[0] instanceof ArrayBuffer || given[0] instanceof SharedArrayBuffer)) bytes += made.byteLength;
        return made;
      },
    });
    Object.assign(globalThis, { [name]: counted });
  }
  try {
    const value = work();
    return { value, bytes };
  } finally {
    for (const [name, type] of original) Object.assign(globalThis, { [name]: type });
  }
}
