// This session's runs: the newest first, any of them can be looked at again; the worker holds the weights of one. Under them the saved ones.
import { formatPercent } from '../components/format';
import { Icon } from '../components/icons';
import { Popover } from '../components/Popover';
import { configDifference } from '../core/parseConfig';
import { reachedText, standText, whatText } from '../features/run/savedText';
import { alignedAccuracy } from '../features/run/stageText';
import type { RunState } from '../state/runState';
import { useSavedState } from '../state/useSaved';
import { useSelectedRun, useStudio, useStudioState } from '../state/useStudio';

/** What sets a run apart, in a few words: "tiny, seed 7". */
function difference(run: RunState): string {
  const entries = Object.entries(configDifference(run.config));
  const words = entries.map(([name, value]) => (name === 'preset' || name === 'family' ? value : `${name} ${value}`));
  return words.length > 0 ? words.slice(0, 5).join(', ') : 'default settings';
}

function result(run: RunState): string {
  const before = alignedAccuracy(run, 'before');
  const after = alignedAccuracy(run, 'after');
  if (before === null || after === null) return run.phase;
  return `${formatPercent(before)} → ${formatPercent(after)}`;
}

export function RunMenu() {
  const studio = useStudio();
  const runs = useStudioState((state) => state.runs);
  const activeId = useStudioState((state) => state.activeId);
  const selected = useSelectedRun();
  const hasSaved = useSavedState(({ list }) => list !== null && list.runs.length > 0);
  if (!selected && !hasSaved) return null;
  return (
    <Popover
      label={selected ? `Run: ${selected.name}` : 'Saved runs'}
      className="button header-chip"
      trigger={
        <>
          <span className="header-chip-text">{selected?.name ?? 'Saved runs'}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {(close) => (
        <>
          {selected && <p className="caption run-menu-head">Runs of this session</p>}
          <ul className="run-menu run-menu-session">
            {[...runs].reverse().map((run) => (
              <li key={run.id}>
                <button
                  type="button"
                  className="run-menu-item"
                  aria-current={run.id === selected?.id ? 'true' : undefined}
                  onClick={() => {
                    studio.selectRun(run.id);
                    close();
                  }}
                >
                  <span className="run-menu-name">{run.name}</span>
                  <span className="run-menu-result">{result(run)}</span>
                  <span className="caption">
                    {difference(run)}
                    {run.id === activeId && runs.length > 1 && ' · its weights are loaded'}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {hasSaved && <SavedItems close={close} />}
        </>
      )}
    </Popover>
  );
}

/** So many are offered here; the Run view has all. */
const OFFERED = 4;

/** Saved runs that this session has not got. */
function SavedItems({ close }: { close(): void }) {
  const studio = useStudio();
  const list = useSavedState((state) => state.list);
  const links = useSavedState((state) => state.links);
  const runs = useStudioState((state) => state.runs);
  const here = new Set(runs.map(({ id }) => links[id]?.id));
  const others = list?.runs.filter(({ id }) => !here.has(id)) ?? [];
  const showAll = (): void => {
    close();
    studio.setView('run');
    // The view may not be there yet.
    requestAnimationFrame(() => document.getElementById('saved-runs')?.scrollIntoView());
  };
  return (
    <>
      <p className="caption run-menu-head">Saved in this browser</p>
      <ul className="run-menu">
        {others.slice(0, OFFERED).map((header) => (
          <li key={header.id}>
            <button
              type="button"
              className="run-menu-item"
              aria-label={`Open saved run ${header.name}`}
              onClick={() => {
                close();
                void studio.saved.open(header.id);
              }}
            >
              <span className="run-menu-name">{header.name}</span>
              <span className="run-menu-result">{reachedText(header.glance)}</span>
              <span className="caption">
                {standText(header)} · {whatText(header.config)}
              </span>
            </button>
          </li>
        ))}
        <li>
          <button type="button" className="run-menu-item" onClick={showAll}>
            <span className="caption">All saved runs, to continue, rename or delete</span>
          </button>
        </li>
      </ul>
    </>
  );
}
