// How saving stands, beside the run it is about: when it was saved last, why that fails; and what an earlier visit left, or another tab has.
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import { useNow } from '../../components/useNow';
import type { RunState } from '../../state/runState';
import { littleRoom, needsRoom } from '../../state/savedState';
import { isOver } from '../../state/studioState';
import { usePresenceState } from '../../state/usePresence';
import { useSavedState } from '../../state/useSaved';
import { useStudio } from '../../state/useStudio';
import { DISCARDED } from './backgroundText';
import { ago, placeText } from './savedText';
import './savedRuns.css';

/** Nothing for a run that is not saved. */
export function SavedStatus({ run }: { run: RunState }) {
  const { saved } = useStudio();
  const saving = useSavedState((state) => state.saving[run.id]);
  const now = useNow(1000);
  // A card says it where there is one.
  if (!saving || run.opened || run.failure || needsRoom(saving, run.phase)) return null;
  const { last, trouble, isGivenUp } = saving;
  const when = last ? `Saved ${ago(now - last.savedAt)}` : 'Not saved yet';
  if (isGivenUp)
    return (
      <p className="caption saved-status">{last ? `${when}, not since` : 'Not saved'}: it goes on without saving.</p>
    );
  if (trouble)
    return (
      <p role="alert" className="saved-trouble">
        <Icon name="warning" />
        <span>
          <strong>{last ? `${when}, not since.` : 'This run is not saved.'}</strong> {trouble.error.message}{' '}
          {trouble.error.next}
        </span>
      </p>
    );
  return (
    <p className="caption saved-status">
      {when}
      {!isOver(run.phase) && last && (
        <>
          {' · '}
          <button type="button" className="button-link" onClick={saved.saveNow}>
            Save now
          </button>
          <LittleRoom runId={run.id} />
        </>
      )}
    </p>
  );
}

/** Told before a save fails for want of room. */
function LittleRoom({ runId }: { runId: string }) {
  const id = useSavedState((state) => state.links[runId]?.id ?? null);
  const list = useSavedState((state) => state.list);
  const usage = useSavedState((state) => state.usage);
  const little = id === null ? null : littleRoom({ list, usage }, id);
  if (!little) return null;
  return (
    <strong role="status" className="saved-little">
      {' · '}Storage is nearly full: {formatBytes(little.free)} left, a save takes {formatBytes(little.save)}. Delete
      saved runs, or export this one.
    </strong>
  );
}

/** What an earlier visit left on its way, or another tab has on its way now. Nothing starts by itself. */
export function UnfinishedCard() {
  const isBeside = useSavedState((state) => state.beside !== null);
  return isBeside ? <BesideCard /> : <LeftCard />;
}

function BesideCard() {
  const { saved } = useStudio();
  const header = useSavedState((state) => state.list?.runs.find(({ id }) => id === state.beside));
  const isBusy = useSavedState((state) => state.working !== null);
  if (!header) return null;
  return (
    <section className="saved-card" aria-label="Run in another tab">
      <p className="saved-card-what">
        Run <strong>{header.name}</strong> is in another tab{' '}
        <span className="caption">({placeText(header.saves[0]!.place, header.config)})</span>
      </p>
      <p className="saved-actions">
        <button type="button" className="button-primary" disabled={isBusy} onClick={() => void saved.open(header.id)}>
          Watch it here
        </button>
        <button type="button" className="button button-quiet" onClick={saved.dismissBeside}>
          Dismiss
        </button>
      </p>
    </section>
  );
}

function LeftCard() {
  const { saved } = useStudio();
  const header = useSavedState((state) => state.list?.runs.find(({ id }) => id === state.unfinished));
  const isBusy = useSavedState((state) => state.working !== null);
  const now = useNow(5000);
  const wasDiscarded = usePresenceState((state) => state.wasDiscarded);
  const last = header?.saves[0];
  if (!header || !last) return null;
  return (
    <section className="saved-card" aria-label="Unfinished run">
      <p className="saved-card-what">
        Run <strong>{header.name}</strong> stopped at {placeText(last.place, header.config)}{' '}
        <span className="caption">(saved {ago(now - last.savedAt)})</span>
        {wasDiscarded && <span className="caption"> {DISCARDED}</span>}
      </p>
      <p className="saved-actions">
        <button
          type="button"
          className="button-primary"
          disabled={isBusy}
          onClick={() => void saved.continueRun(header.id)}
        >
          <Icon name="play" />
          Continue
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={() => void saved.open(header.id)}>
          Open
        </button>
        <button type="button" className="button button-quiet" onClick={saved.dismissUnfinished}>
          Dismiss
        </button>
      </p>
    </section>
  );
}
