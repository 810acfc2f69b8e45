import { describe, expect, it } from 'vitest';
import { tokenText } from '../../components/tokenStripText';
import type { PairRecord, PromptRecord, ResponseRecord } from '../../core/events';
import {
  examplesTitle,
  filterAnswers,
  filterPairs,
  filterPrompts,
  generationsTitle,
  groupAnswers,
  pairsCaption,
  pairsTitle,
  samplesTitle,
} from './dataRows';
import { generationsOf } from './referenceExport';

const specials = Array.from({ length: 9 }, (_, i) => `<${i}>`);
const text = tokenText([...specials, 'cat', 'dog', 'owl']);
const prompt = (id: number, words: string): PromptRecord => ({
  id,
  family: 'math',
  text: words,
  tokens: [],
  gold: [11, 2],
});
const answer = (id: number, promptId: number, token: number, change: Partial<ResponseRecord> = {}): ResponseRecord => ({
  id,
  promptId,
  tokens: [token, 2],
  correct: false,
  ended: true,
  copies: 1,
  ...change,
});
const prompts = [prompt(0, 'what meows'), prompt(1, 'what barks')];
const responses = [
  answer(0, 0, 9, { correct: true, copies: 3 }),
  answer(1, 1, 9),
  answer(2, 0, 10),
  answer(3, 1, 11, { ended: false, copies: 2 }),
];

describe('sampled answers', () => {
  it('groups by prompt and counts copies', () => {
    const groups = groupAnswers(prompts, responses);
    expect(groups.map(({ answers, right, samples }) => [answers.map((one) => one.id), right, samples])).toEqual([
      [[0, 2], 3, 4],
      [[1, 3], 0, 3],
    ]);
    expect(samplesTitle(responses, 2)).toBe('4 different answers to 2 prompts; 42.9\u202f% of the 7 samples are right');
    expect(samplesTitle([answer(0, 0, 9, { correct: null })], 1)).toBe('1 different answer to 1 prompt');
    expect(samplesTitle([answer(0, 0, 9, { correct: null })], 1, true)).toBe(
      'The file’s chosen and rejected responses to 1 prompt',
    );
  });

  it('filters by verdict and searches prompts and answers', () => {
    const groups = groupAnswers(prompts, responses);
    const ids = (verdict: 'all' | 'right' | 'wrong' | 'unfinished', search: string) =>
      filterAnswers(groups, verdict, search, text).flatMap((group) => group.answers.map((one) => one.id));
    expect(ids('right', '')).toEqual([0]);
    expect(ids('unfinished', '')).toEqual([3]);
    expect(ids('all', 'Barks')).toEqual([1, 3]);
    expect(ids('wrong', 'cat')).toEqual([1]);
    expect(ids('all', 'zebra')).toEqual([]);
  });
});

describe('answers of a file', () => {
  const told = [true, true, null, true];

  it('marks and counts where the file’s word is another', () => {
    const groups = groupAnswers(prompts, responses);
    const shown = filterAnswers(groups, 'disagree', '', text, told);
    expect(shown.flatMap(({ answers }) => answers.map(({ id }) => id))).toEqual([1, 3]);
    // One answer drawn once and one drawn twice.
    expect(generationsTitle(prompts, responses, told)).toBe(
      '4 different answers to 2 prompts; 42.9\u202f% of the 7 samples are right; the file says otherwise of 3',
    );
    expect(generationsTitle(prompts, responses, [true, false, false, null])).toMatch(
      /; the file agrees on all of them$/,
    );
    expect(generationsTitle(prompts, responses, [])).toMatch(/are right$/);
  });

  it('saves what it opened, judged here, and as often as it was sampled', () => {
    const texts = ['The answer is 1', 'The answer is 2', 'The answer is 1.'];
    const opened = {
      prompts: [{ ...prompt(0, 'q'), gold: [0, -1] }],
      responses: [answer(0, 0, 1, { copies: 2 }), answer(1, 0, 2, { correct: true })],
    };
    const saved = generationsOf(opened, { text: ([id]) => texts[id!]! });
    const base = { question: 'q', solution: 'The answer is 1' };
    expect(saved).toEqual([
      { ...base, prediction: 'The answer is 2', is_correct: false },
      { ...base, prediction: 'The answer is 2', is_correct: false },
      { ...base, prediction: 'The answer is 1.', is_correct: true },
    ]);
  });
});

describe('examples and pairs', () => {
  const pairs: PairRecord[] = [
    { promptId: 0, chosen: [9, 2], rejected: [10, 2], chosenSource: 'sample' },
    { promptId: 1, chosen: [11, 2], rejected: [9, 2], chosenSource: 'gold' },
  ];
  const state = { pairs, forgetting: [1, 2, 3], promptsWithBoth: 1, note: null };

  it('says what there is', () => {
    expect(examplesTitle(prompts)).toBe('2 training prompts, each with its gold answer');
    expect(examplesTitle([{ ...prompts[0]!, gold: null }])).toBe('1 training prompt, no answers known');
    expect(pairsTitle(state)).toBe('2 preference pairs from 2 prompts, 3 wrong answers to forget');
    expect(pairsCaption(state)).toBe(
      '1 prompt had both right and wrong answers. In 1 pair the chosen response is the gold solution instead of a sampled right answer.',
    );
  });

  it('filters and searches', () => {
    const promptOf = new Map(prompts.map((one) => [one.id, one]));
    expect(filterPairs(pairs, 'gold', '', promptOf, text)).toEqual([pairs[1]]);
    expect(filterPairs(pairs, 'all', 'dog', promptOf, text)).toEqual([pairs[0]]);
    expect(filterPairs(pairs, 'all', 'barks', promptOf, text)).toEqual([pairs[1]]);
    expect(filterPrompts(prompts, 'owl', text)).toHaveLength(2);
    expect(filterPrompts(prompts, 'meow', text)).toEqual([prompts[0]]);
  });
});
