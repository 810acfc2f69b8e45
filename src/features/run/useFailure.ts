// The failure of a run of this session, with what this browser has of it, and the run that needs somebody now.
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import type { FailedRun, RunState } from '../../state/runState';
import { needsRoom } from '../../state/savedState';
import { activeRun, selectedRun } from '../../state/studioState';
import { useSavedState } from '../../state/useSaved';
import { useStudio, useStudioState } from '../../state/useStudio';
import { failureFacts, type KeptRun, keptOf } from './failureFacts';
import { type FailureFacts, failureHeading, nextStep } from './failureWords';
import { roomHeading, roomStep } from './savingWords';

export function useFailure(run: RunState & { failure: FailedRun }): { facts: FailureFacts; kept: KeptRun } {
  const kept = useSavedState(useShallow((state) => keptOf(run, state)));
  const live = useStudioState((state) => (state.activeId === run.id ? state.live : null));
  return { facts: failureFacts(run, kept, live), kept };
}

/** A run that waits for somebody, and for what, as sentences. */
export interface Attention {
  run: RunState;
  heading: string;
  /** What its card offers. */
  next: string | null;
}

export const isFailed = (run: RunState): run is RunState & { failure: FailedRun } => run.failure !== null;

/** The worker's run before the one that is looked at; null: neither waits. */
export function useAttention(): Attention | null {
  const studio = useStudio();
  const active = useStudioState(activeRun);
  const selected = useStudioState(selectedRun);
  const live = useStudioState((state) => state.live);
  const saved = useStore(studio.saved.store);
  for (const run of [active, selected]) {
    if (!run || run.opened) continue;
    const trouble = needsRoom(saved.saving[run.id], run.phase);
    if (trouble) return { run, heading: roomHeading(trouble), next: roomStep(trouble) };
    if (!isFailed(run)) continue;
    const facts = failureFacts(run, keptOf(run, saved), run === active ? live : null);
    return { run, heading: failureHeading(facts), next: nextStep(facts)?.label ?? null };
  }
  return null;
}
