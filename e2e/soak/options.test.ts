// The soak's options: what is not one is refused by name.
import { describe, expect, it } from 'vitest';
import { readSoakOptions } from './options';
import { KINDS } from './plan';

describe('options of the soak', () => {
  it('has defaults, and takes what is given', () => {
    expect(readSoakOptions([])).toMatchObject({ kills: 200, seed: 1, kinds: KINDS });
    expect(readSoakOptions(['--kills', '12', '--seed=9', '--kinds', 'tab,worker,tab', '--report', 'x.json'])).toEqual({
      ...{ kills: 12, seed: 9, kinds: ['tab', 'worker'], report: 'x.json' },
    });
  });

  it.each([
    [['--kill', '3'], /Unknown option “--kill”\. Known: --kills/],
    [['12'], /Unknown option “12”/],
    [['--kills', '0'], /“0” is no number of kills/],
    [['--kills', '3,4'], /“3,4” is no number of kills/],
    [['--kills'], /“--kills” needs a value/],
    [['--kills', '2'], /2 kills are too few for 5 kinds/],
    [['--seed', '-1'], /“-1” is no seed/],
    [['--seed', '1.5'], /“1.5” is no seed/],
    [['--kinds', 'tab,cat'], /“cat” is no kind of kill: there are tab, browser/],
  ])('refuses %j', (args, message) => {
    expect(() => readSoakOptions(args)).toThrow(message);
  });
});
