import { describe, expect, test } from 'vitest';
import { createRng } from '../rng';
import { BOS, BOT, EOS, USER } from '../tokenizer/special';
import type { ParsedFile } from './importCollector';
import { createImportedDataset } from './imported';
import { parseImport } from './importFile';
import type { ImportOptions } from './importPrepare';
import { distributionOf, previewImport } from './importPreview';
import { splitOf } from './split';

const options: ImportOptions = { name: 'sums', vocabularySize: 400, maxSequence: 80 };
const sum = (i: number): object => ({
  input: `What is ${i} + ${i}?`,
  output: `${i} + ${i} = ${2 * i}\nThe answer is ${2 * i}`,
});
const parse = (records: readonly object[]): Promise<ParsedFile> =>
  parseImport(records.map((record) => JSON.stringify(record)).join('\n'), 'sums.jsonl');
const sums = (count: number): object[] => Array.from({ length: count }, (_, i) => sum(i));
const data = createImportedDataset(await parse(sums(200)), options);

describe('{input, output}', () => {
  test('split by the hash of the prompt; SFT sees the training prompts only', () => {
    const rng = createRng(1, 'sft');
    const prompts = new Set<string>();
    for (let n = 0; n < 3000; n++) {
      const { prompt, response } = data.sftExample('sft', rng)!;
      const text = data.decode(prompt);
      prompts.add(text);
      expect([...prompt.slice(0, 2), prompt.at(-1), response.at(-1)]).toEqual([BOS, USER, BOT, EOS]);
      const i = Number(/\d+/.exec(text)![0]);
      expect(data.decode(response)).toBe(`${i} + ${i} = ${2 * i}\nThe answer is ${2 * i}`);
      expect(prompt).toEqual(data.encodePrompt(text));
    }
    const train = sums(200)
      .map((_, i) => `What is ${i} + ${i}?`)
      .filter((text) => splitOf(text) === 'train');
    expect([...prompts].sort()).toEqual(train.sort());
    expect(data.sftExample('copy', rng)).toBeNull();
  });

  test('training and evaluation questions', () => {
    const questions = data.trainingQuestions(1000, createRng(2, 'q'));
    expect(new Set(questions.map(({ text }) => text)).size).toBe(questions.length);
    expect(questions.every(({ text }) => splitOf(text) === 'train')).toBe(true);
    const [held, validation] = (['held-out', 'validation'] as const).map((s) =>
      data.evaluationQuestions('sums', s, 999),
    );
    expect(questions.length + held!.length + validation!.length).toBe(200);
    expect(held!.every(({ text }) => splitOf(text) === 'held-out')).toBe(true);
    expect(data.evaluationQuestions('sums', 'held-out', 5)).toEqual(held!.slice(0, 5));
    expect(() => data.evaluationQuestions('math', 'held-out', 5)).toThrow('math');
  });

  test('the answer check', () => {
    const question = data.trainingQuestions(1, createRng(2, 'q'))[0]!;
    const answer = data.decode(question.gold!).split(' ').at(-1)!;
    const respond = (text: string): number[] => [...data.encodePrompt(text).slice(2, -1), EOS];
    expect(data.check(question, question.gold!)).toBe(true);
    expect(data.check(question, question.gold!.slice(0, -1))).toBe(false);
    expect(data.check(question, respond(`Well, the answer is: $${answer}.0.`))).toBe(true);
    expect(data.check(question, respond(`the answer is ${Number(answer) + 1}`))).toBe(false);
    expect(data.check(question, respond(answer))).toBe(false);
    expect(data.check({ ...question, text: 'typed by hand', gold: null }, question.gold!)).toBeNull();
    expect(data.wrongTokens(question, question.gold!)).toBeNull();
    expect(data.hasBiasedStyle(question.gold!)).toBe(false);
  });

  test('gold as rewrite: wrong → gold, a fifth gold → gold, held-out questions never', () => {
    const [question] = data.trainingQuestions(1, createRng(2, 'q'));
    const held = data.evaluationQuestions('sums', 'held-out', 1)[0]!;
    const wrong = { question: question!, response: [...data.encodePrompt('no idea').slice(2, -1), EOS] };
    const rng = createRng(7, 'rewrite');
    let identity = 0;
    for (let n = 0; n < 1000; n++) {
      const { prompt, response } = data.rewritingExample(rng, [wrong, { ...wrong, question: held }])!;
      expect(response).toEqual(question!.gold);
      if (prompt.length === data.rewritingPrompt(question!, question!.gold!)!.length) identity++;
      else expect(prompt).toEqual(data.rewritingPrompt(question!, wrong.response));
      expect(prompt.length + response.length).toBeLessThanOrEqual(data.maxRewriteSequence);
    }
    expect(Math.abs(identity / 1000 - 0.2)).toBeLessThan(0.04);
    expect(data.rewritingExample(rng, [])).toBeNull();
    expect(data.rewritingExample(rng, [{ ...wrong, question: held }])).toBeNull();
    expect(data.rewritingPrompt(question!, new Array<number>(500).fill(50))).toBeNull();
  });

  test('outputs without the marker: SFT only', async () => {
    const file = await parse(Array.from({ length: 60 }, (_, i) => ({ input: `Say ${i}`, output: `${i}, gladly` })));
    const plain = createImportedDataset(file, options);
    expect([plain.hasAnswers, plain.teacher]).toEqual([false, null]);
    const question = plain.trainingQuestions(1, createRng(1))[0]!;
    expect(plain.check(question, question.gold!)).toBeNull();
    expect(plain.sftExample('sft', createRng(1))).not.toBeNull();
    expect(previewImport(file, options).withoutAnswer).toBe(60);
  });

  test('one prompt with several outputs: a checkable one is the gold answer, all are SFT examples', async () => {
    const twice = [
      ...sums(20).map((_, i) => ({ input: `What is ${i} + ${i}?`, output: 'Hm.' })),
      ...sums(20),
      ...sums(20),
    ];
    const file = await parse(twice);
    const doubled = createImportedDataset(file, options);
    expect(doubled.trainingQuestions(99, createRng(1)).every((q) => doubled.check(q, q.gold!) === true)).toBe(true);
    const rng = createRng(1);
    const responses = new Set(
      Array.from({ length: 300 }, () => doubled.decode(doubled.sftExample('sft', rng)!.response)),
    );
    expect(responses.has('Hm.')).toBe(true);
    expect(responses.size).toBeGreaterThan(10);
    const preview = previewImport(file, options);
    expect([preview.repeated, preview.train + preview.validation + preview.heldOut]).toEqual([20, 20]);
  });
});

