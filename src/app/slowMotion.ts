// Slow motion: one update after another, each on show for a while; whatever lies between training stages runs through.
import { useEffect, useRef } from 'react';
import { TIMED_STAGES } from '../core/events';
import type { RunState } from '../state/runState';
import { isOver } from '../state/studioState';
import { useActiveRun, useStudio, useStudioState } from '../state/useStudio';

/** How long an update is on show, ms. */
export const SHOWN_MS = 3000;

/** Is a training stage under way, or the next to begin? */
export function isTraining(run: RunState): boolean {
  const present =
    run.stages.find(({ status }) => status === 'running') ?? run.stages.find(({ status }) => status === 'waiting');
  return TIMED_STAGES.some((stage) => stage === present?.name);
}

/** Makes the steps while slow motion is going. Once, in the shell. */
export function useSlowMotion(): void {
  const studio = useStudio();
  const run = useActiveRun();
  const isGoing = useStudioState((state) => state.slow === 'going');
  const shown = useRef<RunState['anatomy']>(null);
  const latest = useRef(run);
  latest.current = run;

  // Begun in the middle of a run: it has to come to rest first.
  useEffect(() => {
    if (isGoing && latest.current?.phase === 'running') studio.pause();
  }, [studio, isGoing]);

  const rests = run?.rests ?? 0;
  const phase = run?.phase ?? null;
  // Each time the run has come to rest: `rests` tells two of them apart.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const { current } = latest;
    if (!isGoing || !current || phase === null) return;
    if (isOver(phase)) {
      studio.setSlow('waiting');
      return;
    }
    if (phase !== 'paused') return;
    const isNew = current.anatomy !== null && current.anatomy !== shown.current;
    shown.current = current.anatomy;
    const timer = setTimeout(() => (isTraining(current) ? studio.step() : studio.stageEnd()), isNew ? SHOWN_MS : 0);
    return () => clearTimeout(timer);
  }, [studio, isGoing, phase, rests]);
}
