// When the Try view can ask the worker.
import type { RunState } from '../state/runState';

const isBusy = (run: RunState | null): boolean => run?.phase === 'running' || run?.phase === 'starting';

/** Why a prompt cannot be answered now, null when it can. `active`: the run that the worker holds. */
export function tryObstacle(run: RunState | null, active: RunState | null): string | null {
  if (!run) return 'Start a run or open one: its model answers here, before and after.';
  if (run.opened) {
    // Its models are loaded beside the other run's.
    return active && isBusy(active)
      ? `${active.name} is being trained. Pause it to try ${run.name}, or wait until it is done.`
      : null;
  }
  if (run.id !== active?.id) return `The weights of ${run.name} have made way for a later run. Restart it to try it.`;
  if (run.phase === 'running')
    return 'The model is being trained. Pause the run to try it as it is now, or wait until it is done.';
  if (run.phase === 'starting' || !run.started) return 'The run is getting ready.';
  if (run.stages.every((stage) => stage.status === 'waiting'))
    return 'There is no model yet: let the run go on for a moment.';
  return null;
}
