// The table's numbers: means, paired differences, which best may be bold, and verdicts. Everything comes in small steps and is
// computed once for the same results, so that thousands of results neither stop the page nor are gone through again.
import type { Family } from '../../core/config';
import { paperAverage, paperRow } from '../../core/study/paper';
import type { ArmResult } from '../../core/study/result';
import { accuracy, samplesOf } from '../../core/study/samples';
import { type Difference, isClear, pairedDifferenceSteps, type SeedSample, spread } from '../../core/study/statistics';
import type { Column, NumberColumn } from './columns';
import { type ArmRow, armsOf, baselinesOf } from './rows';
import { claimsOf, type RowVerdict } from './verdicts';

export interface NumberCell {
  /** Over seeds. */
  mean: number;
  /** Of the seeds' means; null for one seed. */
  sd: number | null;
  seeds: number;
}

export interface TableRow {
  row: ArmRow;
  /** By column; absent where nothing was measured. */
  cells: ReadonlyMap<string, NumberCell>;
  /** The baseline on this row's data, which may be the row itself; null where it has no results there. */
  against: ArmRow | null;
  /** To `against`; null for a baseline itself and without a common seed, undefined until it is computed. */
  difference: Difference | null | undefined;
  /** undefined until they are judged. */
  verdicts: readonly RowVerdict[] | undefined;
  paper: number | null;
  paperDifference: number | null;
}

export interface Table {
  /** What it was made from: by it a table that is out of date can be told. */
  input: TableInput;
  columns: readonly Column[];
  /** Whatever their order on the page. */
  rows: readonly TableRow[];
  baseline: ArmRow | null;
  /** Column → row id of the one that may be bold. */
  best: ReadonlyMap<string, string>;
  /** Left to compute, of how much. */
  left: number;
  total: number;
}

export interface TableInput {
  family: Family;
  /** What is shown. */
  rows: readonly ArmRow[];
  /** All of the place, filtered or not: claims look at them. */
  all: readonly ArmRow[];
  baseline: ArmRow | null;
  columns: readonly Column[];
}

/** What was computed, by what it was computed from. */
export type Memory = Map<string, unknown>;

const MOST_KEPT = 20_000;

function* remembered<T>(memory: Memory, key: string, compute: () => Generator<void, T>): Generator<void, T> {
  if (memory.has(key)) return memory.get(key) as T;
  const value = yield* compute();
  if (memory.size >= MOST_KEPT) memory.clear();
  memory.set(key, value);
  return value;
}

const samples = (row: ArmRow, column: Pick<NumberColumn, 'reading'>): SeedSample[] =>
  samplesOf(armsOf(row), column.reading);

function cellOf(row: ArmRow, column: NumberColumn): NumberCell | null {
  const own = samples(row, column).filter(({ values }) => values.length > 0);
  return own.length > 0 ? spread(own) : null;
}

/** Cells of one row; its taxes are those that the columns ask for. */
function* cellsOf(row: ArmRow, columns: readonly NumberColumn[]): Generator<void, ReadonlyMap<string, NumberCell>> {
  const cells = new Map<string, NumberCell>();
  for (const column of columns) {
    const cell = cellOf(row, column);
    if (cell) cells.set(column.id, cell);
  }
  yield;
  return cells;
}

const isNumber = (column: Column): column is NumberColumn => column.kind === 'number';

/** In small steps; what it gives on the way is the table so far, the last one whole. */
export function* tableSteps(input: TableInput, memory: Memory): Generator<Table | undefined, Table> {
  const { rows, baseline, columns } = input;
  const numbers = columns.filter(isNumber);
  const columnKey = numbers.map(({ id }) => id).join();
  const baselineOf = baselinesOf(input.all, baseline);
  const table: TableRow[] = [];
  for (const row of rows) {
    const cells = yield* quietly(remembered(memory, `cells ${columnKey} ${row.key}`, () => cellsOf(row, numbers)));
    const open = { difference: undefined, verdicts: undefined };
    table.push({ row, cells, against: baselineOf(row), ...open, ...paperOf(row, baseline, input.family) });
  }
  const wants = (kind: Column['kind']) => columns.some((column) => column.kind === kind);
  const compared = numbers.filter(({ better }) => better !== null);
  const best = new Map<string, string>();
  const total = (wants('difference') ? rows.length : 0) + compared.length + (wants('verdict') ? rows.length : 0);
  let done = 0;
  const soFar = (): Table => ({
    input,
    columns,
    rows: table.slice(),
    baseline,
    best: new Map(best),
    left: total - done,
    total,
  });
  yield soFar();
  if (wants('difference')) {
    for (const [i, one] of table.entries()) {
      const difference = yield* quietly(differenceSteps(one, memory));
      table[i] = { ...one, difference };
      done++;
      yield soFar();
    }
  }
  for (const column of compared) {
    const id = yield* quietly(bestSteps(comparable(table, baseline), column, memory));
    if (id !== null) best.set(column.id, id);
    done++;
  }
  yield soFar();
  if (wants('verdict')) {
    const judged = input.all.filter(({ isPlain }) => isPlain);
    for (const [i, one] of table.entries()) {
      const verdicts = yield* quietly(verdictSteps(one.row, judged, input.family, memory));
      table[i] = { ...one, verdicts };
      done++;
      yield soFar();
    }
  }
  return soFar();
}

