import { expect, test } from 'vitest';
import { mathTask } from './math';
import { gradeErrors, lcsKeep, oracleRewrite, tokenDifference } from './oracle';

const words = (text: string): string[] => text.split(' ');

test('lcsKeep by hand', () => {
  // Substitution: x stands for c.
  expect(lcsKeep([...'abxd'], [...'abcd'], true)).toEqual({ keep: [true, true, false, true], length: 3 });
  // c is missing before d: d stands in its place.
  expect(lcsKeep([...'abd'], [...'abcd'], true)).toEqual({ keep: [true, true, false], length: 3 });
  expect(lcsKeep([...'abd'], [...'abcd'], false)).toEqual({ keep: [true, true, true], length: 3 });
  expect(lcsKeep([...'abxcd'], [...'abcd'], true)).toEqual({ keep: [true, true, false, true, true], length: 4 });
  expect(lcsKeep([], [...'ab'], true)).toEqual({ keep: [], length: 0 });
});

test('tokenDifference: 1 = not in gold', () => {
  expect([...tokenDifference([5, 9, 7, 2], [5, 6, 7, 2])]).toEqual([0, 1, 0, 0]);
  expect([...tokenDifference([5, 7, 2], [5, 6, 7, 2])]).toEqual([0, 0, 0]);
  expect([...tokenDifference([8, 8], [5, 6])]).toEqual([1, 1]);
});

test('gradeErrors: the first wrong token, then its consequences, EOS 0', () => {
  expect([...gradeErrors([false, true, false, true, true], 6)]).toEqual([0, 1, 0, 2, 2, 0]);
  expect([...gradeErrors([false, false], 3)]).toEqual([0, 0, 0]);
});

test('the oracle keeps the style of the prediction', () => {
  const task = mathTask({ name: 'leo', item: 'apples', op: '+', A: 83, B: 19, verb: 'gets' });
  const wrong = words('well , ones 3 + 9 = 1 2 , carry 0 ; tens 8 + 1 + 0 = 9 ; so the answer is 9 2 .');
  const { words: rewrite, wrong: mask } = oracleRewrite(task, wrong);
  expect(rewrite).toEqual(words('well , ones 3 + 9 = 1 2 , carry 1 ; tens 8 + 1 + 1 = 1 0 ; so the answer is 1 0 2 .'));
  // carry 0, + 0, = 9 (for 1 0) and the answer's 9 (for 1 0).
  expect(mask.flatMap((isWrong, at) => (isWrong ? [at] : []))).toEqual([11, 18, 20, 26]);
});
