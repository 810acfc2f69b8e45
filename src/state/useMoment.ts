// The time line for the views: which moment of a run is looked at, and the log-probs that were told at it.
import { useEffect, useState } from 'react';
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

interface Read {
  runId: string;
  moment: Moment;
  rows: SnapshotRows | null;
}

/**
 * The log-probs of a run's moment: chosen and rejected of each inspected pair, then each inspected response.
 * null: no such moment, not held any more, or still being read (only what was spilled to storage takes a while).
 */
export function useSnapshotRows(run: RunState | null, index: number | null): SnapshotRows | null {
  const { snapshots } = useStudio();
  const [read, setRead] = useState<Read | null>(null);
  const runId = run?.id ?? null;
  const moment = index === null ? null : (run?.moments[index] ?? null);
  useEffect(() => {
    if (runId === null || !moment) return;
    let isWanted = true;
    // Also when it is in memory: the store then knows that it was used.
    snapshots.get(runId, momentName(moment)).then((rows) => {
      if (isWanted) setRead({ runId, moment, rows });
    });
    return () => {
      isWanted = false;
    };
  }, [snapshots, runId, moment]);
  if (runId === null || !moment) return null;
  if (read?.runId === runId && read.moment === moment) return read.rows;
  return snapshots.peek(runId, momentName(moment));
}
