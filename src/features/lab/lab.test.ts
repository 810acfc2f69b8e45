// The numbers behind the lab's pictures, from results whose numbers are chosen here.
import { describe, expect, test, vi } from 'vitest';
import type { Arm } from '../../core/config';
import { findExperiment, jobsOf } from '../../core/study/experiments';
import { type Job, jobKey } from '../../core/study/job';
import type { AgreementResult, ArmResult, ChangeResult, StudyResult } from '../../core/study/result';
import { topShare, type Variant, variant, variantConfig, withRate } from '../../core/study/variants';
import type { KnownResult } from '../../state/labState';
import { resultOf, type World } from '../../testing/studyWorld';
import { judgementKey, judgementTasks, relevantResults } from './judging';
import { greedy, labData } from './labData';
import { labTitle, parseSeeds, seedsText, verdictCounts } from './labText';
import { bestRate } from './pictures/differencePicture';
import { frontierOf, wayOf } from './pictures/frontierData';
import { frontierPicture, upTo } from './pictures/frontierPicture';
import { agreementOf, kindDensities } from './pictures/maskPictures';
import { methodRows } from './pictures/methodsPicture';
import { ratioPictures, saturationOf, sweeps } from './pictures/ratioPictures';
import { meanCurve } from './pictures/studyPictures';
import { relativesGain, stylePicture } from './pictures/stylePictures';
import { outlookOf, outlookText } from './plannedRun';

const jobOf = (chosen: Variant, seed = 1, kind: Job['kind'] = 'arm', split: Job['split'] = 'held-out'): Job => ({
  ...{ kind, split, config: variantConfig(chosen, 'default', 'math', seed) },
});
const armOf = (chosen: Variant, world: World, seed = 1, split: Job['split'] = 'held-out'): ArmResult =>
  resultOf(jobOf(chosen, seed, 'arm', split), world) as ArmResult;
const asKnown = (results: readonly StudyResult[], origin: KnownResult['origin'] = 'recorded') =>
  new Map(results.map((result) => [result.key, { result, origin }]));

const arm = (name: Arm) => variant(name);
const FULL = 'DPO, all weights';
const TOP = 'DPO, top 10 %';

