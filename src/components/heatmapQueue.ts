// Drawing jobs in small slices between frames, so that no task holds the page. Jobs run one after another; a slice takes about 8 ms.
import { type Pyramid, pyramidSlices } from './heatmapPyramid';

type Job = Generator<void, void>;

const SLICE_MS = 8;
const waiting: Job[] = [];
let scheduled = false;

/** Runs a job in idle time. The returned function drops what is left of it. */
export function enqueueDrawing(job: Job): () => void {
  waiting.push(job);
  schedule();
  return () => {
    const at = waiting.indexOf(job);
    if (at >= 0) waiting.splice(at, 1);
  };
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  // Safari has no requestIdleCallback.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(runSlice, { timeout: 100 });
  else setTimeout(runSlice, 4);
}

function runSlice(): void {
  scheduled = false;
  const end = performance.now() + SLICE_MS;
  while (waiting.length > 0 && performance.now() < end) {
    const job = waiting[0]!;
    if (job.next().done) waiting.splice(waiting.indexOf(job), 1);
  }
  if (waiting.length > 0) schedule();
}

const pyramids = new WeakMap<Uint8Array, Pyramid>();

/** The pyramid of a mask, built once a mask array. */
export function* pyramidOf(mask: Uint8Array, rows: number, columns: number): Generator<void, Pyramid> {
  const known = pyramids.get(mask);
  if (known) return known;
  const pyramid = yield* pyramidSlices(mask, rows, columns);
  pyramids.set(mask, pyramid);
  return pyramid;
}
