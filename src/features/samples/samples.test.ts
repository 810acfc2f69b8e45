// Three prompts over four moments, by hand: one turns right, one breaks, one changes its words.
import { expect, it } from 'vitest';
import { tokenText } from '../../components/tokenStripText';
import type { PromptRecord, SnapshotAnswer, TimedStage } from '../../core/events';
import type { Moment } from '../../state/runState';
import { changesText, sampleRows, samplesTitle, sortSamples, textRuns } from './sampleRows';

const prompts: PromptRecord[] = [0, 1, 2].map((id) => ({
  ...{ id, family: 'math', text: `prompt ${id}`, tokens: [], gold: null },
}));
const answer = (correct: boolean | null, ...tokens: number[]): SnapshotAnswer => ({ tokens, correct });
const moment = (stage: TimedStage, step: number, ...answers: SnapshotAnswer[]): Moment => ({
  ...{ stage, step, total: 4, answers, klToSft: 0 },
});
const MOMENTS = [
  moment('warm-up', 4, answer(true, 20, 21), answer(false, 20), answer(false, 22)),
  moment('forgetting', 0, answer(false, 20), answer(true, 21), answer(false, 22)),
  moment('forgetting', 2, answer(true, 20, 21), answer(true, 21), answer(false, 23, 22)),
  moment('forgetting', 4, answer(true, 20, 21), answer(false, 22), answer(false, 23, 22)),
];
const rowsAt = (index: number) => sampleRows(prompts, MOMENTS, index);

it('tells verdicts and changes of every prompt', () => {
  expect(rowsAt(0).map(({ change }) => change)).toEqual(['first', 'first', 'first']);
  expect(rowsAt(2).map(({ change }) => change)).toEqual(['right', 'same', 'words']);
  expect(rowsAt(3).map(({ change }) => change)).toEqual(['same', 'broke', 'same']);
  expect(rowsAt(2)[0]!.verdicts).toEqual([true, false, true, true]);
  expect(rowsAt(2)[2]!.tokens).toEqual([
    { id: 23, isNew: true },
    { id: 22, isNew: false },
  ]);
});

it('counts what is right, and what changed since the moment before', () => {
  expect(samplesTitle(rowsAt(2))).toBe('2 of 3 held-out prompts answered right');
  expect(changesText(rowsAt(2), MOMENTS[2]!, MOMENTS[1], { method: 'allo' })).toBe(
    'Since Forgetting, step 0 of 4: 1 turned right, 1 in other words.',
  );
  expect(changesText(rowsAt(1), MOMENTS[1]!, MOMENTS[0], { method: 'allo' })).toMatch(
    /^Since Warm-up.*1 turned right, 1 broke.*SFT weights\.$/,
  );
  expect(changesText(rowsAt(0), MOMENTS[0]!, undefined, { method: 'allo' })).toMatch(/first moment/);
});

it('sorts by what changed and by verdict, prompts in their order within equals', () => {
  const ids = (index: number, order: 'prompt' | 'change' | 'wrong') =>
    sortSamples(rowsAt(index), order).map(({ prompt }) => prompt.id);
  expect(ids(3, 'prompt')).toEqual([0, 1, 2]);
  expect(ids(3, 'change')).toEqual([1, 0, 2]);
  expect(ids(2, 'change')).toEqual([0, 2, 1]);
  expect(ids(3, 'wrong')).toEqual([1, 2, 0]);
});

it('does not judge where no answers are known', () => {
  const unknown = [moment('warm-up', 0, answer(null, 20)), moment('warm-up', 1, answer(null, 21))];
  const rows = sampleRows(prompts, unknown, 1);
  expect(rows).toHaveLength(1);
  expect(rows[0]!.change).toBe('words');
  expect(samplesTitle(rows)).toMatch(/^1 held-out prompts answered; no answers/);
});

it('marks the words that are new', () => {
  const text = tokenText(Array.from({ length: 30 }, (_, id) => `w${id}`));
  expect(textRuns(rowsAt(2)[2]!, text)).toEqual([
    { text: 'w23', isNew: true },
    { text: 'w22', isNew: false },
  ]);
});
