import { describe, expect, test } from 'vitest';
import { ARMS, FAMILIES } from '../config';
import { configDifference, parseConfig } from '../parseConfig';
import { STYLE_VARIANTS } from './armLists';
import { EXPERIMENT_IDS, type Scope } from './experiment';
import { distinct, EXPERIMENTS, findExperiment, jobsOf } from './experiments';
import { jobKey } from './job';

const one: Scope = { preset: 'default', families: ['math'], seeds: [1] };
const all = () => distinct(EXPERIMENTS.flatMap((experiment) => experiment.plan(experiment.recorded)));

describe('plans', () => {
  test('come in the order of their numbers', () => {
    expect(EXPERIMENTS.map(({ id }) => id)).toEqual([...EXPERIMENT_IDS]);
    expect(EXPERIMENTS.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(findExperiment(3).id).toBe('ablations');
    expect(findExperiment('tax').number).toBe(9);
    expect(() => findExperiment(10)).toThrow('There is no experiment 10');
  });

  test('have so many jobs for one family and seed', () => {
    const counts = EXPERIMENTS.map((experiment) => [experiment.id, jobsOf(experiment, one).length]);
    // Ablations: 8 arms at 3 rates on both splits. Frontier: 11 arms, best of n, 3 interpolations.
    expect(Object.fromEntries(counts)).toEqual({
      ...{ study: 5, ratio: 14, ablations: 48, methods: 21, frontier: 15, transfer: 6, style: 7, change: 1, tax: 4 },
    });
  });

  test('choose rates on the first seed only', () => {
    const jobs = jobsOf(findExperiment('ablations'), { ...one, seeds: [4, 5] });
    const validation = jobs.filter(({ split }) => split === 'validation');
    expect(validation).toHaveLength(24);
    expect(new Set(validation.map(({ config }) => config.seed))).toEqual(new Set([4]));
    expect(jobs).toHaveLength(24 + 48);
  });

  test('plan nothing twice, and only settings that are read as they stand', () => {
    for (const experiment of EXPERIMENTS) {
      const jobs = experiment.plan(experiment.recorded);
      expect(new Set(jobs.map(jobKey)).size, experiment.id).toBe(jobs.length);
      for (const { config } of jobs) {
        const { preset, family, arm } = config;
        const { config: read, problems } = parseConfig({ ...configDifference(config), preset, family, arm });
        expect(problems).toEqual([]);
        expect(read).toEqual(config);
      }
    }
  });

  test('share what they have in common', () => {
    const keys = (id: Parameters<typeof findExperiment>[0]) => new Set(jobsOf(findExperiment(id), one).map(jobKey));
    const common = (a: Set<string>, b: Set<string>) => [...a].filter((key) => b.has(key)).length;
    // DPO on all weights and on the top 10 %; with the warm-up alone.
    expect(common(keys('study'), keys('ratio'))).toBe(2);
    expect(common(keys('study'), keys('methods'))).toBe(3);
    // Both of them at 1e-4 and at 3e-5.
    expect(common(keys('ratio'), keys('frontier'))).toBe(4);
    // Top 10 % and random 10 %.
    expect(common(keys('study'), keys('transfer'))).toBe(2);
    expect(common(keys('ablations'), keys('methods'))).toBe(1);
  });

  test('every arm is in some plan; the recorded set covers every family', () => {
    const jobs = all();
    const used = new Set(jobs.map(({ config }) => config.arm));
    // OnTIES under a mask is one click, no row of a table.
    expect(ARMS.filter((arm) => !used.has(arm))).toEqual(['onties-top10']);
    expect(new Set(jobs.map(({ config }) => config.family))).toEqual(new Set(FAMILIES));
    for (const number of [1, 4, 7]) expect(findExperiment(number).recorded.seeds.length).toBeGreaterThanOrEqual(3);
  });

  test('a mask from each other family', () => {
    const sources = (family: 'math' | 'qa' | 'instruct') =>
      jobsOf(findExperiment('transfer'), { ...one, families: [family] })
        .filter(({ config }) => config.arm === 'dpo-foreign10')
        .map(({ config }) => config.maskSource);
    expect(sources('math')).toEqual(['qa', 'instruct']);
    expect(sources('qa')).toEqual(['math', 'instruct']);
    expect(sources('instruct')).toEqual(['math', 'qa']);
  });

  test('style: all arms are trained on biased pairs, two of them forget only', () => {
    const configs = jobsOf(findExperiment('style'), one).map(({ config }) => config);
    expect(configs.every(({ styleBias }) => styleBias)).toBe(true);
    expect(configs.filter(({ improvingSteps }) => improvingSteps === 0).map(({ weighting }) => weighting)).toEqual([
      'threshold',
      'uniform',
    ]);
    expect(STYLE_VARIANTS.uniform.changes.keepShare).toBe(1);
  });
});
