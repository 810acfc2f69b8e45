import { describe, expect, test } from 'vitest';
import { bytesSource } from '../files/byteSource';
import { openRecords } from './openRecords';
import {
  type ForgettingRecord,
  forgettingCsv,
  type GenerationRecord,
  isRight,
  questionOf,
  readGeneration,
  referencePrompt,
  writeForgetting,
  writeGenerations,
} from './referenceRecords';
import { openTable } from './table/openTable';

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
    reward: Float64Array.of(1, Math.fround(0.1), 0),
    ref_prob: Float64Array.of(-0, -1.5e-7, Math.fround(-12.3)),
    probability: null,
  },
  {
    ...{ input: 'plain', output: 'comma, “quote” and "quote"\nline' },
    reward: Float64Array.of(1, 0),
    ref_prob: Float64Array.of(-2, -0.25),
    probability: Float64Array.of(0.125, Math.fround(0.999)),
  },
];

async function forgettingIn(text: string) {
  const opened = await openRecords(await openTable(bytesSource('f', new TextEncoder().encode(text))), null);
  if (opened.kind !== 'forgetting') throw new Error(opened.kind);
  return opened;
}

test('round trips are exact', async () => {
  const lines = writeGenerations(generations).trimEnd().split('\n');
  expect(lines[3]).toBe('{"question":"d","solution":"no marker","prediction":"x"}');
  expect(lines.map((line) => readGeneration(JSON.parse(line)))).toEqual(generations.map((record) => ({ record })));
  const jsonl = writeForgetting(forgetting);
  expect(jsonl.split('\n')[0]).not.toContain('probability');
  const back = await forgettingIn(`\ufeff${jsonl}\r\n\r\n`);
  expect(back.problemCount).toBe(0);
  expect(writeForgetting(back.records)).toBe(jsonl);
  expect([...back.records[0]!.reward]).toEqual([1, Math.fround(0.1), 0]);
  expect(back.records[1]!.probability![1]).toBe(Math.fround(0.999));
  const csv = await forgettingIn(forgettingCsv(forgetting));
  expect(writeForgetting(csv.records)).toBe(jsonl);
  const json = await forgettingIn(`[${jsonl.trimEnd().split('\n').join(',\n')}]`);
  expect(writeForgetting(json.records)).toBe(jsonl);
});

test('is_correct is not believed: the prediction itself is judged', () => {
  expect(generations.map(isRight)).toEqual([true, false, true, null]);
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
    ['{"input": "a", "output": "b", "reward": [1], "ref_prob": [-1], "probability": [1, 0]}', /different lengths/],
    ['{"input": ', /not valid JSON/],
  ])('%s', async (line, message) => {
    const { records, problems } = await forgettingIn(`${good}\n${line}\n${good}`);
    expect(records.length).toBe(2);
    expect(problems[0]!.line).toBe(2);
    expect(problems[0]!.message).toMatch(message);
  });

  test('of generations', () => {
    expect(readGeneration({ question: 'a', solution: 'b', prediction: 7 })).toEqual({
      field: 'prediction',
      message: 'The field “prediction” must be text in quotes.',
    });
    const cells = { question: 'a', solution: 'b', prediction: 'c' };
    const told = (is_correct: unknown) => {
      const read = readGeneration({ ...cells, is_correct });
      return 'record' in read ? read.record.is_correct : read.message;
    };
    // As pandas writes them into a CSV.
    expect(['True', 'false', '', true, null].map(told)).toEqual([true, false, null, true, null]);
    expect(told(1)).toBe('The field “is_correct” must be true or false.');
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
