// Drawing jobs in small slices between frames, so that no task holds the page. Jobs run one after another; a slice takes about 8 ms.

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
    if (isOver(job) && waiting.includes(job)) waiting.splice(waiting.indexOf(job), 1);
  }
  if (waiting.length > 0) schedule();
}

/** Runs one step. A job that fails is over, and the others go on. */
function isOver(job: Job): boolean {
  try {
    return Boolean(job.next().done);
  } catch (error) {
    reportError(error);
    return true;
  }
}