describe('frontier', () => {
  const world: World = {
    [FULL]: { accuracy: 97, before: 55, kl: 0.04, sampled: 81 },
    [`${FULL}, lr × 3.3`]: { accuracy: 82, before: 55, kl: 0.3 },
    'DPO, top 2.5 %': { accuracy: 84, before: 55, kl: 0.003 },
    [TOP]: { accuracy: 90, before: 55, kl: 0.01 },
    'best-of-n': { bestOfN: [1, 4].map((n) => ({ n, accuracy: 50 + 5 * n, klToSft: n / 100 })) },
  };
  const results = [
    ...[arm('dpo-full'), withRate('dpo-full', 3.33), topShare(2.5), topShare(10)].map((each) => armOf(each, world)),
    armOf(variant('dpo-full', { styleBias: true }), world),
    resultOf(jobOf(arm('allo'), 1, 'best-of-n'), world),
    resultOf(jobOf(arm('allo'), 2, 'best-of-n'), world),
    resultOf(jobOf(arm('rft'), 1, 'interpolation'), world),
  ];
  const data = labData(results);
  const frontier = frontierOf(data, 'math', 'greedy');

  test('holds every arm but those of other data, at (KL, accuracy)', () => {
    expect(frontier.places.map(({ label, klToSft, accuracy }) => [label, klToSft.mean, accuracy.mean])).toEqual([
      [FULL, 0.04, 97],
      [`${FULL}, lr × 3.3`, 0.3, 82],
      ['DPO, top 2.5 %', 0.003, 84],
      [TOP, 0.01, 90],
    ]);
    expect(frontier.sft).toMatchObject({ mean: 55, seeds: 1 });
  });

  test('connects learning rates in their order, and ratios with all weights last', () => {
    expect(frontier.chains).toEqual([
      [FULL, `${FULL}, lr × 3.3`],
      ['DPO, top 2.5 %', TOP, FULL],
    ]);
  });

  test('averages best of n over seeds, and interpolations by λ', () => {
    expect(frontier.bestOfN?.points).toEqual([
      { name: 'n = 1', klToSft: 0.01, accuracy: { mean: 55, sd: 0, seeds: 2 } },
      { name: 'n = 4', klToSft: 0.04, accuracy: { mean: 70, sd: 0, seeds: 2 } },
    ]);
    expect(frontier.interpolations.map(({ label, points }) => [label, points.length])).toEqual([['RFT', 3]]);
    expect(frontier.interpolations[0]?.points[1]).toMatchObject({ name: 'λ = 0.5', klToSft: 0.025 });
  });

  test('at T = 1 takes sampled answers, and leaves out what has greedy ones only', () => {
    const sampled = frontierOf(data, 'math', 'sampled');
    expect(sampled.places[0]?.accuracy.mean).toBe(81);
    expect(sampled.interpolations).toEqual([]);
  });

  test('a way is the mean over the seeds that have the step', () => {
    const at = (seed: number, accuracy: number | null): ArmResult => ({
      ...armOf(arm('allo'), {}, seed),
      path: [{ stage: 'improving', step: 20, klToSft: seed / 100, accuracy }],
    });
    expect(wayOf(labData([at(1, 60), at(2, 70), at(3, null)]).arms('math')[0]!)).toEqual([
      { stage: 'improving', step: 20, klToSft: 0.015, accuracy: 65 },
    ]);
  });

  test('paths on the way are drawn for nobody, for the main and the selected arms, or for all', () => {
    const path = [0, 20, 40].map((step) => ({ stage: 'improving', step, klToSft: step / 1000, accuracy: 60 + step }));
    const arms = (['allo', 'dpo-full', 'rft', 'ipo', 'npo'] as const).map((name) => ({
      ...armOf(arm(name), {}),
      path,
    }));
    const dotted = (ways: 'none' | 'main' | 'all', hidden: readonly string[] = []) => {
      const choice = {
        answers: 'greedy',
        ways,
        reach: 'all',
        hasInterpolations: false,
        hidden,
        selected: 'IPO',
      } as const;
      const { marks } = frontierPicture(labData(arms), 'math', choice).source!.draw({ width: 600, height: 300 });
      return marks.filter((mark) => mark.type === 'line' && mark.dash?.[0] === 1.5).length;
    };
    expect([dotted('none'), dotted('main'), dotted('all')]).toEqual([0, 3, 5]);
    expect(dotted('all', ['NPO', 'IPO'])).toBe(3);
  });

  test('near SFT, lines are cut where they leave and taken up where they come back', () => {
    const there = [
      [0, 50],
      [0.05, 90],
      [0.15, 70],
      [0.05, 60],
    ] as const;
    expect(upTo(there, 0.1)).toEqual([
      [
        [0, 50],
        [0.05, 90],
        [0.1, expect.closeTo(80, 9)],
      ],
      [
        [0.1, expect.closeTo(65, 9)],
        [0.05, 60],
      ],
    ]);
    expect(upTo(there, 0.2)).toEqual([there]);
    expect(upTo(there.slice(2, 3), 0.1)).toEqual([]);
    const near = {
      answers: 'greedy',
      ways: 'none',
      reach: 'near',
      hasInterpolations: true,
      hidden: [],
      selected: '',
    } as const;
    const picture = frontierPicture(data, 'math', near);
    const { spots } = picture.source!.draw({ width: 600, height: 300 });
    expect(spots.some(({ name }) => name === FULL)).toBe(true);
    expect(spots.some(({ name }) => name === `${FULL}, lr × 3.3`)).toBe(false);
    expect(picture.caption).toContain('beyond KL 0.1: “All distances” shows them.');
    // The table has them all.
    expect(picture.table.rows.some(({ key }) => key === `${FULL}, lr × 3.3`)).toBe(true);
  });

  test('the picture draws 0 at the left edge, hides hidden arms, and tells all numbers', () => {
    const choice = {
      answers: 'greedy',
      ways: 'main',
      reach: 'all',
      hasInterpolations: true,
      hidden: [TOP],
      selected: FULL,
    } as const;
    const picture = frontierPicture(data, 'math', choice);
    const { spots } = picture.source!.draw({ width: 600, height: 300 });
    const spot = (name: string) => spots.find((each) => each.name === name);
    expect(spot('SFT model')?.x).toBe(0);
    expect(spot(TOP)).toBeUndefined();
    expect(spot(FULL)?.lines).toEqual(['accuracy 97.0 %, 1 seed', 'KL to SFT 0.0400 nats per token']);
    // Square root: twelve times the KL is √12 times as far.
    expect(spot(`${FULL}, lr × 3.3`)!.x / spot(FULL)!.x).toBeCloseTo(Math.sqrt(0.3 / 0.04), 10);
    expect(picture.table.rows.find(({ key }) => key === FULL)?.cells).toEqual([FULL, 97, null, 0.04, null, 1]);
  });
});

