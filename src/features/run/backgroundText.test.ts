import { describe, expect, it } from 'vitest';
import { absenceText, backgroundText } from './backgroundText';

const plain = (text: string) => text.replaceAll('\u202f', ' ');
const away = { milliseconds: 240_000, pausedMs: 0, steps: 132, speed: 1 as number | null };

describe('on coming back', () => {
  it('says what was done, and how fast', () => {
    expect(absenceText(away)).toBe('While you were away: 132 steps in 4 min, at full speed.');
    expect(absenceText({ ...away, speed: null })).toBe('While you were away: 132 steps in 4 min.');
    expect(absenceText({ ...away, steps: 44, speed: 0.34 })).toBe(
      'While you were away: 44 steps in 4 min, at a third of the speed before.',
    );
    expect(plain(absenceText({ ...away, speed: 0.71 }))).toContain('at 71 % of the speed before.');
    expect(plain(absenceText({ ...away, speed: 0.002 }))).toContain('at 1 % of the speed before.');
    expect(absenceText({ ...away, speed: 1.4 })).toContain('at full speed');
    expect(absenceText({ ...away, steps: 0, speed: null })).toBe(
      'While you were away: the run went on, with no step in 4 min.',
    );
  });

  it('says how long nothing ran, and what was done in the rest', () => {
    expect(absenceText({ ...away, milliseconds: 840_000, pausedMs: 840_000, steps: 3, speed: null })).toBe(
      'This tab stood still for 14 min; the run went on from there.',
    );
    expect(absenceText({ ...away, milliseconds: 1_080_000, pausedMs: 840_000 })).toBe(
      'While you were away: 132 steps in 4 min, at full speed. This tab stood still for 14 min; the run went on from there.',
    );
  });
});

describe('while a run is on', () => {
  it('says what may happen, until it was measured', () => {
    const unknown = { speed: null, hasPaused: false, canFreeze: true };
    expect(backgroundText(unknown)).toMatch(/^Trains on in a background tab, unless the browser slows or pauses it/);
    expect(backgroundText({ ...unknown, canFreeze: false })).not.toContain('pauses');
    expect(backgroundText({ ...unknown, speed: 0.98 })).toContain('at full speed, as measured');
    expect(backgroundText({ ...unknown, speed: 0.26 })).toContain('at a quarter of its speed');
    expect(backgroundText({ ...unknown, hasPaused: true })).toContain('stood still');
  });
});
