import { describe, expect, it } from 'vitest';
import type { GeneratedAnswer } from '../../worker/protocol';
import { answerDifference, answerLogp, errorText, pairTitle, probabilityText } from './tryText';

const answer = (words: string, correct: boolean | null, probability = 0.5): GeneratedAnswer => ({
  text: words,
  correct,
  tokens: words.split(' ').map((text) => ({ id: text.charCodeAt(0), text, probability, top: [] })),
});

describe('two answers in words', () => {
  it('names who is right', () => {
    const title = (before: GeneratedAnswer, after: GeneratedAnswer) => pairTitle({ before, after }, 'ALLO');
    expect(title(answer('a b', false), answer('a c', true))).toBe('SFT is wrong, ALLO is right');
    expect(title(answer('a b', false), answer('a c', false))).toBe('The answers differ, and both are wrong');
    expect(title(answer('a b', true), answer('a b', true))).toBe('Both models give the same answer, and it is right');
    expect(title(answer('a b', null), answer('a c', null))).toBe('SFT and ALLO answer differently');
    expect(title(answer('a b', null), answer('a b', null))).toBe('Both models give the same answer');
  });

  it('marks the tokens that differ', () => {
    expect(answerDifference({ before: answer('a b c', false), after: answer('a x c d', true) })).toEqual({
      before: [false, true, false],
      after: [false, true, false, true],
    });
  });

  it('sums log-probabilities', () => {
    expect(answerLogp(answer('a b', true, 0.5))).toBeCloseTo(2 * Math.log(0.5), 12);
    expect(answerLogp({ text: '', correct: null, tokens: [] })).toBeNull();
  });

  it('writes probabilities', () => {
    expect([0.865, 2e-6].map(probabilityText)).toEqual(['86.5\u202f%', '< 0.01\u202f%']);
  });

  it('turns any rejection into a sentence', () => {
    expect(errorText(new Error('No word “zebra”'))).toBe('No word “zebra”.');
    expect(errorText({ message: 'The worker is busy.', next: 'Pause the run.' })).toBe(
      'The worker is busy. Pause the run.',
    );
    expect(errorText('x')).toBe('x');
    expect(errorText({})).toBe('The answer failed.');
  });
});
