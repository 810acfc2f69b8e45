// Keeps the screen on while a run is on, where somebody wants that: a state machine, and what drives a browser's wake lock with it. The browser lets go of
// a lock whenever the page is hidden, and may refuse one (low battery).

export interface WakeState {
  /** Somebody wants it. */
  isOn: boolean;
  runsOn: boolean;
  isVisible: boolean;
  /** `refused`: the browser said no, or took it away; asked again when the page is looked at again or a run begins. */
  lock: 'none' | 'asked' | 'held' | 'refused';
}

export type WakeEvent =
  | { type: 'switched'; isOn: boolean }
  | { type: 'run'; runsOn: boolean }
  | { type: 'visible'; isVisible: boolean }
  /** The browser's answers. */
  | { type: 'given' | 'refused' | 'taken away' };

export const firstWake = (isOn: boolean): WakeState => ({ isOn, runsOn: false, isVisible: true, lock: 'none' });

const isWanted = ({ isOn, runsOn, isVisible }: WakeState): boolean => isOn && runsOn && isVisible;

/** The next state, and what the browser is to be asked for. */
export function reduceWake(
  state: WakeState,
  event: WakeEvent,
): { state: WakeState; effect: 'request' | 'release' | null } {
  const next = changed(state, event);
  if (isWanted(next) && next.lock === 'none') return { state: { ...next, lock: 'asked' }, effect: 'request' };
  // One that is asked for is released when it is given.
  if (!isWanted(next) && next.lock === 'held') return { state: { ...next, lock: 'none' }, effect: 'release' };
  return { state: next, effect: null };
}

function changed(state: WakeState, event: WakeEvent): WakeState {
  const { lock } = state;
  const again = lock === 'refused' ? 'none' : lock;
  switch (event.type) {
    case 'switched':
      return { ...state, isOn: event.isOn, lock: again };
    case 'run':
      return event.runsOn === state.runsOn ? state : { ...state, runsOn: event.runsOn, lock: again };
    case 'visible':
      return event.isVisible === state.isVisible ? state : { ...state, isVisible: event.isVisible, lock: again };
    case 'given':
      return { ...state, lock: 'held' };
    case 'refused':
      return { ...state, lock: 'refused' };
    case 'taken away':
      // Because the page is being hidden, which is told next, or for good: it is not fought for.
      return { ...state, lock: lock === 'held' ? 'refused' : lock };
  }
}

/** A lock that the browser has given. */
export interface HeldLock {
  release(): Promise<void>;
  /** Calls back when it is gone, whoever let go of it. */
  onRelease(work: () => void): void;
}

export interface WakeLock {
  send(event: WakeEvent): void;
  state(): WakeState;
}

/** `request`: null where the browser has no wake lock; then nothing is ever asked. `tell`: the state has changed. */
export function createWakeLock(
  isOn: boolean,
  { request, tell }: { request: (() => Promise<HeldLock>) | null; tell(state: WakeState): void },
): WakeLock {
  let state = firstWake(isOn);
  let held: HeldLock | null = null;
  const ask = async (): Promise<void> => {
    try {
      const lock = await request!();
      held = lock;
      lock.onRelease(() => {
        if (held !== lock) return;
        held = null;
        send({ type: 'taken away' });
      });
      send({ type: 'given' });
    } catch {
      send({ type: 'refused' });
    }
  };
  const send = (event: WakeEvent): void => {
    const { state: next, effect } = reduceWake(state, event);
    if (effect === 'request' && !request) {
      state = { ...next, lock: 'none' };
      tell(state);
      return;
    }
    state = next;
    tell(state);
    if (effect === 'request') void ask();
    if (effect === 'release') {
      const lock = held;
      held = null;
      lock?.release().catch(() => {});
    }
  };
  return { send, state: () => state };
}
