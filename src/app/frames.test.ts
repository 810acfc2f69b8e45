import { describe, expect, it } from 'vitest';
import { createSchedule } from './frames';

function setup() {
  let hidden = false;
  const frames: (() => void)[] = [];
  const timers: (() => void)[] = [];
  const listeners = new Set<() => void>();
  const schedule = createSchedule({
    isHidden: () => hidden,
    frame: (work) => frames.push(work),
    later: (work) => timers.push(work),
    whenHidden(work) {
      listeners.add(work);
      return () => listeners.delete(work);
    },
  });
  const all = (works: (() => void)[]) => {
    for (const work of works.splice(0)) work();
  };
  return {
    schedule,
    listeners,
    paint: () => all(frames),
    tick: () => all(timers),
    hide() {
      hidden = true;
      for (const listener of [...listeners]) listener();
    },
  };
}

describe('frames', () => {
  it('shows before the next paint, once', () => {
    const t = setup();
    let shown = 0;
    t.schedule(() => shown++);
    expect(shown).toBe(0);
    t.paint();
    t.hide();
    t.tick();
    expect(shown).toBe(1);
    expect(t.listeners.size).toBe(0);
  });

  it('does not wait for a paint that does not come, because the page was hidden before it', () => {
    const t = setup();
    let shown = 0;
    t.schedule(() => shown++);
    t.hide();
    t.tick();
    expect(shown).toBe(1);
    // The paint comes when somebody looks again: nothing is shown twice.
    t.paint();
    expect(shown).toBe(1);
  });

  it('uses a timer on a hidden page', () => {
    const t = setup();
    t.hide();
    let shown = 0;
    t.schedule(() => shown++);
    t.paint();
    expect(shown).toBe(0);
    t.tick();
    expect(shown).toBe(1);
  });
});