describe('curves', () => {
  test('are smoothed by seed, then averaged; what was not finite stays out', () => {
    const at = (seed: number, loss: (number | null)[]): ArmResult => ({
      ...armOf(arm('dpo-full'), {}, seed),
      curves: [{ stage: 'improving', step: [1, 2, 3], loss }],
    });
    const curve = meanCurve(labData([at(1, [0.6, null, 0.6]), at(2, [0.8, 0.8, 0.8])]).arms('math')[0]!)!;
    expect(curve.steps).toEqual([1, 2, 3]);
    // A constant stays what it is when it is smoothed: (0.6 + 0.8) / 2, and 0.8 alone where seed 1 has none.
    expect(curve.mean[0]).toBeCloseTo(0.7, 12);
    expect(curve.mean[1]).toBeCloseTo(0.8, 12);
    expect(curve.sd[0]).toBeCloseTo(Math.sqrt(0.02), 12);
    expect(curve.sd[1]).toBeNull();
    expect(curve.raw[0]).toHaveLength(2);
  });

  test('a sweep saturates at the smallest ratio within two points of the best', () => {
    const accuracies = [
      [1, 78],
      [2.5, 84],
      [5, 88],
      [10, 92],
      [20, 95.5],
      [50, 97],
      [100, 97],
    ] as const;
    const results = accuracies.map(([percent, accuracy]) =>
      armOf(topShare(percent), Object.fromEntries([[percent === 100 ? FULL : `DPO, top ${percent} %`, { accuracy }]])),
    );
    const [first] = sweeps(labData(results), 'math', greedy);
    expect(first?.points.map(({ percent, spread }) => [percent, spread.mean])).toEqual(accuracies);
    expect(saturationOf(first!)).toBe(20);
    const [part] = sweeps(labData(results.slice(1)), 'math', greedy);
    expect(saturationOf(part!)).toBeNull();
    expect(ratioPictures(labData(results), 'math')[0]?.caption).toContain('lr × 1 (3e-5): from 20 % on');
  });
});

describe('tables', () => {
  test('the best rate is the one that validation chose, of equals the nearest to 1', () => {
    const at = (rate: number, accuracy: number) => {
      const label = rate === 1 ? 'ALLO' : `ALLO, lr × ${rate}`;
      return armOf(withRate('allo', rate), { [`${label} (validation)`]: { accuracy } }, 1, 'validation');
    };
    expect(bestRate(labData([at(0.25, 90), at(1, 90), at(4, 60)]), 'math', 'allo')).toBe(1);
    expect(bestRate(labData([at(0.25, 91), at(1, 90), at(4, 60)]), 'math', 'allo')).toBe(0.25);
    expect(bestRate(labData([at(0.25, 91), at(1, 90)]), 'math', 'allo')).toBeNull();
  });

  test('methods stand best first, the SFT model among them, with the paper’s average and gain', () => {
    const world: World = { RFT: { accuracy: 98, before: 55 }, PPO: { accuracy: 52, before: 55 } };
    const rows = methodRows(labData([armOf(arm('ppo'), world), armOf(arm('rft'), world)]), 'math');
    expect(rows.map(({ label, gain }) => [label, gain])).toEqual([
      ['RFT', 43],
      ['SFT model', 0],
      ['PPO', -3],
    ]);
    // ALGORITHM §11: RFT 50.5 against 51.1, PPO 50.7.
    expect(rows[0]?.paper?.value).toBe(50.5);
    expect(rows[0]?.paper?.gain).toBeCloseTo(-0.6, 12);
    expect(rows[1]?.paper).toEqual({ value: 51.1, gain: 0 });
  });

  test('agreement is IoU over chance, family by family', () => {
    const result = resultOf(jobOf(arm('allo'), 1, 'agreement'), { agreement: { overlap: { within: 6, across: 1 } } });
    const data = labData([result as AgreementResult]);
    expect(agreementOf(data, 'math', 'math', 'change')?.mean).toBeCloseTo(6, 12);
    expect(agreementOf(data, 'math', 'qa', 'change')?.mean).toBeCloseTo(1, 12);
    expect(agreementOf(data, 'math', 'qa', 'gradient')).toBeNull();
  });

  test('densities of a kind weigh its tensors by their size', () => {
    const result = resultOf(jobOf(arm('allo'), 1, 'change'), {}) as ChangeResult;
    const tensor = (layer: number, size: number, change: number) => ({
      ...{ name: `model.layers.${layer}.self_attn.q_proj.weight`, size, change, gradient: 10 },
    });
    // (100 · 10 + 300 · 2) / 400.
    expect(kindDensities([{ ...result, tensors: [tensor(0, 100, 10), tensor(1, 300, 2)] }])).toEqual([
      {
        ...{ kind: 'q_proj', change: { mean: 4, sd: null, seeds: 1 } },
        gradient: { mean: 10, sd: null, seeds: 1 },
      },
    ]);
  });

  test('style: accuracy across, share of the style upwards', () => {
    const world: World = { 'RFT, style bias': { accuracy: 98, before: 55, style: 100 } };
    const { table } = stylePicture(labData([armOf(variant('rft', { styleBias: true }), world)]), 'math');
    expect(table.rows.at(-1)?.cells).toEqual(['RFT, style bias', 98, null, 100, null, 1]);
  });

  test('relatives: what the other half of the skills gained', () => {
    const label = 'RFT, half the skills';
    const result = armOf(variant('rft', { skills: 'half' }), { [label]: { others: 37, othersBefore: 41 } });
    expect(relativesGain(result)).toBe(-4);
    expect(relativesGain(armOf(arm('rft'), {}))).toBeNull();
  });
});

