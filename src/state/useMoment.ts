// The time line for the views: which moment of a run is looked at, and the log-probs that were told at it.
import { useEffect, useMemo, useState } from 'react';
import { momentIndex, momentName } from './moments';
import type { Moment, RunState } from './runState';
import type { SnapshotRows } from './snapshotRecord';
import { useStudio, useStudioState } from './useStudio';

export interface SeenMoment {
  /** Place in the run's `moments`; null while there are none. */
  index: number | null;
  moment: Moment | null;
  /** The one before it on the time line. */
  previous: Moment | null;
}

/** The moment that every view shows of a run; the latest when none is chosen. */
export function useMoment(run: RunState | null): SeenMoment {
  const chosen = useStudioState((state) => state.moment);
  const moments = run?.moments ?? [];
  const index = momentIndex(moments, chosen);
  if (index === null) return { index, moment: null, previous: null };
  return { index, moment: moments[index] ?? null, previous: moments[index - 1] ?? null };
}

/** A moment with its log-probs: chosen and rejected of each inspected pair, then each inspected response. */
export interface MomentRows {
  /** null while the run has none. */
  moment: Moment | null;
  /** null: there is no moment, or its log-probs are no longer held. */
  rows: SnapshotRows | null;
  /** Of the moment before; null where there is none, or no longer. */
  before: SnapshotRows | null;
}

const NO_MOMENT: MomentRows = { moment: null, rows: null, before: null };

/**
 * The run's moment with its log-probs. What was spilled to storage takes a while to read: until then the moment that was shown last,
 * so that label and numbers always belong together; null where none was. For one run: give the component its id as key.
 */
export function useMomentRows(run: RunState): MomentRows | null {
  const { snapshots } = useStudio();
  const { moment, previous } = useMoment(run);
  const [read, setRead] = useState<MomentRows | null>(null);
  const runId = run.id;
  useEffect(() => {
    if (!moment) return;
    let isWanted = true;
    const get = async (one: Moment | null) => one && snapshots.get(runId, momentName(one));
    // Also when they are in memory: the store then knows that they were used, the moment itself last.
    Promise.all([get(previous), get(moment)]).then(([before, rows]) => {
      if (isWanted) setRead({ moment, rows, before });
    });
    return () => {
      isWanted = false;
    };
  }, [snapshots, runId, moment, previous]);
  const peeked = useMemo((): MomentRows | null => {
    const peek = (one: Moment): SnapshotRows | null => snapshots.peek(runId, momentName(one));
    const rows = moment && peek(moment);
    const before = previous && peek(previous);
    return rows && (before || !previous) ? { moment, rows, before } : null;
  }, [snapshots, runId, moment, previous]);
  if (!moment) return NO_MOMENT;
  return read?.moment === moment ? read : (peeked ?? read);
}
