import { expect, test } from 'vitest';
import { tokenText } from '../../components/tokenStripText';
import { type OpenedForgetting, openRecords } from '../../core/data/openRecords';
import { type ForgettingRecord, referencePrompt, writeForgetting } from '../../core/data/referenceRecords';
import { openTable } from '../../core/data/table/openTable';
import { bytesSource } from '../../core/files/byteSource';
import { presetConfig } from '../../core/presets';
import { createRunState } from '../../state/runState';
import { inspect } from './inspection';
import { isCell, recordsRun, splitRecords, startMoment } from './recordsRun';
import { rewardStats } from './rewardStats';
import { answerItems, listRows, restingRows } from './tokenList';

const config = { ...presetConfig(), rewardThreshold: 0.5, beta: 0.1 };
const settings = { beta: 0.1, tau: 0.5, keepShare: 1 };
const released: ForgettingRecord = {
  ...{ input: referencePrompt('1 + 1 ?'), output: 'it is 3' },
  reward: Float64Array.of(0.9, 0.8, 0.1, 1),
  ref_prob: Float64Array.of(-0.5, -0.25, -2, -0.125),
  probability: null,
};
/** As a run of the threshold weighting saves them. */
const ours: ForgettingRecord = {
  ...{ input: 'plain', output: 'it' },
  reward: Float64Array.of(1, 0),
  ref_prob: Float64Array.of(-1, -0.5),
  probability: Float64Array.of(Math.fround(0.3), Math.fround(0.7)),
};

async function opened(records: readonly ForgettingRecord[]): Promise<OpenedForgetting> {
  const bytes = new TextEncoder().encode(writeForgetting(records));
  const file = await openRecords(await openTable(bytesSource('r.jsonl', bytes)), null);
  if (file.kind !== 'forgetting') throw new Error(file.kind);
  return file;
}

/** A run whose vocabulary is words. */
const wordRun = (vocabulary: readonly string[]) => {
  const run = createRunState('run-1', 'a run', config);
  const started = { vocabulary, specialIds: [0], eosId: 0 } as unknown as NonNullable<typeof run.started>;
  return { ...run, started };
};

test('a saved file opens with the numbers that the run had: p, weights and log-probs', async () => {
  const file = await opened([ours]);
  const run = recordsRun(file, splitRecords(file, null).tokens, config, 'file');
  const { rewards, weights } = run.rewardOf.get(0)!;
  expect([rewards, weights]).toEqual([Float32Array.of(0.3, 0.7), Float32Array.of(1, 0)]);
  expect(startMoment(file, 0).rows!.reference).toEqual([Float32Array.of(-1, -0.5)]);
  expect(run.prompts[0]!.text).toBe('plain');
  expect(writeForgetting(file.records)).toBe(writeForgetting([ours]));
});

test('the weights of both rules and the loss of the first update', async () => {
  const file = await opened([released, ours]);
  const { tokens } = splitRecords(file, null);
  const of = (rule: 'file' | 'threshold') => {
    const run = recordsRun(file, tokens, config, rule);
    const items = answerItems([...run.rewardOf.values()], run.responses, run.prompts);
    const moment = startMoment(file, 0);
    const source = { ...run, inspected: { pairs: [], responses: [0], prompts: [] } };
    const { loss, sides } = inspect(items[0]!, source, moment, settings);
    const rows = listRows(restingRows(items, run, settings), run, moment, new Map(), settings);
    return {
      weights: [...(sides[0]!.weights as Float32Array)],
      loss: loss!.sum,
      rows,
      other: run.rewardOf.get(1)!.weights,
    };
  };
  const [raw, ruled] = [of('file'), of('threshold')];
  // Every log-ratio is 0: Σ w · log 2 / D, and D counts the weights other than 0.
  expect(raw.weights).toEqual([0.9, 0.8, 0.1, 1].map(Math.fround));
  expect(raw.loss).toBeCloseTo((2.8 * Math.LN2) / 4, 6);
  expect(ruled.weights).toEqual([0, 0, 1, 0]);
  expect(ruled.loss).toBeCloseTo(Math.LN2, 12);
  expect([...ruled.other]).toEqual([1, 0]);
  // The list agrees with the inspector; of its tokens the end is left out.
  expect(raw.rows.map(({ loss }) => loss)[0]).toBeCloseTo(raw.loss, 6);
  expect(ruled.rows.map(({ unaligned }) => unaligned)).toEqual([1 / 3, 1]);
});

