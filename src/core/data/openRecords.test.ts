import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fuzz, fuzzCount, fuzzTimeout } from '../../testing/mutate';
import { bytesSource, FileError } from '../files/byteSource';
import type { PromptTokenizer } from '../tokenizer/promptTokenizer';
import { ImportError } from './importCollector';
import { generationPairs, openRecords, recordsKind } from './openRecords';
import { openTable } from './table/openTable';

const open = async (name: string, bytes: Uint8Array, tokenizer: PromptTokenizer | null = null) =>
  openRecords(await openTable(bytesSource(name, bytes)), tokenizer);
const text = (content: string) => new TextEncoder().encode(content);
const fixture = (name: string) => readFileSync(new URL(`../../testing/fixtures/records/${name}`, import.meta.url));

async function generations() {
  const opened = await open('generations.jsonl', fixture('generations.jsonl'));
  if (opened.kind !== 'generations') throw new Error(opened.kind);
  return opened;
}

async function forgetting(tokenizer: PromptTokenizer | null) {
  const opened = await open('forgetting.jsonl', fixture('forgetting.jsonl'), tokenizer);
  if (opened.kind !== 'forgetting') throw new Error(opened.kind);
  return opened;
}

test('generations are grouped, counted and judged; the damaged line is named', async () => {
  const { prompts, responses, told, texts, problems, problemCount } = await generations();
  expect(prompts.map(({ text }) => text)).toEqual([
    'What is 17 plus 5?',
    'How many legs do 3 cats have?',
    'What is 9 times 8?',
  ]);
  const answers = responses.map(({ promptId, tokens, correct, copies }) => [
    promptId,
    texts[tokens[0]!]!.slice(-8),
    correct,
    copies,
  ]);
  expect(answers).toEqual([
    [0, 'er is 22', true, 2],
    [0, 's is 23.', false, 1],
    [0, 'r is 23.', false, 1],
    [1, 'r is 12.', true, 1],
    [1, 'r is: 12', true, 1],
    [1, 'er is 6.', false, 1],
    [2, '8 is 72.', false, 1],
  ]);
  expect(told).toEqual([true, false, true, true, false, false, true]);
  expect([problemCount, problems[0]]).toEqual([
    1,
    { line: 9, field: 'prediction', message: 'The field “prediction” is missing. Add it.' },
  ]);
});

test('pairs are right × wrong by our verdicts, the gold solution where too few questions have both', async () => {
  const opened = await generations();
  const { pairs, note } = generationPairs(opened, 42);
  expect(note).toMatch(/^Only 2 questions have both right and wrong sampled answers \(64 are needed\).*gold solution/);
  // One a wrong answer.
  expect(pairs.map(({ prompt }) => prompt[0])).toEqual(['W', 'W', 'H', 'W']);
  expect(pairs[2]).toEqual({
    prompt: 'How many legs do 3 cats have?',
    chosen: '3 cats with 4 legs each have 3 * 4 = 12 legs. The answer is 12.',
    rejected: '3 + 3 = 6. The answer is 6.',
  });
  const many = Array.from({ length: 64 }, (_, q) =>
    ['4', '4.0', '5', '6', '7'].map((answer) =>
      JSON.stringify({ question: `q${q}`, solution: 'The answer is 4', prediction: `The answer is ${answer}` }),
    ),
  );
  const mixed = await open('many.jsonl', text(many.flat().join('\n')));
  if (mixed.kind !== 'generations') throw new Error(mixed.kind);
  const drawn = generationPairs(mixed, 42);
  // min(5, 2 × 3) a question.
  expect([drawn.pairs.length, drawn.note]).toEqual([320, null]);
  expect(new Set(drawn.pairs.map(({ chosen }) => chosen))).toEqual(new Set(['The answer is 4', 'The answer is 4.0']));
  expect(new Set(drawn.pairs.map((pair) => JSON.stringify(pair))).size).toBe(320);
});

/** One token a character. */
const characters: PromptTokenizer = {
  ...{ padId: 0, eosId: 1, endIds: [1], bosId: null, specialIds: [0, 1] },
  vocabulary: Array.from({ length: 128 }, (_, id) => (id < 2 ? `<${id}>` : String.fromCharCode(id))),
  wrapPrompt: () => [],
  encodeResponse: (output) => Array.from(output, (character) => character.charCodeAt(0)),
  wrapRewriting: () => [],
  files: async () => [],
  decode: () => '',
};

test('outputs are split only where there are as many pieces as numbers', async () => {
  const { records, pieces, problems } = await forgetting(characters);
  expect(records.map(({ reward }) => reward.length)).toEqual([12, 3]);
  expect(pieces!.tokens).toEqual([null, [0x32, 0x33, 1]]);
  expect([...pieces!.vocabulary]).toEqual([
    [0x32, '2'],
    [0x33, '3'],
    [1, '<1>'],
  ]);
  expect(pieces!.specialIds).toEqual([1]);
  expect((await forgetting(null)).pieces).toBeNull();
  expect(problems).toEqual([
    {
      ...{ line: 3, field: null },
      message: '“reward” and “ref_prob” have different lengths: both need one number per token of the output.',
    },
  ]);
});

test('other files are refused with their reason', async () => {
  await expect(open('data.jsonl', text('{"input": "a", "output": "b"}'))).rejects.toThrow(
    /data\.jsonl holds neither .*its columns are “input”, “output”\. Data to train on is imported in Run/,
  );
  const bad = '{"input": "a", "output": "b", "reward": [2], "ref_prob": [-1]}';
  await expect(open('bad.jsonl', text(bad))).rejects.toThrow(
    /No line of bad\.jsonl can be used\. Line 1: The field “reward” must hold numbers from 0 to 1/,
  );
  await expect(open('empty.jsonl', text(''))).rejects.toThrow(/columns are none/);
  expect(recordsKind([{ name: 'question' }, { name: 'solution' }])).toBeNull();
});

test('a CSV of generations is the same as the JSONL', async () => {
  const csv = 'question,solution,prediction,is_correct\n1+1?,The answer is 2,"so\nThe answer is 2",True\n';
  const opened = await open('g.csv', text(csv));
  expect(opened).toMatchObject({
    kind: 'generations',
    told: [true],
    texts: ['The answer is 2', 'so\nThe answer is 2'],
  });
});

const QUICK = 60;

test('damaged records end in a value or in an error of our own', { timeout: fuzzTimeout(QUICK) }, async () => {
  const seeds = [fixture('generations.jsonl'), fixture('forgetting.jsonl')];
  const use = async (bytes: Uint8Array): Promise<void> => {
    const opened = await open('damaged', bytes, characters);
    if (opened.kind === 'generations') generationPairs(opened, 1);
    else for (const { reward, ref_prob } of opened.records) expect(reward.length).toBe(ref_prob.length);
  };
  const isTyped = (error: unknown): boolean => error instanceof FileError || error instanceof ImportError;
  const { accepted } = await fuzz({ name: 'records', seeds, count: fuzzCount(QUICK), use, isTyped });
  expect(accepted).toBeGreaterThan(0);
});
