import { expect, test } from 'vitest';
import { createRng } from '../rng';
import type { Question } from './dataset';
import { buildPairs, type PairOptions, pairsFromFile, type SampledQuestion, uniqueResponses } from './pairs';

const EOS = 2;
const question = (id: string, gold: number[] | null = [100, EOS]): Question => ({
  ...{ id, family: 'toy', text: id, prompt: [1, 3, 4], gold },
});
// Even first token = right, odd = wrong.
const options: PairOptions = {
  endIds: [EOS],
  check: (_, response) => response[0]! % 2 === 0,
  biasedStyle: null,
  minMixedQuestions: 1,
};
const sampled = (id: string, ...firsts: number[]): SampledQuestion => ({
  question: question(id),
  responses: firsts.map((first) => [first, EOS]),
});
const firsts = (pairs: readonly { chosen: readonly number[]; rejected: readonly number[] }[]): string[] =>
  pairs.map(({ chosen, rejected }) => `${chosen[0]}>${rejected[0]}`);

test('identical responses count once, the first is kept', () => {
  const same = [11, EOS];
  expect(uniqueResponses([same, [10, EOS], [11, EOS], [1, 1, EOS]])).toEqual([
    [11, EOS],
    [10, EOS],
    [1, 1, EOS],
  ]);
  expect(uniqueResponses([same, [11, EOS]])[0]).toBe(same);
});

test('all right × wrong up to five a question; every different wrong answer is forgetting data', () => {
  const endless = { question: question('c'), responses: [[10], [11, 11]] };
  const result = buildPairs(
    [sampled('a', 10, 11, 11, 13), sampled('b', 20, 22, 24, 21, 23), endless],
    createRng(1),
    options,
  );
  expect(firsts(result.pairs.slice(0, 2)).sort()).toEqual(['10>11', '10>13']);
  expect(result.pairs.length).toBe(2 + 5);
  expect(new Set(firsts(result.pairs)).size).toBe(7);
  expect(result.forgetting.map(({ response }) => response[0])).toEqual([11, 13, 21, 23]);
  expect(result.forgetting[0]!.better).toEqual([100, EOS]);
  expect(result.counts).toEqual({
    ...{ questions: 3, responses: 11, unique: 10, withoutEnd: 2, right: 4, wrong: 4 },
    ...{ mixedQuestions: 2, pairs: 7, forgetting: 4 },
  });
  expect(result.note).toBeNull();
  expect(result.pairs.every(({ chosenSource }) => chosenSource === 'sample')).toBe(true);
});

test('a question without both kinds gives no pair', () => {
  const result = buildPairs([sampled('a', 10, 12), sampled('b', 11), sampled('c', 10, 11)], createRng(1), options);
  expect(firsts(result.pairs)).toEqual(['10>11']);
});

test('the draw is deterministic and uniform without replacement', () => {
  const rows = [sampled('a', 10, 12, 14, 11, 13, 15, 17)];
  const draw = (seed: number): string[] => firsts(buildPairs(rows, createRng(seed, 'pairs'), options).pairs);
  expect(draw(4)).toEqual(draw(4));
  expect(draw(4)).not.toEqual(draw(5));
  const hits = new Map<string, number>();
  const rng = createRng(9, 'uniform');
  const runs = 6000;
  for (let n = 0; n < runs; n++) {
    const pairs = firsts(buildPairs(rows, rng, options).pairs);
    expect(new Set(pairs).size).toBe(5);
    for (const pair of pairs) hits.set(pair, (hits.get(pair) ?? 0) + 1);
  }
  expect(hits.size).toBe(12);
  // Each of the 12 pairs is among the 5 with probability 5/12; the sum of squared standardised deviations is about 11 × 12/11.
  const [p, chi] = [5 / 12, [...hits.values()]];
  const statistic = chi.reduce((sum, hit) => sum + (hit - runs * p) ** 2 / (runs * p * (1 - p)), 0);
  expect(statistic).toBeLessThan(33);
});

test('fewer than 64 mixed questions: the gold solution is chosen, and a sentence says so', () => {
  const rows = [sampled('a', 10, 11), sampled('b', 13, 15)];
  const result = buildPairs(rows, createRng(1), { ...options, minMixedQuestions: 64 });
  expect(firsts(result.pairs).sort()).toEqual(['100>11', '100>13', '100>15']);
  expect(result.pairs.every(({ chosenSource }) => chosenSource === 'gold')).toBe(true);
  expect(result.note).toBe(
    'Only 1 question has both right and wrong sampled answers (64 are needed), so a pair is the gold solution and a sampled wrong answer.',
  );
  const { minMixedQuestions, ...standard } = options;
  expect(minMixedQuestions).toBe(1);
  expect(buildPairs(rows, createRng(1), standard).note).toContain('64 are needed');
  const many = Array.from({ length: 64 }, (_, i) => sampled(`q${i}`, 10, 11));
  expect(buildPairs(many, createRng(1), standard).note).toBeNull();
});

test('without gold the sampled pairs stay, without answers there is nothing', () => {
  const noGold = {
    question: question('a', null),
    responses: [
      [10, EOS],
      [11, EOS],
    ],
  };
  const few = buildPairs([noGold], createRng(1), { ...options, minMixedQuestions: 2 });
  expect(firsts(few.pairs)).toEqual(['10>11']);
  expect(few.note).toContain('no gold solution');
  const unknown = buildPairs([noGold], createRng(1), { ...options, check: () => null });
  expect(unknown.pairs.length + unknown.forgetting.length).toBe(0);
});

test('style bias: chosen with the style, rejected and forgotten without', () => {
  const biasedStyle = (response: readonly number[]): boolean => response[0]! >= 20;
  const result = buildPairs([sampled('a', 10, 20, 11, 21)], createRng(1), { ...options, biasedStyle });
  expect(firsts(result.pairs)).toEqual(['20>11']);
  expect(result.forgetting.map(({ response }) => response[0])).toEqual([11]);
  expect(result.counts.wrong).toBe(2);
});

test('ready pairs of a file', () => {
  const [a, b] = [question('a', null), question('b', null)];
  const result = pairsFromFile([
    { question: a, chosen: [10, EOS], rejected: [11, EOS] },
    { question: a, chosen: [12, EOS], rejected: [11, EOS] },
    { question: b, chosen: [10, EOS], rejected: [13, EOS] },
  ]);
  expect(result.pairs.map(({ chosenSource }) => chosenSource)).toEqual(['given', 'given', 'given']);
  expect(result.forgetting).toEqual([
    { question: a, response: [11, EOS], better: [10, EOS] },
    { question: b, response: [13, EOS], better: [10, EOS] },
  ]);
  expect(result.counts).toMatchObject({ questions: 2, responses: 6, unique: 5, pairs: 3, forgetting: 2 });
});
