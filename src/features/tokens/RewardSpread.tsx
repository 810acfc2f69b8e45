// How rewards are spread over right tokens, first errors and consequences: one small histogram each, every one in shares of its own.
import { formatCount, formatShare } from '../../components/format';
import { BINS, type RewardClass, type RewardStats } from './rewardStats';
import { layerColour } from './tokenLayers';

interface SpreadProps {
  classes: readonly RewardClass[];
  stats: RewardStats;
  threshold: number;
}

export function RewardSpread({ classes, stats, threshold }: SpreadProps) {
  const [right, first, later] = classes;
  const share = (one: RewardClass | undefined) => (one && one.count > 0 ? one.below / one.count : null);
  return (
    <figure className="tokens-spread" aria-labelledby="tokens-spread-name">
      <figcaption>
        <h3 id="tokens-spread-name" className="heading">
          Below τ: {formatShare(share(first))} of first errors, {formatShare(share(later))} of their consequences,{' '}
          {formatShare(share(right))} of right tokens
        </h3>
        <p className="caption">
          Of the tokens below τ, {formatShare(stats.precision)} are wrong (precision); of all wrong tokens,{' '}
          {formatShare(stats.recall)} are below τ (recall). The rewriter reads the wrong answer as it stands, so once
          the first error is said, some of what follows from it looks right: consequences are missed more often. EOS is
          left out.
        </p>
      </figcaption>
      <div className="tokens-histograms" aria-hidden="true">
        {classes.map((one) => (
          <Histogram key={one.name} one={one} threshold={threshold} />
        ))}
        <div className="tokens-axis">
          <span style={{ left: 0 }}>0</span>
          <span style={{ left: `${threshold * 100}%` }}>τ {threshold}</span>
          <span style={{ left: '100%' }}>1</span>
        </div>
        <p className="caption tokens-axis-title">token reward p; heights are shares of each row, square-root scale</p>
      </div>
      <SpreadTable classes={classes} />
    </figure>
  );
}

function Histogram({ one, threshold }: { one: RewardClass; threshold: number }) {
  return (
    <>
      <div className="tokens-histogram-name">
        <span>{one.name}</span>
        <span className="quiet">{formatCount(one.count)}</span>
      </div>
      <div className="tokens-histogram">
        {one.bins.map((count, i) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its position
            key={i}
            style={{
              // Square root: nearly all right tokens lie in the last bin.
              height: `${Math.sqrt(one.count > 0 ? count / one.count : 0) * 100}%`,
              background: layerColour({ layer: 'reward', reach: 0.5 }, (i + 0.5) / BINS),
            }}
          />
        ))}
        <i style={{ left: `${threshold * 100}%` }} />
      </div>
    </>
  );
}

function SpreadTable({ classes }: { classes: readonly RewardClass[] }) {
  return (
    <details>
      <summary>Show as table</summary>
      <div className="scroll-x">
        <table className="table tokens-table">
          <caption>Tokens per twentieth of the reward</caption>
          <thead>
            <tr>
              <th scope="col">Reward</th>
              {classes.map((one) => (
                <th key={one.name} scope="col" className="number">
                  {one.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: BINS }, (_, bin) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its position
              <tr key={bin}>
                <th scope="row">
                  {(bin / BINS).toFixed(2)}–{((bin + 1) / BINS).toFixed(2)}
                </th>
                {classes.map((one) => (
                  <td key={one.name} className="number">
                    {formatCount(one.bins[bin] ?? 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
