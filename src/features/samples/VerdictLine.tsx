// Right and wrong over the moments as a tiny picture: high bars are right, low ones wrong; the present moment has a mark under it.
import type { Moment } from '../../state/runState';

interface VerdictLineProps {
  verdicts: readonly (boolean | null)[];
  moments: readonly Moment[];
  index: number;
}

const STEP = 5;
const HEIGHT = 22;

export function VerdictLine({ verdicts, moments, index }: VerdictLineProps) {
  const right = verdicts.filter((verdict) => verdict === true).length;
  const known = verdicts.filter((verdict) => verdict !== null).length;
  // Stages stand a little apart.
  let x = -STEP;
  const places = moments.map(({ stage }, i) => {
    x += STEP + (i > 0 && moments[i - 1]!.stage !== stage ? 4 : 0);
    return x;
  });
  return (
    <svg
      className="verdict-line"
      width={x + STEP}
      height={HEIGHT}
      role="img"
      aria-label={`Right at ${right} of ${known} moments`}
    >
      {verdicts.map((verdict, i) => (
        <rect
          key={places[i]}
          x={places[i]}
          y={verdict === true ? 1 : 11}
          width={STEP - 2}
          height={verdict === true ? 16 : 6}
          className={verdict === null ? 'verdict-none' : verdict ? 'verdict-right' : 'verdict-wrong'}
        />
      ))}
      <rect x={(places[index] ?? 0) - 1} y={HEIGHT - 3} width={STEP} height={3} className="verdict-here" />
    </svg>
  );
}
