// Which moment of a run the scrubber shows, and the log-probs told at it.
import { useEffect, useState } from 'react';
import type { Moment, RunState } from '../../state/runState';
import type { SnapshotRows } from '../../state/snapshotStore';
import { useStudio, useStudioState } from '../../state/useStudio';

export interface SeenMoment {
  /** Place in the run's `moments`; null while there are none. */
  index: number | null;
  moment: Moment | null;
  /** The one before it on the time line. */
  previous: Moment | null;
}

export function useMoment(run: RunState | null): SeenMoment {
  const chosen = useStudioState((state) => state.moment);
  const moments = run?.moments ?? [];
  if (moments.length === 0) return { index: null, moment: null, previous: null };
  const index = Math.max(0, Math.min(chosen ?? moments.length - 1, moments.length - 1));
  return { index, moment: moments[index] ?? null, previous: moments[index - 1] ?? null };
}

/** null: no such moment, not held any more, or still being read. */
export function useSnapshotRows(run: RunState | null, index: number | null): SnapshotRows | null {
  const { snapshots } = useStudio();
  const [read, setRead] = useState<{ runId: string; index: number; rows: SnapshotRows | null } | null>(null);
  const runId = run?.id ?? null;
  useEffect(() => {
    if (runId === null || index === null || index < 0) return;
    let isWanted = true;
    snapshots.get(runId, index).then((rows) => {
      if (isWanted) setRead({ runId, index, rows });
    });
    return () => {
      isWanted = false;
    };
  }, [snapshots, runId, index]);
  return read && read.runId === runId && read.index === index ? read.rows : null;
}
