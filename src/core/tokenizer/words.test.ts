import { expect, test } from 'vitest';
import { createWordTokenizer } from './words';

const tokenizer = createWordTokenizer(['has', 'tom', '8', '3', '.', 'A', 'a_', 'tom']);

test('ids follow the special tokens in code-point order', () => {
  expect(tokenizer.vocabulary.slice(9)).toEqual(['.', '3', '8', 'A', 'a_', 'has', 'tom']);
  expect(tokenizer.encodeWords(['tom', 'has', '8'])).toEqual([15, 14, 11]);
});

test('typed text: digits and signs may touch, capitals do not matter', () => {
  expect(tokenizer.encode('  Tom has 83.\n')).toEqual([15, 14, 11, 10, 9]);
  expect(tokenizer.encode('a_.A')).toEqual([13, 9, 12]);
  expect(tokenizer.encode('')).toEqual([]);
});

test('an unknown word is named, special tokens cannot be typed', () => {
  expect(() => tokenizer.encode('tom eats 8')).toThrow('“eats”');
  expect(() => tokenizer.encode('<eos>')).toThrow('no word');
  expect(() => tokenizer.encodeWords(['constructor'])).toThrow('“constructor”');
  expect(() => tokenizer.words([99])).toThrow('99');
});

test('decode leaves special tokens out', () => {
  expect(tokenizer.decode([1, 3, 15, 14, 4, 11, 2])).toBe('tom has 8');
  expect(tokenizer.words([1, 15])).toEqual(['<bos>', 'tom']);
});
