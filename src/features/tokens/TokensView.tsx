// Tokens: every scored wrong answer and every pair, one of them large at the scrubber's moment with all its numbers, and how well the
// rewards find the wrong tokens.
import { useCallback, useDeferredValue, useMemo } from 'react';
import { Choice } from '../../components/Choice';
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { Glossed } from '../../components/glossary/Term';
import { RecordsInvitation } from '../../components/RecordsOpener';
import { tokenText } from '../../components/tokenStripText';
import { isSingleStage } from '../../core/config';
import type { RewardRecord } from '../../core/events';
import { METHOD_DESCRIPTIONS } from '../../core/methods';
import type { RunState } from '../../state/runState';
import { isOver } from '../../state/studioState';
import type { TokenPlace } from '../../state/tokensChoice';
import { type MomentRows as HeldMoment, useMomentRows } from '../../state/useMoment';
import { useRecordsOpener } from '../../state/useRecordsOpener';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { Item, ItemKind, MomentRows } from './inspection';
import { RecordsTokens } from './RecordsTokens';
import { RewardQuality } from './RewardQuality';
import { type RewardStats, rewardStats } from './rewardStats';
import { type RewardSource, rewardWords } from './rewardWords';
import { TokenBody } from './TokenBody';
import { answerItems, itemNumber, lossNote, pairItems, shownKind } from './tokenList';
import { useListRows } from './useListRows';
import { useSettings } from './useSettings';
import './tokensView.css';

export function TokensView({ run }: { run: RunState | null }) {
  const studio = useStudio();
  const opened = useStudioState((state) => state.records.forgetting);
  if (!opened) return <RunTokens run={run} />;
  return (
    <>
      <div className="tokens-source">
        <Choice<Source>
          label="Whose tokens"
          options={[
            { value: 'run', label: run ? `This run (${run.name})` : 'A run' },
            { value: 'file', label: opened.file.name },
          ]}
          value={opened.isShown ? 'file' : 'run'}
          onChange={(value) => studio.records.show('forgetting', value === 'file')}
        />
        <button type="button" className="button" onClick={() => studio.records.close('forgetting')}>
          Close file
        </button>
      </div>
      {opened.isShown ? <RecordsTokens opened={opened.records} run={run} /> : <RunTokens run={run} />}
    </>
  );
}

type Source = 'run' | 'file';

function RunTokens({ run }: { run: RunState | null }) {
  if (!run?.started || !(run.rewards || run.inspected?.pairs.length)) return <NoTokens run={run} />;
  const { vocabulary, specialIds } = run.started;
  return <InPortions key={run.id} run={run} vocabulary={vocabulary} specialIds={specialIds} />;
}

interface TokensProps {
  run: RunState;
  vocabulary: readonly string[];
  specialIds: readonly number[] | undefined;
}

/**
 * Thousands of answers are taken in by a render that React may interrupt, not by the one that the run's events ask for; and by none
 * before the moment's log-probs are there, which may lie in the browser's storage.
 */
function InPortions(props: TokensProps) {
  const isTurn = useDeferredValue(true, false);
  const held = useMomentRows(props.run);
  return isTurn && held ? (
    <Tokens {...props} held={held} />
  ) : (
    <p className="tokens-empty">The answers are being read …</p>
  );
}

const NO_RECORDS: readonly RewardRecord[] = [];
const NO_PAIRS: NonNullable<RunState['pairs']>['pairs'] = [];

/** The items of both kinds; they stay the same while moments come and go. */
function useItems(run: RunState) {
  const responses = useDeferredValue(run.responses);
  const prompts = useDeferredValue(run.prompts);
  const records = run.rewards?.records ?? NO_RECORDS;
  const pairs = run.pairs?.pairs ?? NO_PAIRS;
  const responseOf = useMemo(() => new Map(responses.map((response) => [response.id, response])), [responses]);
  const answers = useMemo(() => answerItems(records, responses, prompts), [records, responses, prompts]);
  const paired = useMemo(() => pairItems(pairs, prompts, answers), [pairs, prompts, answers]);
  return { records, responseOf, answers, paired };
}

interface ReadProps extends TokensProps {
  /** The moment that is shown. */
  held: HeldMoment;
}

