// Tokens: every scored wrong response, one of them as a strip coloured by token reward, loss weight or log-ratio, with the known
// wrong tokens marked; and how well the rewards find them.
import { useDeferredValue, useMemo, useState } from 'react';
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { tokenText } from '../../components/tokenStripText';
import { isSingleStage } from '../../core/config';
import type { RewardRecord } from '../../core/events';
import type { RunState } from '../../state/runState';
import { RewardSpread } from './RewardSpread';
import { type RewardStats, rewardStats } from './rewardStats';
import { type Scored, TokenPicker } from './TokenPicker';
import { TokenRewards } from './TokenRewards';
import { hasLayer, type Layer } from './tokenLayers';
import './tokensView.css';

export function TokensView({ run }: { run: RunState | null }) {
  const rewards = run?.rewards;
  if (!run?.started || !rewards) return <NoRewards run={run} />;
  return <Scores run={run} records={rewards.records} vocabulary={run.started.vocabulary} />;
}

interface ScoresProps {
  run: RunState;
  records: readonly RewardRecord[];
  vocabulary: readonly string[];
}

function Scores({ run, records, vocabulary }: ScoresProps) {
  const [chosenId, setChosenId] = useState<number | null>(null);
  const [wanted, setLayer] = useState<Layer>('reward');
  const layer = hasLayer(run, wanted) ? wanted : 'reward';
  const text = useMemo(() => tokenText(vocabulary), [vocabulary]);
  const responses = useDeferredValue(run.responses);
  const prompts = useDeferredValue(run.prompts);
  const responseOf = useMemo(() => new Map(responses.map((response) => [response.id, response])), [responses]);
  const promptOf = useMemo(() => new Map(prompts.map((prompt) => [prompt.id, prompt])), [prompts]);
  const threshold = run.config.rewardThreshold;
  const stats = useMemo(() => rewardStats(records, responseOf, threshold), [records, responseOf, threshold]);
  const scored = useMemo(
    () =>
      records.flatMap((record): Scored[] => {
        const response = responseOf.get(record.responseId);
        const prompt = response && promptOf.get(response.promptId);
        return response && prompt ? [{ record, response, prompt }] : [];
      }),
    [records, responseOf, promptOf],
  );
  const chosen = scored.find((one) => one.response.id === chosenId) ?? scored[0];
  return (
    <section className="tokens" aria-labelledby="tokens-title">
      <header className="tokens-head">
        <h2 id="tokens-title" className="title">
          {titleText(run, records.length)}
        </h2>
        <p className="caption">{sourceText(run, stats)}</p>
      </header>
      {chosen ? (
        <div className="tokens-body">
          <TokenPicker
            scored={scored}
            chosen={chosen.response.id}
            onChoose={setChosenId}
            text={text}
            threshold={threshold}
            hasOracle={stats.classes !== null}
          />
          <TokenRewards
            key={chosen.response.id}
            logRatios={run.logRatios}
            config={run.config}
            chosen={chosen}
            text={text}
            layer={layer}
            onLayer={setLayer}
          />
        </div>
      ) : (
        <p className="tokens-empty">No wrong answer could be scored.</p>
      )}
      {stats.classes && <RewardSpread classes={stats.classes} stats={stats} threshold={threshold} />}
    </section>
  );
}

function titleText(run: RunState, count: number): string {
  const { auroc, aurocFirst } = run.rewards ?? {};
  if (auroc === null || auroc === undefined) {
    return `Token rewards of ${formatCount(count)} wrong answers`;
  }
  const first =
    aurocFirst === null || aurocFirst === undefined ? '' : ` and ${formatNumber(aurocFirst)} for the first error alone`;
  return `Token rewards find the wrong tokens with an AUROC of ${formatNumber(auroc)}${first}`;
}

const SOURCES = {
  shipped: 'Source: the shipped reward model, a small rewriter trained to mend wrong answers.',
  'trained live': 'Source: a reward model trained live in this run.',
  'gold as rewrite':
    'Source: gold as rewrite. No rewriting teacher is known for this data, so the reward model learnt from (wrong → gold) pairs.',
  substitute:
    'Source: substitute. No reward model could be trained; the token difference to the better answer (gold or chosen) stands in.',
};

function sourceText(run: RunState, stats: RewardStats): string {
  const source = run.rewards ? SOURCES[run.rewards.source] : '';
  const share = stats.tokens > 0 ? stats.below / stats.tokens : 0;
  return (
    `${source} A reward p is how likely the rewriter is to keep a token; ` +
    `${formatCount(stats.below)} of ${formatCount(stats.tokens)} tokens (${formatShare(share)}) are below the threshold τ = ${run.config.rewardThreshold} and count as unaligned.`
  );
}

function NoRewards({ run }: { run: RunState | null }) {
  return (
    <section className="tokens" aria-labelledby="tokens-title">
      <h2 id="tokens-title" className="title">
        Which tokens of a wrong answer are wrong
      </h2>
      <p className="tokens-empty">{emptyText(run)}</p>
    </section>
  );
}

function emptyText(run: RunState | null): string {
  if (!run?.started) {
    return 'Start a run. Before forgetting, a reward model reads every wrong answer and gives each token a reward; this page shows them token by token.';
  }
  if (isSingleStage(run.config.arm)) return 'Plain DPO uses no token rewards. Choose ALLO as the method to see them.';
  if (!run.stages.some(({ name }) => name === 'forgetting')) {
    return 'This run has no forgetting stage, so no token rewards are computed.';
  }
  if (!run.started.hasAnswers) {
    return 'No answers are known for this data, so no reward model can be trained. Before forgetting, the token difference to the better answer (the chosen response of a pair, or the gold answer) stands in and appears here as substitute.';
  }
  return 'Token rewards appear after the masks and before forgetting: the reward model reads every wrong answer and says how likely it would keep each token.';
}
