// This session's runs: the newest first, any of them can be looked at again; the worker holds the weights of one.
import { formatPercent } from '../components/format';
import { Icon } from '../components/icons';
import { Popover } from '../components/Popover';
import { configDifference } from '../core/parseConfig';
import { alignedAccuracy } from '../features/run/stageText';
import type { RunState } from '../state/runState';
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
  if (!selected) return null;
  return (
    <Popover
      label={`Run: ${selected.name}`}
      className="button header-chip"
      trigger={
        <>
          <span className="header-chip-text">{selected.name}</span>
          <Icon name="chevron" />
        </>
      }
    >
      {(close) => (
        <>
          <p className="caption run-menu-head">Runs of this session</p>
          <ul className="run-menu">
            {[...runs].reverse().map((run) => (
              <li key={run.id}>
                <button
                  type="button"
                  className="run-menu-item"
                  aria-current={run.id === selected.id ? 'true' : undefined}
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
        </>
      )}
    </Popover>
  );
}
