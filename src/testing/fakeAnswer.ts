// Made-up answers and suggestions for the Try view.
import { createRng, type Rng } from '../core/rng';
import type { GeneratedAnswer, GeneratedToken } from '../worker/protocol';
import { FAKE_VOCABULARY, type FakeQuestion, fakeEncode, fakeQuestion, fakeSolution } from './fakeText';

/** What Try gets back: a wrong answer before, a right one after. Rejects like the worker on an unknown word. */
export async function fakeAnswer(
  prompt: string,
  options: { temperature: number; seed: number },
): Promise<{ before: GeneratedAnswer; after: GeneratedAnswer }> {
  fakeEncode(prompt);
  const numbers = (prompt.match(/\d/g) ?? ['1', '2', '3', '4']).map(Number);
  const [a1 = 1, a0 = 2, b1 = 3, b0 = 4] = numbers;
  const question: FakeQuestion = { text: prompt, a: a1 * 10 + a0, b: b1 * 10 + b0 };
  const rng = createRng(options.seed, 'answer');
  const style = { opener: 'well', link: 'so' };
  return {
    before: generated(fakeSolution(question, style, 'ones'), rng, false),
    after: generated(fakeSolution(question, { ...style, opener: 'ok' }, 'none'), rng, true),
  };
}

function generated(ids: readonly number[], rng: Rng, correct: boolean): GeneratedAnswer {
  const tokens: GeneratedToken[] = ids.map((id) => {
    const probability = 1 - 0.7 * rng.next() ** 4;
    const rest = FAKE_VOCABULARY.filter((_, other) => other !== id && other > 8);
    const top = [{ text: FAKE_VOCABULARY[id]!, probability }];
    for (let n = 0, left = 1 - probability; n < 4; n++, left /= 2)
      top.push({ text: rng.pick(rest), probability: left / 2 });
    return { id, text: FAKE_VOCABULARY[id]!, probability, top };
  });
  const text = tokens.map((token) => token.text).filter((word) => word !== '<eos>');
  return { tokens, text: text.join(' '), correct };
}

export const fakeSuggestions = async (): Promise<readonly { text: string; family: string }[]> => {
  const rng = createRng(5, 'suggestions');
  return Array.from({ length: 6 }, () => ({ text: fakeQuestion(rng).text, family: 'math' }));
};