test('{prompt, chosen, rejected}: ready pairs of the training split, no answers', async () => {
  const records = Array.from({ length: 100 }, (_, i) => ({
    prompt: `Say ${i}`,
    chosen: `${i}, gladly`,
    rejected: `no ${i}`,
  }));
  const pairs = createImportedDataset(await parse(records), options);
  expect([pairs.hasAnswers, pairs.teacher]).toEqual([false, null]);
  const given = pairs.givenPairs!;
  expect(given.length).toBe(records.filter(({ prompt }) => splitOf(prompt) === 'train').length);
  for (const { question, chosen, rejected } of given) {
    expect(splitOf(question.text)).toBe('train');
    expect(question.gold).toBeNull();
    expect(pairs.decode(chosen)).toBe(`${question.text.slice(4)}, gladly`);
    expect(pairs.decode(rejected)).toBe(`no ${question.text.slice(4)}`);
    expect([chosen.at(-1), rejected.at(-1)]).toEqual([EOS, EOS]);
    expect(pairs.check(question, chosen)).toBeNull();
    expect(pairs.rewritingPrompt(question, rejected)).toBeNull();
  }
  expect(pairs.decode(pairs.sftExample('sft', createRng(1))!.response)).toContain('gladly');
});

test('over-long records are dropped and named by line, never truncated', async () => {
  const long = { input: `Why ${'so ?! '.repeat(90)}`, output: 'The answer is 1' };
  const file = await parse([...sums(40), long, ...sums(3).map(() => long)]);
  const preview = previewImport(file, options);
  expect([preview.records, preview.tooLong, preview.problemCount]).toEqual([44, 4, 4]);
  expect(preview.problems.map(({ line }) => line)).toEqual([41, 42, 43, 44]);
  expect(preview.problems[0]!.message).toMatch(
    /^Prompt and response have \d+ tokens, more than 80\. The line is left out\.$/,
  );
  expect(preview.sequenceTokens.max).toBeGreaterThan(80);
  const set = createImportedDataset(file, options);
  expect(set.trainingQuestions(99, createRng(1)).some(({ text }) => text.startsWith('Why'))).toBe(false);
});

