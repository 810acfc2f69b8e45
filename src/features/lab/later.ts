// Work that must not hold up the page: small tasks, done one after the other while the browser is idle, a few milliseconds at a time.

/** Milliseconds of tasks before the page is let go on. A single task may take longer. */
const SLICE = 4;

const waiting: (() => void)[] = [];
let isAsked = false;

function ask(): void {
  if (isAsked || waiting.length === 0) return;
  isAsked = true;
  const work = () => {
    isAsked = false;
    const start = performance.now();
    while (waiting.length > 0 && performance.now() - start < SLICE) waiting.shift()!();
    ask();
  };
  // Not every browser has idle callbacks.
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 300 });
  else setTimeout(work, 0);
}

/** Does the task soon; the answer takes it back if it has not been done. */
export function later(task: () => void): () => void {
  waiting.push(task);
  ask();
  return () => {
    const at = waiting.indexOf(task);
    if (at >= 0) waiting.splice(at, 1);
  };
}
