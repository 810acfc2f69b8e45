import { describe, expect, test } from 'vitest';
import { type Found, resultsOf, type World } from '../../../testing/studyWorld';
import { ARM_DESCRIPTIONS } from '../../arms';
import type { Arm, RunConfig } from '../../config';
import type { ExperimentId, Judgement, Scope } from '../experiment';
import { EXPERIMENTS, findExperiment, jobsOf } from '../experiments';
import type { ArmResult } from '../result';
import { tuned } from './ablationClaims';
import { valuesAt } from './frontierClaims';
import { saturation } from './studyClaims';

// Three: two seeds that agree in a number say nothing of its spread.
const scope: Scope = { preset: 'default', families: ['math'], seeds: [1, 2, 3] };
const label = (arm: Arm) => ARM_DESCRIPTIONS[arm].label;

function judge(experiment: ExperimentId, claim: string, world: World, within = scope): Judgement {
  const { claims } = findExperiment(experiment);
  const found = claims.find(({ id }) => id === claim);
  if (!found) throw new Error(`no claim ${claim}`);
  return found.judge(resultsOf(jobsOf(findExperiment(experiment), within), world), 'math');
}

interface Case {
  experiment: ExperimentId;
  claim: string;
  reproduced: World;
  against: World;
  close: World;
}

/** Claims of an order: all arms alike is too close to call. */
const order = (experiment: ExperimentId, claim: string, reproduced: World, against: World): Case => ({
  ...{ experiment, claim, reproduced, against, close: {} },
});
/** Claims that two are alike: all arms alike is what is claimed. */
const alike = (experiment: ExperimentId, claim: string, close: World, against: World): Case => ({
  ...{ experiment, claim, reproduced: {}, against, close },
});
const [high, low] = [{ accuracy: 80 }, { accuracy: 40 }];
const [full, top, random, last] = (['dpo-full', 'dpo-top10', 'dpo-random10', 'dpo-last10'] as const).map(label) as [
  string,
  string,
  string,
  string,
];
const TUNED = [
  ['mask', 'allo-no-mask'],
  ['which-mask', 'allo-random'],
  ['forgetting', 'allo-no-forgetting'],
  ['rewards', 'allo-no-rewards'],
  ['noise', 'allo-no-noise'],
  ['two-ratios', 'allo-shared-ratio'],
  ['threshold', 'allo-raw'],
] as const;
const METHODS = [
  ...(['dpo-full', 'npo', 'rft', 'sft', 'r-dpo', 'ipo', 'bco', 'simpo', 'ppo', 'ppo-a2c'] as const),
  ...(['dpo-160', 'dpo-top10'] as const),
];
const styled = (arm: Arm, more = '') => `${label(arm)}${more}, style bias`;
const UNIFORM = `${styled('allo-no-rewards')}, all rejected tokens`;
const half = (arm: Arm) => `${label(arm)}, half the skills`;

const halfWay = (accuracy: number): World => ({
  interpolation: {
    interpolation: [
      { lambda: 0, klToSft: 0, accuracy: 50 },
      { lambda: 0.5, klToSft: 0.01, accuracy },
      { lambda: 1, klToSft: 0.05, accuracy: 60 },
    ],
  },
});

