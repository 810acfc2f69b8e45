// What a browser does with a run that nobody looks at, in words: what is known before, what was measured, what happened meanwhile.
import { duration } from '../../components/duration';
import { countOf, formatPercent } from '../../components/format';
import type { Absence } from '../../state/absence';
import type { PresenceState } from '../../state/presence';

/** As a share of the speed before: from here on it is full speed, */
const FULL = 0.85;
/** and below it one of these, where it is near, else in per cent. */
const PARTS: readonly [share: number, name: string][] = [
  [1 / 2, 'half'],
  [1 / 3, 'a third'],
  [1 / 4, 'a quarter'],
  [1 / 10, 'a tenth'],
];
const NEAR = 0.12;

/** "half", "a third", "70 %"; null: full speed. */
function partText(speed: number): string | null {
  if (speed >= FULL) return null;
  const part = PARTS.find(([share]) => Math.abs(speed / share - 1) <= NEAR);
  return part ? part[1] : formatPercent(Math.max(1, Math.round(100 * speed)));
}

/** On coming back, one sentence or two: "While you were away: 132 steps in 4 min, at full speed." Why it was slower nobody knows here: the browser, or whatever else the machine did. */
export function absenceText({ milliseconds, pausedMs, steps, speed }: Absence): string {
  const part = speed === null ? null : partText(speed);
  const paused =
    pausedMs > 0 ? `This tab stood still for ${duration(pausedMs / 1000)}; the run went on from there.` : '';
  // All of it: there is nothing else to say.
  if (pausedMs > 0.9 * milliseconds) return paused;
  const done = steps > 0 ? countOf(steps, 'step') : 'the run went on, with no step';
  const worked = `While you were away: ${done} in ${duration((milliseconds - pausedMs) / 1000)}`;
  const fast = speed === null ? '' : `, at ${part === null ? 'full speed' : `${part} of the speed before`}`;
  return `${worked}${fast}. ${paused}`.trim();
}

/** While a run is on, what to expect of a tab in the background. */
export function backgroundText({
  speed,
  hasPaused,
  canFreeze,
}: Pick<PresenceState, 'speed' | 'hasPaused' | 'canFreeze'>): string {
  const stands = hasPaused ? ' The tab has stood still there, too.' : '';
  if (speed !== null) {
    const part = partText(speed);
    const measured =
      part === null
        ? 'Trains on in a background tab at full speed, as measured in this visit.'
        : `Trains on in a background tab at ${part} of its speed, as measured in this visit.`;
    return measured + stands;
  }
  if (hasPaused) return 'Trains on in a background tab. It has stood still there before; the run goes on from there.';
  return canFreeze
    ? 'Trains on in a background tab, unless the browser slows or pauses it: then it goes on from there.'
    : 'Trains on in a background tab, unless the browser slows it.';
}

export const DISCARDED = 'The browser closed this tab to save memory, and opened it again now.';
