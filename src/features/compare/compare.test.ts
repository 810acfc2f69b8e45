// What the table shows, from made-up results whose numbers are known.
import { describe, expect, test } from 'vitest';
import type { Arm } from '../../core/config';
import { findExperiment } from '../../core/study/experiments';
import type { ArmResult } from '../../core/study/result';
import { accuracy, samplesOf } from '../../core/study/samples';
import { bestOf, pairedDifference } from '../../core/study/statistics';
import { type CompareChoice, FIRST_COMPARE } from '../../state/compareChoice';
import type { KnownResult } from '../../state/labState';
import { job, known, PLACE, rowOf, tableOf } from '../../testing/compareRig';
import { rightAnswers, type World } from '../../testing/studyWorld';
import { intervalText, numberText, overText, partsText } from './cellText';
import { columnsFor, firstColumns, headOf, type NumberColumn } from './columns';
import { headline } from './headline';
import { placeOf, reachOf } from './intervalScale';
import { nextSort, orderKey, sortedRows } from './ordering';
import { armsOf, baselineRow, filteredRows, rowsOf, seedsOf } from './rows';
import { type Table, type TableRow, tableSteps, wholeTable } from './table';

const column = (table: Table, id: string) => table.columns.find((one) => one.id === id) as NumberColumn;

describe('rows', () => {
  test('put the seeds of a variant together, in groups, plain arms before their variants', () => {
    const results = known([
      job('rft', 2),
      job('allo', 3, { rateFactor: 10 }),
      job('allo', 1, { rateFactor: 4 }),
      job('allo', 1, { rateFactor: 0.3 }),
      job('allo', 1, { rateFactor: 0.12 }),
      job('rft', 1),
      job('allo', 1),
      job('dpo-full', 1),
    ]);
    const { rows } = rowsOf(results, PLACE);
    expect(rows.map(({ label, group }) => [group, label])).toEqual([
      ['ALLO', 'ALLO'],
      ['ALLO', 'ALLO, lr × 0.12'],
      ['ALLO', 'ALLO, lr × 0.3'],
      ['ALLO', 'ALLO, lr × 4'],
      ['ALLO', 'ALLO, lr × 10'],
      ['DPO and masks', 'DPO, all weights'],
      ['Other methods', 'RFT'],
    ]);
    expect(rows.map(({ isPlain }) => isPlain)).toEqual([true, false, false, false, false, true, true]);
    expect(armsOf(rows[6]!).map(({ seed }) => seed)).toEqual([1, 2]);
    expect(seedsOf(rows)).toEqual([1, 2, 3]);
  });

  test('leave out other places, splits and engines, and count arms that are unknown here', () => {
    const [good] = known([job('allo')]);
    const arm = good!.result as ArmResult;
    const others: KnownResult[] = [
      { ...arm, family: 'qa' },
      { ...arm, preset: 'tiny' },
      { ...arm, split: 'validation' as const },
      { ...arm, engine: 99 },
      { ...arm, arm: 'toString' },
    ].map((result) => ({ result, origin: 'file' }));
    expect(rowsOf([good!, ...others], PLACE)).toMatchObject({ unknown: 1, rows: [{ label: 'ALLO' }] });
  });

  test('tell two variants apart whose labels round alike', () => {
    const { rows } = rowsOf(known([job('allo', 1, { rateFactor: 3.33 }), job('allo', 1, { rateFactor: 3.32 })]), PLACE);
    expect(rows.map(({ label }) => label)).toEqual([
      'ALLO, lr × 3.3 (rateFactor 3.32)',
      'ALLO, lr × 3.3 (rateFactor 3.33)',
    ]);
  });

  test('are filtered by experiment, group, words and by hand', () => {
    const { rows } = rowsOf(
      known([job('allo'), job('dpo-full'), job('dpo-top10'), job('ipo'), job('allo', 1, { rateFactor: 4 })]),
      PLACE,
    );
    const shown = (change: object) =>
      filteredRows(rows, { experiment: null, group: null, search: '', hidden: [], ...change }, PLACE).map(
        ({ label }) => label,
      );
    expect(shown({})).toHaveLength(5);
    expect(shown({ experiment: findExperiment('study') })).toEqual(['DPO, all weights', 'DPO, top 10 %']);
    expect(shown({ experiment: findExperiment('ablations') })).toEqual(['ALLO', 'ALLO, lr × 4']);
    expect(shown({ group: 'Other methods' })).toEqual(['IPO']);
    expect(shown({ search: 'dpo  TOP' })).toEqual(['DPO, top 10 %']);
    expect(shown({ hidden: ['ALLO', 'IPO'] })).toEqual(['ALLO, lr × 4', 'DPO, all weights', 'DPO, top 10 %']);
  });

  test('the baseline is the chosen one, else DPO on all weights, ALLO, the first', () => {
    const { rows } = rowsOf(known([job('allo'), job('dpo-full'), job('ipo')]), PLACE);
    expect(baselineRow(rows, 'IPO')?.label).toBe('IPO');
    expect(baselineRow(rows, 'gone')?.label).toBe('DPO, all weights');
    expect(
      baselineRow(
        rows.filter(({ arm }) => arm !== 'dpo-full'),
        'gone',
      )?.label,
    ).toBe('ALLO');
    expect(baselineRow([], 'gone')).toBeNull();
  });
});

