// What the transport can do at the moment, for buttons and keyboard alike.
import type { TimedStage } from '../core/events';
import type { RunState } from '../state/runState';
import type { Studio } from '../state/studioActions';
import { isOver, type SlowMotion } from '../state/studioState';

export interface Transport {
  /** The big toggle. */
  play: 'Start' | 'Pause' | 'Resume';
  canStop: boolean;
  canRestart: boolean;
}

export function transportOf(active: RunState | null, slow: SlowMotion = 'off'): Transport {
  const over = active === null || isOver(active.phase);
  const works = active?.phase === 'running' || active?.phase === 'starting' || slow === 'going';
  return { play: over ? 'Start' : works ? 'Pause' : 'Resume', canStop: !over, canRestart: active !== null };
}

export function togglePlay(studio: Studio, active: RunState | null): void {
  const { slow } = studio.store.getState();
  const { play } = transportOf(active, slow);
  if (slow !== 'off') {
    if (play === 'Start' && !studio.start({ paused: true })) return;
    if (play === 'Pause') studio.pause();
    studio.setSlow(play === 'Pause' ? 'waiting' : 'going');
  } else if (play === 'Start') studio.start();
  else if (play === 'Pause') studio.pause();
  else studio.resume();
}

/** A run that goes on goes on slowly, or fast again. */
export function toggleSlow(studio: Studio, active: RunState | null): void {
  const { slow } = studio.store.getState();
  const isRunning = active?.phase === 'running' || active?.phase === 'starting';
  if (slow === 'off') studio.setSlow(isRunning ? 'going' : 'waiting');
  else {
    studio.setSlow('off');
    if (slow === 'going') studio.resume();
  }
}

/** Why a stage cannot run alone now, null when it can: its entry's weights are held from its first moment on. */
export function aloneObstacle(active: RunState | null, stage: TimedStage): string | null {
  if (!active) return 'Start a run first.';
  if (active.phase === 'failed') return 'The run failed. Restart it.';
  if (active.phase === 'running' || active.phase === 'starting') return 'Pause the run first.';
  if (!active.moments.some((moment) => moment.stage === stage)) return 'This stage has not begun in this run.';
  return null;
}
