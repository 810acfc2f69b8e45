// A run's events on their way to the page: a few messages a second, earlier when they hold much.
import type { RunEvent } from '../core/events';
import type { WorkerMessage } from './protocol';
import { buffersOf } from './transfer';

export interface Outbox {
  add(event: RunEvent): void;
  /** Sends what waits. */
  flush(): void;
}

/** Milliseconds between two messages of run events: about ten a second. */
const FLUSH_MS = 100;
/** A message is sent earlier when it holds this many bytes of typed arrays. */
const FLUSH_BYTES = 8 << 20;

/**
 * Typed arrays of added events are handed over with their message, or copied where `sharesArrays`: points of a run have arrays that its events have too.
 * `now`: ms.
 */
export function createOutbox(
  runId: string,
  post: (message: WorkerMessage, transfer: ArrayBuffer[]) => void,
  now: () => number,
  { sharesArrays = false } = {},
): Outbox {
  let waiting: RunEvent[] = [];
  let bytes = 0;
  let flushedAt = now();
  const flush = (): void => {
    flushedAt = now();
    if (waiting.length === 0) return;
    const events = waiting;
    waiting = [];
    bytes = 0;
    post({ type: 'run.events', runId, events }, sharesArrays ? [] : buffersOf(events));
  };
  return {
    add(event) {
      waiting.push(event);
      for (const buffer of buffersOf([event])) bytes += buffer.byteLength;
      if (now() - flushedAt >= FLUSH_MS || bytes >= FLUSH_BYTES) flush();
    },
    flush,
  };
}
