// Loss curves of the selected arms over each other, and their accuracy on the way.
import { memo, useMemo, useState } from 'react';
import { createChartGroup, useChartWindow } from '../../components/charts/chartGroup';
import { fileColours, fileInks } from '../../components/charts/chartInks';
import { FigureFrame, type FigureTable } from '../../components/charts/FigureFrame';
import type { Band, ChartLine } from '../../components/charts/plot';
import { plotPicture } from '../../components/charts/plotPicture';
import { memoryOf } from '../../components/charts/points';
import { type PlotSource, SeriesPlot } from '../../components/charts/SeriesPlot';
import { formatNumber } from '../../components/format';
import { fixed } from './numberText';
import { accuracyLines, lossLines, MOST_LINES, type OverlayRow, overlayRows, stageBands, totalOf } from './overlay';
import type { ArmRow } from './rows';

interface OverlayProps {
  rows: readonly ArmRow[];
  /** Of files, without ending. */
  name: string;
  link(id: string): string;
}

export const Overlay = memo(function Overlay({ rows, name, link }: OverlayProps) {
  const [group] = useState(createChartGroup);
  const bands = useMemo(() => stageBands(rows), [rows]);
  const losses = useMemo(() => lossLines(rows, bands), [rows, bands]);
  const accuracies = useMemo(() => accuracyLines(rows, bands), [rows, bands]);
  const shared = { bands, group, link, fileName: name };
  return (
    <section className="compare-part" aria-labelledby="compare-curves">
      <h3 id="compare-curves" className="heading">
        {rows.length === 0 ? 'Select arms to see their curves' : 'Curves of the selected arms'}
      </h3>
      {rows.length > MOST_LINES && (
        <p className="caption">
          The first {MOST_LINES} of {rows.length} selected arms are drawn.
        </p>
      )}
      <Names lines={losses} />
      <div className="compare-figures">
        <OverlayFigure
          {...shared}
          id="curve-compare-loss"
          name="Training loss"
          unit="mean over seeds"
          lines={losses}
          smoothing={5}
          format={formatNumber}
          empty="No selected arm kept its losses."
        />
        <OverlayFigure
          {...shared}
          id="curve-compare-accuracy"
          name="Accuracy on the way"
          unit="% of the first held-out prompts, mean over seeds"
          lines={accuracies}
          smoothing={1}
          format={percent}
          empty="No selected arm was measured on its way."
        />
      </div>
      <p className="caption">
        Losses of different methods measure different things: compare the shapes, and only arms of one method by height.
      </p>
    </section>
  );
});

const percent = (value: number): string => fixed(value, 1);

/** Which line is whose. */
function Names({ lines }: { lines: readonly ChartLine[] }) {
  return (
    <ul className="compare-names">
      {lines.map(({ key, runName, dash, run }) => (
        <li key={key}>
          <svg width="28" height="8" aria-hidden="true">
            <line
              x1="0"
              x2="28"
              y1="4"
              y2="4"
              strokeWidth="2"
              stroke={`var(--run-${run + 1})`}
              strokeDasharray={dash.join(' ')}
            />
          </svg>
          {runName}
        </li>
      ))}
    </ul>
  );
}

interface FigureProps {
  id: string;
  name: string;
  unit: string;
  fileName: string;
  lines: readonly ChartLine[];
  bands: readonly Band[];
  group: ReturnType<typeof createChartGroup>;
  /** Updates; 1: none. */
  smoothing: number;
  format(value: number): string;
  empty: string;
  link(id: string): string;
}

const NO_ENDS = [null, null] as const;
const ignore = () => {};

function OverlayFigure(props: FigureProps) {
  const { id, name, unit, fileName, lines, bands, group, smoothing, format, empty, link } = props;
  const total = totalOf(bands);
  const chosen = useChartWindow(group);
  const source = useMemo(
    (): PlotSource => ({
      ...{ lines, bands, changes: [], xKind: 'linear', yKind: 'linear', ends: NO_ENDS, formatTick: null },
      memory: smoothing > 1 ? memoryOf(smoothing) : 0,
    }),
    [lines, bands, smoothing],
  );
  const table = useMemo(() => tableOf(name, unit, lines, format), [name, unit, lines, format]);
  const picture = () =>
    plotPicture({
      ...{ name, unit, format, smoothing, parts: [], inks: fileInks(), colourOf: fileColours() },
      input: { ...source, window: chosen ?? [0, Math.max(1, total)] },
    });
  return (
    <FigureFrame
      {...{ id, name, unit, table }}
      fileName={`${fileName}-${id}`}
      picture={table && picture}
      link={() => link(id)}
    >
      <SeriesPlot
        name={`${name}, ${unit}: ${lines.map(({ runName }) => runName).join('; ') || 'no arm'}, ${total} updates`}
        {...{ source, total, group, format, empty }}
        moment={null}
        onPlot={ignore}
      />
    </FigureFrame>
  );
}

const MOST_ROWS = 200;

function tableOf(
  name: string,
  unit: string,
  lines: readonly ChartLine[],
  format: (value: number) => string,
): FigureTable<OverlayRow> | null {
  const rows = overlayRows(lines);
  if (rows.length === 0) return null;
  const left = rows.length > MOST_ROWS ? `; the first ${MOST_ROWS} of ${rows.length}, all in the CSV` : '';
  return {
    caption: `${name}, ${unit}${left}`,
    columns: [
      { head: 'Arm', value: ({ arm }) => arm, text: ({ arm }) => arm, isText: true },
      { head: 'Stage', value: ({ stage }) => stage, text: ({ stage }) => stage, isText: true },
      { head: 'Step', value: ({ step }) => step, text: ({ step }) => String(step) },
      {
        head: name,
        value: ({ value }) => (Number.isFinite(value) ? value : String(value)),
        text: ({ value }) => (Number.isFinite(value) ? format(value) : 'NaN'),
      },
    ],
    rows: () => rows.slice(0, MOST_ROWS),
    allRows: () => rows,
    rowKey: ({ arm, stage, step }) => `${arm} ${stage} ${step}`,
  };
}
