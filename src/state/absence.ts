// What becomes of a run while nobody looks: how fast it went before, how fast in a hidden tab, when the browser or the computer stood still. Measured, not
// guessed from the browser's name: from the steps that come, from a clock that is looked at every second, and from what the page is told of itself.

/** Steps that the active run has told in all, by series, and the series that it is at. */
export interface Told {
  runId: string;
  steps: number;
  series: string;
}

/** A time in which nobody looked at a run that was on. */
export interface Absence {
  /** From hiding to looking again, ms. */
  milliseconds: number;
  /** In which nothing ran at all. */
  pausedMs: number;
  steps: number;
  /** Of the time that was not paused: how fast it went, as a share of the speed before; null where there is nothing to compare. */
  speed: number | null;
}

export interface Absences {
  /** The run is on, or rests. */
  runIs(isOn: boolean): void;
  /** It has told something. */
  told(told: Told): void;
  seen(isVisible: boolean): void;
  /** The page is told that it is about to stand still, and that it goes on. */
  frozen(): void;
  resumed(): void;
  /** About every second, as long as the page can. */
  beat(): void;
}

interface AbsenceOptions {
  /** Wall time, ms: it goes on while a computer sleeps. */
  now(): number;
  /** Once, later. */
  after(milliseconds: number, work: () => void): void;
  /** Somebody looks again. */
  onReturn(absence: Absence): void;
}

/** Shorter absences are not spoken of, unless something stood still. */
export const LEAST_MS = 5000;
/** What became of the run is said so many ms after coming back, */
export const SETTLE_MS = 1500;
/** and what had waited for the page is taken up within so many. */
const LATE_MS = 500;
/** A clock that was not looked at for so long stood still. Timers of a hidden page may come once a minute. */
const STILL_MS = { visible: 20_000, hidden: 150_000 } as const;
/** Steps and ms of one series that make a speed. */
const [FEWEST_STEPS, SHORTEST_MS] = [5, 2000];

interface Meter {
  steps: number;
  ms: number;
}

/** ms of steps by series. */
type Meters = Map<string, Meter>;

const isEnough = (meter: Meter | undefined): meter is Meter =>
  meter !== undefined && meter.steps >= FEWEST_STEPS && meter.ms >= SHORTEST_MS;

/** How fast `then` was against `before`, over the series that both have. */
function speedOf(then: Meters, before: Meters): number | null {
  let [expected, took] = [0, 0];
  for (const [series, meter] of then) {
    const own = before.get(series);
    if (!isEnough(meter) || !isEnough(own)) continue;
    expected += (meter.steps * own.ms) / own.steps;
    took += meter.ms;
  }
  return took > 0 ? expected / took : null;
}

interface Away {
  since: number;
  pausedMs: number;
  steps: number;
  /** Of these those that came after looking again: they were done meanwhile, or since. */
  late: Meters;
  meters: Meters;
}

export function createAbsences({ now, after, onReturn }: AbsenceOptions): Absences {
  let isOn = false;
  let isVisible = true;
  let before: Meters = new Map();
  let away: Away | null = null;
  /** Coming back: which time, and until when what comes in may have waited. */
  let comings = 0;
  let isComing = false;
  let lateUntil = Number.NEGATIVE_INFINITY;
  let frozenAt: number | null = null;
  let lastBeat: number | null = null;
  let last: (Told & { at: number }) | null = null;

  const begin = (since: number): Away => ({ since, pausedMs: 0, steps: 0, late: new Map(), meters: new Map() });
  const add = (meters: Meters, series: string, steps: number, ms: number): void => {
    const meter = meters.get(series) ?? { steps: 0, ms: 0 };
    meters.set(series, { steps: meter.steps + steps, ms: meter.ms + ms });
  };

  /** A run that was told to be still may have gone on in its worker: then its steps are there. */
  const reallyPaused = ({ pausedMs, late }: Away): number => {
    let worked = 0;
    for (const [series, { steps }] of late) {
      const own = before.get(series);
      if (isEnough(own)) worked += (steps * own.ms) / own.steps;
    }
    return worked - LATE_MS > pausedMs / 2 ? 0 : pausedMs;
  };

  const comeBack = (): void => {
    if (!away || isComing) return;
    const mine = away;
    const milliseconds = now() - mine.since;
    isComing = true;
    lateUntil = now() + LATE_MS;
    const coming = ++comings;
    after(SETTLE_MS, () => {
      // Gone again meanwhile: it is all one absence.
      if (coming !== comings) return;
      isComing = false;
      away = null;
      const pausedMs = reallyPaused(mine);
      const speed = speedOf(mine.meters, before);
      if (milliseconds >= LEAST_MS || pausedMs > 0) onReturn({ milliseconds, pausedMs, steps: mine.steps, speed });
    });
  };

  /** Nothing of this page ran from `from` until now. */
  const stood = (from: number): void => {
    const ms = now() - from;
    if ((!isOn && !away) || ms <= 0) return;
    away ??= begin(from);
    away.pausedMs += ms;
    lateUntil = now() + LATE_MS;
    if (last) last = { ...last, at: now() };
    if (isVisible) comeBack();
  };

  return {
    runIs(on) {
      if (on === isOn) return;
      isOn = on;
      last = null;
      lastBeat = null;
      if (on && !isVisible) away ??= begin(now());
    },
    told(next) {
      const at = now();
      if (next.runId !== last?.runId) {
        if (last) before = new Map();
        last = { ...next, at };
        return;
      }
      const steps = next.steps - last.steps;
      if (steps > 0) {
        // Between two stages there is other work.
        const isSame = next.series === last.series;
        if (away) {
          away.steps += steps;
          if (at < lateUntil) add(away.late, next.series, steps, 0);
          else if (isSame && !isComing) add(away.meters, next.series, steps, at - last.at);
        } else if (isSame) add(before, next.series, steps, at - last.at);
        last = { ...next, at };
      } else if (next.series !== last.series) last = { ...next, at };
    },
    seen(visible) {
      if (visible === isVisible) return;
      isVisible = visible;
      if (visible) comeBack();
      else if (isOn) {
        away ??= begin(now());
        comings++;
        isComing = false;
      }
    },
    frozen() {
      frozenAt = now();
    },
    resumed() {
      const from = frozenAt;
      frozenAt = null;
      lastBeat = now();
      if (from !== null) stood(from);
    },
    beat() {
      const at = now();
      const from = lastBeat;
      lastBeat = at;
      if (frozenAt !== null || from === null) return;
      if (at - from > STILL_MS[isVisible ? 'visible' : 'hidden']) stood(from);
    },
  };
}
