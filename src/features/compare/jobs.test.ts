// Jobs from the table: what is queued for a row, an arm or one's own settings has the very keys that the experiments plan.
import { describe, expect, test } from 'vitest';
import { ARMS } from '../../core/config';
import { presetConfig } from '../../core/presets';
import { EXPERIMENTS, findExperiment, jobsOf } from '../../core/study/experiments';
import { jobKey } from '../../core/study/job';
import { armLabel } from '../../core/study/variants';
import { job, known, PLACE } from '../../testing/compareRig';
import { armState, matches } from './armState';
import {
  againJobs,
  armSteps,
  keyed,
  missingSeedJobs,
  ownArm,
  ownJobs,
  plainJobs,
  plannedSteps,
  withoutResult,
} from './jobs';
import { rowsOf, seedsOf } from './rows';

/** All at once, and in how many steps. */
function planned(...given: Parameters<typeof plannedSteps>) {
  const steps = plannedSteps(...given);
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done) return { jobs: step.value, count };
  }
}

describe('of rows', () => {
  test('again are the same jobs, missing seeds those that others have', () => {
    const jobs = [job('allo', 1, { rateFactor: 4 }), job('dpo-full', 1), job('dpo-full', 2), job('dpo-full', 5)];
    const { rows } = rowsOf(known(jobs), PLACE);
    expect(againJobs(rows[1]!)).toEqual(jobs.slice(1));
    expect(missingSeedJobs(rows[0]!, seedsOf(rows))).toEqual([
      job('allo', 2, { rateFactor: 4 }),
      job('allo', 5, { rateFactor: 4 }),
    ]);
    expect(missingSeedJobs(rows[1]!, seedsOf(rows))).toEqual([]);
  });
});

describe('of an experiment', () => {
  test('are planned in small steps, with the keys of the plan, each once', () => {
    for (const experiment of EXPERIMENTS) {
      const arms = jobsOf(experiment, { preset: 'default', families: ['math'], seeds: [1, 2] }).filter(
        ({ kind, split }) => kind === 'arm' && split === 'held-out',
      );
      const { jobs, count } = planned(experiment, PLACE, [1, 2]);
      expect(jobs).toEqual(arms.map((each) => ({ key: jobKey(each), job: each })));
      expect(count).toBeGreaterThanOrEqual(arms.length);
    }
    expect(planned(null, PLACE, [1])).toEqual({ jobs: [], count: 0 });
  });

  test('without a result', () => {
    const map = new Map(known([job('dpo-full', 1)]).map((one) => [one.result.key, one]));
    const missing = withoutResult(planned(findExperiment('study'), PLACE, [1, 2]).jobs, map);
    // Five arms, two seeds, one known.
    expect(missing).toHaveLength(9);
    expect(missing.map((each) => each.job)).not.toContainEqual(job('dpo-full', 1));
  });
});

describe('of an arm that is added', () => {
  test('have the keys that experiments and recorded results have', () => {
    const plans = EXPERIMENTS.flatMap((experiment) => jobsOf(experiment)).filter(({ kind }) => kind === 'arm');
    const keys = new Set(plans.map(jobKey));
    const there = ARMS.filter((arm) => plainJobs(arm, PLACE, [1]).every((each) => keys.has(jobKey(each))));
    // Nearly every arm of one click is part of some experiment.
    expect(there.length).toBeGreaterThan(20);
    for (const arm of ['dpo-full', 'dpo-top10', 'dpo-last10', 'dpo-random10', 'npo', 'allo', 'allo-no-mask'] as const)
      expect(there, arm).toContain(arm);
    expect(plainJobs('npo', PLACE, [1, 2, 3])).toEqual([job('npo', 1), job('npo', 2), job('npo', 3)]);
  });

  test('all of them come in small steps, with the keys of their jobs', () => {
    const steps = armSteps(PLACE, [1, 2]);
    const first = steps.next();
    expect(first).toEqual({ value: undefined, done: false });
    let count = 1;
    let step = steps.next();
    for (; !step.done; step = steps.next()) count++;
    expect(count).toBe(2 * ARMS.length);
    expect(step.value.map(({ arm }) => arm)).toEqual([...ARMS]);
    const npo = step.value.find(({ arm }) => arm === 'npo')!;
    expect(npo).toMatchObject({ label: 'NPO', group: 'Other methods' });
    expect(npo.jobs.map(({ key }) => key)).toEqual([1, 2].map((seed) => jobKey(job('npo', seed))));
  });

  test('of the settings of Run: unchanged ones are the arm of one click, wherever Run is', () => {
    for (const family of ['math', 'qa'] as const)
      for (const arm of ['allo', 'dpo-top10', 'ppo-a2c'] as const) {
        const run = { ...presetConfig('default', family, arm), seed: 9, backend: 'cpu' as const };
        const { config, problems } = ownArm(run, PLACE);
        expect(problems).toEqual([]);
        expect(ownJobs(config, [1, 2]).map(jobKey)).toEqual(plainJobs(arm, PLACE, [1, 2]).map(jobKey));
      }
  });

  test('of the settings of Run: what is changed there is changed here, the family’s own rates are not', () => {
    const run = { ...presetConfig('default', 'qa'), improvingPercent: 20, weighting: 'soft' as const, seed: 9 };
    const { config } = ownArm(run, PLACE);
    expect(config).toEqual({ ...presetConfig('default', 'math'), improvingPercent: 20, weighting: 'soft', seed: 9 });
    expect(armLabel(config)).toBe('ALLO, improving mask 20, soft weights');
    const [first] = ownJobs(config, [3]);
    expect(first).toEqual(job('allo', 3, { improvingPercent: 20, weighting: 'soft' }));
  });

  test('sizes of another preset are left, and said', () => {
    const run = { ...presetConfig('scratch'), width: 64 };
    const { config, problems } = ownArm(run, PLACE);
    expect(config.width).toBe(128);
    expect(problems.map(({ field }) => field)).toEqual(['width']);
  });

  test('say what of them is there and what is queued', () => {
    const jobs = plainJobs('allo', PLACE, [1, 2, 3]).map(keyed);
    const [first, second, third] = jobs.map(({ key }) => key) as [string, string, string];
    const waiting = (...keys: string[]) => new Map(keys.map((key) => [key, 'waiting'] as const));
    const say = (there: string[], queued: string[]) => armState(jobs, new Set(there), waiting(...queued));
    expect(say([], [])).toBe('');
    expect(say([first, second, third], [])).toBe('there');
    expect(say([], [first, second, third])).toBe('queued');
    expect(say([first], [])).toBe('1 of 3 seeds there');
    expect(say([first], [third])).toBe('1 of 3 seeds there, 1 queued');
    expect(matches('DPO, top 10 %', 'top  dpo ')).toBe(true);
    expect(matches('DPO, top 10 %', 'npo')).toBe(false);
  });
});
