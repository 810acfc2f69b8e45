// Arms that learnt from other data of the family are held against the baseline's arm on that data, never across.
import { describe, expect, test } from 'vitest';
import type { Arm } from '../../core/config';
import { accuracy, samplesOf } from '../../core/study/samples';
import { pairedDifference } from '../../core/study/statistics';
import { job, known, rowOf, tableOf } from '../../testing/compareRig';
import { againstText, noDifferenceText } from './cellText';
import { headline } from './headline';
import { latexTable } from './latexTable';
import { armsOf } from './rows';
import type { Table } from './table';
import { ON_OTHER_DATA, tableCsv, tableNote } from './tableFiles';

const styled = { styleBias: true };
const seeds = (arm: Arm, changes = {}) => [1, 2, 3].map((seed) => job(arm, seed, changes));
const world = {
  'DPO, all weights': { accuracy: 70 },
  ALLO: { accuracy: 80 },
  'DPO, all weights, style bias': { accuracy: 90 },
  'ALLO, style bias': { accuracy: 95 },
  'RFT, half the skills': { accuracy: 99 },
};
const results = known(
  [
    ...[...seeds('dpo-full'), ...seeds('allo')],
    ...[...seeds('dpo-full', styled), ...seeds('allo', styled), ...seeds('rft', { skills: 'half' })],
  ],
  world,
);
const table = tableOf(results);
const said = (of: Table, label: string) => {
  const one = rowOf(of, label);
  return [one.difference?.mean, noDifferenceText(one, of.baseline), againstText(one, of.baseline)];
};

describe('arms on other data', () => {
  test('are compared with the baseline’s arm on it, and say so', () => {
    expect(said(table, 'ALLO')).toEqual([expect.closeTo(10, 9), null, '']);
    expect(said(table, 'ALLO, style bias')).toEqual([expect.closeTo(5, 9), null, 'to DPO, all weights, style bias']);
    const of = (label: string) => samplesOf(armsOf(rowOf(table, label).row), accuracy);
    const { difference } = rowOf(table, 'ALLO, style bias');
    expect(difference).toEqual(pairedDifference(of('ALLO, style bias'), of('DPO, all weights, style bias')));
  });

  test('have no difference where the baseline’s arm is not there', () => {
    expect(said(table, 'RFT, half the skills')).toEqual([undefined, 'no baseline on its data', '']);
    expect(said(table, 'DPO, all weights')).toEqual([undefined, 'baseline', '']);
    expect(noDifferenceText(rowOf(table, 'DPO, all weights, style bias'), table.baseline)).toBe('baseline on its data');
  });

  test('a baseline on other data has its counterpart on the plain data', () => {
    const turned = tableOf(results, 'ALLO, style bias');
    expect(said(turned, 'DPO, all weights')).toEqual([expect.closeTo(-10, 9), null, 'to ALLO']);
    expect(said(turned, 'DPO, all weights, style bias')).toEqual([expect.closeTo(-5, 9), null, '']);
  });

  test('are neither best nor leading among those on the baseline’s', () => {
    expect(table.best.get('accuracy')).toBe(rowOf(table, 'ALLO').row.id);
    expect(headline(table, 'math')).toBe(
      'Most accurate on math: ALLO (80.0\u202f%); the runner-up, DPO, all weights (70.0\u202f%), is clearly below.',
    );
  });

  test('lead among themselves where no other is shown', () => {
    const own = tableOf(results, 'DPO, all weights', (label) => label.endsWith('style bias'));
    expect(own.best.get('accuracy')).toBe(rowOf(own, 'ALLO, style bias').row.id);
    expect(headline(own, 'math')).toBe(
      'Of the 2 arms shown, most accurate on math: ALLO, style bias (95.0\u202f%); the runner-up, DPO, all weights, style bias (90.0\u202f%), is clearly below.',
    );
    expect(said(own, 'ALLO, style bias')[2]).toBe('to DPO, all weights, style bias');
  });

  test('are told apart in files too', () => {
    expect(tableNote(table, table.rows, 'math')).toContain(`to DPO, all weights${ON_OTHER_DATA}, paired`);
    const plain = tableOf(results, 'DPO, all weights', (label) => !/style|skills/.test(label));
    expect(tableNote(plain, plain.rows, 'math')).toContain('to DPO, all weights, paired');
    const [head, ...lines] = tableCsv(table.rows, table.columns).split('\r\n');
    expect(head).toContain('Against baseline, points: baseline');
    expect(lines.find((line) => line.startsWith('"ALLO, style bias"'))).toContain('"DPO, all weights, style bias"');
    const latex = latexTable(table, table.rows, table.columns, 'math');
    expect(latex).toContain(`DPO, all weights${ON_OTHER_DATA}`);
    expect(latex.split('\n').find((line) => line.startsWith('ALLO, style bias'))).toContain('$+5.0');
  });
});