describe('judging', () => {
  test('claims get the results of their plan, and say what these say', () => {
    const experiment = findExperiment('study');
    const jobs = jobsOf(experiment, { preset: 'default', families: ['math'], seeds: [1, 2] });
    const results = jobs.map((job) => resultOf(job, { [TOP]: { accuracy: 90 }, [FULL]: { accuracy: 60 } }));
    const other = resultOf(jobOf(arm('npo')), {});
    const data = labData([...results, other]);
    expect(relevantResults(data, experiment, 'math')).toEqual(results);
    const key = judgementKey(experiment, 'top10-accuracy', 'math', 'default');
    expect(
      judgementTasks(data, 'math', 'default')
        .find((task) => task.key === key)
        ?.compute().verdict,
    ).toBe('reproduced');
  });
});

describe('words', () => {
  test('the title gives the study’s numbers, or says what is missing', () => {
    const world: World = { [TOP]: { accuracy: 90.5 }, [FULL]: { accuracy: 97 }, 'DPO, random 10 %': { accuracy: 64 } };
    const results = (['dpo-top10', 'dpo-full', 'dpo-random10'] as const).map((name) => armOf(arm(name), world));
    expect(labTitle(labData(results), 'math')).toBe(
      'Is it redundancy? On math the most changed tenth of the weights reaches 90.5\u00a0%, a random tenth 64.0\u00a0%, all of them 97.0\u00a0%.',
    );
    expect(labTitle(labData(results), 'qa')).toBe('Is it redundancy? Nothing is measured on qa yet.');
  });

  test('seeds are read and written as people do', () => {
    expect(parseSeeds('1–3, 7')).toEqual([1, 2, 3, 7]);
    expect(parseSeeds('7 1-3')).toEqual([1, 2, 3, 7]);
    expect(seedsText([7, 3, 1, 2])).toBe('1–3, 7');
    expect(seedsText([1, 2])).toBe('1, 2');
    for (const bad of ['', 'a', '3–1', '1.5', '1–100', '-1']) expect(parseSeeds(bad)).toBeNull();
  });

  test('verdicts are counted, cases without one left out', () => {
    expect(verdictCounts(['reproduced', 'not reproduced', 'reproduced'])).toBe('2 reproduced, 1 not reproduced');
  });

  test('a run is told with what is known and how long the rest takes', () => {
    const jobs = [jobOf(arm('rft'), 1), jobOf(arm('rft'), 2)];
    const keys = jobs.map(jobKey);
    const [first] = jobs.map((job) => resultOf(job, {}));
    const outlook = outlookOf({ jobs, keys }, asKnown([first!], 'here'), 'default');
    // The other seed costs the same as the known one: its ten seconds.
    expect(outlook).toMatchObject({ known: 1, open: [jobs[1]], paceFrom: 'here' });
    expect(outlook.seconds).toBeCloseTo(10, 9);
    expect(outlookText(outlook)).toBe(
      '2 jobs, 1 known already; the other takes about 10 seconds at this machine’s pace.',
    );
    expect(outlookText(outlookOf({ jobs, keys }, new Map(), 'default'))).toBe(
      '2 jobs; how long they take is known after the first.',
    );
  });
});

test('the draws of the most frequent sizes are made ahead, in small steps', async () => {
  // Draws are kept as long as their module: another test may have asked for these.
  vi.resetModules();
  const { drawSizes, warmDraws } = await import('./draws');
  const job = (arm: Arm, seed: number, split: 'held-out' | 'validation' = 'held-out'): Job => ({
    ...{ kind: 'arm', split, config: variantConfig(variant(arm), 'default', 'math', seed) },
  });
  const results = [
    ...[job('allo', 1), job('allo', 2), job('dpo-full', 1), job('dpo-full', 2), job('rft', 1)],
    job('rft', 3, 'validation'),
  ].map((each) => resultOf(each, {}));
  const first = results[0] as ArmResult;
  const count = (family: string) => first.after.families[family]!.right.length;
  const others = count('qa') + count('instruct');
  expect(drawSizes(results)).toEqual(
    [2, 1].flatMap((seeds) => [...new Set([count('math'), others])].map((prompts) => ({ seeds, prompts }))),
  );
  expect([...warmDraws(results)].length).toBeGreaterThan(20);
  // They are there now.
  expect([...warmDraws(results)].length).toBeLessThanOrEqual(4);
});
