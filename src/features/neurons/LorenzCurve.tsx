// How concentrated the change is: the share of the squared update in the most changed weights, against equal changes.
import { formatNumber, formatPercent, formatShare } from '../../components/format';
import type { Concentration } from '../../core/masks/concentration';

const SIZE = 100;

export function LorenzCurve({ curve }: { curve: Concentration }) {
  const { weightShare, updateShare, at, gini } = curve;
  const points = Array.from(
    weightShare,
    (x, i) => `${(x * SIZE).toFixed(2)},${((1 - updateShare[i]!) * SIZE).toFixed(2)}`,
  );
  const sentence = `The top ${formatPercent(at.percent)} of the weights hold ${formatShare(at.updateShare)} of the squared change; Gini ${formatNumber(gini)}.`;
  return (
    <figure className="neurons-lorenz" aria-label="Concentration of the change">
      <svg viewBox={`0 0 ${SIZE} ${SIZE}`} role="img" aria-label={`Lorenz curve. ${sentence}`}>
        <line x1={0} y1={SIZE} x2={SIZE} y2={0} className="neurons-lorenz-equal" />
        <polyline points={points.join(' ')} className="neurons-lorenz-line" />
        <circle cx={at.weightShare * SIZE} cy={(1 - at.updateShare) * SIZE} r={2.5} className="neurons-lorenz-point" />
      </svg>
      <figcaption className="caption">
        {sentence} Across: share of the weights, most changed first. Up: share of Σ Δ². Straight line: all changes
        alike.
      </figcaption>
    </figure>
  );
}
