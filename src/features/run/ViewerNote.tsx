// Of a run that is only looked at, opened from the saved ones: whether another tab has it, as of when it is shown, how it ended there, and how this tab
// takes it over.
import { Icon } from '../../components/icons';
import { useNow } from '../../components/useNow';
import type { RunState } from '../../state/runState';
import { isUnfinished } from '../../state/savedState';
import { useSavedState } from '../../state/useSaved';
import { useStudio } from '../../state/useStudio';
import type { RunHeader } from '../../storage/runRecord';
import { ago } from './savedText';
import './savedRuns.css';

export function ViewerNote({ run }: { run: RunState }) {
  const { saved } = useStudio();
  const id = useSavedState((state) => state.links[run.id]?.id);
  const why = useSavedState((state) => state.viewers[run.id]);
  const header = useSavedState((state) => state.list?.runs.find((one) => one.id === id));
  const isElsewhere = useSavedState((state) => (id === undefined ? undefined : state.elsewhere[id]));
  const isListed = useSavedState((state) => state.list !== null);
  const isBusy = useSavedState((state) => state.working !== null);
  if (!run.opened || id === undefined) return null;
  if (!header) return isListed ? <Deleted /> : null;
  const canContinue = isUnfinished(header) && isElsewhere !== true;
  return (
    <div className="saved-viewer">
      {isElsewhere !== undefined ? (
        <Elsewhere header={header} isHeld={isElsewhere} />
      ) : (
        why && (
          <p role="status" className="saved-trouble">
            <Icon name="warning" />
            <span>
              <strong>You only look at this run.</strong> {why.message} {why.next}
            </span>
          </p>
        )
      )}
      {canContinue && (
        <p className="saved-actions">
          <button type="button" className="button" disabled={isBusy} onClick={() => void saved.continueRun(id)}>
            <Icon name="play" />
            Continue here
          </button>
        </p>
      )}
    </div>
  );
}

/** `isHeld`: another tab has the run; else it had it while it was looked at here. */
function Elsewhere({ header, isHeld }: { header: RunHeader; isHeld: boolean }) {
  const now = useNow(1000);
  const when = ago(now - header.saves[0]!.savedAt);
  return (
    <p className="saved-elsewhere" data-held={isHeld}>
      {/* Told when it changes; the seconds are nothing to be read out. */}
      <strong role="status">{heldText(header.status, isHeld)}</strong>{' '}
      <span>{isUnfinished(header) ? `You see it as of its last save, ${when}.` : `It ended ${when}.`}</span>
    </p>
  );
}

function heldText(status: RunHeader['status'], isHeld: boolean): string {
  switch (status) {
    case 'done':
      return 'Another tab has finished this run.';
    case 'failed':
      return 'This run failed in another tab.';
    case 'stopped':
      return 'Another tab has stopped this run.';
    case 'paused':
      return isHeld ? 'Another tab has this run, paused.' : 'The tab that had this run is gone.';
    case 'running':
      return isHeld ? 'Another tab trains this run.' : 'The tab that trained this run is gone.';
  }
}

function Deleted() {
  return (
    <div className="saved-viewer">
      <p role="status" className="saved-trouble">
        <Icon name="warning" />
        <span>
          <strong>This run was deleted.</strong> What you see is all there is of it, as long as this tab is open: save
          it as a file to keep it.
        </span>
      </p>
    </div>
  );
}