/** Steps without a table to show. */
function* quietly<T>(steps: Generator<void, T>): Generator<undefined, T> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    yield undefined;
  }
}

function differenceSteps({ row, against }: TableRow, memory: Memory): Generator<void, Difference | null> {
  const of = against?.id === row.id ? null : against;
  return remembered(memory, `difference ${row.key} ${of?.key}`, function* () {
    if (!of) return null;
    return yield* pairedDifferenceSteps(samples(row, { reading: accuracy }), samples(of, { reading: accuracy }));
  });
}

/** Rows whose numbers may be held against each other: those on the baseline's data, or where none is on those on the first one's. */
export function comparable(table: readonly TableRow[], baseline: ArmRow | null): TableRow[] {
  const on = (data: string | undefined) => table.filter(({ row }) => row.data === data);
  const own = on(baseline?.data);
  return own.length > 0 ? own : on(table[0]?.row.data);
}

/** As `bestOf` of statistics.ts, from means that are known already: the first against the runner-up. */
function* bestSteps(table: readonly TableRow[], column: NumberColumn, memory: Memory): Generator<void, string | null> {
  const direction = column.better === 'lower' ? 'lower' : 'higher';
  const sign = direction === 'lower' ? -1 : 1;
  const ranked = table
    .flatMap(({ row, cells }) => {
      const cell = cells.get(column.id);
      return cell ? [{ row, mean: sign * cell.mean }] : [];
    })
    .sort((a, b) => b.mean - a.mean);
  const [first, second] = ranked;
  if (!first || !second) return null;
  const difference = yield* remembered(memory, `best ${column.id} ${first.row.key} ${second.row.key}`, () =>
    pairedDifferenceSteps(samples(first.row, column), samples(second.row, column)),
  );
  return isClear(difference, direction) ? first.row.id : null;
}

/** Claims ask for plain arms only: these are all they are given. */
function* verdictSteps(
  row: ArmRow,
  judged: readonly ArmRow[],
  family: string,
  memory: Memory,
): Generator<void, readonly RowVerdict[]> {
  if (!row.isPlain) return [];
  const verdicts: RowVerdict[] = [];
  let results: ArmResult[] | null = null;
  const keys = judged.map(({ key }) => key).join();
  for (const one of claimsOf(row.arm)) {
    const judgement = yield* remembered(memory, `verdict ${one.claim.id} ${keys}`, function* () {
      yield;
      results ??= judged.flatMap(armsOf);
      const found = one.claim.judge(results, family);
      yield;
      return found;
    });
    verdicts.push({ ...one, judgement });
  }
  return verdicts;
}

/** Only the plain arm is the paper's. */
export function paperOf(
  row: ArmRow,
  baseline: ArmRow | null,
  family: Family,
): Pick<TableRow, 'paper' | 'paperDifference'> {
  const average = (one: ArmRow | null): number | null => {
    const found = one?.isPlain ? paperRow(one.arm) : null;
    return found ? paperAverage(found, family) : null;
  };
  const [paper, other] = [average(row), average(baseline)];
  const isBaseline = row.id === baseline?.id;
  return { paper, paperDifference: paper === null || other === null || isBaseline ? null : paper - other };
}

/** The whole table at once: for files and tests. */
export function wholeTable(input: TableInput, memory: Memory = new Map()): Table {
  const steps = tableSteps(input, memory);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
