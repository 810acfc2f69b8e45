import { describe, expect, test } from 'vitest';
import {
  type ForgettingRecord,
  type GenerationRecord,
  isRight,
  questionOf,
  readForgetting,
  readGenerations,
  referencePrompt,
  writeForgetting,
  writeGenerations,
  wronglyCorrect,
} from './referenceRecords';

const generations: GenerationRecord[] = [
  { question: '1+1?', solution: 'The answer is 2', prediction: '1+1=2\nThe answer is 2', is_correct: true },
  { question: 'żółw “?”', solution: 'The answer is 3', prediction: 'The answer is 4', is_correct: true },
  { question: 'c', solution: 'The answer is 1,000', prediction: 'the answer is: $1000.', is_correct: false },
  { question: 'd', solution: 'no marker', prediction: 'x', is_correct: null },
];
const forgetting: ForgettingRecord[] = [
  {
    input: referencePrompt(' What is 1+1? '),
    output: 'The answer is 3',
    // Float32 values survive as they are.
    reward: [1, Math.fround(0.1), 0],
    ref_prob: [-0, -1.5e-7, Math.fround(-12.3)],
  },
];

test('round trips are exact', () => {
  const text = writeGenerations(generations);
  expect(text.split('\n')[3]).toBe('{"question":"d","solution":"no marker","prediction":"x"}');
  expect(readGenerations(text)).toEqual({ records: generations, problems: [], problemCount: 0 });
  expect(writeGenerations(readGenerations(text).records)).toBe(text);
  const lines = writeForgetting(forgetting);
  const back = readForgetting(`\ufeff${lines}\r\n\r\n`);
  expect(back.problemCount).toBe(0);
  expect(writeForgetting(back.records)).toBe(lines);
  expect(Float32Array.from(back.records[0]!.reward)).toEqual(Float32Array.of(1, 0.1, 0));
  expect(Float32Array.from(back.records[0]!.ref_prob)[2]).toBe(Math.fround(-12.3));
});

test('is_correct is not believed: the prediction itself is judged', () => {
  expect(generations.map(isRight)).toEqual([true, false, true, null]);
  expect(wronglyCorrect(generations)).toEqual([generations[1]]);
});

describe('problems by line', () => {
  const good = '{"input": "a", "output": "b", "reward": [0.5], "ref_prob": [-1]}';
  test.each([
    ['{"input": "a", "output": "b", "reward": [0.5, 1], "ref_prob": [-1]}', /different lengths/],
    ['{"input": "a", "output": "b", "reward": [1.5], "ref_prob": [-1]}', /“reward” must hold numbers from 0 to 1/],
    ['{"input": "a", "output": "b", "reward": [0.5], "ref_prob": [0.9]}', /“ref_prob” holds a number above 0.*log p/],
    ['{"input": "a", "output": "b", "reward": [], "ref_prob": []}', /“reward” is empty/],
    ['{"input": "a", "output": "b", "reward": [null], "ref_prob": [-1]}', /“reward” must be a list of numbers/],
    ['{"input": "a", "output": "b", "ref_prob": [-1]}', /“reward” is missing/],
    ['[1]', /a list, not an object/],
    ['{"input": ', /not valid JSON/],
  ])('%s', (line, message) => {
    const { records, problems } = readForgetting(`${good}\n${line}\n${good}`);
    expect(records.length).toBe(2);
    expect(problems[0]!.line).toBe(2);
    expect(problems[0]!.message).toMatch(message);
  });

  test('of generations', () => {
    const { problems } = readGenerations('{"question": "a", "solution": "b", "prediction": 7}');
    expect(problems).toEqual([
      { line: 1, field: 'prediction', message: 'The field “prediction” must be text in quotes.' },
    ]);
  });
});

test('the released prompt goes on and comes off', () => {
  const prompt = referencePrompt('What is 1+1?');
  expect(prompt).toMatch(
    /^Below is an instruction .*\n\n### Instruction:\nWhat is 1\+1\?\n\n### Response: Let's think step by step\.$/s,
  );
  expect(questionOf(prompt)).toBe('What is 1+1?');
  expect(questionOf('plain')).toBe('plain');
});
