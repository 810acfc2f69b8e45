// Files hold what the page shows: read again, the same numbers come out, whatever the names are.
import { describe, expect, test } from 'vitest';
import type { Job } from '../../core/study/job';
import { type ArmResult, parseResult } from '../../core/study/result';
import type { KnownResult } from '../../state/labState';
import { job, known, tableOf } from '../../testing/compareRig';
import { latexTable, latexText } from './latexTable';
import { accuracyLines, lossLines, overlayRows, stageBands } from './overlay';
import { type ArmRow, rowsOf } from './rows';
import { differingSettings } from './settings';
import type { Table } from './table';
import { resultsJson, tableCsv } from './tableFiles';

const changed = (one: KnownResult, change: Partial<ArmResult>): KnownResult => ({
  ...one,
  result: { ...(one.result as ArmResult), ...change },
});

/** RFC 4180, for fields with line ends too. */
function readCsv(text: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    if (quoted === undefined && plain === '' && end === '') break;
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') lines.push([]);
  }
  return lines.filter((line) => line.length > 0);
}

const TRICKY = 'loss “NaN”, "step" 3,\nthen 50 % & more_\\';
const results = [
  ...known([job('allo', 1), job('allo', 2), job('dpo-full', 1), job('dpo-full', 2)], {
    'ALLO, seed 1': { accuracy: 84.5 },
    'ALLO, seed 2': { accuracy: 86 },
    'DPO, all weights': { accuracy: 70 },
  }),
  changed(known([job('ipo', 1)])[0]!, { failure: TRICKY, backend: 'we,b"gpu' }),
];

describe('CSV', () => {
  const table = tableOf(results);
  const [head, ...lines] = readCsv(tableCsv(table.rows, table.columns));
  const field = (line: number, name: string) => lines[line]![head!.indexOf(name)]!;

  test('holds a line a row, with every field in its place', () => {
    expect(lines.map(([arm, group]) => [arm, group])).toEqual(table.rows.map(({ row }) => [row.label, row.group]));
    expect(lines.every(({ length }) => length === head!.length)).toBe(true);
    expect(field(2, 'Failure')).toBe(`Seed 1 failed: ${TRICKY}`);
    expect(field(2, 'Computed')).toBe('recorded, we,b"gpu');
  });

  test('read again it is what the table has, in full', () => {
    for (const [i, { cells, difference }] of table.rows.entries()) {
      for (const column of table.columns) {
        if (column.kind !== 'number') continue;
        const heading = column.unit ? `${column.head}, ${column.unit}` : column.head;
        const cell = cells.get(column.id);
        const read = (part: string) => field(i, `${heading}: ${part}`);
        expect(read('mean')).toBe(cell ? String(cell.mean) : '');
        expect(read('sd')).toBe(cell?.sd == null ? '' : String(cell.sd));
        expect(read('seeds')).toBe(cell ? String(cell.seeds) : '');
      }
      expect(field(i, 'Against baseline, points: 95 % low')).toBe(String(difference?.interval?.low ?? ''));
      expect(field(i, 'Against baseline, points: 95 % high')).toBe(String(difference?.interval?.high ?? ''));
    }
    expect(field(0, 'Accuracy, %: mean')).toBe('85.25');
    expect(field(0, 'Paper, %')).toBe('52.6');
    expect(field(1, 'Paper’s claim')).toBe('ALLO above it: reproduced; costs other families: too close to call');
  });
});

test('JSON read again gives the same results and the same table', () => {
  const table = tableOf(results);
  const read = (JSON.parse(resultsJson(table.rows)) as unknown[]).map(parseResult);
  expect(read).toEqual(table.rows.flatMap(({ row }) => row.known.map(({ result }) => result)));
  const again = tableOf(read.map((result) => ({ result, origin: 'file' })));
  const numbers = ({ rows, best }: Table) => [
    rows.map(({ cells, difference, paper }) => ({ cells, difference, paper })),
    best,
  ];
  expect(numbers(again)).toEqual(numbers(table));
});

