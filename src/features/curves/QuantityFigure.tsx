// One quantity of the Curves view: its picture in the frame that all pictures have, the values in sight, and what has no place on the axes.
import { memo, useCallback, useMemo, useState } from 'react';
import { type ChartGroup, useChartWindow } from '../../components/charts/chartGroup';
import { fileColours, fileInks } from '../../components/charts/chartInks';
import { FigureFrame } from '../../components/charts/FigureFrame';
import { type LineMarker, MARKER_SIGNS } from '../../components/charts/markers';
import type { Band, ChartLine, Plot } from '../../components/charts/plot';
import { plotPicture } from '../../components/charts/plotPicture';
import { faultSentences } from '../../components/charts/plotReading';
import { memoryOf } from '../../components/charts/points';
import { type PlotSource, SeriesPlot } from '../../components/charts/SeriesPlot';
import type { RunState } from '../../state/runState';
import { curveLines } from './curveLines';
import { curveTable } from './curveTable';
import type { Quantity } from './quantities';

interface QuantityFigureProps {
  quantity: Quantity;
  /** With what it is measured on, where that matters. */
  unit: string;
  /** What will appear, and when. */
  empty: string;
  runs: readonly RunState[];
  bands: readonly Band[];
  total: number;
  changes: PlotSource['changes'];
  updates: PlotSource['xKind'];
  smoothing: number;
  isLog: boolean;
  onLog(id: string, isLog: boolean): void;
  group: ChartGroup;
  moment: number | null;
  onPick(x: number): void;
  link(id: string): string;
}

/** Of the figure of a quantity, in the address. */
export const figureId = (quantity: string): string => `curve-${quantity}`;

export const QuantityFigure = memo(function QuantityFigure(props: QuantityFigureProps) {
  const { quantity, unit, runs, bands, total, changes, updates, smoothing, isLog, group } = props;
  const { id, name, ends, isSmoothed, format } = quantity;
  const [plot, setPlot] = useState<Plot | null>(null);
  const lines = useMemo(() => curveLines(quantity, runs, bands), [quantity, runs, bands]);
  const source = useMemo(
    (): PlotSource => ({
      ...{ lines, bands, changes, xKind: updates, yKind: isLog ? 'log' : 'linear', ends },
      memory: isSmoothed ? memoryOf(smoothing) : 0,
      formatTick: ends[1] === 1 || id === 'loss-tokens' ? format : null,
    }),
    [lines, bands, changes, updates, isLog, ends, isSmoothed, smoothing, id, format],
  );
  const chosen = useChartWindow(group);
  const table = useMemo(() => curveTable(quantity, unit, lines, bands), [quantity, unit, lines, bands]);
  const picture = () =>
    plotPicture({
      ...{ name, unit, format, parts: quantity.parts, smoothing: isSmoothed ? smoothing : 1 },
      ...{ inks: fileInks(), colourOf: fileColours() },
      input: { ...source, window: chosen ?? [0, Math.max(1, total)] },
    });
  const onLog = () => props.onLog(id, !isLog);
  return (
    <FigureFrame
      id={figureId(id)}
      name={name}
      unit={unit}
      fileName={`${runs.map((run) => run.name).join('-')}-${id}`.slice(0, 120)}
      table={table}
      picture={table && picture}
      link={() => props.link(figureId(id))}
      aside={
        <span className="curve-aside">
          <InSight plot={plot} lines={lines} quantity={quantity} />
          {table && (
            <button
              type="button"
              className="curve-log"
              aria-pressed={isLog}
              aria-label={`log axis of ${name}`}
              onClick={onLog}
            >
              log
            </button>
          )}
        </span>
      }
    >
      <SeriesPlot
        name={plotName(name, unit, runs, total)}
        source={source}
        total={total}
        group={group}
        format={format}
        moment={props.moment}
        onPick={props.onPick}
        onPlot={useCallback((drawn: Plot) => setPlot(drawn), [])}
        empty={props.empty}
      />
      {plot && plot.faults.length > 0 && (
        <p className="frame-faults caption">{faultSentences(plot.faults, bands).join(' ')}</p>
      )}
    </FigureFrame>
  );
});

const plotName = (name: string, unit: string, runs: readonly RunState[], total: number): string =>
  `${name}, ${unit}: ${runs.map((run) => run.name).join(', ') || 'no run yet'}, ${total} updates`;

interface InSightProps {
  plot: Plot | null;
  lines: readonly ChartLine[];
  quantity: Quantity;
}

/** A key to lines that differ by side, with the latest values while the lines are few; lowest and highest in sight. */
export function InSight({ plot, lines, quantity: { format, parts } }: InSightProps) {
  if (!plot?.range) return <span />;
  const latest = lines.length > 2 ? [] : lines.flatMap((line) => latestOf(line));
  const [low, high] = plot.range;
  return (
    <span className="curve-in-sight">
      {latest.length === 0 &&
        parts.map(({ label, colour, marker }) => marker && <Side key={label} {...{ label, marker, colour }} />)}
      {latest.map(({ key, label, marker, value, colour }) => (
        <span key={key}>
          {marker ? <Side {...{ label, marker, colour }} /> : label}
          {label && ' '}
          <strong style={{ color: colour }}>{format(value)}</strong>{' '}
        </span>
      ))}
      <span className="curve-reach" title={`Lowest and highest value in sight: ${format(low)} to ${format(high)}`}>
        {latest.length > 1 ? `${format(low)} to ${format(high)}` : `min ${format(low)} · max ${format(high)}`}
      </span>
    </span>
  );
}

/** “▲ chosen”: its shape on the line, in its colour. */
function Side({ label, marker, colour }: { label: string; marker: LineMarker; colour: string | null }) {
  return (
    <span>
      <span aria-hidden="true" style={{ color: colour ?? undefined }}>
        {MARKER_SIGNS[marker]}
      </span>{' '}
      {label}
    </span>
  );
}

function latestOf({ key, label, marker, segments }: ChartLine) {
  const last = segments.findLast(({ count }) => count > 0);
  return last ? [{ key, label, marker, value: last.values[last.count - 1]!, colour: last.colour }] : [];
}
