import { describe, expect, it } from 'vitest';
import { type Absence, createAbsences, SETTLE_MS } from './absence';

/** A run of 10 steps a second, a page that looks at its clock, and a person who comes and goes. */
function setup() {
  let now = 1_000_000;
  let steps = 0;
  let series = 'warm-up';
  let perSecond = 10;
  const later: { at: number; work: () => void }[] = [];
  const returns: Absence[] = [];
  const absences = createAbsences({
    now: () => now,
    after: (milliseconds, work) => later.push({ at: now + milliseconds, work }),
    onReturn: (absence) => returns.push(absence),
  });
  const due = () => {
    for (const one of later.filter(({ at }) => at <= now)) {
      later.splice(later.indexOf(one), 1);
      one.work();
    }
  };
  const tell = (count: number) => {
    steps += count;
    absences.told({ runId: 'run-1', steps, series });
  };
  return {
    absences,
    returns,
    tell,
    /** Worker and page both work for so long; a hidden page is told once a second. */
    work(seconds: number, { beats = true } = {}) {
      for (let i = 0; i < seconds; i++) {
        now += 1000;
        due();
        tell(perSecond);
        if (beats) absences.beat();
      }
    },
    /** Nothing works. */
    sleep(seconds: number) {
      now += 1000 * seconds;
    },
    /** The clock is set. */
    setClock(by: number) {
      now += by;
    },
    slow(rate: number) {
      perSecond = rate;
    },
    stage(name: string) {
      series = name;
    },
  };
}

describe('absences', () => {
  it('tells how many steps were done meanwhile, and that they were as fast as before', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    t.work(240);
    t.absences.seen(true);
    expect(t.returns).toEqual([]);
    t.work(2);
    expect(t.returns).toEqual([{ milliseconds: 240_000, pausedMs: 0, steps: 2410, speed: 1 }]);
    t.work(10);
    expect(t.returns.length).toBe(1);
  });

  it('measures how much slower a hidden tab was', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    t.slow(3);
    t.work(60);
    t.absences.seen(true);
    t.work(2);
    expect(t.returns[0]?.speed).toBeCloseTo(0.3, 6);
    expect(t.returns[0]?.pausedMs).toBe(0);
  });

  it('compares a series with itself alone', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    // Another stage, of slower steps: nothing to hold them against.
    t.stage('improving');
    t.slow(2);
    t.work(60);
    t.absences.seen(true);
    t.work(2);
    expect(t.returns[0]).toMatchObject({ speed: null, pausedMs: 0 });
    expect(t.returns[0]?.steps).toBeGreaterThan(100);
  });

  it('knows a tab that was frozen, from what the page is told', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    t.work(300);
    t.absences.frozen();
    t.sleep(14 * 60);
    t.absences.resumed();
    t.absences.seen(true);
    t.work(2);
    expect(t.returns).toEqual([{ milliseconds: 1_140_000, pausedMs: 840_000, steps: 3010, speed: 1 }]);
  });

  it('says nothing stood still where the worker went on without its page', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    t.work(10);
    t.absences.frozen();
    t.sleep(60);
    t.absences.resumed();
    t.absences.seen(true);
    // All that waited comes at once.
    t.tell(600);
    t.work(2);
    expect(t.returns[0]).toMatchObject({ pausedMs: 0, milliseconds: 70_000 });
  });

  it('is not misled by a run that is quicker after a pause than before', () => {
    const t = setup();
    t.absences.runIs(true);
    t.slow(2);
    t.work(20);
    t.absences.seen(false);
    t.absences.frozen();
    t.sleep(4);
    t.absences.resumed();
    t.absences.seen(true);
    t.slow(20);
    t.work(2);
    expect(t.returns[0]?.pausedMs).toBe(4000);
  });

  it('knows a computer that slept from its clock, on a page that is looked at too', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.sleep(3600);
    t.absences.beat();
    t.work(3);
    expect(t.returns).toEqual([
      { milliseconds: 3_600_000, pausedMs: 3_600_000, steps: expect.any(Number), speed: null },
    ]);
  });

  it('takes timers that come once a minute in a hidden tab for no pause', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    for (let minute = 0; minute < 5; minute++) {
      t.work(59, { beats: false });
      t.work(1);
    }
    t.absences.seen(true);
    t.work(2);
    expect(t.returns).toMatchObject([{ pausedMs: 0, speed: 1 }]);
  });

  it('is not confused by a clock that is set back', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.setClock(-7_200_000);
    t.absences.beat();
    t.work(20);
    expect(t.returns).toEqual([]);
    t.absences.seen(false);
    t.work(60);
    t.absences.seen(true);
    t.work(2);
    expect(t.returns).toMatchObject([{ milliseconds: 60_000, pausedMs: 0 }]);
  });

  it('does not speak of a glance elsewhere, nor of a run that rests', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    t.work(3);
    t.absences.seen(true);
    t.work(3);
    t.absences.runIs(false);
    t.absences.seen(false);
    t.sleep(3600);
    t.absences.beat();
    t.absences.seen(true);
    t.sleep(SETTLE_MS / 1000);
    t.work(3);
    expect(t.returns).toEqual([]);
  });

  it('goes on counting for somebody who looks only for a moment', () => {
    const t = setup();
    t.absences.runIs(true);
    t.work(20);
    t.absences.seen(false);
    t.work(30);
    t.absences.seen(true);
    t.work(1);
    t.absences.seen(false);
    t.work(30);
    t.absences.seen(true);
    t.work(2);
    expect(t.returns.length).toBe(1);
    expect(t.returns[0]?.milliseconds).toBe(61_000);
  });
});
