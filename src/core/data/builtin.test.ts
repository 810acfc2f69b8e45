import { describe, expect, test } from 'vitest';
import { createRng } from '../rng';
import { BOS, BOT, EOS, FIX, GOLD, OUT, PRED, USER } from '../tokenizer/special';
import { createBuiltinDataset } from './builtin';
import type { Example, Question } from './dataset';
import { FAMILIES, FAMILY_NAMES } from './families';
import { splitOf } from './split';

const data = createBuiltinDataset('math', { styleBias: false });
const words = (ids: readonly number[]): string[] => ids.map((id) => data.vocabulary[id]!);
const draw = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one);
const lengthOf = ({ prompt, response }: Example): number => prompt.length + response.length;

/** The family whose grammar the words of a prompt follow. */
const familyOf = (prompt: readonly number[]): string | undefined =>
  FAMILY_NAMES.find((name) => FAMILIES[name].parse(words(prompt.slice(2, -1))));

describe.each(FAMILY_NAMES)('%s questions', (name) => {
  const set = createBuiltinDataset(name, { styleBias: false });

  test('training: different prompts of the train split, fixed by the seed', () => {
    const questions = set.trainingQuestions(300, createRng(1, 'questions'));
    expect(new Set(questions.map(({ text }) => text)).size).toBe(300);
    expect(questions.every(({ text, family }) => splitOf(text) === 'train' && family === name)).toBe(true);
    expect(set.trainingQuestions(300, createRng(1, 'questions'))).toEqual(questions);
    expect(set.trainingQuestions(300, createRng(2, 'questions'))).not.toEqual(questions);
  });

  test('evaluation: one fixed sequence per split, whoever asks and how often', () => {
    for (const split of ['validation', 'held-out'] as const) {
      const questions = set.evaluationQuestions(name, split, 300);
      expect(new Set(questions.map(({ text }) => text)).size).toBe(300);
      expect(questions.every(({ text }) => splitOf(text) === split)).toBe(true);
      const other = createBuiltinDataset('qa', { styleBias: true });
      expect(other.evaluationQuestions(name, split, 20)).toEqual(questions.slice(0, 20));
      expect(other.evaluationQuestions(name, split, 300)).toEqual(questions);
    }
  });

  test('gold is right, a response without EOS or with text after it is wrong', () => {
    for (const question of set.evaluationQuestions(name, 'held-out', 50)) {
      const gold = question.gold!;
      expect(set.check(question, gold)).toBe(true);
      expect(set.check(question, gold.slice(0, -1))).toBe(false);
      expect(set.check(question, [...gold, EOS])).toBe(false);
      expect(set.check(question, [])).toBe(false);
      expect(question.prompt).toEqual(set.encodePrompt(question.text));
    }
  });
});

test('the layout of a prompt', () => {
  expect(words(data.encodePrompt('leo has 83 apples. then Leo gets 19. how many now?'))).toEqual(
    '<bos> <user> leo has 8 3 apples . then leo gets 1 9 . how many now ? <bot>'.split(' '),
  );
  expect(() => data.encodePrompt('leo eats')).toThrow('“eats”');
  expect(() => data.encodePrompt(' ')).toThrow('empty');
  expect(() => data.encodePrompt('the '.repeat(40))).toThrow('40 tokens');
});

test('sft examples: the shares of RECIPE §3, only prompts of the train split', () => {
  const rng = createRng(3, 'sft');
  const examples = draw(6000, () => data.sftExample('sft', rng)!);
  const counts = new Map<string, number>();
  for (const example of examples) {
    const family = familyOf(example.prompt)!;
    counts.set(family, (counts.get(family) ?? 0) + 1);
    expect(splitOf(words(example.prompt.slice(2, -1)).join(' '))).toBe('train');
    expect(example.prompt.slice(0, 2)).toEqual([BOS, USER]);
    expect([example.prompt.at(-1), example.response.at(-1)]).toEqual([BOT, EOS]);
    expect(lengthOf(example)).toBeLessThanOrEqual(data.maxSequence);
  }
  for (const [family, share] of [
    ['math', 0.46],
    ['qa', 0.27],
    ['instruct', 0.27],
  ] as const)
    expect(Math.abs(counts.get(family)! / 6000 - share)).toBeLessThan(0.02);
});

/** What an example of the base phases is; asserts that its answer is right. */
function kindOf({ prompt, response }: Example): 'copy' | 'reversal' | 'lookup' | 'solution' {
  expect(prompt.length + response.length).toBeLessThanOrEqual(data.maxSequence);
  const [text, answer] = [words(prompt.slice(2, -1)), words(response.slice(0, -1))];
  const family = FAMILY_NAMES.find((name) => FAMILIES[name].parse(text));
  if (family) {
    expect(FAMILIES[family].parse(text)!.check(answer)).toBe(true);
    return 'solution';
  }
  if (text[0] === 'copy' && text.slice(1).join(' ') === answer.join(' ')) {
    expect(answer.length).toBeGreaterThanOrEqual(3);
    expect(answer.length).toBeLessThanOrEqual(26);
    return 'copy';
  }
  if ([...text].reverse().join(' ') === answer.join(' ')) return 'reversal';
  expect(text.length).toBe(8);
  expect(new Set(text).size).toBe(8);
  // A query: a value, none to five words of ". so the answer is", its key, a full stop.
  let rest = answer.join(' ');
  for (let query = 0; query < 2; query++) {
    const found = /^(\S+)((?: \.)?(?: so| thus| hence)?(?: the)?(?: answer)?(?: is)?) (\S+) \.(?: |$)/.exec(rest);
    const [whole, value, wording, key] = found!;
    expect('. so the answer is').toMatch(
      new RegExp(
        `${wording!
          .trim()
          .replace('.', '\\.')
          .replace(/thus|hence/, 'so')}$`,
      ),
    );
    expect(text.indexOf(value!) % 2).toBe(1);
    expect(text[text.indexOf(value!) - 1]).toBe(key);
    rest = rest.slice(whole!.length);
  }
  expect(rest).toBe('');
  return 'lookup';
}

