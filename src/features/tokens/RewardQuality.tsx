// How good the rewards are: how they are spread over right and wrong tokens, the ROC of every weighting, and the worst mistakes, each one
// click away.
import { memo, useEffect, useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { fileInks, PAGE_INKS } from '../../components/charts/chartInks';
import { MarksDrawing } from '../../components/charts/MarksDrawing';
import { type Column, DataTable } from '../../components/DataTable';
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { PictureButtons } from '../../components/PictureButtons';
import type { TokenText } from '../../components/tokenStripText';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import type { RocCurve } from '../../core/tokens/roc';
import {
  type Curves,
  histogramsPicture,
  type Mistake,
  type Mistakes,
  poolTokens,
  type RocRow,
  rocMarks,
  rocPicture,
  rocRows,
  SCORE_LABELS,
  SCORE_LINES,
  SCORES,
  type ScoreName,
  scoreRoc,
  sortRewards,
  worstMistakes,
} from './rewardQuality';
import { BINS, type RewardClass, type RewardStats, weightClasses, weightReach } from './rewardStats';
import { layerColour, layerScale, VERDICTS } from './tokenLayers';
import { fileColours } from './tokenPicture';

interface QualityProps {
  stats: RewardStats;
  classes: readonly RewardClass[];
  records: readonly RewardRecord[];
  responseOf: ReadonlyMap<number, ResponseRecord>;
  text: TokenText;
  threshold: number;
  weighting: string;
  runName: string;
  onOpen(responseId: number, token: number): void;
}

/** Comes a moment after the list and the inspector: together they would stop the page. */
export const RewardQuality = memo(function RewardQuality(props: QualityProps) {
  const [isTurn, setTurn] = useState(false);
  useEffect(() => {
    const timer = setTimeout(setTurn, 0, true);
    return () => clearTimeout(timer);
  }, []);
  return isTurn ? <Quality {...props} /> : null;
});

function Quality(props: QualityProps) {
  const { curves, mistakes } = useQuality(props);
  return (
    <section className="tokens-quality" aria-labelledby="tokens-quality-name">
      <h3 id="tokens-quality-name" className="title">
        How good are the rewards
      </h3>
      <Spread {...props} />
      <Roc curves={curves} weighting={props.weighting} runName={props.runName} />
      {mistakes && <MistakeLists {...props} mistakes={mistakes} />}
    </section>
  );
}

const WORST = 8;

/** One piece after the other: two hundred thousand tokens at once would stop the page. */
function useQuality({ records, responseOf, threshold }: QualityProps): { curves: Curves; mistakes: Mistakes | null } {
  const [curves, setCurves] = useState<Curves>({});
  const [mistakes, setMistakes] = useState<Mistakes | null>(null);
  useEffect(() => {
    let isWanted = true;
    const turn = () => new Promise((done) => setTimeout(done));
    const work = async () => {
      await turn();
      const pool = poolTokens(records, responseOf);
      await turn();
      const sorted = sortRewards(pool);
      const known: Partial<Record<ScoreName, RocCurve | null>> = {};
      for (const name of SCORES) {
        await turn();
        if (!isWanted) return;
        known[name] = scoreRoc(sorted, name, threshold);
      }
      await turn();
      if (!isWanted) return;
      setCurves(known);
      await turn();
      if (isWanted) setMistakes(worstMistakes(pool, records, WORST));
    };
    void work();
    return () => {
      isWanted = false;
    };
  }, [records, responseOf, threshold]);
  return { curves, mistakes };
}

/** Where a bin begins. */
const edgeText = (bin: number, reach: number): string => ((bin / BINS) * reach).toFixed(reach < 1 ? 3 : 2);

const share = (one: RewardClass | undefined) => (one && one.count > 0 ? one.below / one.count : null);
const REWARD_SCALE = layerScale('reward', []);

type Spread = 'reward' | ScoreName;
const SPREADS: readonly { value: Spread; label: string }[] = [
  { value: 'reward', label: 'Reward p' },
  ...SCORES.filter((name) => name !== 'raw').map((name) => ({ value: name, label: `Weight ${SCORE_LABELS[name]}` })),
];

function Spread({ classes: ofRewards, stats, threshold, runName, records, responseOf }: QualityProps) {
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
          Below τ: {formatShare(share(first))} of first errors, {formatShare(share(later))} of their consequences,{' '}
          {formatShare(share(right))} of right tokens
        </h4>
        <p className="caption">
          Of the tokens below τ, {formatShare(stats.precision)} are wrong (precision); of all wrong tokens,{' '}
          {formatShare(stats.recall)} are below τ (recall). The rewriter reads the wrong answer as it stands, so once
          the first error is said, some of what follows from it looks right: consequences are missed more often. EOS is
          left out.
        </p>
      </figcaption>
      <Choice<Spread> label="What is spread" options={SPREADS} value={spread} onChange={setSpread} />
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

const ROC_SIZE = { width: 280, height: 280 };

const ROC_COLUMNS: readonly Column<RocRow>[] = [
  {
    head: 'Score',
    value: ({ score, threshold }) => `${SCORE_LABELS[score]} ≥ ${threshold}`,
    text: ({ score, threshold }) => `${SCORE_LABELS[score]} ≥ ${formatNumber(threshold)}`,
  },
  { head: 'Wrong tokens found', value: ({ found }) => found, text: ({ found }) => formatShare(found) },
  { head: 'Right tokens called wrong', value: ({ alarms }) => alarms, text: ({ alarms }) => formatShare(alarms) },
];

function Roc({ curves, weighting, runName }: { curves: Curves; weighting: string; runName: string }) {
  const known = SCORES.flatMap((name) => {
    const curve = curves[name];
    return curve ? [{ name, curve }] : [];
  });
  const rows = useMemo(() => rocRows(curves), [curves]);
  const marks = useMemo(() => rocMarks(curves, ROC_SIZE, PAGE_INKS), [curves]);
  if (known.length === 0) return null;
  const said = known.map(({ name, curve }) => `${SCORE_LABELS[name]} ${formatNumber(curve.auroc)}`).join(', ');
  return (
    <figure className="tokens-roc" aria-label="ROC of the weightings">
      <figcaption>
        <h4 className="heading">As a score for wrong tokens, by AUROC: {said}</h4>
        <p className="caption">
          Up: share of the wrong tokens found. Across: share of the right tokens called wrong. Thin line: chance. The
          threshold keeps one point of the curve; RLMEC ranks only below τ; the raw p of the released script weighs the
          right tokens most, so it is the curve turned round.
        </p>
      </figcaption>
      <div className="tokens-roc-body">
        <MarksDrawing marks={marks} {...ROC_SIZE} label={`ROC curves. AUROC: ${said}`} />
        <ul className="tokens-roc-legend">
          {known.map(({ name, curve }) => {
            const { colour, dashed, width } = SCORE_LINES[name];
            return (
              <li key={name}>
                <span
                  aria-hidden="true"
                  className="tokens-roc-line"
                  style={{ borderTop: `${width}px ${dashed ? 'dashed' : 'solid'} ${colour(PAGE_INKS)}` }}
                />
                {SCORE_LABELS[name]}, AUROC {formatNumber(curve.auroc)}
                {name === weighting && ' (weighting of this run)'}
              </li>
            );
          })}
        </ul>
      </div>
      <div className="tokens-copy">
        <PictureButtons
          what="the ROC curves"
          fileName={`${runName}-roc`}
          make={() => rocPicture(curves, [runName], fileInks())}
        />
      </div>
      <DataTable
        caption="Points of the ROC curves, thinned"
        columns={ROC_COLUMNS}
        rows={rows}
        fileName={`${runName}-roc`}
      />
    </figure>
  );
}

function MistakeLists({ mistakes, responseOf, text, onOpen }: QualityProps & { mistakes: Mistakes }) {
  const { firstErrors, consequences, falseAlarms } = mistakes;
  const list = (name: string, saying: string, mistakes: readonly Mistake[]) => (
    <section aria-label={name}>
      <h4 className="heading">{name}</h4>
      <p className="caption">{saying}</p>
      {mistakes.length === 0 && <p className="caption">None.</p>}
      <ol className="tokens-mistakes">
        {mistakes.map(({ record, token, reward, verdict }) => (
          <li key={`${record.responseId}:${token}`}>
            <button type="button" className="tokens-mistake" onClick={() => onOpen(record.responseId, token)}>
              “<b className="mono">{wordAt(responseOf, record, token, text)}</b>” p = {formatNumber(reward)},{' '}
              {VERDICTS[verdict]}, answer {record.responseId}, token {token + 1}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
  return (
    <div className="tokens-worst">
      {list('Worst missed first errors', 'Where the answer goes wrong, and the rewriter would keep it.', firstErrors)}
      {list(
        'Worst missed consequences',
        'Wrong because of what came before; the rewriter would keep them.',
        consequences,
      )}
      {list('Worst false alarms', 'Right tokens that the rewriter would change.', falseAlarms)}
    </div>
  );
}

function wordAt(
  responseOf: ReadonlyMap<number, ResponseRecord>,
  record: RewardRecord,
  token: number,
  text: TokenText,
): string {
  const id = responseOf.get(record.responseId)?.tokens[token];
  return id === undefined ? '?' : text.token(id);
}
