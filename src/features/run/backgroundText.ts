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

/** On coming back, one sentence or two: "While you were away: 132 steps in 4 min, at full speed." */
export function absenceText({ milliseconds, pausedMs, steps, speed }: Absence): string {
  const part = speed === null ? null : partText(speed);
  const paused =
    pausedMs > 0 ? `This tab stood still for ${duration(pausedMs / 1000)}; the run went on from there.` : '';
  // All of it: there is nothing else to say.
  if (pausedMs > 0.9 * milliseconds) return paused;
  const done = steps > 0 ? countOf(steps, 'step') : 'the run went on, with no step';
  const worked = `While you were away: ${done} in ${duration((milliseconds - pausedMs) / 1000)}`;
  if (part !== null) return `${worked}; the browser slowed this tab to ${part} of its speed. ${paused}`.trim();
  return `${worked}${speed === null ? '' : ', at full speed'}. ${paused}`.trim();
}

/** While a run is on, what to expect of a tab in the background. */
export function backgroundText({
  speed,
  hasPaused,
  canFreeze,
}: Pick<PresenceState, 'speed' | 'hasPaused' | 'canFreeze'>): string {
  const stands = hasPaused ? ' It has let this tab stand still, too.' : '';
  if (speed !== null) {
    const part = partText(speed);
    const measured =
      part === null
        ? 'In the background this browser trains on at full speed, as measured in this visit.'
        : `In the background this browser slows training to ${part} of its speed, as measured in this visit.`;
    return measured + stands;
  }
  if (hasPaused)
    return 'Trains on in a background tab. This browser has let the tab stand still; the run goes on from there.';
  return canFreeze
    ? 'Trains on in a background tab, unless the browser slows or pauses it: then it goes on from there.'
    : 'Trains on in a background tab, unless the browser slows it.';
}

export const DISCARDED = 'The browser closed this tab to save memory, and opened it again now.';
