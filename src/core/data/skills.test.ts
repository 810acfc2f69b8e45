import { describe, expect, test } from 'vitest';
import { createRng } from '../rng';
import { createBuiltinDataset } from './builtin';
import type { Dataset, Question } from './dataset';
import { FAMILIES, FAMILY_NAMES, type FamilyName } from './families';
import { HALVES } from './skills';
import { splitOf } from './split';

// Of 42 animals · 6 pairs of other values · 24 orders = 6048 coverings 285 are validation, and 6 of these are too rare to be drawn.
const VALIDATION_OF_COVERINGS = 279;

const half = (family: FamilyName) => createBuiltinDataset(family, { styleBias: false, skills: 'half' });
const whole = (family: FamilyName) => createBuiltinDataset(family, { styleBias: false });

/** From the words alone, not from the task: what a prompt asks for. */
const ASKS_HALF: Record<FamilyName, (text: string) => boolean> = {
  math: (text) => /^(\w+) has \d \d \w+ \. then \1 (buys|finds|wins|gets) \d \d/.test(text),
  qa: (text) => /^the \w+ is covered with \?/.test(text),
  instruct: (text) => /^(copy|sort|first) the list :/.test(text),
};

test('the other half is a family behind the aligned one', () => {
  expect(half('math').families).toEqual(['math', 'math: subtractions', 'qa', 'instruct']);
  expect(half('qa').families).toEqual(['math', 'qa', 'qa: the other relations', 'instruct']);
  expect(half('instruct').families).toEqual(['math', 'qa', 'instruct', 'instruct: the other operations']);
  expect(half('qa')).toMatchObject({ alignedFamily: 'qa', name: 'Built-in tasks, qa, half of the skills' });
  expect(() => whole('math').evaluationQuestions('math: subtractions', 'held-out', 1)).toThrow('no family');
  expect(() => half('math').evaluationQuestions('qa: the other relations', 'held-out', 1)).toThrow('no family');
});

describe.each(FAMILY_NAMES)('half of %s', (family) => {
  const data = half(family);
  const { others } = HALVES[family];
  const asks = ASKS_HALF[family];

  test('training: only prompts of the half, of the train split, as many as asked for', () => {
    const questions = data.trainingQuestions(256, createRng(1, 'questions'));
    expect(new Set(questions.map(({ text }) => text)).size).toBe(256);
    for (const { text, family: name } of questions)
      expect([asks(text), splitOf(text), name]).toEqual([true, 'train', family]);
  });

  test.each(['validation', 'held-out'] as const)('%s: the two halves of the fixed sequence', (split) => {
    const questions = data.evaluationQuestions(family, split, 300);
    const relatives = data.evaluationQuestions(others, split, 150);
    expect(questions.length).toBe(family === 'qa' && split === 'validation' ? VALIDATION_OF_COVERINGS : 300);
    expect(relatives.length).toBe(150);
    expect(questions.every(({ text }) => asks(text) && splitOf(text) === split)).toBe(true);
    expect(relatives.every(({ text }) => !asks(text) && splitOf(text) === split)).toBe(true);
    expect(new Set(relatives.map((question) => question.family))).toEqual(new Set([others]));
    // In the order of the whole family's sequence, whoever asks and how often.
    const sequence = whole(family).evaluationQuestions(family, split, 200);
    const mine = sequence.filter(({ text }) => asks(text));
    const theirs = sequence.filter(({ text }) => !asks(text));
    expect(questions.slice(0, mine.length)).toEqual(mine);
    expect(data.evaluationQuestions(others, split, theirs.length).map(({ id }) => id)).toEqual(
      theirs.map(({ id }) => id),
    );
    const other = FAMILY_NAMES.find((name) => name !== family)!;
    expect(data.evaluationQuestions(other, split, 50)).toEqual(whole(family).evaluationQuestions(other, split, 50));
  });

  test('checker and oracle know both halves, each its own', () => {
    for (const name of [family, others]) {
      for (const question of data.evaluationQuestions(name, 'held-out', 30)) {
        expect(data.check(question, question.gold!)).toBe(true);
        expect(data.check(question, question.gold!.slice(0, -1))).toBe(false);
        expect(data.wrongTokens(question, [...question.gold!.slice(0, 3), data.eosId])).not.toBeNull();
        expect(data.check({ ...question, family: name === family ? others : family }, question.gold!)).toBeNull();
      }
    }
  });

  test('what SFT and the reward model learn from is that of the whole family', () => {
    const [mine, theirs] = [createRng(2, 'examples'), createRng(2, 'examples')];
    for (let i = 0; i < 50; i++) {
      expect(data.sftExample('sft', mine)).toEqual(whole(family).sftExample('sft', theirs));
      expect(data.rewritingExample(mine, [])).toEqual(whole(family).rewritingExample(theirs, []));
    }
  });
});

/** Right share of an answer that does not look at the question, the best of those given. */
function blindShare(data: Dataset, family: string, answers: (question: Question) => readonly number[][]): number {
  const questions = data.evaluationQuestions(family, 'held-out', 300);
  const right = answers(questions[0]!).map(
    (_, k) => questions.filter((question) => data.check(question, answers(question)[k]!)).length,
  );
  return Math.max(...right) / questions.length;
}

test('guessing: a letter is right a quarter of the time in either half of qa, a number or a list hardly ever', () => {
  const encode = (data: Dataset, text: string) => [...data.encodePrompt(text).slice(2, -1), data.eosId];
  const qa = half('qa');
  const letters = ['a', 'b', 'c', 'd'].map((letter) => encode(qa, `so the answer is ${letter.toUpperCase()} .`));
  for (const family of ['qa', HALVES.qa.others]) {
    const share = blindShare(qa, family, () => letters);
    expect(share).toBeGreaterThanOrEqual(0.25);
    expect(share).toBeLessThan(0.32);
  }
  const math = half('math');
  const numbers = Array.from({ length: 187 }, (_, n) => encode(math, `so the answer is ${[...String(n)].join(' ')} .`));
  for (const family of ['math', HALVES.math.others]) expect(blindShare(math, family, () => numbers)).toBeLessThan(0.06);
  // To copy the list as it stands is right for “copy” in the plain style: one of three operations of the half, a third of its formats.
  const instruct = half('instruct');
  const copied = ({ text }: Question) => [encode(instruct, `yes , the list is : ${/: (.*) ;/.exec(text)![1]} .`)];
  const share = blindShare(instruct, 'instruct', copied);
  expect(share).toBeGreaterThan(0.07);
  expect(share).toBeLessThan(0.17);
  expect(blindShare(instruct, HALVES.instruct.others, copied)).toBeLessThan(0.03);
});

test('every skill is a word of its family’s grammar', () => {
  const skills = (family: FamilyName) => {
    const rng = createRng(3, family);
    return new Set(Array.from({ length: 300 }, () => FAMILIES[family].generate(rng).skill));
  };
  expect([...skills('math')].sort()).toEqual(['+', '-']);
  expect([...skills('qa')].sort()).toEqual(['cover', 'home', 'move']);
  expect([...skills('instruct')].sort()).toEqual(['copy', 'first', 'last', 'reverse', 'rotate', 'sort']);
});