test('the file’s own weights stay what they are when τ is moved', async () => {
  const file = await opened([ours]);
  const run = recordsRun(file, splitRecords(file, null).tokens, config, 'file');
  const [item] = answerItems([...run.rewardOf.values()], run.responses, run.prompts);
  const source = { ...run, inspected: { pairs: [], responses: [0], prompts: [] } };
  expect(inspect(item!, source, startMoment(file, 0), { ...settings, tau: 0.9 }).sides[0]!.weights).toEqual(
    Float32Array.of(1, 0),
  );
});

test('tokens are sub-words of the tokenizer that fits more outputs, numbered cells otherwise', async () => {
  const file = await opened([released, ours]);
  const none = splitRecords(file, null);
  expect([none.fitting, none.tokens.every(isCell)]).toEqual([0, true]);
  expect(none.tokens[0]!.map(none.text.token)).toEqual(['#1', '#2', '#3', 'end']);
  expect([none.text.text(none.tokens[0]!), none.text.isSpecial(none.tokens[0]!.at(-1)!)]).toEqual(['it is 3', true]);
  const words = splitRecords(file, wordRun(['<eos>', 'it', 'is', '3']));
  expect([words.fitting, words.by]).toEqual([2, 'run']);
  expect(words.tokens).toEqual([
    [1, 2, 3, 0],
    [1, 0],
  ]);
  // One word is unknown: that output has cells, the other its words.
  const some = splitRecords(file, wordRun(['<eos>', 'it', 'is']));
  expect([some.fitting, some.tokens.map(isCell)]).toEqual([1, [true, false]]);
  expect(some.tokens[1]!.map(some.text.token)).toEqual(['it', '<eos>']);
  const pieces = {
    tokens: [[4, 5, 6, 7], null],
    vocabulary: new Map([
      [4, 'it'],
      [5, '␣is'],
      [6, '␣'],
      [7, '</s>'],
    ]),
    specialIds: [7],
  };
  const byModel = splitRecords({ ...file, pieces }, wordRun(['<eos>', 'it', 'is']));
  expect([byModel.by, byModel.fitting, byModel.text.token(5), byModel.text.isSpecial(7)]).toEqual([
    'model',
    1,
    '␣is',
    true,
  ]);
});

test('an answer that the run sampled keeps the tokens it had', async () => {
  const file = await opened([
    {
      ...ours,
      output: 'ab',
      reward: Float64Array.of(1, 1, 0),
      ref_prob: Float64Array.of(-1, -1, -1),
      probability: null,
    },
  ]);
  const vocabulary = ['<eos>', '␣', 'a', 'b', 'ab'];
  const tokens = [2, 3, 0];
  const run = {
    ...wordRun(vocabulary),
    responses: [{ id: 0, promptId: 0, tokens, correct: false, ended: true, copies: 1 }],
  };
  expect(tokenText(vocabulary, [0]).text(tokens)).toBe('ab');
  expect(splitRecords(file, run).tokens).toEqual([tokens]);
});

test('how the rewards are spread: the end of each answer is left out', async () => {
  const file = await opened([released, ours]);
  const run = recordsRun(file, splitRecords(file, null).tokens, config, 'file');
  const stats = rewardStats([...run.rewardOf.values()], new Map(run.responses.map((one) => [one.id, one])), 0.5);
  expect([stats.tokens, stats.below, stats.classes]).toEqual([4, 2, null]);
  // 0.1, 0.3 (float32: a hair above), 0.8, 0.9 in twentieths.
  expect(stats.all.bins.flatMap((count, bin) => (count > 0 ? [[bin, count]] : []))).toEqual([
    [2, 1],
    [6, 1],
    [16, 1],
    [17, 1],
  ]);
});