function Tokens({ run, vocabulary, specialIds, held }: ReadProps) {
  const { records, responseOf, answers, paired } = useItems(run);
  const { moment: seen, rows: logps, before } = held;
  const moment = useMemo((): MomentRows => ({ place: seen, rows: logps, before }), [seen, logps, before]);
  const studio = useStudio();
  const choice = useStudioState((state) => state.tokens);
  const text = useMemo(() => tokenText(vocabulary, specialIds), [vocabulary, specialIds]);
  // A change of kind makes a new list: not in the same task as the event that brought it about.
  const kind = useDeferredValue(
    shownKind(choice.kind, moment.place, { answers: answers.length, pairs: paired.length }),
  );
  const items: readonly Item[] = kind === 'pair' ? paired : answers;
  const wanted = choice[kind];
  const found = wanted === null ? undefined : items.find((one) => itemNumber(one) === wanted);
  const item = found ?? firstFollowed(items, run);
  const { config } = run;
  const settings = useSettings(run, moment.place);
  const rows = useListRows(run, items, kind, moment, settings);
  const threshold = config.rewardThreshold;
  const stats = useMemo(() => rewardStats(records, responseOf, threshold), [records, responseOf, threshold]);
  const choose = useCallback(
    (one: Item) => studio.setTokens({ kind: one.kind, [one.kind]: itemNumber(one), token: null }),
    [studio],
  );
  const open = useCallback(
    (responseId: number, token: number) => {
      studio.setTokens({ kind: 'answer', answer: responseId, token: { side: 0, token } });
      const title = document.getElementById('tokens-title');
      title?.scrollIntoView({ block: 'start' });
      // From there the next Tab reaches what was opened; on the button far below it would not.
      title?.focus({ preventScroll: true });
    },
    [studio],
  );
  const pin = useCallback(
    (token: TokenPlace | null) => studio.setTokens(token ? { kind, token } : { token }),
    [studio, kind],
  );
  return (
    <section className="tokens" aria-labelledby="tokens-title">
      <header className="tokens-head">
        <h2 id="tokens-title" className="title" tabIndex={-1}>
          <Glossed text={titleText(run, records.length)} terms={['auroc', 'reward']} />
        </h2>
        {run.rewards && (
          <p className="caption">
            <Glossed text={sourceText(run, run.rewards.source, stats)} terms={['tau', 'rewriting']} />
          </p>
        )}
        <Choice<ItemKind>
          label="Show"
          options={[
            {
              value: 'answer',
              label: `Wrong answers (${formatCount(answers.length)})`,
              disabled: answers.length === 0,
            },
            { value: 'pair', label: `Pairs (${formatCount(paired.length)})`, disabled: paired.length === 0 },
          ]}
          value={kind}
          onChange={(value) => studio.setTokens({ kind: value, token: null })}
        />
        {item && wanted !== null && !found && (
          <p className="caption" role="status">
            This run has no {kind === 'pair' ? `pair ${wanted + 1}` : `wrong answer ${wanted}`}: showing the first that
            the time line follows.
          </p>
        )}
      </header>
      {item ? (
        <TokenBody
          run={run}
          items={items}
          rows={rows}
          item={item}
          onChoose={choose}
          moment={moment}
          momentText={seen && `${seen.stage}, step ${formatCount(seen.step)} of ${formatCount(seen.total)}`}
          text={text}
          pinned={choice.token}
          onPin={pin}
          hasOracle={stats.classes !== null}
          lossNote={lossNote(rows, kind, moment.place)}
        />
      ) : (
        <p className="tokens-empty">No wrong answer could be scored. Sample more prompts, or choose another seed.</p>
      )}
      {stats.classes && run.rewards && (
        <RewardQuality
          source={run.rewards.source}
          stats={stats}
          classes={stats.classes}
          records={records}
          responseOf={responseOf}
          text={text}
          threshold={threshold}
          weighting={config.weighting}
          runName={run.name}
          onOpen={open}
        />
      )}
    </section>
  );
}

/** The first one that the time line follows, so that a fresh page shows a loss. */
function firstFollowed(items: readonly Item[], { inspected }: RunState): Item | undefined {
  const followed = items.find((item) =>
    item.kind === 'pair' ? inspected?.pairs[0] === item.index : inspected?.responses[0] === item.response.id,
  );
  return followed ?? items[0];
}

function titleText(run: RunState, count: number): string {
  const { auroc, aurocFirst } = run.rewards ?? {};
  if (!run.rewards) return 'Chosen and rejected, token by token';
  if (auroc === null || auroc === undefined) {
    return `Token rewards of ${formatCount(count)} wrong answers`;
  }
  const first =
    aurocFirst === null || aurocFirst === undefined ? '' : ` and ${formatNumber(aurocFirst)} for the first error alone`;
  return `Token rewards find the wrong tokens with an AUROC of ${formatNumber(auroc)}${first}`;
}

const SOURCES: Record<RewardSource, string> = {
  shipped: 'Source: the shipped reward model, a small rewriter trained to mend wrong answers.',
  'trained live': 'Source: a reward model trained live in this run.',
  'gold as rewrite':
    'Source: gold as rewrite. No rewriting teacher is known for this data, so the reward model learnt from (wrong → gold) pairs.',
  substitute:
    'Source: substitute. No reward model could be trained; the token difference to the better answer (gold or chosen) stands in.',
};

function sourceText(run: RunState, source: RewardSource, stats: RewardStats): string {
  const share = stats.tokens > 0 ? stats.below / stats.tokens : 0;
  return (
    `${SOURCES[source]} ${rewardWords(source).meaning}; ` +
    `${formatCount(stats.below)} of ${formatCount(stats.tokens)} tokens (${formatShare(share)}) are below the threshold τ = ${run.config.rewardThreshold} and count as unaligned.`
  );
}

function NoTokens({ run }: { run: RunState | null }) {
  const opener = useRecordsOpener();
  return (
    <section className="tokens" aria-labelledby="tokens-title">
      <h2 id="tokens-title" className="title">
        Which tokens of a wrong answer are wrong
      </h2>
      <p className="tokens-empty">{emptyText(run)}</p>
      {!run?.started && <RecordsInvitation {...opener} />}
    </section>
  );
}

function emptyText(run: RunState | null): string {
  if (!run?.started) {
    return 'Start a run. Before forgetting, a reward model reads every wrong answer and gives each token a reward; this page shows them token by token, and what each adds to the loss.';
  }
  if (isSingleStage(run.config)) {
    return `${METHOD_DESCRIPTIONS[run.config.method].label} uses no token rewards. The run’s pairs appear here, token by token, as soon as training begins. Choose ALLO as the method to see rewards.`;
  }
  if (!run.stages.some(({ name }) => name === 'forgetting')) {
    return 'This run has no forgetting stage, so no token rewards are computed. Its pairs appear here as soon as training begins.';
  }
  if (!run.started.hasAnswers) {
    return 'No answers are known for this data, so no reward model can be trained. Before forgetting, the token difference to the better answer (the chosen response of a pair, or the gold answer) stands in and appears here as substitute.';
  }
  const next = isOver(run.phase) ? 'This run ended before: start another.' : 'Let the run go on.';
  return `Token rewards appear after the masks and before forgetting: the reward model reads every wrong answer and says how likely it would keep each token. ${next}`;
}
