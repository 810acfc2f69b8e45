// Forgetting records of a file, looked at as a run's own: list, strips, terms of the first update, how the rewards are spread.
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { Choice } from '../../components/Choice';
import { countOf, formatCount, formatShare } from '../../components/format';
import { Glossed } from '../../components/glossary/Term';
import { Problems } from '../../components/Problems';
import { saveFile } from '../../components/pictureExport';
import type { OpenedForgetting } from '../../core/data/openRecords';
import { forgettingCsv, writeForgetting } from '../../core/data/referenceRecords';
import type { RunState } from '../../state/runState';
import type { TokenPlace } from '../../state/tokensChoice';
import { useStudioState } from '../../state/useStudio';
import type { Item } from './inspection';
import { RewardSpread } from './RewardSpread';
import {
  cellText,
  isCell,
  recordsRun,
  type SplitRecords,
  splitRecords,
  startMoment,
  type WeightRule,
} from './recordsRun';
import { type RewardStats, rewardStats } from './rewardStats';
import { TokenBody } from './TokenBody';
import { answerItems } from './tokenList';
import { useListRows } from './useListRows';
import { useSettings } from './useSettings';

const RULES: readonly { value: WeightRule; label: string }[] = [
  { value: 'file', label: 'Weight: the file’s reward' },
  { value: 'threshold', label: 'Weight: 1[p < τ]' },
];

interface RecordsTokensProps {
  opened: OpenedForgetting;
  /** Whose tokenizer may fit. */
  run: RunState | null;
}

export function RecordsTokens({ opened, run }: RecordsTokensProps) {
  const isTurn = useDeferredValue(true, false);
  return isTurn ? <Records opened={opened} run={run} /> : <p className="tokens-empty">The records are being read …</p>;
}

function Records({ opened, run }: RecordsTokensProps) {
  const config = useStudioState((state) => state.config);
  const model = useStudioState((state) => state.model);
  const [rule, setRule] = useState<WeightRule>('file');
  const [chosen, setChosen] = useState(0);
  const [pinned, setPinned] = useState<TokenPlace | null>(null);
  const { id: runId, started, responses } = run ?? {};
  // biome-ignore lint/correctness/useExhaustiveDependencies: of a run only what its tokenizer is known by
  const split = useMemo(() => splitRecords(opened, run), [opened, runId, started, responses]);
  const shown = useMemo(() => recordsRun(opened, split.tokens, config, rule), [opened, split, config, rule]);
  const records = useMemo(() => [...shown.rewardOf.values()], [shown]);
  const items = useMemo(() => answerItems(records, shown.responses, shown.prompts), [records, shown]);
  const item = items[chosen] ?? items[0]!;
  const moment = useMemo(() => startMoment(opened, item.response.id), [opened, item.response.id]);
  const followed = useMemo(
    () => ({ ...shown, inspected: { pairs: [], responses: [item.response.id], prompts: [] } }),
    [shown, item.response.id],
  );
  const rows = useListRows(shown, items, 'answer', moment, useSettings(shown, moment.place));
  const responseOf = useMemo(() => new Map(shown.responses.map((one) => [one.id, one])), [shown]);
  const tau = config.rewardThreshold;
  const stats = useMemo(() => rewardStats(records, responseOf, tau), [records, responseOf, tau]);
  const texts = useMemo(() => ({ pieces: split.text, cells: cellText(split.text) }), [split]);
  const choose = useCallback((one: Item) => {
    if (one.kind === 'answer') setChosen(one.response.id);
    setPinned(null);
  }, []);
  const hasWeights = opened.records.some(({ probability }) => probability !== null);
  return (
    <section className="tokens" aria-labelledby="tokens-title">
      <header className="tokens-head">
        <h2 id="tokens-title" className="title" tabIndex={-1}>
          <Glossed text={titleOf(opened, stats, tau)} terms={['tau', 'reward']} />
        </h2>
        <p className="caption">
          {hasWeights
            ? 'Saved by this studio: the reward below is p, the weight is the file’s reward. '
            : 'The reward below is the file’s reward. '}
          {piecesText(opened, split, split.by === 'model' ? model?.name : run?.name)} Loss and terms are those at the
          start of forgetting, where the policy is still the reference (ref_prob), with the settings’ β and τ.
        </p>
        <Choice<WeightRule> label="What a token weighs" options={RULES} value={rule} onChange={setRule} />
        <div className="tokens-copy">
          <SaveButton opened={opened} form="jsonl" />
          <SaveButton opened={opened} form="csv" />
        </div>
        <Problems {...opened} />
      </header>
      <TokenBody
        run={followed}
        items={items}
        rows={rows}
        item={item}
        onChoose={choose}
        moment={moment}
        momentText="the start of forgetting"
        text={isCell(item.response.tokens) ? texts.cells : texts.pieces}
        pinned={pinned}
        onPin={setPinned}
        hasOracle={false}
        lossNote={null}
      />
      <RewardSpread
        classes={[stats.all]}
        source={null}
        stats={stats}
        threshold={tau}
        runName={opened.name}
        records={records}
        responseOf={responseOf}
      />
    </section>
  );
}

const titleOf = ({ records }: OpenedForgetting, { below, tokens }: RewardStats, tau: number): string =>
  `${countOf(records.length, 'wrong answer')} to forget; ${formatShare(tokens > 0 ? below / tokens : 0)} of the ${formatCount(tokens)} tokens have a reward below τ = ${tau}`;

/** Where the token texts come from; the file has none. */
function piecesText({ records }: OpenedForgetting, { fitting, by }: SplitRecords, name: string | undefined): string {
  const cells = 'numbered cells stand for its tokens, with the plain text above';
  if (fitting === 0) {
    return `The file has a number per token but no token texts, and no tokenizer that is open here splits an output into as many: ${cells}.`;
  }
  const whose = by === 'model' ? `the tokenizer of ${name ?? 'your model'}` : `the vocabulary of run ${name ?? ''}`;
  const some =
    fitting === records.length ? 'all outputs' : `${formatCount(fitting)} of ${formatCount(records.length)} outputs`;
  const rest = fitting === records.length ? '' : `; of the others ${cells}`;
  return `The file has no token texts: ${whose} splits ${some} into as many tokens as there are numbers${rest}.`;
}

const FORMS = {
  jsonl: { label: 'Save as JSONL', type: 'application/jsonl', write: writeForgetting },
  csv: { label: 'Save as CSV', type: 'text/csv', write: forgettingCsv },
} as const;

function SaveButton({ opened, form }: { opened: OpenedForgetting; form: keyof typeof FORMS }) {
  const { label, type, write } = FORMS[form];
  const name = `${opened.name.replace(/\.\w+$/, '')}.${form}`;
  return (
    <button
      type="button"
      className="button"
      onClick={() => saveFile(new Blob([write(opened.records)], { type }), name)}
    >
      {label}
    </button>
  );
}