describe('numbers', () => {
  const seeds = [1, 2, 3];
  const jobs = (arm: Arm) => seeds.map((seed) => job(arm, seed));
  const world: World = {
    'ALLO, seed 1': { accuracy: 80, kl: 0.1, others: 36, style: 20 },
    'ALLO, seed 2': { accuracy: 84, kl: 0.2, others: 38, style: 20 },
    'ALLO, seed 3': { accuracy: 88, kl: 0.3, others: 40, style: 20 },
    'DPO, all weights': { accuracy: 70 },
  };
  const table = tableOf(known([...jobs('allo'), ...jobs('dpo-full')], world));
  const written = (label: string, id: string) => numberText(rowOf(table, label).cells.get(id)!, column(table, id));

  test('means and standard deviations over seeds', () => {
    // 80, 84, 88: mean 84, sd 4.
    expect(rowOf(table, 'ALLO').cells.get('accuracy')).toEqual({ mean: 84, sd: 4, seeds: 3 });
    expect(written('ALLO', 'accuracy')).toBe('84.0 ± 4.0');
    expect(written('ALLO', 'kl')).toBe('0.2000 ± 0.1000');
    expect(written('ALLO', 'sampled')).toBe('60.0 ± 0.0');
    expect(written('ALLO', 'gold')).toBe('−5.00 ± 0.00');
    expect(written('ALLO', 'moved')).toBe('10.0 ± 0.0');
    expect(written('ALLO', 'style')).toBe('20.0 ± 0.0');
    expect(written('ALLO', 'updates')).toBe('4');
    expect(written('ALLO', 'tokens')).toBe('4\u202f000');
    expect(written('ALLO', 'sampled-tokens')).toBe('0');
    expect(written('ALLO', 'seconds')).toBe('10.0 ± 0.0');
  });

  test('learning taxes are after − before of each other family', () => {
    // 40 before; 36, 38, 40 after: −4, −2, 0.
    expect(table.columns.flatMap(({ id }) => (id.startsWith('tax') ? [id] : []))).toEqual(['tax instruct', 'tax qa']);
    expect(rowOf(table, 'ALLO').cells.get('tax qa')).toEqual({ mean: -2, sd: 2, seeds: 3 });
    expect(written('ALLO', 'tax qa')).toBe('−2.0 ± 2.0');
  });

  test('masks and updates add up and name their stages', () => {
    const [first, ...rest] = known([job('allo')]);
    const arm = {
      ...(first!.result as ArmResult),
      updates: { 'warm-up': 50, forgetting: 30, improving: 80 },
      maskPercent: { forgetting: 5, improving: 10 },
    };
    const own = tableOf([{ result: arm, origin: 'here' }, ...rest]);
    const row = rowOf(own, 'ALLO');
    expect(numberText(row.cells.get('updates')!, column(own, 'updates'))).toBe('160');
    expect(partsText(row.row, column(own, 'updates'))).toEqual({
      short: '50 + 30 + 80',
      long: 'Warm-up 50, Forgetting 30, Improving 80',
    });
    expect(numberText(row.cells.get('mask')!, column(own, 'mask'))).toBe('10.0');
    expect(partsText(row.row, column(own, 'mask'))).toMatchObject({ short: '5.0 · 10.0' });
    expect(rowOf(table, 'DPO, all weights').cells.has('mask')).toBe(false);
  });

  test('differences are those of the statistics, over seeds and prompts', () => {
    const of = (label: string) => samplesOf(armsOf(rowOf(table, label).row), accuracy);
    const { difference } = rowOf(table, 'ALLO');
    expect(difference).toEqual(pairedDifference(of('ALLO'), of('DPO, all weights')));
    expect(difference!.mean).toBeCloseTo(14, 9);
    expect(overText(difference!)).toBe('3 seeds × 200 prompts');
    expect(intervalText(difference!)).toMatch(/^\+\d+\.\d … \+\d+\.\d$/);
    expect(rowOf(table, 'DPO, all weights').difference).toBeNull();
  });

  test('one seed says that its interval is over prompts alone', () => {
    const single = tableOf(known([job('allo'), job('dpo-full')], world));
    expect(overText(rowOf(single, 'ALLO').difference!)).toBe('1 seed × 200 prompts: spread over prompts only');
    expect(rowOf(single, 'ALLO').cells.get('accuracy')).toEqual({ mean: 80, sd: null, seeds: 1 });
    expect(numberText({ mean: 80, sd: null, seeds: 1 }, column(single, 'accuracy'))).toBe('80.0');
  });

  test('without a common seed there is no difference', () => {
    const apart = tableOf(known([job('allo', 1), job('dpo-full', 2)]));
    expect(rowOf(apart, 'ALLO').difference).toBeNull();
  });

  test('bold is what bestOf says, and only that', () => {
    const samples = table.rows.map(({ row }) => samplesOf(armsOf(row), accuracy));
    expect(table.best.get('accuracy')).toBe(table.rows[bestOf(samples)!]!.row.id);
    expect(rowOf(table, 'ALLO').row.id).toBe(table.best.get('accuracy'));
    // Less style is better: 20 against 50 in every seed, an interval without width.
    expect(table.best.get('style')).toBe(rowOf(table, 'ALLO').row.id);
    // Nothing to choose between, and neither end better.
    expect(table.best.has('sampled')).toBe(false);
    expect(table.best.has('kl')).toBe(false);
    const close = tableOf(
      known([...jobs('allo'), ...jobs('dpo-full')], { ALLO: { accuracy: 70.5 }, 'DPO, all weights': { accuracy: 70 } }),
    );
    expect(close.best.has('accuracy')).toBe(false);
    expect(headline(close, 'math')).toBe(
      'No clear winner on math: ALLO (70.5\u202f%) and DPO, all weights (70.0\u202f%) are too close to call.',
    );
    expect(headline(table, 'math')).toBe(
      'Most accurate on math: ALLO (84.0\u202f%); the runner-up, DPO, all weights (70.0\u202f%), is clearly below.',
    );
  });

  test('the paper’s numbers stand beside plain arms only', () => {
    const own = tableOf(known([job('allo'), job('allo', 1, { rateFactor: 4 }), job('dpo-full'), job('dpo-top10')]));
    // Table 1: ALLO 52.6 %, DPO 52.0 % on math.
    expect(rowOf(own, 'ALLO')).toMatchObject({ paper: 52.6 });
    expect(rowOf(own, 'ALLO').paperDifference).toBeCloseTo(0.6, 9);
    expect(rowOf(own, 'DPO, all weights')).toMatchObject({ paper: 52, paperDifference: null });
    expect(rowOf(own, 'ALLO, lr × 4')).toMatchObject({ paper: null, paperDifference: null });
    expect(rowOf(own, 'DPO, top 10 %')).toMatchObject({ paper: null, paperDifference: null });
  });

  test('verdicts are the claims’ own', () => {
    const { verdicts } = rowOf(table, 'DPO, all weights');
    expect(verdicts!.map(({ short, judgement }) => `${short}: ${judgement.verdict}`)).toEqual([
      'ALLO above it: reproduced',
      'costs other families: too close to call',
    ]);
    expect(verdicts![0]!.judgement.sentence).toContain('ALLO 84.0 ± 4.0 %, DPO, all weights 70.0 ± 0.0 %');
    expect(verdicts![0]!.claim.paper).toContain('math 52.6 against 52 %');
  });

  test('the steps on the way show what is there so far', () => {
    const { rows } = rowsOf(known([...jobs('allo'), ...jobs('dpo-full')], world), PLACE);
    const input = { family: 'math', rows, all: rows, baseline: rows[1]!, columns: columnsFor(rows) } as const;
    const memory = new Map<string, unknown>();
    const ways = [...tableSteps(input, memory)].filter((step) => step !== undefined);
    expect(ways[0]).toMatchObject({ left: ways[0]!.total });
    expect(ways[0]!.rows[0]).toMatchObject({ difference: undefined, verdicts: undefined });
    expect(ways[0]!.rows[0]!.cells.get('accuracy')?.mean).toBe(84);
    expect(headline(ways[0]!, 'math')).toBe('Highest on math so far: ALLO (84.0\u202f%). Computing intervals…');
    expect(ways.at(-1)).toMatchObject({ left: 0 });
    // The second time nothing is computed again, and the table is the same.
    const kept = memory.size;
    expect(wholeTable(input, memory)).toEqual(wholeTable(input));
    expect(memory.size).toBe(kept);
  });
});

