import { describe, expect, it } from 'vitest';
import { distinct, EXPERIMENTS, jobsOf } from '../core/study/experiments';
import { jobKey } from '../core/study/job';
import { jobCost } from '../core/study/pace';
import { combinations, gridOf, withGridArguments } from './grid';
import { countsOf, wordsOf } from './options';
import { duration, grouped, missing, partOfJobs } from './studyJobs';
import { differences } from './verifyStudy';

const ALL = distinct(EXPERIMENTS.flatMap((experiment) => jobsOf(experiment)));

describe('the work of the recorded set', () => {
  it('is cut into parts of about equal cost that have every job once and tear no group', () => {
    const parts = [1, 2, 3].map((part) => partOfJobs(ALL, part, 3));
    expect(parts.flat().map(jobKey).sort()).toEqual(ALL.map(jobKey).sort());
    const costs = parts.map((jobs) => jobs.reduce((sum, job) => sum + jobCost(job), 0));
    expect(Math.max(...costs) / Math.min(...costs)).toBeLessThan(1.35);
    const groups = parts.map((jobs) => grouped(jobs).length);
    expect(groups.reduce((sum, count) => sum + count, 0)).toBe(grouped(ALL).length);
    expect(partOfJobs(ALL, 1, 1)).toHaveLength(ALL.length);
  });

  it('leaves out what is known', () => {
    const [first, second, third] = ALL;
    expect(missing([first!, second!, third!], new Set([jobKey(second!)]))).toEqual([first, third]);
  });

  it('says how long it takes', () => {
    expect([12.4, 89, 91, 3600, 7500].map(duration)).toEqual(['12 s', '89 s', '2 min', '1 h 00 min', '2 h 05 min']);
  });
});

describe('differences', () => {
  it('names every place where two results differ, but for times and the backend', () => {
    const recorded = {
      seconds: 1,
      backend: 'wasm',
      after: { klToSft: 0.03, families: { math: { right: '101' } } },
      path: [1, 2],
    };
    const now = {
      seconds: 9,
      backend: 'cpu',
      after: { klToSft: 0.030001, families: { math: { right: '101' } } },
      path: [1],
    };
    expect(differences(recorded, now)).toEqual([
      'after.klToSft: 0.03 recorded, 0.030001 now',
      'path.1: 2 recorded, nothing now',
    ]);
    expect(differences(recorded, recorded)).toEqual([]);
    expect(differences({ loss: null }, { loss: 0 })).toEqual(['loss: null recorded, 0 now']);
  });
});

describe('a grid on the command line', () => {
  it('is every choice of one value a name', () => {
    const args = withGridArguments(['--method', 'dpo', '--grid', 'beta=0.1,0.5', 'rateFactor=1,2', '--seeds', '1']);
    expect(args).toEqual(['--method', 'dpo', '--grid', 'beta=0.1,0.5;rateFactor=1,2', '--seeds', '1']);
    expect(combinations(gridOf(args[3]!))).toEqual([
      ...[
        { beta: '0.1', rateFactor: '1' },
        { beta: '0.1', rateFactor: '2' },
      ],
      ...[
        { beta: '0.5', rateFactor: '1' },
        { beta: '0.5', rateFactor: '2' },
      ],
    ]);
    expect(combinations(gridOf(''))).toEqual([{}]);
    expect(() => gridOf('beta')).toThrow('“beta” is no line of a grid');
  });

  it('takes known words and whole numbers only', () => {
    expect(countsOf('1,12', 'seed')).toEqual([1, 12]);
    expect(() => countsOf('1,,2', 'seed')).toThrow('“” is no seed');
    expect(() => countsOf('0', 'seed')).toThrow('“0” is no seed');
    expect(() => wordsOf('math,maths', ['math', 'qa'], 'family')).toThrow('“maths” is no family: there are math, qa.');
  });
});
