import { describe, expect, test } from 'vitest';
import golden from '../../testing/golden/pairs.json';
import { createRng } from '../rng';
import { answersMatch, buildTextPairs, extractAnswer } from './answers';

describe('golden: pairs', () => {
  test.each(golden.cases.map((one) => [one.id, one] as const))('%s', (_, { inputs, params, expected }) => {
    const rng = createRng(1, 'pairs');
    const reference = buildTextPairs(inputs, 'reference', params.max_pairs, rng);
    expect(reference.unique).toBe(expected.unique);
    expect(reference.positive).toEqual(expected.reference.positive);
    expect(reference.negative).toEqual(expected.reference.negative);
    expect(reference.allPairs).toBe(expected.reference.all_pairs);
    expect(reference.pairs.length).toBe(expected.reference.pairs_written);
    expect(reference.negative.length).toBe(expected.reference.forgetting_rows);
    const ours = buildTextPairs(inputs, 'default', params.max_pairs, rng);
    expect(ours.unique).toBe(expected.unique);
    expect(ours.positive).toEqual(expected.recommended.positive);
    expect(ours.negative).toEqual(expected.recommended.negative);
    expect(ours.pairs.length).toBe(expected.recommended.pairs_written);
  });
});

test('extractAnswer: the two rules', () => {
  expect(extractAnswer('So THE ANSWER IS: $1,234.00!', 'default')).toBe('1234.00');
  expect(extractAnswer('The answer is 7. The answer is 8 .', 'default')).toBe('8');
  expect(extractAnswer('It is 7', 'default')).toBeNull();
  expect(extractAnswer('The answer is .', 'default')).toBeNull();
  expect(extractAnswer(' It is 7 ', 'reference')).toBe('it is 7');
  expect(extractAnswer('the answer is 7', 'reference')).toBe('the answer is 7');
  expect(extractAnswer('The answer is: 7.', 'reference')).toBe(': 7.');
});

test('numbers within 1e-6, words exactly', () => {
  const same = (a: string, b: string): boolean => answersMatch(`The answer is ${a}`, `The answer is ${b}`, 'default');
  expect(same('1000000.5', '1000000')).toBe(true);
  expect(same('1000002', '1000000')).toBe(false);
  expect(same('-3', '3')).toBe(false);
  expect(same('.5', '0.50')).toBe(true);
  expect(same('0', '0.0')).toBe(true);
  expect(same('Race  track', 'race track')).toBe(false);
  expect(same('Race Track.', 'race track')).toBe(true);
  expect(same('0x10', '16')).toBe(false);
  expect(answersMatch('7', '7', 'default')).toBe(false);
  expect(answersMatch('7', '7', 'reference')).toBe(true);
});

test('hostile text costs no more than its length', () => {
  const dots = `The answer is ${'. '.repeat(200_000)}x`;
  const start = performance.now();
  expect(answersMatch(dots, dots, 'default')).toBe(true);
  expect(performance.now() - start).toBeLessThan(1000);
});