describe('LaTeX', () => {
  test('escapes what LaTeX would read', () => {
    expect(latexText('50 % & a_b #1 $x$ {y} ~z ^2 \\end')).toBe(
      '50 \\% \\& a\\_b \\#1 \\$x\\$ \\{y\\} \\textasciitilde{}z \\textasciicircum{}2 \\textbackslash{}end',
    );
    expect(latexText('lr × 3.3, β ± 1 − 2 … “q”\nnext')).toBe(
      "lr $\\times$ 3.3, $\\beta$ $\\pm$ 1 $-$ 2 \\ldots{} ``q'' next",
    );
  });

  test('writes the rows as they stand, with the page’s bold rule', () => {
    const table = tableOf(results);
    const columns = table.columns.filter(({ id }) => ['accuracy', 'difference', 'paper', 'origin'].includes(id));
    const lines = latexTable(table, table.rows, columns, 'math, Default preset').split('\n');
    const body = lines.slice(lines.indexOf('\\midrule') + 1, lines.indexOf('\\bottomrule'));
    // 84.5 and 86: mean 85.25, sd 1.06.
    const { interval } = table.rows[0]!.difference!;
    const span = `[+${interval!.low.toFixed(1)}, +${interval!.high.toFixed(1)}]`;
    expect(body).toEqual([
      '\\multicolumn{5}{l}{\\emph{ALLO}} \\\\',
      `ALLO & $\\mathbf{85.3 \\pm 1.1}$ & $52.60$ & $+15.3 \\; ${span}$ & recorded, cpu \\\\`,
      '\\addlinespace',
      '\\multicolumn{5}{l}{\\emph{DPO and masks}} \\\\',
      'DPO, all weights & $70.0 \\pm 0.0$ & $52.00$ & baseline & recorded, cpu \\\\',
      '\\addlinespace',
      '\\multicolumn{5}{l}{\\emph{Other methods}} \\\\',
      expect.stringMatching(
        /^IPO \(failed\) & \$60\.0\$ & \$52\.20\$ & \$-10\.0 \\; \[-.*\]\$ & recorded, we,b"gpu \\\\$/,
      ),
    ]);
    expect(lines).toContain('Arm & Accuracy, \\% & Paper, \\% & Against baseline, points & Computed \\\\');
    expect(lines).toContain('\\begin{tabular}{lrrrl}');
  });

  test('no bold where the interval crosses zero', () => {
    const table = tableOf(
      known([job('allo'), job('dpo-full')], { ALLO: { accuracy: 70.5 }, 'DPO, all weights': { accuracy: 70 } }),
    );
    expect(latexTable(table, table.rows, table.columns, 'math')).not.toContain('mathbf');
  });
});

describe('settings', () => {
  const rows = (...jobs: Job[]): ArmRow[] => rowsOf(known(jobs), { family: 'math', preset: 'default' }).rows;

  test('only those that differ, with units and the paper’s value', () => {
    const found = differingSettings(rows(job('dpo-full'), job('dpo-top10', 1, { improvingPercent: 20 }), job('simpo')));
    const text = Object.fromEntries(
      found.map(({ name, values, paper }) => [name, [values.map(({ text: own }) => own), paper]]),
    );
    expect(text.method).toEqual([['dpo', 'dpo', 'simpo'], expect.any(String)]);
    expect(text.maskRule).toEqual([['all', 'top', 'all'], 'most changed']);
    expect(text.beta).toEqual([['0.1', '0.1', '2'], 'DPO: 0.1; SimPO: 2 … 10']);
    expect(text).not.toHaveProperty('seed');
    expect(text).not.toHaveProperty('arm');
    // One arm alone has a mask, and none forgets.
    expect(text).not.toHaveProperty('improvingPercent');
    expect(text).not.toHaveProperty('forgettingPercent');
  });

  test('a setting without effect in an arm says so', () => {
    const found = differingSettings(rows(job('allo'), job('dpo-full'), job('dpo-top10', 1, { improvingPercent: 20 })));
    const percent = found.find(({ name }) => name === 'improvingPercent')!;
    expect(percent).toMatchObject({ label: 'Improving mask', unit: '%' });
    expect(percent.values).toEqual([
      { text: '10', isUsed: true },
      { text: '100', isUsed: false },
      { text: '20', isUsed: true },
    ]);
    const steps = found.find(({ name }) => name === 'improvingSteps')!;
    expect(steps.values.map(({ text }) => text)).toEqual(['80', '110', '110']);
  });

  test('what belongs to another method plays no part', () => {
    const found = differingSettings(rows(job('allo'), job('ppo-a2c')));
    const names = found.map(({ name }) => name);
    // Of PPO-A2C alone: nothing that it could differ from.
    expect(names).not.toContain('klCoefficient');
    expect(names).not.toContain('valueLearningRate');
    expect(names).toContain('improvingLearningRate');
    // IPO's β against RFT's, which has none without a mask, and one in the warm-up of its mask.
    const beta = (...jobs: Job[]) => differingSettings(rows(...jobs)).find(({ name }) => name === 'beta')?.values;
    expect(beta(job('ipo', 1, { beta: 0.5 }), job('rft'))).toBeUndefined();
    expect(beta(job('ipo', 1, { beta: 0.5 }), job('ipo'), job('rft'))).toEqual([
      { text: '0.1', isUsed: false },
      { text: '0.1', isUsed: true },
      { text: '0.5', isUsed: true },
    ]);
    expect(beta(job('ipo', 1, { beta: 0.5 }), job('rft', 1, { maskRule: 'top' }))).toEqual([
      { text: '0.1', isUsed: true },
      { text: '0.5', isUsed: true },
    ]);
  });

  test('seeds do not differ', () => {
    expect(differingSettings(rows(job('allo', 1), job('allo', 2)))).toEqual([]);
  });
});

