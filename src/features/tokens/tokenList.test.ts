import { describe, expect, it } from 'vitest';
import type { RewardRecord } from '../../core/events';
import { at, f32, list, log, pair, paired, prompt, record, response, run, settings } from '../../testing/tokenItems';
import { type Item, inspect, type MomentRows, type PairItem, unalignedShare } from './inspection';
import { nextRow } from './TokenList';
import {
  answerItems,
  itemKey,
  type LastLosses,
  lastLosses,
  learningStage,
  listRows,
  lossNote,
  pairItems,
  restingRows,
  shownKind,
  sortRows,
} from './tokenList';

describe('the list', () => {
  const other: RewardRecord = { ...record, responseId: 8, rewards: f32(0.1, 0.1, 0.1, 1) };
  const responses = [response, { ...response, id: 8, tokens: [9, 9, 9, 2] }];
  const answers = answerItems([record, other], responses, [prompt]);

  it('joins answers, prompts and rewards; a pair has the rewards of its rejected answer', () => {
    expect(answers.map(itemKey)).toEqual(['answer-7', 'answer-8']);
    const [mine, foreign] = pairItems([pair, { ...pair, rejected: [9, 2] }], [prompt], answers);
    expect(mine!.record).toBe(record);
    expect(foreign!.record).toBeNull();
    expect(unalignedShare(record, true, 0.5)).toBeCloseTo(1 / 3, 12);
    expect(unalignedShare(null, true, 0.5)).toBeNull();
  });

  const none = lastLosses([]);
  const rowsOf = (of: typeof run, items: readonly Item[], moment: MomentRows, last = none) =>
    listRows(restingRows(items, of, settings), of, moment, last, settings);

  it('sorts by loss, share and family, what is not known to the end', () => {
    const listed = rowsOf(run, answers, at('forgetting'));
    // Followed: measured here. Not followed and not trained on yet: d = 0 on its three tokens of weight, so log 2 / 1 each, over D = 1.
    expect(listed.map(({ lossStep }) => lossStep)).toEqual([null, 0]);
    expect(sortRows(listed, 'loss').map(({ item }) => itemKey(item))).toEqual(['answer-8', 'answer-7']);
    expect(sortRows(listed, 'unaligned').map(({ item }) => itemKey(item))).toEqual(['answer-8', 'answer-7']);
    expect(sortRows(listed, 'family')).toEqual(listed);
    const unknown = listed.map((row, i) => (i === 1 ? { ...row, loss: null } : row));
    expect(sortRows(unknown.reverse(), 'loss').map(({ item }) => itemKey(item))).toEqual(['answer-7', 'answer-8']);
  });

  it('gives answers that nobody follows the loss of their last batch up to the moment, then what forgetting left', () => {
    const weighted = answerItems([{ ...other, weights: f32(1, 1, 1, 0) }], responses, [prompt]);
    const batches = [
      { step: 2, items: [8], losses: f32(0.625) },
      { step: 5, items: [7, 8], losses: f32(1, 0.5) },
    ];
    const { forgettingSteps } = run.config;
    // d = −2 on each of the three tokens below τ.
    const left = { ...run, logRatios: { forgetting: new Map([[8, f32(-2, -2, -2, 0)]]) } };
    const loss = (moment: MomentRows, last: LastLosses) => {
      const [row] = rowsOf(left, weighted, moment, last);
      return [row!.loss, row!.lossStep];
    };
    expect(loss(at('forgetting', 1), none)).toEqual([Math.LN2, 0]);
    expect(loss(at('forgetting', 0), none)).toEqual([Math.LN2, null]);
    expect(loss(at('forgetting', 4), lastLosses(batches.slice(0, 1)))).toEqual([0.625, 2]);
    expect(loss(at('forgetting', 5), lastLosses(batches))).toEqual([0.5, null]);
    expect(loss(at('forgetting', 6), lastLosses(batches))).toEqual([0.5, 5]);
    const [end, step] = loss(at('forgetting', forgettingSteps), lastLosses(batches));
    expect([end, step]).toEqual([expect.closeTo(-log(1), 6), null]);
    // In the other stages it rests; where it was not measured, at what its last batch said.
    expect(loss(at('improving'), lastLosses(batches))).toEqual([end, null]);
    const [unmeasured] = rowsOf(run, weighted, at('improving'), lastLosses(batches));
    expect([unmeasured!.loss, unmeasured!.lossStep]).toEqual([0.5, 5]);
    expect(rowsOf(run, weighted, at('warm-up'))[0]!.loss).toBeNull();
  });

  it('gives the loss that forgetting left in the stages that learn from pairs, followed or not', () => {
    const left = { ...run, logRatios: { forgetting: new Map([[7, f32(0, -2, 0, 0)]]) } };
    const [first] = rowsOf(left, answers, at('improving'));
    expect(first!.loss).toBeCloseTo(-log(1), 6);
  });

  describe('of pairs', () => {
    const apart: PairItem = { ...paired, index: 9 };
    // z = 0.5 + 0.5 − (−2 − 1): the half of four rejected tokens that is kept are the two lowest.
    const ratios = { pair: 9, chosen: f32(0.5, 0.5, 0), rejected: f32(0, -2, -1, 0.25), loss: -log(2) };
    const told = { ...run, pairRatios: new Map([[9, ratios]]) };
    const end = at('improving', run.config.improvingSteps);

    it('has all losses at the end of improving, the followed ones from the snapshot', () => {
      const [followed, measured] = rowsOf(told, [paired, apart], end);
      expect(followed!.loss).toBe(inspect(paired, run, end, settings).loss!.loss);
      // −log σ(0.5 · 4).
      expect(measured!.loss).toBeCloseTo(-log(2), 6);
      expect([followed!.lossStep, measured!.lossStep]).toEqual([null, null]);
      const { loss, sides } = inspect(apart, told, end, settings);
      expect(loss).toMatchObject({ form: 'dpo', z: 4, loss: expect.closeTo(measured!.loss!, 6) });
      expect(list(sides[1]!.kept!)).toEqual([0, 1, 1, 0]);
      expect([sides[0]!.policy, sides[0]!.reference]).toEqual([null, null]);
      expect(list(sides[0]!.ratios!)).toEqual([0.5, 0.5, 0]);
    });

    it('has elsewhere those of the last batches, and says which', () => {
      const batches = [{ step: 3, items: [9], losses: f32(0.75) }];
      const [row] = rowsOf(told, [apart], at('improving', 4), lastLosses(batches));
      expect([row!.loss, row!.lossStep]).toEqual([0.75, 3]);
      const [warm] = rowsOf(told, [apart], at('warm-up', 4));
      expect([warm!.loss, warm!.lossStep]).toEqual([Math.LN2, 0]);
      expect(rowsOf(told, [paired, apart], at('forgetting')).map(({ loss }) => loss)).toEqual([null, null]);
      expect(inspect(apart, told, at('warm-up'), settings).why).toContain('measured at the end of improving');
    });

    it('says of which moment the losses are', () => {
      const note = (items: readonly Item[], moment: MomentRows, of: typeof run = told) =>
        lossNote(rowsOf(of, items, moment), items[0]!.kind, moment.place);
      expect(note([apart], end)).toBeNull();
      expect(note([paired], at('warm-up'))).toBeNull();
      expect(note([apart], at('warm-up'))).toMatch(/^Faint: not measured at this moment/);
      expect(note([apart], at('forgetting'))).toBe('Forgetting has no loss of pairs.');
      expect(note(answers, at('warm-up'))).toBeNull();
      const left = { ...run, logRatios: { forgetting: new Map([7, 8].map((id) => [id, f32(0, 0, 0, 0)])) } };
      expect(note(answers, at('improving'), left)).toBe('Losses as forgetting left them.');
    });
  });

  it('asks the batches of the stage that learns from the kind', () => {
    const stages = (['warm-up', 'forgetting', 'improving'] as const).map((stage) => ({ stage, step: 1 }));
    expect(stages.map((place) => learningStage('pair', place))).toEqual(['warm-up', null, 'improving']);
    expect(stages.map((place) => learningStage('answer', place))).toEqual(Array(3).fill('forgetting'));
    expect(learningStage('answer', null)).toBeNull();
  });

  it('opens what the stage learns from, unless something was chosen or there is none', () => {
    const both = { answers: 2, pairs: 3 };
    expect(shownKind(null, { stage: 'forgetting', step: 4 }, both)).toBe('answer');
    expect(shownKind(null, { stage: 'improving', step: 0 }, both)).toBe('pair');
    expect(shownKind(null, null, both)).toBe('answer');
    expect(shownKind('answer', { stage: 'warm-up', step: 1 }, both)).toBe('answer');
    expect(shownKind('answer', null, { answers: 0, pairs: 3 })).toBe('pair');
    expect(shownKind('pair', null, { answers: 2, pairs: 0 })).toBe('answer');
  });

  it('moves by keys and stays inside', () => {
    expect(nextRow('ArrowDown', -1, 5, 3)).toBe(0);
    expect(nextRow('PageDown', 3, 5, 3)).toBe(4);
    expect(nextRow('ArrowUp', 0, 5, 3)).toBe(0);
    expect(nextRow('End', 0, 5, 3)).toBe(4);
    expect(nextRow('x', 0, 5, 3)).toBeNull();
    expect(nextRow('Home', -1, 0, 3)).toBeNull();
  });
});
