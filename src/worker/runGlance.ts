// A saved run in a few numbers, for lists: its last loss and its accuracies on the aligned family.
import type { LogEntry } from '../core/bundle/runLog';
import type { RunEvent } from '../core/events';

export interface RunGlance {
  tell(event: RunEvent): void;
  numbers(): Readonly<Record<string, number | null>>;
}

/** `log`: what was told before. */
export function createGlance(log: readonly LogEntry[]): RunGlance {
  let family: string | null = null;
  let numbers: Record<string, number | null> = {};
  const tell = (event: RunEvent): void => {
    if (event.type === 'run.started') family = event.alignedFamily;
    else if (event.type === 'step') numbers = { ...numbers, loss: event.metrics.loss };
    else if (event.type === 'evaluation' && family !== null) {
      const greedy = event.result.families[family]?.greedy ?? null;
      numbers = { ...numbers, [event.moment]: greedy };
    }
  };
  for (const entry of log) if ('event' in entry) tell(entry.event);
  return { tell, numbers: () => numbers };
}