describe('order', () => {
  const table = tableOf(
    known([job('allo'), job('dpo-full'), job('ipo'), job('rft')], {
      ALLO: { accuracy: 70 },
      'DPO, all weights': { accuracy: 80 },
      IPO: { accuracy: 60 },
      RFT: { accuracy: 90 },
    }),
  );
  const order = (columnId: string, direction: 'ascending' | 'descending', isGrouped = false) =>
    sortedRows(table.rows, { column: columnId, direction }, table.columns, isGrouped).map(({ row }) => row.label);

  test('by every column, nothing last, within groups where these are kept', () => {
    expect(order('accuracy', 'descending')).toEqual(['RFT', 'DPO, all weights', 'ALLO', 'IPO']);
    expect(order('accuracy', 'descending', true)).toEqual(['ALLO', 'DPO, all weights', 'RFT', 'IPO']);
    expect(order('arm', 'descending')).toEqual(['RFT', 'IPO', 'DPO, all weights', 'ALLO']);
    // The baseline has no difference to itself.
    expect(order('difference', 'ascending')).toEqual(['IPO', 'ALLO', 'RFT', 'DPO, all weights']);
    expect(order('difference', 'descending').at(-1)).toBe('DPO, all weights');
    for (const { id } of table.columns) expect(order(id, 'ascending').toSorted()).toHaveLength(4);
    expect(sortedRows(table.rows, null, table.columns, false)).toEqual(table.rows);
  });

  test('a head goes from the highest to the lowest and back to no order', () => {
    const first = nextSort(null, 'accuracy', false);
    expect(first).toEqual({ column: 'accuracy', direction: 'descending' });
    const second = nextSort(first, 'accuracy', false);
    expect(second).toEqual({ column: 'accuracy', direction: 'ascending' });
    expect(nextSort(second, 'accuracy', false)).toBeNull();
    expect(nextSort(second, 'arm', true)).toEqual({ column: 'arm', direction: 'ascending' });
  });
});