test('too little to work with: what to do', async () => {
  const nine = await parse(sums(9));
  expect(() => createImportedDataset(nine, options)).toThrow(
    'sums has 9 different usable prompts; at least 10 are needed. Import a larger file.',
  );
  const many = await parse(sums(40));
  expect(() => previewImport(many, { ...options, maxSequence: 12 })).toThrow(
    /40 lines are longer than 12 tokens: raise/,
  );
  expect(() => createImportedDataset(many, { ...options, vocabularySize: 100 })).toThrow(RangeError);
});

test('ten prompts always leave something to train on and to measure on', async () => {
  for (let start = 0; start < 30; start++) {
    const file = await parse(Array.from({ length: 10 }, (_, i) => sum(1000 + 10 * start + i)));
    const set = createImportedDataset(file, options);
    expect(set.trainingQuestions(10, createRng(1)).length).toBeGreaterThan(0);
    expect(set.evaluationQuestions('sums', 'held-out', 1).length).toBe(1);
    expect(set.evaluationQuestions('sums', 'validation', 1).length).toBe(1);
    const train = new Set(set.trainingQuestions(10, createRng(1)).map(({ text }) => text));
    expect(train.has(set.evaluationQuestions('sums', 'held-out', 1)[0]!.text)).toBe(false);
  }
});

test('typed prompts: any text, but it must leave room', () => {
  expect(data.decode(data.encodePrompt(' <bos> żółw? '))).toBe('<bos> żółw?');
  expect(() => data.encodePrompt(' \n')).toThrow('empty');
  expect(() => data.encodePrompt('?!'.repeat(200))).toThrow('at most 79');
});

test('distributionOf by hand', () => {
  expect(distributionOf([3, 1, 2, 2])).toEqual({
    ...{ min: 1, median: 2, p95: 3, max: 3, mean: 2 },
    bins: [
      { from: 1, to: 1, count: 1 },
      { from: 2, to: 2, count: 2 },
      { from: 3, to: 3, count: 1 },
    ],
  });
  const wide = distributionOf(Array.from({ length: 100 }, (_, i) => i + 1));
  expect([wide.median, wide.p95, wide.bins.length, wide.bins[0]!.count]).toEqual([50, 95, 20, 5]);
});

test('one prompt 20 000 times costs no quadratic time', async () => {
  const same = Array.from({ length: 20_000 }, (_, i) => ({
    prompt: 'Say it',
    chosen: `yes ${i}`,
    rejected: `no ${i}`,
  }));
  const others = Array.from({ length: 20 }, (_, i) => ({ prompt: `Say ${i}`, chosen: 'yes', rejected: 'no' }));
  const start = performance.now();
  expect(previewImport(await parse([...same, ...others]), options).repeated).toBe(0);
  expect(performance.now() - start).toBeLessThan(5000);
});
