// What a run told, in order and with its times. Weights, mask bits and the time line's log-probs are no part of the log: in a bundle they are files of
// their own (runParts.ts). How a log is written: logLines.ts. Whether events are what they should be: eventSchema.ts.
import type { RunEvent } from '../events';

export const LOG_PHASES = ['running', 'paused', 'stopped', 'done', 'failed'] as const;
export type LogPhase = (typeof LOG_PHASES)[number];

/** What makes a run stop, as far as something else is said and offered for each. */
export const FAILURE_CAUSES = [
  /** A loss or a gradient became NaN or infinite: that update changed nothing. */
  'not finite',
  /** The loss is exactly 0 where no data and no setting makes it so. */
  'zero loss',
  /** Every gradient is exactly 0, likewise. */
  'zero gradients',
  /** Likewise, of a model whose weights have grown past all measure. */
  'diverged',
  'device lost',
  'out of memory',
  'worker crash',
  /** Saves are refused by the browser, or there is no room for them. */
  'storage',
  /** The backend computes wrong numbers. */
  'self-check',
  /** No save of the run can be read. */
  'damaged save',
  /** A file of the studio or of the user's. */
  'file',
  'other',
] as const;

/** Something that happened to a run. `at` in ms of a clock that only goes forward. */
export type LogEntry = { at: number } & (
  | { event: RunEvent }
  | { phase: LogPhase }
  /** Logs from before causes were told have none. */
  | { error: { message: string; next: string; detail: string; cause?: (typeof FAILURE_CAUSES)[number] | undefined } }
);

/** An event without what has files of its own; null where nothing is left of it. */
export function logged(event: RunEvent): RunEvent | null {
  switch (event.type) {
    case 'weights':
    case 'update':
    case 'moments':
    case 'tokenizer':
      return null;
    case 'mask':
      return { ...event, tensors: event.tensors.map((tensor) => ({ ...tensor, mask: new Uint8Array(0) })) };
    case 'snapshot':
      return { ...event, policy: [], reference: [] };
    default:
      return event;
  }
}

/** Of neighbouring reports of progress only the last one counts. */
export function isReplacedBy(before: LogEntry | undefined, next: LogEntry): boolean {
  if (!before || !('event' in before) || !('event' in next)) return false;
  const [old, now] = [before.event, next.event];
  return old.type === 'stage.progress' && now.type === 'stage.progress' && old.stage === now.stage;
}
