import { describe, expect, it } from 'vitest';
import { type Grouping, groupTokens, groupValue } from './group';

const shownTokens = (texts: readonly string[]) =>
  texts.map((text) => ({ text, isSpecial: text === '<eos>' || text === '<bos>' }));
const grouped = (texts: readonly string[], grouping: Grouping, isWords: boolean) =>
  groupTokens(shownTokens(texts), grouping, isWords).map(({ from, to }) => texts.slice(from, to).join('|'));

describe('groupTokens', () => {
  const words = 'ok , ones 7 + 8 = 1 5 ; the answer is 1 5 . <eos>'.split(' ');

  it('joins the digits of a number where a token is a word', () => {
    expect(grouped(words, 'word', true)).toEqual('ok , ones 7 + 8 = 1|5 ; the answer is 1|5 . <eos>'.split(' '));
  });

  it('ends a step after its mark; the end belongs to the last one', () => {
    expect(grouped(words, 'step', true)).toEqual(['ok|,|ones|7|+|8|=|1|5|;', 'the|answer|is|1|5|.|<eos>']);
  });

  it('begins a word where a piece brings white space', () => {
    const pieces = ['Th', 'e', '␣ans', 'wer', '␣is', '␣3', '.', '5', '.', '↵', 'A', 'nd', '<eos>'];
    expect(grouped(pieces, 'word', false)).toEqual(['Th|e', '␣ans|wer', '␣is', '␣3|.|5|.', '↵', 'A|nd', '<eos>']);
    expect(grouped(pieces, 'step', false)).toEqual(['Th|e|␣ans|wer|␣is|␣3|.|5|.', '↵', 'A|nd|<eos>']);
  });

  it('leaves tokens alone', () => {
    expect(grouped(['a', 'b'], 'token', true)).toEqual(['a', 'b']);
    expect(grouped([], 'step', true)).toEqual([]);
  });
});

describe('groupValue', () => {
  it('takes the mean, the sum or the highest', () => {
    const values = [4, -1, 3, 10];
    expect(groupValue(values, { from: 0, to: 3 }, 'mean')).toBe(2);
    expect(groupValue(values, { from: 1, to: 4 }, 'sum')).toBe(12);
    expect(groupValue(values, { from: 0, to: 3 }, 'highest')).toBe(4);
    expect(groupValue(values, { from: 2, to: 2 }, 'sum')).toBeNaN();
  });
});
