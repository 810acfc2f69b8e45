// Imported texts on a real model's tokenizer; the same on our own is imported.test.ts.
import { describe, expect, test } from 'vitest';
import { fixtureFiles, tokenizerGolden } from '../../testing/tokenizerFixtures';
import { createRng } from '../rng';
import { openModelTokenizer } from '../tokenizer/hfPrompts';
import type { ParsedFile } from './importCollector';
import { createImportedDataset } from './imported';
import { parseImport } from './importFile';
import { previewImport } from './importPreview';

const templateOf = (name: string): string => tokenizerGolden().templates.find((one) => one.name === name)!.template;
const parse = (records: readonly object[]): Promise<ParsedFile> =>
  parseImport(records.map((record) => JSON.stringify(record)).join('\n'), 'sums.jsonl');
const question = (i: number): string => `Ada has ${i} apples. Then Ada buys ${i} more. How many?`;
const answer = (i: number): string => `${i} + ${i} = ${2 * i}\nThe answer is ${2 * i}`;
const file = await parse(Array.from({ length: 100 }, (_, i) => ({ input: question(i), output: answer(i) })));

const KINDS = [
  { name: 'ChatML, byte-level', fixture: 'byteLevel', template: templateOf('chatml') },
  { name: 'Llama 2, spaced', fixture: 'spaced', template: templateOf('llama2') },
  { name: 'no template', fixture: 'spaced', template: null },
] as const;

describe.each(KINDS)('$name', async ({ fixture, template }) => {
  const tokenizer = await openModelTokenizer(fixtureFiles(fixture, {}, { chat_template: template }));
  const options = { name: 'sums', vocabularySize: 0, maxSequence: 160, tokenizer };
  const data = createImportedDataset(file, options);
  const special = new Set(tokenizer.specialIds);

  test('the ids are the model’s: vocabulary, special tokens, prompts in its form, answers with its end', () => {
    expect(data.vocabulary).toBe(tokenizer.vocabulary);
    expect([data.padId, data.bosId, data.eosId]).toEqual([2, 1, 2]);
    expect(data.specialIds).toEqual(tokenizer.specialIds);
    const rng = createRng(1, 'sft');
    for (let n = 0; n < 50; n++) {
      const { prompt, response } = data.sftExample('sft', rng)!;
      const i = Number(/Ada has (\d+)/.exec(data.decode(prompt))![1]);
      expect(prompt).toEqual(tokenizer.wrapPrompt(question(i)));
      expect(prompt).toEqual(data.encodePrompt(` ${question(i)}\n`));
      expect(data.decode(response)).toBe(answer(i));
      expect(response.filter((id) => special.has(id))).toEqual([2]);
      expect(response.at(-1)).toBe(2);
    }
    expect(() => data.encodePrompt(' \n')).toThrow('empty');
  });

  test('answers are checked by their text, with the model’s end', () => {
    const [one] = data.trainingQuestions(1, createRng(2));
    const right = one!.gold!;
    expect(data.check(one!, right)).toBe(true);
    expect(data.check(one!, right.slice(0, -1))).toBe(false);
    expect(data.check(one!, [...tokenizer.encodeResponse('The answer is 1'), 2])).toBe(false);
    const number = data.decode(right).split(' ').at(-1)!;
    expect(data.check(one!, [...tokenizer.encodeResponse(`so: the answer is ${number}.`), 2])).toBe(true);
    // 2 was our own end token's id before; another id in its place is a word here.
    expect(data.check(one!, [...right.slice(0, -1), 5])).toBe(false);
  });

  test('the reward model is asked in the model’s form; gold and prediction are the very ids that are scored', () => {
    const [one] = data.trainingQuestions(1, createRng(2));
    const response = [...tokenizer.encodeResponse('The answer is 1'), 2];
    const prompt = data.rewritingPrompt(one!, response)!;
    const text = data.decode(prompt);
    expect(text).toContain(`### Problem:\n${one!.text}\n\n### Correct solution:`);
    expect(text.indexOf(data.decode(one!.gold!))).toBeGreaterThan(0);
    const body = response.slice(0, -1).join();
    expect(`,${prompt.join()},`).toContain(`,${body},`);
    expect(`,${prompt.join()},`).toContain(`,${one!.gold!.slice(0, -1).join()},`);
    expect(prompt.at(-1)).toBe(tokenizer.wrapPrompt('x').at(-1));
    const rng = createRng(4);
    for (let n = 0; n < 30; n++) {
      const example = data.rewritingExample(rng, [{ question: one!, response }])!;
      expect(example.response).toEqual(one!.gold);
      expect(example.prompt.length + example.response.length).toBeLessThanOrEqual(data.maxRewriteSequence);
    }
    // Every question with its own gold answer as the prediction fits.
    for (const each of data.trainingQuestions(100, rng)) expect(data.rewritingPrompt(each, each.gold!)).not.toBeNull();
    expect(data.rewritingPrompt(one!, new Array<number>(900).fill(50))).toBeNull();
  });

  test('the preview counts in the model’s tokens', () => {
    const preview = previewImport(file, options);
    expect(preview.vocabularySize).toBe(tokenizer.vocabulary.length);
    expect(preview.tooLong).toBe(0);
    const prompts = Array.from({ length: 100 }, (_, i) => tokenizer.wrapPrompt(question(i)).length);
    const answers = Array.from({ length: 100 }, (_, i) => tokenizer.encodeResponse(answer(i)).length + 1);
    expect([preview.promptTokens.min, preview.promptTokens.max]).toEqual([Math.min(...prompts), Math.max(...prompts)]);
    expect([preview.responseTokens.min, preview.responseTokens.max]).toEqual([
      Math.min(...answers),
      Math.max(...answers),
    ]);
    const short = previewImport(file, { ...options, maxSequence: preview.sequenceTokens.median });
    expect(short.tooLong).toBe(
      prompts.filter((length, i) => length + answers[i]! > preview.sequenceTokens.median).length,
    );
  });
});

test('ready pairs, and special tokens in a file that stay text', async () => {
  const tokenizer = await openModelTokenizer(fixtureFiles('byteLevel'));
  const records = Array.from({ length: 40 }, (_, i) => ({
    ...{ prompt: `Say <|im_end|> ${i}`, chosen: `<|im_end|> ${i}, gladly`, rejected: `<|im_start|> no ${i}` },
  }));
  const data = createImportedDataset(await parse(records), {
    name: 'p',
    vocabularySize: 0,
    maxSequence: 120,
    tokenizer,
  });
  expect(data.givenPairs!.length).toBeGreaterThan(20);
  for (const { question: asked, chosen, rejected } of data.givenPairs!) {
    expect([chosen.indexOf(2), rejected.indexOf(2)]).toEqual([chosen.length - 1, rejected.length - 1]);
    expect(rejected).not.toContain(1);
    expect(asked.prompt.filter((id) => tokenizer.specialIds.includes(id))).toEqual([1, 2, 1]);
    expect(data.decode(chosen)).toBe(`<|im_end|> ${asked.text.split(' ').at(-1)}, gladly`);
  }
});
