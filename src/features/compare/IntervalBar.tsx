// A difference as a mark with its interval as a bar, about a line at zero; an arrow where it lies beyond the scale. The numbers beside it
// say the same.
import { type Difference, isClear } from '../../core/study/statistics';
import { placeOf } from './intervalScale';

const WIDTH = 96;
const HEIGHT = 14;

export function IntervalBar({ difference, reach }: { difference: Difference; reach: number }) {
  const { mean, interval } = difference;
  const x = (value: number) => Math.round(placeOf(value, reach) * (WIDTH - 8)) + 4;
  return (
    <svg
      className="compare-bar"
      width={WIDTH}
      height={HEIGHT}
      data-clear={isClear(difference, 'higher') || isClear(difference, 'lower') || undefined}
      aria-hidden="true"
    >
      <line className="compare-bar-zero" x1={x(0)} x2={x(0)} y1={0} y2={HEIGHT} />
      {interval && <line className="compare-bar-span" x1={x(interval.low)} x2={x(interval.high)} y1={7} y2={7} />}
      {Math.abs(mean) <= reach ? (
        <circle className="compare-bar-mean" cx={x(mean)} cy={7} r={3.5} />
      ) : (
        <path className="compare-bar-mean" d={mean < 0 ? 'M1 7l7-4v8z' : `M${WIDTH - 1} 7l-7-4v8z`} />
      )}
    </svg>
  );
}
