import { describe, expect, test } from 'vitest';
import { resultOf, resultsOf, rightAnswers, type World } from '../../testing/studyWorld';
import { findExperiment, jobsOf } from './experiments';
import { parseResult } from './result';
import {
  accuracy,
  accuracyOn,
  armResults,
  lateLoss,
  learningTax,
  measurements,
  otherFamilies,
  relatives,
  samplesOf,
  styleShare,
} from './samples';
import { spread } from './statistics';
import { topShare, variant } from './variants';

const scope = { preset: 'default', families: ['math', 'qa'], seeds: [1, 2] } as const;
const world = (id: 'study' | 'ratio' | 'ablations' | 'tax' | 'transfer', found: World = {}) =>
  resultsOf(jobsOf(findExperiment(id), scope), found);

test('the made-up results are results', () => {
  for (const id of ['study', 'tax', 'transfer'] as const)
    for (const result of world(id)) expect(parseResult(result)).toEqual(result);
  expect(rightAnswers(37).split('1')).toHaveLength(74 + 1);
});

describe('armResults', () => {
  test('of one family, variant and split, one to a seed', () => {
    const found = armResults(world('ratio'), 'math', topShare(20));
    expect(found.map(({ seed, family, settings }) => [seed, family, settings.improvingPercent])).toEqual([
      [1, 'math', '20'],
      [2, 'math', '20'],
    ]);
    expect(armResults(world('ablations'), 'qa', variant('allo'))).toHaveLength(2);
    expect(armResults(world('ablations'), 'qa', variant('allo'), 'validation').map(({ seed }) => seed)).toEqual([1]);
    expect(armResults(world('ratio'), 'instruct', topShare(20))).toEqual([]);
    expect(armResults(world('tax'), 'math', variant('allo'))).toEqual([]);
  });

  test('a seed that comes twice counts once', () => {
    const twice = [...world('study'), ...world('study', { 'DPO, all weights': { accuracy: 80 } })];
    const samples = samplesOf(armResults(twice, 'math', variant('dpo-full')), accuracy);
    expect(samples).toHaveLength(2);
    expect(spread(samples).mean).toBe(80);
  });
});

test('measurements are found by their kind', () => {
  expect(measurements(world('transfer'), 'qa', 'agreement', variant('allo')).map(({ seed }) => seed)).toEqual([1, 2]);
  expect(measurements(world('transfer'), 'qa', 'change', variant('allo'))).toEqual([]);
});

describe('readings', () => {
  const [job] = jobsOf(findExperiment('study'), scope);
  const result = resultOf(job!, { 'DPO, all weights': { accuracy: 30, others: 20, loss: 0.25, style: 12 } });
  if (result.kind !== 'arm') throw new Error('no arm');

  test('accuracy is prompt by prompt, else the percentage, else nothing', () => {
    expect(accuracy(result)).toHaveLength(200);
    expect(spread(samplesOf([result], accuracy)).mean).toBe(30);
    const told = (greedy: number | null) => ({
      ...result,
      after: { ...result.after, families: { math: { prompts: 200, greedy, sampled: null, right: '' } } },
    });
    expect(accuracy(told(31))).toEqual([31]);
    expect(accuracy(told(null))).toBeNull();
    expect(accuracy({ ...result, family: 'none' })).toBeNull();
  });

  test('late loss is that of the last quarter, without what is not finite', () => {
    expect(lateLoss(result)).toEqual([0.25]);
    expect(lateLoss({ ...result, curves: [] })).toBeNull();
    const curve = { stage: 'improving', step: [1, 2, 3, 4, 5, 6, 7, 8], loss: [9, 9, 9, 9, 9, 9, 0.25, 0.75] };
    expect(lateLoss({ ...result, curves: [{ ...curve, stage: 'warm-up', loss: [1] }, curve] })).toEqual([0.5]);
    expect(lateLoss({ ...result, curves: [{ ...curve, loss: curve.loss.map(() => null) }] })).toBeNull();
  });

  test('other families one after the other; style where it was measured', () => {
    expect(otherFamilies(result)).toEqual(['instruct', 'qa']);
    expect(accuracyOn(otherFamilies)(result)).toHaveLength(400);
    expect(spread(samplesOf([result], accuracyOn(otherFamilies))).mean).toBe(20);
    expect(relatives(result)).toEqual([]);
    expect(accuracyOn(relatives)(result)).toBeNull();
    expect(styleShare(result)).toEqual([12]);
    expect(styleShare({ ...result, after: { ...result.after, stylePercent: null } })).toBeNull();
  });
});

test('learning tax: after − before on every other family', () => {
  const results = armResults(
    world('study', { 'DPO, last 10 %': { others: 30, othersBefore: 45 } }),
    'math',
    variant('dpo-last10'),
  );
  const tax = learningTax(results);
  expect(tax.map(({ family }) => family)).toEqual(['instruct', 'qa']);
  expect(tax[0]!.tax).toMatchObject({ mean: -15, seeds: 2, prompts: 200, over: 'seeds and prompts' });
  expect(tax[0]!.tax.interval!.high).toBeLessThan(0);
  const half = armResults(world('tax'), 'math', variant('rft', { skills: 'half' }));
  expect(relatives(half[0]!)).toEqual(['math, other skills']);
  expect(learningTax(half).map(({ tax: { mean } }) => mean)).toEqual([0]);
});
