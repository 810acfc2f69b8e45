// The run and whoever looks at it, or not: keeps the screen on where that is wanted, saves before the page stands still, and says what became of the run
// in the background. How it is measured: absence.ts; how a wake lock behaves: wakeLock.ts.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Absence, createAbsences } from './absence';
import type { RunState } from './runState';
import type { Memory } from './storage';
import type { Studio } from './studioActions';
import { activeRun } from './studioState';
import { createWakeLock, type HeldLock, type WakeState } from './wakeLock';

/** What the page is told by the browser. */
export type PageChange = 'hidden' | 'visible' | 'frozen' | 'resumed';

/** The part of the browser's page that presence uses. */
export interface PresencePage {
  isVisible(): boolean;
  /** Whether it says that it freezes pages. */
  canFreeze: boolean;
  /** It was thrown away to save memory, and loaded again now. */
  wasDiscarded: boolean;
  /** null: there is no wake lock here. */
  requestWakeLock: (() => Promise<HeldLock>) | null;
  listen(tell: (change: PageChange) => void): void;
  /** Wall time, ms. */
  now(): number;
  after(milliseconds: number, work: () => void): void;
  /** Again and again; gives a way to end it. */
  every(milliseconds: number, work: () => void): () => void;
}

export interface PresenceState {
  /** null: this browser has none. */
  wake: WakeState | null;
  canFreeze: boolean;
  wasDiscarded: boolean;
  /** The last absence from the run that is active; null: there was none. */
  absence: Absence | null;
  /** What was measured in this visit: the last speed in a hidden tab as a share of the speed before, and whether it ever stood still. */
  speed: number | null;
  hasPaused: boolean;
}

export interface Presence {
  store: StoreApi<PresenceState>;
  setKeepsScreenOn(keeps: boolean): void;
}

/** A clock that is looked at so often shows when a page stood still. */
const BEAT_MS = 1000;

const isAtWork = (run: RunState | null): boolean => run?.phase === 'running' || run?.phase === 'starting';

/** How many steps it has told, and of which series the last was: the one that has grown. */
function stepsOf(run: RunState, before: RunState | null): { steps: number; series: string } {
  let [steps, series] = [0, ''];
  for (const one of Object.values(run.series)) {
    steps += one.length;
    if (before === null || before.series[one.name] !== one) series = one.name;
  }
  return { steps, series };
}

export function createPresence(studio: Studio, memory: Memory, page: PresencePage): Presence {
  const { canFreeze, wasDiscarded } = page;
  const keeps = memory.keepsScreenOn();
  const wakeLock = createWakeLock(keeps, {
    request: page.requestWakeLock,
    tell: (wake) => store.setState({ wake: page.requestWakeLock && wake }),
  });
  const store = createStore<PresenceState>(() => ({
    ...{ canFreeze, wasDiscarded, absence: null, speed: null, hasPaused: false },
    wake: page.requestWakeLock && wakeLock.state(),
  }));
  const absences = createAbsences({
    ...{ now: page.now, after: page.after },
    onReturn(absence) {
      const { speed, hasPaused } = store.getState();
      store.setState({
        absence,
        speed: absence.speed ?? speed,
        hasPaused: hasPaused || absence.pausedMs > 0,
      });
    },
  });

  let stopBeat: (() => void) | null = null;
  const follow = (run: RunState | null, before: RunState | null): void => {
    if (run?.id !== before?.id) store.setState({ absence: null });
    const [works, worked] = [isAtWork(run), isAtWork(before)];
    // What came with the last message of a run belongs to it still.
    if (run && run.series !== before?.series)
      absences.told({ runId: run.id, ...stepsOf(run, before?.id === run.id ? before : null) });
    if (works === worked) return;
    absences.runIs(works);
    wakeLock.send({ type: 'run', runsOn: works });
    stopBeat?.();
    stopBeat = works ? page.every(BEAT_MS, absences.beat) : null;
  };
  studio.store.subscribe((state, before) => {
    const [run, old] = [activeRun(state), activeRun(before)];
    if (run !== old) follow(run, old);
  });

  page.listen((change) => {
    switch (change) {
      case 'hidden':
      case 'visible':
        wakeLock.send({ type: 'visible', isVisible: change === 'visible' });
        absences.seen(change === 'visible');
        break;
      case 'frozen':
        studio.saved.saveNow();
        absences.frozen();
        break;
      case 'resumed':
        absences.resumed();
        break;
    }
  });
  if (!page.isVisible()) {
    wakeLock.send({ type: 'visible', isVisible: false });
    absences.seen(false);
  }

  return {
    store,
    setKeepsScreenOn(isOn) {
      memory.saveKeepsScreenOn(isOn);
      wakeLock.send({ type: 'switched', isOn });
    },
  };
}
