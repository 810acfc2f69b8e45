// The recharts part of a line figure, in a chunk of its own. No animation; grid on y only; the hovered step as a hairline.
import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatCount } from '../format';
import type { DrawnPoint, LineFigureProps } from './LineFigure';
import { tickWriter } from './points';

interface LineDrawingProps extends Pick<LineFigureProps, 'total' | 'colour' | 'height' | 'group' | 'level'> {
  points: DrawnPoint[];
  ticks: number[];
  smoothed: boolean;
  format: (value: number) => string;
  /** Just enough decimals without it. */
  formatTick: ((value: number) => string) | undefined;
}

const TICK = { fill: 'var(--ink-2)', fontSize: 11 };

const isPoint = (value: unknown): value is DrawnPoint =>
  typeof value === 'object' && value !== null && 'step' in value && 'line' in value;

export default memo(function LineDrawing(props: LineDrawingProps) {
  const {
    points,
    ticks,
    total,
    colour,
    smoothed,
    level,
    format,
    formatTick = tickWriter(ticks),
    group,
    height,
  } = props;
  const last = Math.max(total, points.at(-1)?.step ?? 1, 1);
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0}>
      <LineChart data={points} syncId={group} syncMethod="value" margin={{ top: 6, right: 10, bottom: 0, left: 0 }}>
        {ticks.length > 0 && <CartesianGrid vertical={false} stroke="var(--line)" strokeWidth={1} />}
        <XAxis
          dataKey="step"
          type="number"
          domain={[0, last]}
          ticks={[0, last]}
          interval={0}
          tick={TICK}
          tickLine={false}
          axisLine={{ stroke: 'var(--line)' }}
          tickFormatter={(step: number) => (step === 0 ? '0' : `step ${formatCount(step)}`)}
          tickMargin={4}
          height={20}
          padding={{ right: 16 }}
        />
        <YAxis
          domain={[ticks[0] ?? 0, ticks.at(-1) ?? 1]}
          ticks={ticks}
          interval={0}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          tickFormatter={formatTick}
          width={48}
          allowDataOverflow
        />
        {level && ticks.length > 0 && <ReferenceLine y={level.value} stroke="var(--ink-3)" strokeDasharray="2 3" />}
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--ink-3)', strokeWidth: 1 }}
          content={({ active, payload }) => {
            const point: unknown = payload?.[0]?.payload;
            return active && isPoint(point) ? <Readout point={point} format={format} smoothed={smoothed} /> : null;
          }}
        />
        {smoothed && (
          <Line
            dataKey="raw"
            stroke={colour}
            strokeOpacity={0.35}
            strokeWidth={1}
            dot={false}
            activeDot={false}
            isAnimationActive={false}
          />
        )}
        <Line
          dataKey="line"
          stroke={colour}
          strokeWidth={2}
          dot={points.length === 1}
          activeDot={{ r: 3, strokeWidth: 0, fill: colour }}
          isAnimationActive={false}
        />
      </LineChart>
    </ResponsiveContainer>
  );
});

function Readout({
  point,
  format,
  smoothed,
}: {
  point: DrawnPoint;
  format: (value: number) => string;
  smoothed: boolean;
}) {
  return (
    <div className="chart-readout">
      step {formatCount(point.step)}: {point.raw === null ? 'not finite' : format(point.raw)}
      {smoothed && point.line !== null && <span className="quiet"> (smoothed {format(point.line)})</span>}
    </div>
  );
}
