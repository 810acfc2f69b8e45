// Work that must not hold up the page: small tasks, done one after the other while the browser is idle, a few milliseconds at a time.

/** Milliseconds of tasks before the page is let go on. A single task may take longer. */
const SLICE = 4;

/** What somebody waits for at a control goes before the rest. */
const urgent: (() => void)[] = [];
const waiting: (() => void)[] = [];
let isAsked = false;

function ask(): void {
  if (isAsked || urgent.length + waiting.length === 0) return;
  isAsked = true;
  const work = () => {
    isAsked = false;
    const start = performance.now();
    try {
      for (let task = next(); task; task = performance.now() - start < SLICE ? next() : undefined) task();
    } finally {
      // A task that throws is reported by the browser, and does not keep the others from their turn.
      ask();
    }
  };
  // Not every browser has idle callbacks.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 300 });
  else setTimeout(work, 0);
}

const next = (): (() => void) | undefined => urgent.shift() ?? waiting.shift();

/** Does the task soon, urgent ones before all others; the answer takes it back if it has not been done. */
export function later(task: () => void, { isUrgent = false } = {}): () => void {
  const queue = isUrgent ? urgent : waiting;
  queue.push(task);
  ask();
  return () => {
    const at = queue.indexOf(task);
    if (at >= 0) queue.splice(at, 1);
  };
}
