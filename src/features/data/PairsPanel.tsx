// Preference pairs: chosen above rejected, the tokens that differ underlined, and where the chosen response comes from.
import { Fragment, useMemo, useState } from 'react';
import { Choice, Pager, pageOf } from '../../components/Choice';
import { formatCount } from '../../components/format';
import { Glossed } from '../../components/glossary/Term';
import { differingTokens } from '../../components/tokenStripDiff';
import type { TokenText } from '../../components/tokenStripText';
import type { PairRecord, PromptRecord } from '../../core/events';
import type { RunState } from '../../state/runState';
import { filterPairs, type PairSource, pairsCaption } from './dataRows';

const SOURCES = {
  sample: 'sampled',
  gold: 'gold solution',
  given: 'given',
} as const;

const PAGE = 10;
/** Longer responses are shown without the comparison: it takes time that grows with the product of their lengths. */
const MOST_COMPARED = 400;

interface PairsPanelProps {
  pairs: NonNullable<RunState['pairs']>;
  prompts: readonly PromptRecord[];
  text: TokenText;
}

export function PairsPanel({ pairs, prompts, text }: PairsPanelProps) {
  const [source, setSource] = useState<PairSource>('all');
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const promptOf = useMemo(() => new Map(prompts.map((prompt) => [prompt.id, prompt])), [prompts]);
  const rows = useMemo(
    () => filterPairs(pairs.pairs, source, search, promptOf, text),
    [pairs, source, search, promptOf, text],
  );
  const sources = useMemo(() => [...new Set(pairs.pairs.map((pair) => pair.chosenSource))], [pairs]);
  const shown = pageOf(rows, page, PAGE);
  return (
    <>
      <p className="caption">
        <Glossed text={pairsCaption(pairs)} terms={['chosen', 'rejected', 'gold']} />
      </p>
      {pairs.note && <p className="data-notice">{pairs.note}</p>}
      <div className="data-tools">
        {sources.length > 1 && (
          <Choice<PairSource>
            label="Chosen response"
            options={[{ value: 'all', label: 'All' }, ...sources.map((value) => ({ value, label: SOURCES[value] }))]}
            value={source}
            onChange={(value) => {
              setSource(value);
              setPage(0);
            }}
          />
        )}
        <input
          type="search"
          className="field-input data-search"
          aria-label="Search pairs"
          placeholder="Search prompts and answers"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setPage(0);
          }}
        />
        <span className="caption">
          {formatCount(rows.length)} shown of {formatCount(pairs.pairs.length)}; tokens that differ are underlined
        </span>
      </div>
      {rows.length === 0 && <p className="data-empty">No pair fits. Change the filter or the search.</p>}
      <ol className="data-list">
        {shown.rows.map((pair, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pairs have no id and their order is fixed
          <Pair key={`${shown.page} ${i}`} pair={pair} prompt={promptOf.get(pair.promptId)?.text ?? ''} text={text} />
        ))}
      </ol>
      <Pager label="Pages of pairs" page={shown.page} pages={shown.pages} onPage={setPage} />
    </>
  );
}

function Pair({ pair, prompt, text }: { pair: PairRecord; prompt: string; text: TokenText }) {
  const differ = useMemo(() => {
    const isLong = pair.chosen.length > MOST_COMPARED || pair.rejected.length > MOST_COMPARED;
    return isLong ? { left: [], right: [] } : differingTokens(pair.chosen, pair.rejected);
  }, [pair]);
  return (
    <li>
      <h3 className="data-prompt">{prompt}</h3>
      <dl className="data-pair">
        <dt className="data-chosen">
          chosen <span className="quiet">{SOURCES[pair.chosenSource]}</span>
        </dt>
        <dd>
          <Tokens ids={pair.chosen} differs={differ.left} text={text} />
        </dd>
        <dt className="data-rejected">
          rejected <span className="quiet">{pair.chosenSource === 'given' ? SOURCES.given : SOURCES.sample}</span>
        </dt>
        <dd>
          <Tokens ids={pair.rejected} differs={differ.right} text={text} />
        </dd>
      </dl>
    </li>
  );
}

/** Running text in runs of equal and differing tokens. */
function Tokens({ ids, differs, text }: { ids: readonly number[]; differs: readonly boolean[]; text: TokenText }) {
  const runs: { ids: number[]; differs: boolean }[] = [];
  ids.forEach((id, at) => {
    const flag = differs[at] ?? false;
    const last = runs.at(-1);
    if (last && last.differs === flag) last.ids.push(id);
    else runs.push({ ids: [id], differs: flag });
  });
  return runs.map((run, i) => {
    const shown = text.text(run.ids);
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a run is its position
      <Fragment key={i}>
        {run.differs ? <u>{shown}</u> : shown}
        {text.isWords && ' '}
      </Fragment>
    );
  });
}
