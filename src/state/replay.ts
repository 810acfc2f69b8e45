// A run's log → its state: the same reducer as for a run that goes on, entry by entry.
import type { LogEntry } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';
import { reduceEvents, reduceFailure, reducePhase } from './runReducer';
import type { RunState } from './runState';
import { isOver } from './studioState';

/** Entries that are reduced before others get their turn. */
const AT_ONCE = 2000;

/** The state as the log leaves it, which more of the log can go on from. `rest` lets the page breathe. */
export async function replay(
  fresh: RunState,
  log: readonly LogEntry[],
  rest: () => Promise<void> = async () => {},
): Promise<RunState> {
  let state = fresh;
  let events: RunEvent[] = [];
  let since = 0;
  for (const [i, entry] of log.entries()) {
    if ('event' in entry) {
      events.push(entry.event);
      const next = log[i + 1];
      // What came in one message is reduced together, as it was then.
      if (next && 'event' in next && next.at === entry.at) continue;
      state = reduceEvents(state, events, entry.at);
      events = [];
    } else if ('phase' in entry) state = reducePhase(state, entry.phase, entry.at);
    else state = reduceFailure(state, { cause: 'other', ...entry.error, resumable: false });
    if (i - since < AT_ONCE) continue;
    since = i;
    await rest();
  }
  return state;
}

/** A run as it is looked at: one that was saved on its way counts as stopped. */
export const settled = (state: RunState, log: readonly LogEntry[]): RunState =>
  isOver(state.phase) ? state : reducePhase(state, 'stopped', log.at(-1)?.at ?? 0);
