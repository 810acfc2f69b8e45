// A figure of one curve of one stage: its latest value above the plot, in the frame that all pictures have.
import { memo, useCallback, useMemo, useState } from 'react';
import { formatCount, formatNumber } from '../format';
import { type ChartGroup, useChartWindow } from './chartGroup';
import { fileColours, fileInks } from './chartInks';
import { FigureFrame, type FigureTable } from './FigureFrame';
import type { Plot } from './plot';
import { plotPicture } from './plotPicture';
import { faultSentences } from './plotReading';
import { keepMinMax, memoryOf, smooth, windowFor } from './points';
import { type PlotSource, SeriesPlot } from './SeriesPlot';

export interface LineFigureProps {
  /** In the address, behind the hash. */
  id: string;
  /** Accessible name and heading. */
  name: string;
  /** What the y axis measures, with its unit. */
  unit: string;
  runName: string;
  /** The stage by name, for places such as "Warm-up step 12". */
  stage: string;
  /** x of each value, ascending. */
  steps: Float64Array;
  /** As many as steps, or none. */
  values: Float64Array;
  /** Steps that the x axis is laid out for; 0 while they are not known. */
  total: number;
  /** CSS colour of the curve. */
  colour: string;
  isLow?: boolean;
  /** How values and ticks are written; ticks have just enough decimals without it. */
  format?: (value: number) => string;
  /** Figures of one group share the hovered step and the stretch in sight. */
  group: ChartGroup;
  link(id: string): string;
  /** Said instead of a drawing while there is nothing. */
  empty: string;
}

/** A smoothed curve over its raw values. */
export const LineFigure = memo(function LineFigure(props: LineFigureProps) {
  const { id, name, unit, runName, values, colour, format = formatNumber, group } = props;
  const [plot, setPlot] = useState<Plot | null>(null);
  const count = values.length;
  const smoothing = windowFor(count);
  const total = Math.max(props.total, props.steps[count - 1] ?? 0);
  const source = usePlotSource(props, total, smoothing);
  const latest = useMemo(() => smooth(values, count, memoryOf(smoothing))[count - 1], [values, count, smoothing]);
  const table = useMemo(() => (count > 0 ? tableOf(props, format) : null), [props, count, format]);
  const window = useChartWindow(group) ?? [0, Math.max(1, total)];
  const picture = () =>
    plotPicture({
      ...{ name, unit, format, smoothing, parts: [], inks: fileInks(), colourOf: fileColours() },
      input: { ...source, window },
    });
  return (
    <FigureFrame
      id={id}
      name={name}
      fileName={`${runName}-${name}`}
      table={table}
      picture={table && picture}
      link={() => props.link(id)}
      aside={
        <span className="line-aside">
          <span>{unit}</span>
          {latest !== undefined && <strong style={{ color: colour }}>{format(latest)}</strong>}
        </span>
      }
    >
      <SeriesPlot
        name={`${name}, ${unit}: ${runName}, ${total} steps`}
        source={source}
        total={total}
        group={group}
        format={format}
        moment={null}
        onPlot={useCallback((drawn: Plot) => setPlot(drawn), [])}
        empty={props.empty}
        isLow={props.isLow}
      />
      {plot && plot.faults.length > 0 && (
        <p className="frame-faults caption">{faultSentences(plot.faults, source.bands).join(' ')}</p>
      )}
    </FigureFrame>
  );
});

const NO_ENDS = [null, null] as const;

function usePlotSource(props: LineFigureProps, total: number, smoothing: number): PlotSource {
  const { name, stage, runName, steps, values, colour, format } = props;
  return useMemo(() => {
    const segment = { band: stage, colour, offset: 0, steps, values, count: values.length };
    const line = { key: name, label: '', run: 0, runName, dash: [], isSparse: false, segments: [segment] };
    return {
      lines: [line],
      bands: total > 0 ? [{ key: stage, label: stage, colour, start: 0, length: total }] : [],
      hidesBands: true,
      ...{ xKind: 'linear', yKind: 'linear', changes: [], ends: NO_ENDS },
      memory: memoryOf(smoothing),
      formatTick: format ?? null,
    };
  }, [name, stage, runName, steps, values, colour, format, total, smoothing]);
}

const MAX_ROWS = 200;

/** Its rows are places in the series. */
function tableOf(
  { name, unit, steps, values }: Pick<LineFigureProps, 'name' | 'unit' | 'steps' | 'values'>,
  format: (value: number) => string,
): FigureTable<number> {
  const count = values.length;
  const left =
    count > MAX_ROWS ? `; of ${formatCount(count)} steps those that keep the shape, extremes among them` : '';
  return {
    caption: `${name}, ${unit}${left}`,
    columns: [
      { head: 'Step', value: (i) => steps[i]!, text: (i) => formatCount(steps[i]!) },
      {
        head: unit,
        value: (i) => (Number.isFinite(values[i]!) ? values[i]! : String(values[i])),
        text: (i) => (Number.isFinite(values[i]!) ? format(values[i]!) : String(values[i])),
      },
    ],
    rows: () => keepMinMax(values, count, MAX_ROWS),
    allRows: () => Array.from(values, (_, i) => i),
    rowKey: String,
  };
}