const CASES: readonly Case[] = [
  order('study', 'top10-accuracy', { [top]: high }, { [top]: low }),
  order('study', 'top10-loss', { [top]: { loss: 0.3 } }, { [top]: { loss: 0.6 } }),
  order('study', 'which-neurons', { [top]: high, [last]: low }, { [top]: high, [last]: { accuracy: 70 } }),
  alike('study', 'last-like-full', { [last]: { accuracy: 55 } }, { [last]: low }),
  order('study', 'beyond-warm-up', { [label('warm-up-only')]: low }, { [label('warm-up-only')]: high }),
  alike('ratio', 'ten-best', { 'DPO, top 50 %': { accuracy: 62 } }, { 'DPO, top 50 %': { accuracy: 70 } }),
  alike(
    'ratio',
    'ten-best-high',
    { [`${full}, lr × 3.3`]: { accuracy: 62 } },
    { [`${full}, lr × 3.3`]: { accuracy: 70 } },
  ),
  order('ratio', 'top10-own-rate', { [`${top}, lr × 3.3`]: high }, { [`${top}, lr × 3.3`]: low }),
  order('ratio', 'top10-own-rate-loss', { [`${top}, lr × 3.3`]: { loss: 0.4 } }, { [full]: { loss: 0.4 } }),
  ...TUNED.flatMap(([id, arm]) => [
    order('ablations', `${id}-helps`, { [label(arm)]: low }, { [label(arm)]: high }),
    order(
      'ablations',
      `${id}-helps-tuned`,
      // Held-out numbers of the other rates do not matter: validation chooses.
      { ALLO: high, [`${label(arm)}, lr × 4`]: { accuracy: 95 } },
      { [`${label(arm)}, lr × 0.25 (validation)`]: high, [`${label(arm)}, lr × 0.25`]: high, [label(arm)]: low },
    ),
  ]),
  order('ablations', 'rewards-find-errors', { ALLO: { auroc: 0.9 } }, { ALLO: { auroc: 0.4 } }),
  ...METHODS.map((arm) => order('methods', `allo-over-${arm}`, { [label(arm)]: low }, { [label(arm)]: high })),
  order('methods', 'tax', { [full]: { others: 30 } }, { [full]: { others: 50 } }),
  order('methods', 'less-damage', { [full]: { others: 30 } }, { ALLO: { others: 30 } }),
  order('methods', 'merging-damage', { [full]: { others: 30 } }, { OnDARE: { others: 30 } }),
  alike(
    'frontier',
    'mask-is-a-smaller-step',
    { [`${top}, lr × 3.3`]: { accuracy: 57 } },
    { [`${top}, lr × 3.3`]: low, [top]: low, [`${top}, lr × 10`]: low },
  ),
  order(
    'frontier',
    'allo-at-equal-kl',
    { 'ALLO, lr × 0.5': high, ALLO: high, 'ALLO, lr × 2': high },
    { ALLO: { accuracy: 30 } },
  ),
  ...(['allo', 'dpo-full', 'rft'] as const).map((arm) =>
    order('frontier', `best-of-n-${arm}`, { [label(arm)]: { sampled: 50 } }, { [label(arm)]: { sampled: 70 } }),
  ),
  order('frontier', 'interpolation', halfWay(57), halfWay(53)),
  alike(
    'transfer',
    'masks-differ-by-task',
    {
      'agreement, seed 1': { overlap: { within: 5, across: 1 } },
      'agreement, seed 2': { overlap: { within: 5, across: 1.4 } },
    },
    { agreement: { overlap: { within: 5, across: 3 } } },
  ),
  order(
    'transfer',
    'masks-agree-within-task',
    { agreement: { overlap: { within: 5, across: 1 } } },
    { agreement: { overlap: { within: 1, across: 2 } } },
  ),
  order(
    'transfer',
    'own-beats-foreign',
    { [top]: high },
    { [`${label('dpo-foreign10')} (of qa)`]: high, [`${label('dpo-foreign10')} (of instruct)`]: low },
  ),
  alike('transfer', 'foreign-like-random', { [random]: { accuracy: 55 } }, { [random]: low }),
  alike('transfer', 'gradient-mask', { [top]: { accuracy: 65 } }, { [top]: high }),
  order(
    'style',
    'style-forgetting',
    { [styled('allo', ', forgetting only')]: { style: 30 } },
    { [styled('allo-no-rewards', ', forgetting only')]: { style: 30 } },
  ),
  order('style', 'style-rewards', { [UNIFORM]: { style: 70 } }, { [UNIFORM]: { style: 30 } }),
  alike('style', 'style-same-accuracy', { [UNIFORM]: { accuracy: 65 } }, { [UNIFORM]: high }),
  order('style', 'style-dpo', { [styled('dpo-full')]: { style: 70 } }, { [styled('dpo-full')]: { style: 30 } }),
  order(
    'style',
    'style-top10',
    { [`${top}, style bias, lr × 3.3`]: { style: 70 } },
    { [styled('allo')]: { style: 70 } },
  ),
  order('style', 'style-rft', { [styled('rft')]: { style: 100 } }, { [styled('rft')]: { style: 30 } }),
  order(
    'change',
    'change-concentrated',
    { change: { concentration: { change: 0.6, gradient: 0.9, gaussian: 0.44 } } },
    { change: { concentration: { change: 0.39, gradient: 0.9, gaussian: 0.44 } } },
  ),
  order(
    'change',
    'gradient-concentrated',
    { change: { concentration: { change: 0.39, gradient: 0.96, gaussian: 0.44 } } },
    { change: { concentration: { change: 0.39, gradient: 0.3, gaussian: 0.44 } } },
  ),
  order('tax', 'relatives-tax', { [half('dpo-full')]: { others: 20 } }, { [half('dpo-full')]: { others: 60 } }),
  order('tax', 'relatives-allo', { [half('allo')]: { others: 60 } }, { [half('dpo-full')]: { others: 60 } }),
  order('tax', 'relatives-top10', { [half('dpo-top10')]: { others: 60 } }, { [half('dpo-top10')]: { others: 20 } }),
];