describe('curves over each other', () => {
  const path = (accuracy: number): ArmResult['path'] => [
    { stage: 'sft', step: 0, klToSft: 0, accuracy: 50 },
    { stage: 'forgetting', step: 2, klToSft: 0.1, accuracy },
    { stage: 'improving', step: 3, klToSft: 0.2, accuracy: null },
    { stage: 'improving', step: 4, klToSft: 0.2, accuracy: accuracy + 10 },
  ];
  const withCurves = (one: KnownResult, loss: number, accuracy: number): KnownResult =>
    changed(one, {
      curves: [
        { stage: 'forgetting', step: [1, 2], loss: [loss, null] },
        { stage: 'improving', step: [1, 2, 3, 4], loss: [loss, loss, null, loss] },
      ],
      path: path(accuracy),
    });
  const [first, second, other] = known([job('allo', 1), job('allo', 2), job('dpo-full', 1)]);
  const { rows } = rowsOf([withCurves(first!, 1, 60), withCurves(second!, 3, 64), other!], {
    family: 'math',
    preset: 'default',
  });
  const bands = stageBands(rows);

  test('stages stand one after the other, as long as the longest', () => {
    expect(bands.map(({ key, label, start, length }) => [key, label, start, length])).toEqual([
      ['forgetting', 'Forgetting', 0, 2],
      ['improving', 'Improving', 2, 4],
    ]);
  });

  test('a loss is the mean over the seeds that have one', () => {
    const [allo, dpo] = lossLines(rows, bands);
    expect(allo!.segments.map(({ offset, values }) => [offset, [...values]])).toEqual([
      [0, [2, Number.NaN]],
      [2, [2, 2, Number.NaN, 2]],
    ]);
    // From studyWorld: 0.7, 0.9, none, 0.5.
    expect(dpo!.segments.map(({ offset, values }) => [offset, [...values]])).toEqual([
      [2, [0.7, 0.9, Number.NaN, 0.5]],
    ]);
    expect(dpo!.runName).toBe('DPO, all weights');
    expect(overlayRows([dpo!])[1]).toEqual({ arm: 'DPO, all weights', stage: 'Improving', step: 2, value: 0.9 });
  });

  test('accuracy begins with the SFT model before the first stage', () => {
    const [allo, dpo] = accuracyLines(rows, bands);
    expect(allo!.segments.map(({ steps, values }) => [[...steps], [...values]])).toEqual([
      [
        [0, 2],
        [50, 62],
      ],
      [
        [3, 4],
        [Number.NaN, 72],
      ],
    ]);
    expect(dpo!.segments.map(({ offset, values }) => [offset, [...values]])).toEqual([[2, [50, 60]]]);
  });
});
