import { describe, expect, test } from 'vitest';
import { PAGE_INKS } from '../../components/charts/chartInks';
import { pictureSvg } from '../../components/pictureExport';
import type { Arm } from '../../core/config';
import type { ArmResult } from '../../core/study/result';
import { variant, variantConfig } from '../../core/study/variants';
import type { KnownResult } from '../../state/labState';
import { resultsOf } from '../../testing/studyWorld';
import { columnsFor } from './columns';
import { sortedRows } from './ordering';
import { baselineRow, rowsOf } from './rows';
import { type TableRow, wholeTable } from './table';
import { MOST_PICTURED, type PictureInput, tablePicture } from './tablePicture';

const armOf = (arm: Arm, seed: number): KnownResult[] =>
  resultsOf([{ kind: 'arm', config: variantConfig(variant(arm), 'default', 'math', seed), split: 'held-out' }], {
    'ALLO, seed 1': { accuracy: 84.5 },
    'ALLO, seed 2': { accuracy: 86 },
    'DPO, all weights': { accuracy: 70 },
  }).map((result) => ({ result, origin: 'recorded' }));

const failed = armOf('ipo', 1).map((one) => ({
  ...one,
  result: { ...(one.result as ArmResult), failure: 'NaN & <worse>' },
}));
const both = (arm: Arm): KnownResult[] => [...armOf(arm, 1), ...armOf(arm, 2)];
const { rows } = rowsOf([...both('allo'), ...both('dpo-full'), ...failed], {
  family: 'math',
  preset: 'default',
});
const table = wholeTable({
  ...{ family: 'math', rows, all: rows, baseline: baselineRow(rows, 'DPO, all weights') },
  columns: columnsFor(rows).filter(({ id }) => ['accuracy', 'paper', 'difference', 'verdict', 'updates'].includes(id)),
});

const inputOf = (shown: readonly TableRow[]): PictureInput => ({
  ...{ table, rows: shown, title: 'ALLO & others', place: 'math, default preset', inks: PAGE_INKS },
  colours: { right: 'green', wrong: 'red' },
  // Letters of half their height, bold ones a little wider.
  measure: (text, size, isBold) => text.length * size * (isBold ? 0.6 : 0.5),
});
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);

describe('the table as a picture', () => {
  test('writes title, scope, heads and every number as the page does, in the shown order', () => {
    const { difference } = table.rows[0]!;
    const { low, high } = difference!.interval!;
    const interval = `(+${low.toFixed(1)} … +${high.toFixed(1)})`;
    const texts = textsOf(pictureSvg(tablePicture(inputOf(table.rows))));
    expect(texts[0]).toBe('ALLO &#38; others');
    const at = texts.indexOf('Arm');
    expect(texts.slice(1, at).join(' ')).toMatch(
      /^math, default preset, held-out prompts: mean ± standard deviation over up to 2 seeds \(1, 2\)\. Differences are to DPO, all weights, paired, with 95 % bootstrap intervals\. Bold: .* zero\. Bars within ± \d+ points, what lies beyond at their ends\.$/,
    );
    expect(texts.slice(at)).toEqual([
      ...['Arm', 'Accuracy', '%', 'Paper', '%', 'Against baseline', 'points', 'Paper’s claim', 'Updates'],
      ...['ALLO', 'ALLO', '85.3 ± 1.1', '2 seeds', '52.6', `+15.3 ${interval}`, '2 seeds × 200 prompts'],
      ...[expect.stringMatching(/^[✓✕≈–]$/), expect.stringMatching(/^less damage than DPO: /), '4'],
      ...['DPO and masks', 'DPO, all weights', '70.0 ± 0.0', '2 seeds', '52.0', 'baseline'],
      ...['✓', 'ALLO above it: reproduced', 'and 1 more', '4'],
      ...['Other methods', 'IPO', 'failed', '60.0', '1 seed', '52.2', expect.stringMatching(/^−10\.0 \(/)],
      ...[expect.stringMatching(/^1 seed × 200/), '✓', 'ALLO above it: reproduced', '4'],
    ]);
  });

  test('follows the order of the page, without heads of groups where they are mixed', () => {
    const order = sortedRows(table.rows, { column: 'accuracy', direction: 'ascending' }, table.columns, false);
    const texts = textsOf(pictureSvg(tablePicture(inputOf(order))));
    expect(texts.filter((text) => ['ALLO', 'DPO, all weights', 'IPO', 'Other methods'].includes(text))).toEqual([
      ...['Other methods', 'IPO', 'DPO, all weights', 'ALLO', 'ALLO'],
    ]);
  });

  test('the best alone is bold, and a verdict’s sign alone has its colour', () => {
    const { plot } = tablePicture(inputOf(table.rows));
    const texts = plot.filter((mark) => mark.type === 'text');
    expect(texts.filter(({ isBold }) => isBold).map(({ text }) => text)).toEqual(['85.3 ± 1.1']);
    expect(new Set(texts.filter(({ colour }) => colour === 'green').map(({ text }) => text))).toEqual(new Set(['✓']));
    expect(pictureSvg(tablePicture(inputOf(table.rows)))).toContain(' font-weight="600" ');
  });

  test('no text runs into its neighbour or out of the picture', () => {
    const input = inputOf(table.rows);
    const picture = tablePicture(input);
    const boxes = picture.plot.flatMap((mark) => {
      if (mark.type !== 'text') return [];
      const width = input.measure(mark.text, mark.size, mark.isBold ?? false);
      const left = mark.anchor === 'end' ? mark.x - width : mark.x;
      return [{ ...mark, left, right: left + width }];
    });
    for (const box of boxes) {
      expect(box.left, box.text).toBeGreaterThanOrEqual(0);
      expect(box.right, box.text).toBeLessThanOrEqual(picture.width);
      expect(box.y, box.text).toBeLessThan(picture.height);
      for (const other of boxes)
        if (other !== box && other.y === box.y)
          expect(other.left >= box.right || other.right <= box.left, `${box.text} | ${other.text}`).toBe(true);
    }
  });

  test('holds as many arms as a file can, and says so', () => {
    const many = Array.from({ length: MOST_PICTURED + 7 }, () => table.rows[2]!);
    const { notes, plot } = tablePicture(inputOf(many));
    expect(notes[1]).toBe('The first 200 of 207 arms.');
    expect(plot.filter((mark) => mark.type === 'text' && mark.text === 'IPO')).toHaveLength(200);
    expect(tablePicture(inputOf(table.rows)).notes).toHaveLength(1);
  });
});