describe('every claim', () => {
  test('has its case here, and an id of its own', () => {
    const ids = EXPERIMENTS.flatMap(({ id, claims }) => claims.map((claim) => `${id} ${claim.id}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(CASES.map(({ experiment, claim }) => `${experiment} ${claim}`).sort()).toEqual(ids.sort());
  });

  test.each(CASES)(
    'of $experiment: $claim comes out either way',
    ({ experiment, claim, reproduced, against, close }) => {
      expect(judge(experiment, claim, reproduced)).toMatchObject({ verdict: 'reproduced' });
      expect(judge(experiment, claim, against)).toMatchObject({ verdict: 'not reproduced' });
      expect(judge(experiment, claim, close)).toMatchObject({ verdict: 'too close to call' });
    },
  );

  test('is not measured without results, and without one of its arms', () => {
    for (const { claims } of EXPERIMENTS) {
      for (const claim of claims) expect(claim.judge([], 'math').verdict, claim.id).toBe('not measured');
    }
    const results = resultsOf(jobsOf(findExperiment('study'), scope), {});
    const { claims } = findExperiment('study');
    const verdict = (id: string, without: string) =>
      claims
        .find((claim) => claim.id === id)!
        .judge(
          results.filter(({ arm }) => arm !== without),
          'math',
        );
    expect(verdict('top10-accuracy', 'dpo-full')).toEqual({
      verdict: 'not measured',
      sentence: 'Not measured: accuracy of DPO, all weights.',
    });
    expect(verdict('which-neurons', 'dpo-random10').verdict).toBe('not measured');
    expect(verdict('top10-accuracy', 'dpo-last10').verdict).toBe('too close to call');
    expect(claims[0]!.judge(results, 'qa').verdict).toBe('not measured');
  });
});

describe('sentences', () => {
  test('hold the numbers, the seeds and the interval', () => {
    const constant = { [top]: { accuracy: 100 }, [full]: { accuracy: 0 } };
    expect(judge('study', 'top10-accuracy', constant).sentence).toBe(
      'Accuracy: DPO, top 10 % 100.0 ± 0.0 %, DPO, all weights 0.0 ± 0.0 %; difference +100.0 points (the same throughout, 3 seeds).',
    );
    expect(judge('study', 'top10-accuracy', constant, { ...scope, seeds: [3] }).sentence).toContain(
      '100.0 %, DPO, all weights 0.0 %; difference +100.0 points (the same throughout, 1 seed: spread over prompts only).',
    );
    const slower = judge('study', 'top10-loss', { [top]: { loss: 0.632 }, [full]: { loss: 0.541 } });
    expect(slower).toEqual({
      verdict: 'not reproduced',
      sentence:
        'Training loss over the last quarter of the steps: DPO, top 10 % 0.632 ± 0.000, DPO, all weights 0.541 ± 0.000; difference +0.091 (the same throughout, 3 seeds: spread over seeds only).',
    });
    expect(judge('study', 'top10-loss', { [top]: { loss: 0.3 } }, { ...scope, seeds: [1] })).toMatchObject({
      verdict: 'too close to call',
      sentence: expect.stringContaining('difference −0.200 (no interval, 1 seed)'),
    });
    expect(judge('study', 'last-like-full', {}).sentence).toContain('Alike means within 5 points.');
  });

  test('only seeds that both arms have are averaged', () => {
    const results = resultsOf(jobsOf(findExperiment('study'), { ...scope, seeds: [1, 2, 3] }), {
      [`${full}, seed 3`]: { accuracy: 0 },
    });
    const some = results.filter(({ arm, seed }) => arm === 'dpo-full' || seed < 3);
    const { sentence } = findExperiment('study').claims[0]!.judge(some, 'math');
    expect(sentence).toContain('DPO, all weights 60.0 ± 0.0 %');
    expect(sentence).toContain('2 seeds');
  });
});

describe('choices', () => {
  test('the rate is chosen by validation, of equals the one nearest to 1', () => {
    const chosen = (world: World) =>
      tuned(resultsOf(jobsOf(findExperiment('ablations'), scope), world), 'math', 'allo')?.changes.rateFactor ?? 1;
    expect(chosen({})).toBe(1);
    expect(chosen({ 'ALLO, lr × 4': high, 'ALLO, lr × 0.25': high })).toBe(1);
    expect(chosen({ 'ALLO, lr × 4 (validation)': high })).toBe(4);
    expect(chosen({ 'ALLO (validation)': low })).toBe(0.25);
    const results = resultsOf(jobsOf(findExperiment('ablations'), scope), {}).filter(
      ({ split }) => split === 'held-out',
    );
    expect(tuned(results, 'math', 'allo')).toBeNull();
  });

  test('where the ratio saturates', () => {
    const shares = ['1', '2.5', '5', '10', '20', '50'];
    const rising = Object.fromEntries(shares.map((share, i) => [`DPO, top ${share} %`, { accuracy: 70 + 4 * i }]));
    // 70, 74, 78, 82, 86, 90 and 92: the first within 2 of 92 is 50 %.
    const results = resultsOf(jobsOf(findExperiment('ratio'), scope), { ...rising, [full]: { accuracy: 92 } });
    expect(saturation(results, 'math', 1)).toBe(50);
    expect(saturation(results, 'math', 3.33)).toBe(1);
    expect(saturation(results.slice(1), 'qa', 1)).toBeNull();
    expect(judge('ratio', 'ten-best', { ...rising, [full]: { accuracy: 92 } }).sentence).toContain(
      'Accuracy by ratio: 1 %: 70.0, 2.5 %: 74.0, 5 %: 78.0, 10 %: 82.0, 20 %: 86.0, 50 %: 90.0, 100 %: 92.0. Best other is DPO, all weights: difference +10.0 points',
    );
  });

  test('values at a KL lie on the line between the places around it', () => {
    const places = [
      { klToSft: 0.1, values: [100, 40] },
      { klToSft: 0, values: [0, 0] },
      { klToSft: 0.2, values: [0, 40] },
    ];
    expect(valuesAt(places, 0.05)).toEqual([50, 20]);
    expect(valuesAt(places, 0.1)).toEqual([100, 40]);
    expect(valuesAt(places, 0.15)).toEqual([expect.closeTo(50, 9), expect.closeTo(40, 9)]);
    expect(valuesAt(places, 0)).toEqual([0, 0]);
    expect(valuesAt(places, 0.21)).toBeNull();
    expect(valuesAt(places, -0.01)).toBeNull();
    expect(valuesAt([], 0)).toBeNull();
  });

  describe('at the same KL', () => {
    // DPO goes from 50 % at 0 to 90 % at .1; there ALLO has 70 % at .05, as the line has, or more.
    const path = {
      [`${full}, lr × 0.33`]: { kl: 0.1, accuracy: 90 },
      [full]: { kl: 0.2, accuracy: 90 },
      [`${full}, lr × 3.3`]: { kl: 0.3, accuracy: 90 },
    };
    const rated = (one: Found, two: Found, three: Found) => ({
      ...path,
      ...{ 'ALLO, lr × 0.5': one, ALLO: two, 'ALLO, lr × 2': three },
    });
    const allo = (accuracy: number) => {
      const found = { kl: 0.05, accuracy };
      return rated(found, found, found);
    };
    const atEqualKl = (world: World) => judge('frontier', 'allo-at-equal-kl', world);

    test('half way on the path is half of the gain', () => {
      const tie = atEqualKl(allo(70));
      expect(tie.verdict).toBe('too close to call');
      // On the path's 150 prompts of 200: 106 right, and at the path's ends 76 and 135, half way 105.5; once for each rate.
      expect(
        tie.sentence.match(/70\.7 ± 0\.0 %, DPO, all weights at the same KL 70\.3 ± 0\.0 %; difference \+0\.3 points/g),
      ).toHaveLength(3);
      expect(atEqualKl(allo(90)).verdict).toBe('reproduced');
      expect(atEqualKl(allo(60)).verdict).toBe('not reproduced');
    });

    test('rates do not make up for each other', () => {
      const world = rated({ kl: 0.05, accuracy: 78 }, { kl: 0.05, accuracy: 70 }, { kl: 0.05, accuracy: 62 });
      expect(atEqualKl(world).verdict).toBe('not reproduced');
      const top10 = (name: string, accuracy: number) => ({ [`${top}${name}`]: { kl: 0.05, accuracy } });
      const masked = { ...path, ...top10('', 78), ...top10(', lr × 3.3', 70), ...top10(', lr × 10', 62) };
      expect(judge('frontier', 'mask-is-a-smaller-step', masked).verdict).toBe('not reproduced');
    });

    test('the gentlest path that goes so far is the one; its turns count', () => {
      const jobs = jobsOf(findExperiment('frontier'), scope);
      // At a third of the rate DPO is at 90 % half way already.
      const bent = resultsOf(jobs, allo(90)).map((result) => {
        if (result.kind !== 'arm' || result.arm !== 'dpo-full' || result.after.klToSft !== 0.1) return result;
        const [sft, end] = result.path as [ArmResult['path'][number], ArmResult['path'][number]];
        return { ...result, path: [sft, { ...end, klToSft: 0.05 }, end] };
      });
      const claim = findExperiment('frontier').claims.find(({ id }) => id === 'allo-at-equal-kl')!;
      expect(claim.judge(bent, 'math').verdict).toBe('too close to call');
    });

    test('is judged by DPO’s own rate and gentler ones, all of them, and never beyond their ends', () => {
      const jobs = (isThere: (config: RunConfig) => boolean) =>
        resultsOf(
          jobsOf(findExperiment('frontier'), scope).filter(
            ({ config }) => config.arm !== 'dpo-full' || isThere(config),
          ),
          allo(90),
        );
      const claim = findExperiment('frontier').claims.find(({ id }) => id === 'allo-at-equal-kl')!;
      expect(
        claim.judge(
          jobs(({ rateFactor }) => rateFactor !== 0.33),
          'math',
        ).verdict,
      ).toBe('not measured');
      expect(
        claim.judge(
          jobs(({ rateFactor }) => rateFactor <= 1),
          'math',
        ).verdict,
      ).toBe('reproduced');
      const far = { kl: 0.25, accuracy: 90 };
      expect(atEqualKl(rated(far, far, far))).toEqual({
        verdict: 'not measured',
        sentence: 'Not measured: no end of ALLO lies on a path of DPO on all weights.',
      });
      // One that does is enough.
      expect(atEqualKl(rated({ kl: 0.05, accuracy: 90 }, far, far)).verdict).toBe('reproduced');
    });

    test('best of n counts on the same prompts only', () => {
      const results = resultsOf(jobsOf(findExperiment('frontier'), scope), {});
      const claim = findExperiment('frontier').claims.find(({ id }) => id === 'best-of-n-allo')!;
      expect(claim.judge(results, 'math').verdict).toBe('too close to call');
      const fewer = results.map((result) => (result.kind === 'best-of-n' ? { ...result, prompts: 100 } : result));
      expect(claim.judge(fewer, 'math').verdict).toBe('not measured');
    });
  });

  test('a ratio that may be better keeps 10 % from being the best, whatever its mean', () => {
    const world = { 'DPO, top 5 %': { accuracy: 60.5 } };
    expect(judge('ratio', 'ten-best', world).verdict).toBe('reproduced');
    // As good in the mean, but ten points apart over seeds.
    const apart = {
      ...world,
      [`${full}, seed 1`]: { accuracy: 65 },
      [`${full}, seed 2`]: { accuracy: 55 },
    };
    const open = judge('ratio', 'ten-best', apart);
    expect(open.verdict).toBe('too close to call');
    expect(open.sentence).toContain('Best other is DPO, top 5 %');
    expect(open.sentence).toContain('Least certain is DPO, all weights: difference +0.0 points');
  });

  test('an arm that broke off is named', () => {
    const results = resultsOf(jobsOf(findExperiment('study'), scope), { [top]: high }).map((result) =>
      result.kind === 'arm' && result.arm === 'dpo-top10' && result.seed === 2 ? { ...result, failure: 'NaN' } : result,
    );
    const claim = findExperiment('study').claims.find(({ id }) => id === 'top10-accuracy')!;
    expect(claim.judge(results, 'math').sentence).toMatch(
      /DPO, top 10 % broke off \(seed 2\): its last good weights are measured\.$/,
    );
  });
});
