// The settings of the run at a moment, the same object until one of them changes: a running run changes every frame.
import { useMemo } from 'react';
import type { RunState } from '../../state/runState';
import { type LossSettings, type Place, settingsAt } from './inspection';

export function useSettings(run: RunState, place: Place | null): LossSettings {
  const { beta, tau, keepShare } = settingsAt(run, place);
  return useMemo(() => ({ beta, tau, keepShare }), [beta, tau, keepShare]);
}
