// A tiny curve beside a label: decoration for what a chart elsewhere shows in full, hence hidden from assistive technology.
import { keepMinMax, rangeOf } from './points';
import './charts.css';

interface SparklineProps {
  values: ArrayLike<number>;
  count: number;
  total: number;
  colour: string;
}

const WIDTH = 44;
const HEIGHT = 14;

export function Sparkline({ values, count, total, colour }: SparklineProps) {
  const kept = keepMinMax(values, count, 60).filter((i) => Number.isFinite(values[i]!));
  const range = rangeOf(values, kept);
  if (!range || kept.length < 2) return null;
  const [low, high] = range;
  const x = (i: number) => (i / Math.max(1, Math.max(total, count) - 1)) * WIDTH;
  const y = (value: number) => 1 + (HEIGHT - 2) * (1 - (value - low) / (high - low || 1));
  const path = kept.map((i, n) => `${n === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(values[i]!).toFixed(1)}`).join('');
  return (
    <svg className="sparkline" width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={path} fill="none" stroke={colour} strokeWidth={1.5} strokeLinejoin="round" />
    </svg>
  );
}
