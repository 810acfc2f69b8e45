// The recharts part of the churn figure, in a chunk of its own: two shares against the warm-up step, each named at its end.
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { PAGE_INKS } from '../../components/charts/chartInks';
import { formatCount, formatShare } from '../../components/format';
import type { ChurnPoint } from '../../core/masks/churn';
import { CHURN_LINES } from './findingCharts';

const TICK = { fill: 'var(--ink-2)', fontSize: 11 };

export default function ChurnDrawing({ points, height }: { points: readonly ChurnPoint[]; height: number }) {
  const last = points.at(-1)?.step ?? 1;
  return (
    <ResponsiveContainer width="100%" height={height} minWidth={0}>
      <LineChart data={[...points]} margin={{ top: 12, right: 10, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" strokeWidth={1} />
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
          height={20}
          padding={{ right: 16 }}
        />
        <YAxis
          domain={[0, 1]}
          ticks={[0, 0.5, 1]}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          tickFormatter={formatShare}
          width={48}
        />
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--ink-3)', strokeWidth: 1 }}
          content={({ active, label }) => {
            const point = points.find(({ step }) => step === label);
            return active && point ? <Readout point={point} /> : null;
          }}
        />
        {CHURN_LINES.map(({ name, of, ink, dashed }) => (
          <Line
            key={name}
            name={name}
            dataKey={of}
            stroke={PAGE_INKS[ink]}
            strokeWidth={2}
            strokeDasharray={dashed ? '4 4' : undefined}
            dot={points.length === 1}
            activeDot={{ r: 3, strokeWidth: 0, fill: PAGE_INKS[ink] }}
            isAnimationActive={false}
            label={({ index, x, y }) =>
              index === points.length - 1 ? (
                <text key={name} x={x} y={y} dy={dashed ? -6 : 22} textAnchor="end" fill={PAGE_INKS[ink]} fontSize={11}>
                  {name}
                </text>
              ) : (
                <g key={`${name} ${index}`} />
              )
            }
          />
        ))}
      </LineChart>
    </ResponsiveContainer>
  );
}

const Readout = ({ point }: { point: ChurnPoint }) => (
  <div className="chart-readout">
    step {formatCount(point.step)}: {formatShare(point.shareOfFinal)}{' '}
    <span className="quiet">(by chance {formatShare(point.chanceShare)})</span>
  </div>
);
