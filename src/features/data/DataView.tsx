// Data: the prompts with their gold answers, what the SFT model answered, and the preference pairs made of it; and generations of an opened file.
import { useId, useMemo, useState } from 'react';
import { Pager, pageOf, panelProps, Tabs } from '../../components/Choice';
import { Glossed } from '../../components/glossary/Term';
import { RecordsInvitation } from '../../components/RecordsOpener';
import { tokenText } from '../../components/tokenStripText';
import type { RunState } from '../../state/runState';
import { useModelDesk } from '../../state/useModelDesk';
import { useRecordsOpener } from '../../state/useRecordsOpener';
import { useStudio, useStudioState } from '../../state/useStudio';
import { examplesTitle, filterPrompts, generationsTitle, pairsTitle, samplesTitle } from './dataRows';
import { GenerationsPanel } from './GenerationsPanel';
import { PairsPanel } from './PairsPanel';
import { ReferenceFiles } from './ReferenceFiles';
import { SamplesPanel } from './SamplesPanel';
import './dataView.css';

type RunTab = 'examples' | 'samples' | 'pairs';
type Tab = RunTab | 'opened';

const TABS = [
  { value: 'examples', label: 'Examples' },
  { value: 'samples', label: 'Samples' },
  { value: 'pairs', label: 'Pairs' },
] as const;
const OPENED = { value: 'opened', label: 'Opened file' } as const;

// biome-ignore lint/suspicious/noShadowRestrictedNames: the views are called after their tabs, and nothing here reads buffers
export function DataView({ run }: { run: RunState | null }) {
  const id = useId();
  const studio = useStudio();
  const { generations } = useStudioState((state) => state.records);
  const [runTab, setRunTab] = useState<RunTab>('samples');
  const tab = generations?.isShown ? 'opened' : runTab;
  const choose = (wanted: Tab): void => {
    studio.records.show('generations', wanted === 'opened');
    if (wanted !== 'opened') setRunTab(wanted);
  };
  const { vocabulary, specialIds } = run?.started ?? {};
  const text = useMemo(() => tokenText(vocabulary ?? [], specialIds), [vocabulary, specialIds]);
  const title = useMemo(() => {
    const { prompts, responses, told } = generations?.records ?? {};
    return prompts && responses && told ? generationsTitle(prompts, responses, told) : '';
  }, [generations?.records]);
  const opener = useRecordsOpener();
  return (
    <section className="data" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} className="title">
        <Glossed text={tab === 'opened' ? title : titleOf(run, tab)} terms={['gold', 'pair']} />
      </h2>
      <Tabs<Tab> id={id} label="Data" options={generations ? [...TABS, OPENED] : TABS} value={tab} onChange={choose} />
      <div {...panelProps(id, tab)} className="data-panel">
        {generations?.isShown ? (
          <GenerationsPanel file={generations.file} opened={generations.records} />
        ) : run?.started ? (
          <Panel tab={runTab} run={run} text={text} />
        ) : (
          <>
            <p className="data-empty">
              Start a run. The model answers a few hundred training prompts; the answers are checked, and right and
              wrong ones become preference pairs. You can read all of them here. <OwnModelLink />
            </p>
            <RecordsInvitation {...opener} />
          </>
        )}
      </div>
    </section>
  );
}

/** A model of somebody's own, and the data for it, are chosen in Run. */
function OwnModelLink() {
  const studio = useStudio();
  const desk = useModelDesk();
  const go = (): void => {
    desk.show(true);
    studio.setView('run');
  };
  return (
    <button type="button" className="button-link" onClick={go}>
      Bring your own model
    </button>
  );
}

function titleOf(run: RunState | null, tab: RunTab): string {
  if (tab === 'examples' && run && run.prompts.length > 0) return examplesTitle(run.prompts);
  if (tab === 'samples' && run && run.responses.length > 0) {
    const sampled = run.stages.some(({ name }) => name === 'sampling');
    return samplesTitle(run.responses, run.prompts.length, !sampled);
  }
  if (tab === 'pairs' && run?.pairs) return pairsTitle(run.pairs);
  return 'What the model learns from';
}

function Panel({ tab, run, text }: { tab: RunTab; run: RunState; text: ReturnType<typeof tokenText> }) {
  if (tab === 'pairs') {
    return run.pairs ? (
      <PairsPanel pairs={run.pairs} prompts={run.prompts} text={text} />
    ) : (
      <p className="data-empty">The pairs are made when all answers are sampled and checked.</p>
    );
  }
  if (run.prompts.length === 0) {
    return (
      <p className="data-empty">
        {run.pairs
          ? 'Nothing is sampled in this run: the imported file brings its own pairs.'
          : 'Prompts and answers appear here as soon as the sampling stage makes them.'}
      </p>
    );
  }
  if (tab === 'samples') {
    return (
      <>
        <SamplesPanel prompts={run.prompts} responses={run.responses} text={text} />
        {run.responses.length > 0 && <ReferenceFiles run={run} text={text} />}
      </>
    );
  }
  return <ExamplesPanel prompts={run.prompts} text={text} />;
}

const PAGE = 20;

function ExamplesPanel({ prompts, text }: { prompts: RunState['prompts']; text: ReturnType<typeof tokenText> }) {
  const [search, setSearch] = useState('');
  const [page, setPage] = useState(0);
  const rows = useMemo(() => filterPrompts(prompts, search, text), [prompts, search, text]);
  const shown = pageOf(rows, page, PAGE);
  return (
    <>
      <input
        type="search"
        className="field-input data-search"
        aria-label="Search examples"
        placeholder="Search prompts and gold answers"
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setPage(0);
        }}
      />
      {rows.length === 0 && <p className="data-empty">No example contains “{search.trim()}”.</p>}
      <ol className="data-list data-examples">
        {shown.rows.map((prompt) => (
          <li key={prompt.id}>
            <p>{prompt.text}</p>
            <p className="quiet">{prompt.gold ? text.text(prompt.gold) : 'no gold answer known'}</p>
          </li>
        ))}
      </ol>
      <Pager label="Pages of examples" page={shown.page} pages={shown.pages} onPage={setPage} />
    </>
  );
}