test('another order or filter begins at the first page, a hidden or selected row does not', () => {
  const first = orderKey(FIRST_COMPARE, PLACE);
  const sort = { column: 'accuracy', direction: 'descending' } as const;
  for (const change of [{ sort }, { search: 'dpo' }, { group: 'ALLO' }, { experiment: 'study' }, { isGrouped: false }])
    expect(orderKey({ ...FIRST_COMPARE, ...change } as CompareChoice, PLACE)).not.toBe(first);
  expect(orderKey(FIRST_COMPARE, { ...PLACE, family: 'qa' })).not.toBe(first);
  expect(orderKey({ ...FIRST_COMPARE, selected: [], columns: ['kl'] }, PLACE)).toBe(first);
});

test('bars have one round scale that holds most of them, what is beyond at its end', () => {
  const row = (low: number, high: number) =>
    ({
      difference: { mean: (low + high) / 2, interval: { low, high }, seeds: 3, prompts: 9, over: 'seeds and prompts' },
    }) as TableRow;
  // Farthest ends 1, 2, 3, 40: seven tenths of the way lies 3 + 0.1 × 37 = 6.7.
  expect(reachOf([row(-1, 0), row(0, 2), row(1, 3), row(-40, -30)])).toBe(10);
  expect(reachOf([row(-0.3, 0.4)])).toBe(0.5);
  expect(reachOf([])).toBe(1);
  expect([-10, 0, 5, 35].map((value) => placeOf(value, 10))).toEqual([0, 0.5, 0.75, 1]);
});

test('heads name their units', () => {
  const table = tableOf(known([job('allo')]));
  expect(table.columns.slice(0, 3).map(headOf)).toEqual(['Accuracy, %', 'Paper, %', 'Against baseline, points']);
  expect(firstColumns(table.columns, null).some(({ id }) => id === 'style')).toBe(false);
  // What an arm costs is in the table from the first, behind what it is about.
  expect(firstColumns(table.columns, null).map(({ id }) => id)).toEqual([
    ...['accuracy', 'paper', 'difference', 'paper-difference', 'verdict', 'kl', 'tax instruct', 'tax qa'],
    ...['moved', 'updates', 'tokens', 'seconds'],
  ]);
  expect(firstColumns(table.columns, 'style').some(({ id }) => id === 'style')).toBe(true);
  expect(new Set(table.columns.map(({ id }) => id)).size).toBe(table.columns.length);
  expect(rightAnswers(50).length).toBe(200);
});
