// Helper threads for the SIMD module, in browsers only: workers on the same shared heap that wait for a job. A job is cut into stretches;
// the calling thread and every helper that is awake take one after the other until none is left. Nobody waits for a helper that is late.
import type { SimdExports, SimdKernel } from './heap';

export interface Threads {
  /** Held here, so that they live as long as the heap. */
  readonly workers: readonly Worker[];
  /** Helpers that have started: browsers start them only while the calling thread comes round to its event loop. */
  awake(): number;
  /** Divides `work` pieces among the threads, `stretch` at a time; returns when all are done. */
  run(
    kernel: SimdKernel,
    values: readonly number[],
    scratch: number,
    scratchBytes: number,
    work: number,
    stretch: number,
    own: SimdExports,
  ): void;
}

/**
 * Ints of the control block: number of the job, its stretches that nobody has taken (0 or less: none), stretches that helpers have done,
 * kernel, how many values, helpers that have started. Who takes a stretch may read the rest: the next job is not written before all that were taken are done.
 */
const JOB = 0;
const LEFT = 1;
const DONE = 2;
const KERNEL = 3;
const COUNT = 4;
const AWAKE = 5;
const MOST_VALUES = 24;

/** What a thread runs; as text, since it lives outside of any bundle. */
const THREAD = `
onmessage = ({ data: { module, memory, control, values, names, index } }) => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  Atomics.add(control, ${AWAKE}, 1);
  for (let job = 0; ; job = Atomics.load(control, ${JOB})) {
    for (let left; (left = Atomics.sub(control, ${LEFT}, 1)) > 0; ) {
      const count = control[${COUNT}];
      const [scratch, scratchBytes, work, stretch] = values.subarray(count, count + 4);
      const first = (left - 1) * stretch;
      try {
        exports[names[control[${KERNEL}]]](...values.subarray(0, count), scratch + index * scratchBytes, first, Math.min(work, first + stretch));
      } finally {
        Atomics.add(control, ${DONE}, 1);
        Atomics.notify(control, ${DONE});
      }
    }
    for (let spin = 0; spin < 20000 && Atomics.load(control, ${JOB}) === job; spin++);
    while (Atomics.load(control, ${JOB}) === job) Atomics.wait(control, ${JOB}, job);
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
  const control = new Int32Array(new SharedArrayBuffer(24));
  const shared = new Float64Array(new SharedArrayBuffer(8 * (MOST_VALUES + 4)));
  const url = URL.createObjectURL(new Blob([THREAD], { type: 'text/javascript' }));
  const workers = Array.from({ length: helpers }, (_, i) => {
    const worker = new Worker(url);
    worker.postMessage({ module, memory, control, values: shared, names, index: i + 1 });
    return worker;
  });
  return {
    workers,
    awake: () => Atomics.load(control, AWAKE),
    run(kernel, values, scratch, scratchBytes, work, stretch, own) {
      shared.set(values);
      shared.set([scratch, scratchBytes, work, stretch], values.length);
      control[KERNEL] = names.indexOf(kernel);
      control[COUNT] = values.length;
      let helped = Math.ceil(work / stretch);
      Atomics.store(control, DONE, 0);
      Atomics.store(control, LEFT, helped);
      Atomics.add(control, JOB, 1);
      Atomics.notify(control, JOB);
      for (let left = Atomics.sub(control, LEFT, 1); left > 0; left = Atomics.sub(control, LEFT, 1)) {
        const first = (left - 1) * stretch;
        own[kernel](...values, scratch, first, Math.min(work, first + stretch));
        helped--;
      }
      let spin = 0;
      for (let done = Atomics.load(control, DONE); done < helped; done = Atomics.load(control, DONE)) {
        if (++spin > 20000) Atomics.wait(control, DONE, done);
      }
    },
  };
}
