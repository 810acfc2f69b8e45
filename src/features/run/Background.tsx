// What becomes of the run while nobody looks, as a quiet line beside it, and the switch that keeps the screen on meanwhile.
import type { RunState } from '../../state/runState';
import { usePresence, usePresenceState } from '../../state/usePresence';
import { useStudioState } from '../../state/useStudio';
import { absenceText, backgroundText } from './backgroundText';

/** For the run that the worker has in hand. After an absence what happened meanwhile, while the run is on or has just ended. */
export function BackgroundLine({ run }: { run: RunState }) {
  const isActive = useStudioState((state) => state.activeId === run.id);
  const absence = usePresenceState((state) => state.absence);
  const speed = usePresenceState((state) => state.speed);
  const hasPaused = usePresenceState((state) => state.hasPaused);
  const canFreeze = usePresenceState((state) => state.canFreeze);
  const isRunning = run.phase === 'running';
  if (!isActive || (!absence && !isRunning)) return null;
  return (
    <p className="caption run-background" role={absence ? 'status' : undefined}>
      {absence ? absenceText(absence) : backgroundText({ speed, hasPaused, canFreeze })}
    </p>
  );
}

/** Off unless somebody wants it. */
export function ScreenSwitch() {
  const presence = usePresence();
  const wake = usePresenceState((state) => state.wake);
  const isOn = wake?.isOn ?? false;
  return (
    <label className="saved-switch" title={wake ? undefined : MISSING}>
      <input
        type="checkbox"
        checked={isOn}
        disabled={wake === null}
        onChange={(event) => presence.setKeepsScreenOn(event.currentTarget.checked)}
      />
      <span>
        Keep the screen on while a run is on
        {wake === null && `: ${MISSING}`}
        {wake?.isOn && wake.lock === 'refused' && ': refused for now, the battery may be low'}
      </span>
    </label>
  );
}

const MISSING = 'this browser cannot, or only on https pages';
