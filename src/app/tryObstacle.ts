// When the Try view can ask the worker.
import type { RunState } from '../state/runState';

/** Why a prompt cannot be answered now, null when it can. */
export function tryObstacle(run: RunState | null, activeId: string | null): string | null {
  if (!run) return 'Start a run: its model answers here, before and after.';
  if (run.opened) return `${run.name} was opened from a file: its model is not loaded here. Start a run to try one.`;
  if (run.id !== activeId) return `The weights of ${run.name} have made way for a later run. Restart it to try it.`;
  if (run.phase === 'running')
    return 'The model is being trained. Pause the run to try it as it is now, or wait until it is done.';
  if (run.phase === 'starting' || !run.started) return 'The run is getting ready.';
  if (run.stages.every((stage) => stage.status === 'waiting'))
    return 'There is no model yet: let the run go on for a moment.';
  return null;
}
