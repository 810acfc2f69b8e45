// Of a run that is only looked at, opened from the saved ones: whether another tab has it, as of when it is shown, how it ended there, and how this tab
// takes it over.
import { DATA_FILES, FileButton } from '../../components/FileButton';
import { Icon } from '../../components/icons';
import { useNow } from '../../components/useNow';
import type { RunState } from '../../state/runState';
import { isUnfinished } from '../../state/savedState';
import { useModelDesk } from '../../state/useModelDesk';
import { useSavedState } from '../../state/useSaved';
import { useStudio } from '../../state/useStudio';
import type { RunHeader } from '../../storage/runRecord';
import { ago } from './savedText';
import './savedRuns.css';

/** It is looked at here while another tab trains it. */
export const useIsTrainedElsewhere = (run: RunState): boolean =>
  useSavedState(({ links, elsewhere, list }) => {
    const id = links[run.id]?.id;
    if (!run.opened || id === undefined || elsewhere[id] !== true) return false;
    return list?.runs.find((one) => one.id === id)?.status === 'running';
  }) && run.phase === 'stopped';

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
        <div className="saved-actions">
          {why?.needs && <Chooser needs={why.needs} />}
          <button type="button" className="button" disabled={isBusy} onClick={() => void saved.continueRun(id)}>
            <Icon name="play" />
            Continue here
          </button>
        </div>
      )}
    </div>
  );
}

/** What the run was made of is the person's own, and to be opened by hand. */
function Chooser({ needs }: { needs: 'model' | 'data' }) {
  const studio = useStudio();
  const desk = useModelDesk();
  if (needs === 'data')
    return (
      <FileButton
        text="Choose the data file"
        label="The data file that this run learns from"
        accept={DATA_FILES}
        onFile={(file) => void studio.importFile(file)}
      />
    );
  return (
    <button type="button" className="button" onClick={() => desk.show(true)}>
      <Icon name="upload" />
      Open the model
    </button>
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
