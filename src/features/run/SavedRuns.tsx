// The runs that are saved in this browser: each with where it stands and what can be done with it, those that cannot be read, and the room they take.
import { useEffect, useRef } from 'react';
import { countOf, formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import { saveFile } from '../../components/pictureExport';
import { useKeptFocus } from '../../components/useKeptFocus';
import { littleRoom } from '../../state/savedState';
import { useSavedState } from '../../state/useSaved';
import { useStudio } from '../../state/useStudio';
import type { AsideRun } from '../../storage/runList';
import { ScreenSwitch } from './Background';
import { fileName } from './exportRun';
import { RemovedRuns } from './RemovedRuns';
import { SavedRow } from './SavedRow';
import './savedRuns.css';

const WORKING = { opening: 'Opening', continuing: 'Reading', copying: 'Copying', exporting: 'Exporting' } as const;

export function SavedRuns() {
  const { saved } = useStudio();
  const list = useSavedState((state) => state.list);
  const removed = useSavedState((state) => state.removed);
  const working = useSavedState((state) => state.working);
  const trouble = useSavedState((state) => state.trouble);
  useEffect(() => {
    void saved.look();
  }, [saved]);
  const section = useRef<HTMLElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useKeptFocus(section, heading);
  const isEmpty = list !== null && list.runs.length + list.aside.length + removed.length === 0;
  return (
    <section ref={section} className="saved" id="saved-runs" aria-labelledby="saved-title">
      <div className="saved-head">
        <h3 ref={heading} id="saved-title" className="heading" tabIndex={-1}>
          Saved runs
        </h3>
        <div className="saved-switches">
          <SavedSwitch />
          <ScreenSwitch />
        </div>
      </div>
      {trouble && (
        <p role="alert" className="saved-trouble">
          <Icon name="warning" />
          <span>
            {trouble.message} {trouble.next}
          </span>
          {list && (
            <button type="button" className="button button-quiet" onClick={saved.dismissTrouble}>
              Close
            </button>
          )}
        </p>
      )}
      {isEmpty && (
        <p className="caption saved-empty">
          A run appears here with its first save, seconds after it begins. It stays in this browser, also when the tab
          is reloaded or killed; then you go on where it was, or only look at it.
        </p>
      )}
      {list && list.runs.length > 0 && (
        <ul className="saved-list">
          {list.runs.map((header) => (
            <SavedRow key={header.id} header={header} />
          ))}
        </ul>
      )}
      <RemovedRuns />
      {working && (
        <p className="caption" role="status">
          {WORKING[working.what]} {working.name} …
        </p>
      )}
      {list && list.aside.length > 0 && <Aside runs={list.aside} />}
      <Room />
    </section>
  );
}

function SavedSwitch() {
  const { saved } = useStudio();
  const isOn = useSavedState((state) => state.isOn);
  return (
    <label className="saved-switch">
      <input type="checkbox" checked={isOn} onChange={(event) => saved.setOn(event.currentTarget.checked)} />
      Save runs in this browser{isOn ? '' : ': the next run is lost with this tab'}
    </label>
  );
}

/** Runs that are there and cannot be read. */
function Aside({ runs }: { runs: readonly AsideRun[] }) {
  const { saved } = useStudio();
  const exportIt = async ({ id, name }: AsideRun): Promise<void> => {
    const file = await saved.exportAside(id);
    if (file) saveFile(file, `${fileName(name ?? id)}.raw.zip`);
  };
  return (
    <section className="saved-aside" aria-label="Runs set aside">
      <p className="caption">
        {countOf(runs.length, 'run')} set aside: not readable here, kept as {runs.length === 1 ? 'it is' : 'they are'}.
      </p>
      <ul className="saved-list">
        {runs.map((run) => {
          const name = run.name ?? 'A run without a name';
          return (
            <li key={run.id} className="saved-row">
              <div className="saved-what">
                <p className="saved-name">{name}</p>
                <p className="caption">
                  <Icon name="warning" /> {run.problem}
                </p>
              </div>
              <div className="saved-actions">
                <button
                  type="button"
                  className="button"
                  aria-label={`Export anyway: ${name}`}
                  onClick={() => void exportIt(run)}
                >
                  Export anyway
                </button>
                <button
                  type="button"
                  className="button button-quiet"
                  aria-label={`Delete ${name}`}
                  onClick={() => void saved.remove(run.id)}
                >
                  Delete
                </button>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** What saved runs take of what this browser gives the page. */
function Room() {
  const usage = useSavedState((state) => state.usage);
  const list = useSavedState((state) => state.list);
  if (!usage || usage.runs.size === 0) return null;
  const ours = [...usage.runs.values()].reduce((sum, bytes) => sum + bytes, 0);
  const { usage: used, quota } = usage;
  const little = littleRoom({ list, usage }, null);
  return (
    <div className="saved-room">
      {used !== null && quota !== null && (
        <progress className="long-bar" aria-label="Storage used" max={quota} value={Math.min(used, quota)} />
      )}
      <p className="caption">
        Saved runs take {formatBytes(ours)}.
        {used !== null &&
          quota !== null &&
          ` The browser counts ${formatBytes(used)} of ${formatBytes(quota)} that this site may use.`}
      </p>
      {little && (
        <p role="status" className="saved-trouble">
          <Icon name="warning" />
          <span>
            <strong>{formatBytes(little.free)} are left, less than two saves of your largest run take</strong> (
            {formatBytes(little.save)} each). Delete runs that you do not need, or export them first.
          </span>
        </p>
      )}
      <Keeping />
    </div>
  );
}

/** Whether the browser keeps what is saved when the disk is full, and what helps where it does not promise to. */
function Keeping() {
  const { saved } = useStudio();
  const isKept = useSavedState((state) => state.isKept);
  const isRefused = useSavedState((state) => state.isKeepingRefused);
  if (isKept === null) return null;
  if (isKept) return <p className="caption">The browser keeps them until you delete them.</p>;
  return (
    <div className="saved-keeping">
      <p className="caption">
        The browser may clear them when the disk is full: export what you need for good
        {isRefused ? '.' : ', or ask it to keep them.'}
      </p>
      {isRefused ? (
        <p className="caption" role="status">
          It did not promise to keep them. Chromium and Edge agree for a site that is bookmarked, installed or visited
          often, Firefox when you allow it: then ask again on your next visit.
        </p>
      ) : (
        <button type="button" className="button" onClick={() => void saved.keep()}>
          Ask the browser to keep them
        </button>
      )}
    </div>
  );
}
