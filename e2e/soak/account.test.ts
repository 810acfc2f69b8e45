// The soak's books: what is lost, what is unequal, what never came to its end is counted, and nothing of it passes for good.
import { describe, expect, it } from 'vitest';
import {
  type Books,
  type Ended,
  exitStatusOf,
  faultsOf,
  type Killed,
  killsByStage,
  secondsByKind,
  summaryLine,
  totalsOf,
} from './account';
import { differences, largestDistance } from './compare';
import type { Told } from './page/told';

const killed = (run: number, more: Partial<Killed> = {}): Killed => ({
  ...{
    run,
    configuration: 'ALLO on math',
    stage: 'warm-up',
    access: null,
    wasSaved: true,
    isResumed: true,
    isFromBeginning: false,
    tries: 1,
  },
  ...{ lost: null, milliseconds: 2000 },
  kill: {
    ...{ kind: 'tab', way: 'crash', at: 0.5, aim: 'moment', asksToSave: false, delay: 0, faults: null },
    access: { number: 1, isDone: false },
  },
  ...more,
});
const ended = (run: number, found: readonly string[] = []): Ended => ({
  ...{ run, configuration: 'ALLO on math', kills: 1, differences: found, largestDistance: 0 },
});
const good = (): Books => ({
  killed: Array.from({ length: 20 }, (_, i) => killed(i)),
  ended: Array.from({ length: 20 }, (_, i) => ended(i)),
});

const TOLD: Told = {
  steps: [
    ['warm-up', 1, Math.LN2],
    ['warm-up', 2, 0.69],
  ],
  facts: [
    ['forgetting mask, selected', 2000],
    ['after, math, greedy', 40],
    ['after, dpoLoss', null],
  ],
  events: [
    ['run.started', 1],
    ['step', 2],
    ['step', 3],
  ],
};
const falsified = (change: (told: Told) => void): Told => {
  const told = structuredClone(TOLD);
  change(told);
  return told;
};

describe('the books of a soak', () => {
  it('are in order where every kill was followed by a resume and every number is the same', () => {
    expect(faultsOf(good(), 20)).toEqual([]);
    expect([exitStatusOf([], false), exitStatusOf([], true)]).toEqual([0, 130]);
    expect(summaryLine(totalsOf(good()))).toBe('20 kills, 20 resumes, 0 lost, 0 unequal');
  });

  it.each<[string, (books: Books) => void, string, RegExp]>([
    [
      'a lost run',
      ({ killed: all, ended: runs }) => {
        all[3] = killed(3, { isResumed: false, lost: 'It was saved, and the storage has no run.' });
        runs.splice(3, 1);
      },
      '20 kills, 19 resumes, 1 lost, 0 unequal',
      /1 runs were lost/,
    ],
    [
      'a run that goes on and is lost on its way',
      ({ killed: all, ended: runs }) => {
        all[3] = killed(3, { lost: 'It stands still at forgetting.' });
        runs.splice(3, 1);
      },
      '20 kills, 20 resumes, 1 lost, 0 unequal',
      /1 runs were lost/,
    ],
    [
      'an unequal run',
      ({ ended: runs }) => {
        runs[7] = ended(
          7,
          differences(
            TOLD,
            falsified(({ steps }) => steps[1]!.splice(2, 1, 0.6900000001)),
            0,
          ),
        );
      },
      '20 kills, 20 resumes, 0 lost, 1 unequal',
      /1 runs told other numbers/,
    ],
    [
      'a run that was never compared',
      ({ ended: runs }) => runs.splice(7, 1),
      '20 kills, 20 resumes, 0 lost, 0 unequal',
      /1 runs did not come to their end/,
    ],
    [
      'kills that were not made',
      ({ killed: all }) => all.pop(),
      '19 kills, 19 resumes, 0 lost, 0 unequal',
      /1 of 20 kills were not made/,
    ],
    [
      'many kills before the first save',
      ({ killed: all }) => {
        for (let i = 0; i < 3; i++) all[i] = killed(i, { wasSaved: false, isFromBeginning: true });
      },
      '20 kills, 20 resumes, 0 lost, 0 unequal',
      /3 kills came before the first save/,
    ],
  ])('say %s', (_, change, line, fault) => {
    const books = good();
    change(books);
    expect(summaryLine(totalsOf(books))).toBe(line);
    expect(faultsOf(books, 20).join(' ')).toMatch(fault);
    expect(exitStatusOf(faultsOf(books, 20), false)).toBe(1);
  });

  it('have the mean time of each kind, and how many kills met each stage', () => {
    const books = good();
    books.killed[0]!.milliseconds = 22_000;
    expect(secondsByKind(books)).toEqual({ tab: { kills: 20, seconds: 3 } });
    books.killed[0]!.stage = 'mask';
    expect(killsByStage(books)).toEqual({ mask: 1, 'warm-up': 19 });
  });
});

describe('a run beside the uninterrupted one', () => {
  it('is equal to itself', () => {
    expect(differences(TOLD, structuredClone(TOLD), 0)).toEqual([]);
    expect(largestDistance(TOLD, structuredClone(TOLD))).toBe(0);
  });

  it.each<[string, (told: Told) => void, RegExp]>([
    [
      'a loss',
      ({ steps }) => steps[1]!.splice(2, 1, 0.69 + 2 ** -53),
      /step 2 is warm-up 2 = .*, expected warm-up 2 = 0\.69/,
    ],
    ['a step less', ({ steps }) => steps.pop(), /step 2 is nothing, expected warm-up 2/],
    ['a step told twice', ({ steps }) => steps.push(steps[1]!), /step 3 is warm-up 2 = 0.69, expected nothing/],
    ['a mask', ({ facts }) => facts[0]!.splice(1, 1, 2001), /fact 1 is forgetting mask, selected = 2001/],
    ['an accuracy', ({ facts }) => facts[1]!.splice(1, 1, 41), /fact 2 is after, math, greedy = 41/],
    ['a number where there was none', ({ facts }) => facts[2]!.splice(1, 1, 0), /fact 3 is .* = 0, expected .* = null/],
    ['a bit of an event', ({ events }) => events[2]!.splice(1, 1, 4), /event 3 is 2, step = 4, expected 2, step = 3/],
  ])('differs in %s', (_, change, said) => {
    expect(differences(TOLD, falsified(change), 0).join('\n')).toMatch(said);
  });

  it('may be apart by a tolerance in its numbers, and not in what it tells', () => {
    const near = falsified((told) => {
      told.steps[0]![2] += 5e-7;
      told.events[1]![1] = 99;
    });
    expect(differences(TOLD, near, 1e-6)).toEqual([]);
    expect(differences(TOLD, near, 1e-7)).toHaveLength(1);
    expect(largestDistance(TOLD, near)).toBeCloseTo(5e-7, 12);
    expect(
      differences(
        TOLD,
        falsified(({ events }) => events.pop()),
        1e-6,
      ),
    ).toHaveLength(1);
  });
});
