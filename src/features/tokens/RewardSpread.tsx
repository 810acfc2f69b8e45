// How token rewards, or the weights made of them, are spread over right and wrong tokens: histograms, picture, table.
import { useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { fileInks } from '../../components/charts/chartInks';
import { type Column, DataTable } from '../../components/DataTable';
import { formatCount, formatShare } from '../../components/format';
import { PictureButtons } from '../../components/PictureButtons';
import type { QualityProps } from './RewardQuality';
import { histogramsPicture, SCORE_LABELS, SCORES, type ScoreName } from './rewardQuality';
import { BINS, type RewardClass, weightClasses, weightReach } from './rewardStats';
import { rewardWords } from './rewardWords';
import { layerColour, layerScale } from './tokenLayers';
import { fileColours } from './tokenPicture';

/** Where a bin begins. */
const edgeText = (bin: number, reach: number): string => ((bin / BINS) * reach).toFixed(reach < 1 ? 3 : 2);

const share = (one: RewardClass | undefined) => (one && one.count > 0 ? one.below / one.count : null);
const REWARD_SCALE = layerScale('reward', []);

type Spread = 'reward' | ScoreName;
const SPREADS: readonly { value: Spread; label: string }[] = [
  { value: 'reward', label: 'Reward p' },
  ...SCORES.filter((name) => name !== 'raw').map((name) => ({ value: name, label: `Weight ${SCORE_LABELS[name]}` })),
];

interface SpreadProps
  extends Pick<QualityProps, 'stats' | 'classes' | 'threshold' | 'runName' | 'records' | 'responseOf'> {
  /** Null where a file does not say. */
  source: QualityProps['source'] | null;
}

/** Right tokens, first errors and consequences, or one class of all tokens where no oracle judges them. */
export function RewardSpread({
  classes: ofRewards,
  source,
  stats,
  threshold,
  runName,
  records,
  responseOf,
}: SpreadProps) {
  const [right, first, later] = ofRewards;
  const [spread, setSpread] = useState<Spread>('reward');
  const isReward = spread === 'reward';
  const classes = useMemo(
    () => (spread === 'reward' ? ofRewards : weightClasses(records, responseOf, spread, threshold)),
    [spread, ofRewards, records, responseOf, threshold],
  );
  const title = isReward ? 'token reward p' : `token weight ${SCORE_LABELS[spread]}`;
  const reach = isReward ? 1 : weightReach(spread);
  const bins = useMemo(() => Array.from({ length: BINS }, (_, bin) => bin), []);
  const columns = useMemo(
    (): Column<number>[] => [
      {
        head: isReward ? 'Reward' : 'Weight',
        value: (bin) => (bin / BINS) * reach,
        text: (bin) => `${edgeText(bin, reach)}–${edgeText(bin + 1, reach)}`,
      },
      ...classes.map((one) => ({
        head: one.name,
        value: (bin: number) => one.bins[bin] ?? 0,
        text: (bin: number) => formatCount(one.bins[bin] ?? 0),
      })),
    ],
    [classes, isReward, reach],
  );
  const make = () => {
    const colourOf = fileColours();
    const inks = fileInks();
    return histogramsPicture(
      classes,
      { title, reach, threshold: isReward ? threshold : null },
      [runName],
      (share) => (isReward ? colourOf(REWARD_SCALE, share) : inks.quietInk),
      inks,
    );
  };
  return (
    <figure className="tokens-spread" aria-labelledby="tokens-spread-name">
      <figcaption>
        <h4 id="tokens-spread-name" className="heading">
          {first
            ? `Below τ: ${formatShare(share(first))} of first errors, ${formatShare(share(later))} of their consequences, ${formatShare(share(right))} of right tokens`
            : `Below τ: ${formatShare(share(right))} of all tokens`}
        </h4>
        <p className="caption">
          {first &&
            `Of the tokens below τ, ${formatShare(stats.precision)} are wrong (precision); of all wrong tokens, ${formatShare(stats.recall)} are below τ (recall). `}
          {source && `${rewardWords(source).recall} `}EOS is left out.
        </p>
      </figcaption>
      {first && <Choice<Spread> label="What is spread" options={SPREADS} value={spread} onChange={setSpread} />}
      <div className="tokens-histograms" aria-hidden="true">
        {classes.map((one) => (
          <Histogram key={one.name} one={one} threshold={isReward ? threshold : null} />
        ))}
        <div className="tokens-axis">
          <span style={{ left: 0 }}>0</span>
          {isReward && <span style={{ left: `${threshold * 100}%` }}>τ {threshold}</span>}
          <span style={{ left: '100%' }}>{reach}</span>
        </div>
        <p className="caption tokens-axis-title">{title}; heights are shares of each row, square-root scale</p>
      </div>
      <div className="tokens-copy">
        <PictureButtons what="the spread of rewards" fileName={`${runName}-reward-spread`} make={make} />
      </div>
      <DataTable
        caption={`Tokens per twentieth of the ${isReward ? 'reward' : 'weight'}`}
        columns={columns}
        rows={bins}
        fileName={`${runName}-reward-spread`}
      />
    </figure>
  );
}

function Histogram({ one, threshold }: { one: Omit<RewardClass, 'below'>; threshold: number | null }) {
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
              background: threshold === null ? 'var(--ink-3)' : layerColour(REWARD_SCALE, (i + 0.5) / BINS),
            }}
          />
        ))}
        {threshold !== null && <i style={{ left: `${threshold * 100}%` }} />}
      </div>
    </>
  );
}
