// The numbers behind a curve picture: for the page as many rows as one reads, extremes and what is not finite kept; for the CSV all. Pure.
import type { FigureTable } from '../../components/charts/FigureFrame';
import type { Band, ChartLine } from '../../components/charts/plot';
import { keepMinMax } from '../../components/charts/points';
import type { Column } from '../../components/DataTable';
import { formatCount } from '../../components/format';
import type { Quantity } from './quantities';

export interface CurveRow {
  run: string;
  stage: string;
  step: number;
  /** On the axis of all stages. */
  update: number;
  /** By part. */
  values: Readonly<Record<string, number>>;
}

const MAX_ROWS = 200;

/** Rows of all lines; with `limit`, only those that keep each line's shape. */
export function curveRows(lines: readonly ChartLine[], bands: readonly Band[], limit: number | null): CurveRow[] {
  const total = lines.reduce((sum, { segments }) => sum + segments.reduce((all, { count }) => all + count, 0), 0);
  const rows = new Map<string, CurveRow & { values: Record<string, number> }>();
  for (const { label, runName, run, segments } of lines) {
    for (const { band, offset, steps, values, count } of segments) {
      const stage = bands.find(({ key }) => key === band)?.label ?? band;
      const share = limit === null || total <= limit ? count : Math.max(4, Math.floor((limit * count) / total));
      for (const i of keptOf(values, count, share)) {
        const step = steps[i]!;
        const key = `${run} ${band} ${step}`;
        const row = rows.get(key) ?? { run: runName, stage, step, update: offset + step, values: {} };
        row.values[label] = values[i]!;
        rows.set(key, row);
      }
    }
  }
  return [...rows.values()];
}

/** In order: what keeps the shape, and the first few that are not finite. */
function keptOf(values: Float64Array, count: number, limit: number): number[] {
  const kept = new Set(keepMinMax(values, count, limit));
  for (let i = 0, odd = 0; i < count && odd < 20; i++) {
    if (Number.isFinite(values[i]!)) continue;
    kept.add(i);
    odd++;
  }
  return [...kept].sort((a, b) => a - b);
}

/** null while there is nothing. */
export function curveTable(
  quantity: Quantity,
  unit: string,
  lines: readonly ChartLine[],
  bands: readonly Band[],
): FigureTable<CurveRow> | null {
  const points = lines.map(({ segments }) => segments.reduce((sum, { count }) => sum + count, 0));
  const most = Math.max(0, ...points);
  if (most === 0) return null;
  const all = points.reduce((sum, count) => sum + count, 0);
  const left = all > MAX_ROWS ? `; of ${formatCount(all)} values those that keep the shape, extremes among them` : '';
  const text = (value: number | undefined): string =>
    value === undefined ? '' : Number.isFinite(value) ? quantity.format(value) : String(value);
  const columns: Column<CurveRow>[] = [
    { head: 'Run', value: ({ run }) => run, text: ({ run }) => run, isText: true },
    { head: 'Stage', value: ({ stage }) => stage, text: ({ stage }) => stage, isText: true },
    { head: 'Step', value: ({ step }) => step, text: ({ step }) => formatCount(step) },
    { head: 'Update', value: ({ update }) => update, text: ({ update }) => formatCount(update) },
    ...quantity.parts.map(
      ({ label }): Column<CurveRow> => ({
        head: label ? `${quantity.name}, ${label}` : quantity.name,
        value: ({ values }) => csvValue(values[label]),
        text: ({ values }) => text(values[label]),
      }),
    ),
  ];
  return {
    caption: `${quantity.name}, ${unit}${left}`,
    columns,
    rows: () => curveRows(lines, bands, MAX_ROWS),
    allRows: () => curveRows(lines, bands, null),
    rowKey: ({ run, stage, step }) => `${run} ${stage} ${step}`,
  };
}

/** Numbers in full, "NaN" and "Infinity" by name. */
const csvValue = (value: number | undefined): number | string | null =>
  value === undefined ? null : Number.isFinite(value) ? value : String(value);