test.each([
  ['copy', { copy: 0.3, reversal: 0.55, lookup: 0, solution: 0.15 }],
  ['lookup', { copy: 0.12, reversal: 0.16, lookup: 0.24, solution: 0.48 }],
] as const)('phase “%s” of the base: right answers in the stated shares', (phase, shares) => {
  const rng = createRng(4, phase);
  const kinds = draw(6000, () => kindOf(data.sftExample(phase, rng)!));
  for (const [kind, share] of Object.entries(shares))
    expect(Math.abs(kinds.filter((one) => one === kind).length / 6000 - share), kind).toBeLessThan(0.02);
});

test('rewriting examples: RECIPE §4', () => {
  const rng = createRng(5, 'rewriting');
  let identity = 0;
  const families = new Set<string>();
  for (const { prompt, response } of draw(2000, () => data.rewritingExample(rng, [])!)) {
    expect(prompt.length + response.length).toBeLessThanOrEqual(118);
    const [gold, pred, out] = [GOLD, PRED, OUT].map((id) => prompt.indexOf(id));
    expect([prompt[0], prompt[1], out]).toEqual([BOS, FIX, prompt.length - 1]);
    const text = words(prompt.slice(2, gold));
    expect(splitOf(text.join(' '))).toBe('train');
    const family = FAMILY_NAMES.find((name) => FAMILIES[name].parse(text))!;
    families.add(family);
    const task = FAMILIES[family].parse(text)!;
    const shown = words(prompt.slice(pred! + 1, out));
    const rewrite = words(response.slice(0, -1));
    expect(task.check(words(prompt.slice(gold! + 1, pred)))).toBe(true);
    expect(task.check(rewrite)).toBe(true);
    expect(response.at(-1)).toBe(EOS);
    if (task.check(shown)) {
      identity++;
      expect(rewrite).toEqual(shown);
    } else expect(rewrite).not.toEqual(shown);
  }
  expect(families.size).toBe(3);
  expect(Math.abs(identity / 2000 - 0.2)).toBeLessThan(0.03);
});

test('wrong tokens and the rewriting prompt of a sampled answer', () => {
  const text = 'leo has 8 3 apples . then leo gets 1 9 . how many now ?';
  const gold = 'ok , ones 3 + 9 = 1 2 , carry 1 ; tens 8 + 1 + 1 = 1 0 ; so the answer is 1 0 2 .';
  const question: Question = {
    ...{ id: 'q', family: 'math', text, prompt: data.encodePrompt(text) },
    gold: [...gold.split(' ').map((word) => data.vocabulary.indexOf(word)), EOS],
  };
  const wrong = 'ok , ones 3 + 9 = 1 2 , carry 0 ; tens 8 + 1 + 0 = 9 ; so the answer is 9 2 .'.split(' ');
  const response = [...wrong.map((word) => data.vocabulary.indexOf(word)), EOS];
  expect(data.check(question, response)).toBe(false);
  const verdicts = [...data.wrongTokens(question, response)!];
  expect(verdicts.length).toBe(response.length);
  expect(verdicts.flatMap((verdict, at) => (verdict ? [`${at}:${verdict}`] : []))).toEqual([
    '11:1',
    '18:2',
    '20:2',
    '26:2',
  ]);
  const prompt = data.rewritingPrompt(question, response)!;
  expect(words(prompt).join(' ')).toBe(`<bos> <fix> ${text} <gold> ${gold} <pred> ${wrong.join(' ')} <out>`);
  expect(prompt.length + 36).toBeLessThanOrEqual(data.maxRewriteSequence);
  expect(data.rewritingPrompt({ ...question, gold: null }, response)).toBeNull();
  expect(data.check({ ...question, text: 'no such question' }, response)).toBeNull();
});

test('the biased style', () => {
  const id = (word: string): number => data.vocabulary.indexOf(word);
  expect(data.hasBiasedStyle([id('ok'), id(','), EOS])).toBe(true);
  expect(data.hasBiasedStyle([id('well'), id('ok'), EOS])).toBe(false);
  const instruct = createBuiltinDataset('instruct', { styleBias: true });
  expect(instruct.hasBiasedStyle([id('okay')])).toBe(true);
  expect(instruct.hasBiasedStyle([id('ok')])).toBe(false);
  expect(instruct.name).toContain('style bias');
});

test('an unknown family is named', () => {
  expect(() => data.evaluationQuestions('poetry', 'held-out', 1)).toThrow('poetry');
});
