// The plot of a curve chart on the page: drawn from the marks that files get too, with the linked cursor, brush zoom and keys. It is
// drawn in its turn; the cursor moves without React: twelve recharts of this size with a common cursor take 50 to 135 ms a move.
import { memo, useEffect, useId, useMemo, useRef } from 'react';
import { positionOf, tickAnchor } from './axes';
import { type ChartGroup, useChartWindow, type XWindow } from './chartGroup';
import { Shape } from './MarksDrawing';
import { type Plot, type PlotInput, plotOf } from './plot';
import { PLOT_EDGES } from './plotEdges';
import { usePlotCursor } from './usePlotCursor';
import { usePlotKeys } from './usePlotKeys';
import { usePlotPointer } from './usePlotPointer';
import { useSize } from './useSize';
import { useTurn } from './useTurn';
import './seriesPlot.css';

export type PlotSource = Omit<PlotInput, 'width' | 'height' | 'window'>;

interface SeriesPlotProps {
  /** Accessible name. */
  name: string;
  source: PlotSource;
  /** Updates of the whole axis. */
  total: number;
  group: ChartGroup;
  format(value: number): string;
  /** The scrubber's place; null for none. */
  moment: number | null;
  /** Somebody chose an update; absent where there is nothing to choose. */
  onPick?: (x: number) => void;
  /** What is in sight, after each drawing. */
  onPlot(plot: Plot): void;
  /** Said instead of lines while there is nothing. */
  empty: string;
  isLow?: boolean;
}

export const SeriesPlot = memo(function SeriesPlot(props: SeriesPlotProps) {
  const { name, source, total, group, format, moment, onPick, onPlot, empty, isLow } = props;
  const box = useRef<HTMLDivElement>(null);
  const size = useSize(box);
  const keysId = useId();
  const chosen = useChartWindow(group);
  const window: XWindow = useMemo(() => chosen ?? [0, Math.max(1, total)], [chosen, total]);
  const top = source.hidesBands ? PLOT_EDGES.topWithoutBands : PLOT_EDGES.top;
  const asked = useMemo((): PlotInput => {
    const width = Math.max(10, size.width - PLOT_EDGES.left - PLOT_EDGES.right);
    const height = Math.max(10, size.height - top - PLOT_EDGES.bottom);
    return { ...source, window, width, height };
  }, [source, window, size, top]);
  const input = useTurn(asked);
  const plot = useMemo(() => (input && input.width > 10 ? plotOf(input) : null), [input]);
  useEffect(() => {
    if (plot) onPlot(plot);
  }, [plot, onPlot]);
  const cursor = usePlotCursor(group, plot, input, format);
  const { ref: brush, ...pointer } = usePlotPointer({ box, group, plot, input, total, onPick });
  const keys = usePlotKeys({ group, window, total, moment, onPick, say: cursor.say });
  return (
    <div
      ref={box}
      className="plot"
      data-low={isLow}
      role="application"
      aria-roledescription="chart"
      aria-label={name}
      aria-describedby={keysId}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keys that its description names
      tabIndex={0}
      {...pointer}
      {...keys}
    >
      <span id={keysId} className="visually-hidden">
        Arrow keys move the cursor, plus and minus zoom, 0 shows everything{onPick && ', Enter sets the moment'}.
      </span>
      {plot && input && (
        <svg width={size.width} height={size.height} aria-hidden="true">
          <g transform={`translate(${PLOT_EDGES.left} ${top})`}>
            <Drawing plot={plot} input={input} />
            <MomentLine plot={plot} input={input} moment={moment} />
            <g ref={cursor.hairline} className="plot-cursor" />
            <rect ref={brush} className="plot-brush" y={0} height={input.height} width={0} />
          </g>
        </svg>
      )}
      {plot && !plot.y && <p className="plot-empty caption">{emptyText(plot, empty)}</p>}
      <div ref={cursor.readout} className="plot-readout" hidden aria-hidden="true" />
      <span ref={cursor.spoken} className="visually-hidden" aria-live="polite" />
    </div>
  );
});

function emptyText({ lines, faults }: Plot, empty: string): string {
  if (lines.every(({ segments }) => segments.every(({ count }) => count === 0))) return empty;
  if (faults.some(({ kind }) => kind === '≤ 0'))
    return 'All values in sight are ≤ 0: take the linear axis to see them.';
  return faults.length > 0 ? 'No finite value in sight.' : 'No value in sight.';
}

/** Everything that changes with the data only. */
const Drawing = memo(function Drawing({ plot, input }: { plot: Plot; input: PlotInput }) {
  const { width, height } = input;
  return (
    <>
      <Marks marks={plot.ground} />
      {plot.xTicks.map(({ position, text }) => (
        <text key={text} className="plot-tick" x={position * width} y={height + 15} textAnchor={tickAnchor(position)}>
          {text}
        </text>
      ))}
      {plot.yTicks.map(({ position, text }) => (
        <text key={position} className="plot-tick" x={-6} y={(1 - position) * height + 4} textAnchor="end">
          {text}
        </text>
      ))}
      {plot.lines.map(({ key, run }, i) => (
        <g key={key} data-run={run}>
          <Marks marks={plot.lineMarks[i]!} />
        </g>
      ))}
      <g className="plot-signs">
        <Marks marks={plot.signs} />
      </g>
    </>
  );
});

const Marks = ({ marks }: { marks: Plot['ground'] }) =>
  // biome-ignore lint/suspicious/noArrayIndexKey: a mark is its place
  marks.map((mark, i) => <Shape key={i} mark={mark} />);

function MomentLine({ plot, input, moment }: { plot: Plot; input: PlotInput; moment: number | null }) {
  const position = moment === null ? Number.NaN : positionOf(plot.x, moment);
  if (!(position >= 0 && position <= 1)) return null;
  const x = position * input.width;
  return (
    <g className="plot-moment">
      <line x1={x} x2={x} y1={0} y2={input.height} />
      <path d={`M${x - 5} -1h10l-5 7z`} />
    </g>
  );
}
