// How far the weights of a tensor moved, on a logarithmic axis, selected ones and the others apart, with the mask's threshold.
import { formatCount, formatNumber } from '../../components/format';
import type { MagnitudeHistogram } from '../../core/masks/magnitudeHistogram';

const HEIGHT = 64;

export function ChangeHistogram({ histogram, threshold }: { histogram: MagnitudeHistogram; threshold: number | null }) {
  const { edges, selected, others, zeros } = histogram;
  const bins = selected.length;
  const still = formatCount(zeros.selected + zeros.others);
  if (bins === 0) return <p className="caption">None of these weights moved in the warm-up.</p>;
  const [low, high] = [edges[0]!, edges[bins]!];
  // Square roots: a bin of one weight stays visible beside one of thousands.
  const most = Math.sqrt(Math.max(...selected.map((count, i) => count + others[i]!))) || 1;
  const bar = (count: number, base: number) => (Math.sqrt(base + count) - Math.sqrt(base)) * (HEIGHT / most);
  const at =
    threshold && threshold > 0 && high > low ? (Math.log(threshold / low) / Math.log(high / low)) * bins : null;
  return (
    <div className="neurons-histogram">
      <svg
        viewBox={`0 0 ${bins} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Histogram of |Δθ| from ${formatNumber(low)} to ${formatNumber(high)}`}
      >
        {Array.from(selected, (count, i) => {
          const below = bar(others[i]!, 0);
          const above = bar(count, others[i]!);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
            <g key={i}>
              <rect x={i} width={1} y={HEIGHT - below} height={below} className="neurons-bar-other" />
              <rect x={i} width={1} y={HEIGHT - below - above} height={above} className="neurons-bar-selected" />
            </g>
          );
        })}
        {at !== null && at >= 0 && at <= bins && (
          <line x1={at} x2={at} y1={0} y2={HEIGHT} className="neurons-bar-line" />
        )}
      </svg>
      <p className="caption">
        |Δθ| from {formatNumber(low)} to {formatNumber(high)}, logarithmic, heights as square roots
        {threshold !== null && `; line: threshold ${formatNumber(threshold)}`}; {still} weights did not move.
      </p>
    </div>
  );
}
