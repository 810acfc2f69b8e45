// Helper threads for the SIMD module, in browsers only: workers on the same shared heap that wait for a job, do their stretch of it and
// count themselves done. The calling thread does a stretch too, then waits.
import type { SimdExports, SimdKernel } from './heap';

export interface Threads {
  /** Held here, so that they live as long as the heap. */
  readonly workers: readonly Worker[];
  /** Divides `work` pieces among all threads; returns when all are done. */
  run(
    kernel: SimdKernel,
    values: readonly number[],
    scratch: number,
    scratchBytes: number,
    work: number,
    own: SimdExports,
  ): void;
}

/** Ints of the control block: number of the job, threads done with it, kernel, how many values, threads that have started. */
const JOB = 0;
const DONE = 1;
const KERNEL = 2;
const COUNT = 3;
const STARTED = 4;
const MOST_VALUES = 24;

/** What a thread runs; as text, since it lives outside of any bundle. */
const THREAD = `
onmessage = ({ data: { module, memory, control, values, names, index, threads } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  Atomics.add(control, ${STARTED}, 1);
  for (let job = 0; ; job = (job + 1) | 0) {
    for (let spin = 0; spin < 20000 && Atomics.load(control, ${JOB}) === job; spin++);
    while (Atomics.load(control, ${JOB}) === job) Atomics.wait(control, ${JOB}, job);
    const count = control[${COUNT}];
    const [scratch, scratchBytes, work] = values.subarray(count, count + 3);
    const first = Math.floor((work * index) / threads);
    const last = Math.floor((work * (index + 1)) / threads);
    try {
      if (last > first) exports[names[control[${KERNEL}]]](...values.subarray(0, count), scratch + index * scratchBytes, first, last);
    } finally {
      Atomics.add(control, ${DONE}, 1);
      Atomics.notify(control, ${DONE});
    }
  }
};`;

/** Starts `helpers` threads beside the calling one; null when none are wanted or workers cannot be made here. */
export function startThreads(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  names: readonly string[],
  helpers: number,
): Threads | null {
  if (helpers < 1 || typeof Worker === 'undefined') return null;
  const control = new Int32Array(new SharedArrayBuffer(20));
  const shared = new Float64Array(new SharedArrayBuffer(8 * (MOST_VALUES + 3)));
  const url = URL.createObjectURL(new Blob([THREAD], { type: 'text/javascript' }));
  const total = helpers + 1;
  const workers = Array.from({ length: helpers }, (_, i) => {
    const worker = new Worker(url);
    worker.postMessage({ module, memory, control, values: shared, names, index: i + 1, threads: total });
    return worker;
  });
  return {
    workers,
    run(kernel, values, scratch, scratchBytes, work, own) {
      // Threads take a while to start; until all have, this one works alone. (Counted in shared memory: a training loop may never
      // come round to a message.)
      if (Atomics.load(control, STARTED) < helpers) {
        own[kernel](...values, scratch, 0, work);
        return;
      }
      shared.set(values);
      shared.set([scratch, scratchBytes, work], values.length);
      control[KERNEL] = names.indexOf(kernel);
      control[COUNT] = values.length;
      Atomics.store(control, DONE, 0);
      Atomics.add(control, JOB, 1);
      Atomics.notify(control, JOB);
      own[kernel](...values, scratch, 0, Math.floor(work / total));
      let spin = 0;
      for (let done = Atomics.load(control, DONE); done < helpers; done = Atomics.load(control, DONE)) {
        if (++spin > 20000) Atomics.wait(control, DONE, done);
      }
    },
  };
}
