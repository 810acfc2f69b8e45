// What the transport can do at the moment, for buttons and keyboard alike.
import type { RunState } from '../state/runState';
import { isOver, type Studio } from '../state/studio';

export interface Transport {
  /** The big toggle. */
  play: 'Start' | 'Pause' | 'Resume';
  canStop: boolean;
  canRestart: boolean;
}

export function transportOf(active: RunState | null): Transport {
  const over = active === null || isOver(active.phase);
  const works = active?.phase === 'running' || active?.phase === 'starting';
  return { play: over ? 'Start' : works ? 'Pause' : 'Resume', canStop: !over, canRestart: active !== null };
}

export function togglePlay(studio: Studio, active: RunState | null): void {
  const { play } = transportOf(active);
  if (play === 'Start') studio.start();
  else if (play === 'Pause') studio.pause();
  else studio.resume();
}
