// How good the rewards are: how they are spread over right and wrong tokens, the ROC of every weighting, and the worst mistakes, each one
// click away.
import { memo, useEffect, useState } from 'react';
import type { TokenText } from '../../components/tokenStripText';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import type { RocCurve } from '../../core/tokens/roc';
import { RewardMistakes } from './RewardMistakes';
import { RewardRoc } from './RewardRoc';
import { RewardSpread } from './RewardSpread';
import {
  type Curves,
  type Mistakes,
  poolTokens,
  SCORES,
  type ScoreName,
  type Suspected,
  scoreRoc,
  sortRewards,
  worstMistakes,
} from './rewardQuality';
import type { RewardClass, RewardStats } from './rewardStats';
import type { RewardSource } from './rewardWords';

export interface QualityProps {
  /** What the rewards come from. */
  source: RewardSource;
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
      <RewardSpread {...props} />
      <RewardRoc curves={curves} weighting={props.weighting} runName={props.runName} />
      {mistakes && <RewardMistakes {...props} mistakesOf={mistakes} />}
    </section>
  );
}

const WORST = 8;

/** One piece after the other: two hundred thousand tokens at once would stop the page. */
function useQuality({ records, responseOf, threshold }: QualityProps): {
  curves: Curves;
  mistakes: Record<Suspected, Mistakes> | null;
} {
  const [curves, setCurves] = useState<Curves>({});
  const [mistakes, setMistakes] = useState<Record<Suspected, Mistakes> | null>(null);
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
      const low = worstMistakes(pool, records, WORST, 'low');
      await turn();
      const high = worstMistakes(pool, records, WORST, 'high');
      if (isWanted) setMistakes({ low, high });
    };
    void work();
    return () => {
      isWanted = false;
    };
  }, [records, responseOf, threshold]);
  return { curves, mistakes };
}
