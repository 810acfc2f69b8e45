// A figure of one or two curves: heading with the latest value, the drawing (recharts, loaded when first needed), a table behind it.
import { lazy, memo, type ReactNode, Suspense, useMemo, useState } from 'react';
import { csvText } from '../../core/data/csv';
import { formatCount, formatNumber } from '../format';
import { PictureButtons } from '../PictureButtons';
import { saveFile } from '../pictureExport';
import { fileColours, fileInks } from './chartInks';
import { linePicture } from './linePicture';
import { keepMinMax, rangeOf, roundTicks, smooth, smoothingFor } from './points';
import { useTurn } from './useTurn';
import './charts.css';

// Asked for at once, drawn when a figure has its turn: the page should not stop for it in the middle of a run.
const loading = import('./LineDrawing');
const LineDrawing = lazy(() => loading);

export interface LineFigureProps {
  /** Accessible name and heading. */
  name: string;
  /** What the y axis measures, with its unit. */
  unit: string;
  /** x of each value. */
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
  /** Only the first `count` entries count. */
  count: number;
  /** Steps that the x axis is laid out for. */
  total: number;
  /** CSS colour of the curve. */
  colour: string;
  /** Pixels. */
  height: number;
  /** Draw the raw values faint under a smoothed curve. */
  smoothed?: boolean;
  /** A value drawn as a thin line across, such as chance. */
  level?: { value: number; label: string };
  /** How values (and ticks) are written; ticks have just enough decimals without it. */
  format?: (value: number) => string;
  /** Figures of one group share the hovered step. */
  group: string;
  /** Said instead of a drawing while there is nothing. */
  empty: ReactNode;
}

/** One point of the drawing. */
export interface DrawnPoint {
  step: number;
  raw: number | null;
  line: number | null;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** A curve with its latest value, reachable by keyboard, with its numbers in a table. */
export const LineFigure = memo(function LineFigure(props: LineFigureProps) {
  const { name, unit, steps, values, count, colour, height, smoothed = false, empty, format = formatNumber } = props;
  const drawing = useMemo(() => {
    const line = smoothed ? smooth(values, count, smoothingFor(count)) : values;
    const kept = keepMinMax(values, count);
    const range = rangeOf(values, kept);
    const points = kept.map((i): DrawnPoint => ({ step: steps[i]!, raw: finite(values[i]!), line: finite(line[i]!) }));
    const ticks = range ? roundTicks(range[0], range[1], height < 120 ? 2 : 3) : [];
    return { points, ticks, latest: count > 0 ? line[count - 1]! : null };
  }, [steps, values, count, smoothed, height]);
  const shown = useTurn(drawing);
  return (
    <figure className="chart" aria-label={name}>
      <figcaption className="chart-head">
        <span className="chart-name">
          {name} <span className="chart-unit">{unit}</span>
        </span>
        {drawing.latest !== null && (
          <span className="chart-latest" style={{ color: colour }}>
            {format(drawing.latest)}
          </span>
        )}
      </figcaption>
      <div className="chart-drawing" style={{ height }}>
        {drawing.ticks.length === 0 && (
          <p className="chart-empty caption">{count > 0 ? 'No finite value so far.' : empty}</p>
        )}
        <Suspense fallback={null}>
          {shown && (
            <LineDrawing
              points={shown.points}
              ticks={shown.ticks}
              total={props.total}
              colour={colour}
              height={height}
              smoothed={smoothed}
              level={props.level}
              group={props.group}
              format={format}
              formatTick={props.format}
            />
          )}
        </Suspense>
      </div>
      {count > 0 ? <NumberTable {...props} format={format} /> : <div className="chart-no-table" />}
    </figure>
  );
});

const MAX_ROWS = 200;

/** The numbers and the files, written only while they are asked for. */
function NumberTable(props: LineFigureProps) {
  const { name, unit, steps, values, count, format = formatNumber } = props;
  const [open, setOpen] = useState(false);
  const rows = open ? keepMinMax(values, count, MAX_ROWS) : [];
  return (
    <details className="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Show as table</summary>
      {open && (
        <>
          <div className="chart-files">
            <PictureButtons what={name} fileName={name} make={() => linePicture(props, fileInks(), fileColours())} />
            <button type="button" className="button" aria-label={`Save ${name} as CSV`} onClick={() => saveCsv(props)}>
              CSV
            </button>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className="chart-table-rows" aria-label={`${name}, table`} tabIndex={0}>
            <table className="table">
              <caption>
                {name}, {unit}
                {rows.length < count && `; ${formatCount(rows.length)} of ${formatCount(count)} steps, extremes kept`}
              </caption>
              <thead>
                <tr>
                  <th scope="col">Step</th>
                  <th scope="col" className="number">
                    {unit}
                  </th>
                </tr>
              </thead>
              <tbody>
                {rows.map((i) => (
                  <tr key={i}>
                    <th scope="row">{formatCount(steps[i]!)}</th>
                    <td className="number">{Number.isFinite(values[i]!) ? format(values[i]!) : String(values[i])}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        </>
      )}
    </details>
  );
}

function saveCsv({ name, unit, steps, values, count }: LineFigureProps): void {
  const rows = Array.from({ length: count }, (_, i) => [steps[i]!, values[i]!]);
  const file = new Blob([csvText([['Step', unit], ...rows])], { type: 'text/csv' });
  saveFile(file, `${name.replace(/[^\w.]+/g, '-')}.csv`);
}
