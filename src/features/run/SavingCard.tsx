// A run that rests because its saves find no room or are refused: room is made here, or it goes on without them.
import { useState } from 'react';
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import { useNow } from '../../components/useNow';
import type { RunState } from '../../state/runState';
import { useSavedState } from '../../state/useSaved';
import { useStudio } from '../../state/useStudio';
import { bytesOf } from '../../storage/runRecord';
import type { SaveTrouble } from '../../worker/protocol';
import { exportRun } from './exportRun';
import { Card } from './FailureCard';
import { RemovedRuns } from './RemovedRuns';
import { ago, placeText, standText } from './savedText';
import { roomHeading, roomStep } from './savingWords';
import { runningStage } from './stageText';

export function SavingCard({ run, trouble }: { run: RunState; trouble: SaveTrouble }) {
  const studio = useStudio();
  const { saved } = studio;
  const last = useSavedState((state) => state.saving[run.id]?.last ?? null);
  const [makesRoom, setMakesRoom] = useState(false);
  const now = useNow(5000);
  const stage = runningStage(run);
  const place = placeText(stage && { stage: stage.name, done: stage.done, total: stage.total }, run.config);
  const kept = last
    ? `Saved up to ${placeText(last.place, run.config)}, ${ago(now - last.savedAt)}; nothing after that.`
    : 'Nothing of this run is saved yet.';
  const unsaved = 'The run trains as before and is lost with this tab. Later runs of this visit are not saved either.';
  const isFull = trouble.kind === 'full';
  const goOn = {
    ...{ label: 'Save and go on', icon: 'play' as const, disabled: false },
    why: 'Deleted runs are then gone for good.',
    act: () => void saved.saveAndGoOn(),
  };
  const next = makesRoom
    ? goOn
    : {
        ...{ label: roomStep(trouble), icon: isFull ? ('table' as const) : ('play' as const), disabled: false },
        why: isFull ? 'Delete saved runs that you no longer need, then save and go on.' : unsaved,
        act: isFull ? () => setMakesRoom(true) : saved.goOnUnsaved,
      };
  return (
    <Card
      label="Why the run rests"
      heading={roomHeading(trouble)}
      told={[`The run is paused at ${place}. ${trouble.error.message}`, kept]}
      next={next}
      others={
        <p className="failure-others">
          {isFull && (
            <button type="button" className="button button-quiet" title={unsaved} onClick={saved.goOnUnsaved}>
              <Icon name="play" />
              Go on without saving
            </button>
          )}
          {!makesRoom && (
            <button type="button" className="button button-quiet" onClick={() => void saved.saveAndGoOn()}>
              <Icon name="restart" />
              Try to save again
            </button>
          )}
          {run.started && (
            <button type="button" className="button button-quiet" onClick={() => void exportRun(studio, run)}>
              <Icon name="save" />
              Export it
            </button>
          )}
        </p>
      }
    >
      {makesRoom && <Rooms run={run} />}
    </Card>
  );
}

/** The other saved runs, the largest first. */
function Rooms({ run }: { run: RunState }) {
  const { saved } = useStudio();
  const list = useSavedState((state) => state.list);
  const own = useSavedState((state) => state.links[run.id]?.id);
  const others = (list?.runs ?? []).filter(({ id }) => id !== own).sort((a, b) => bytesOf(b) - bytesOf(a));
  return (
    <div className="failure-rooms">
      {others.length === 0 && (
        <p>No other saved run takes room here. Free room on the disk, or clear cached models under “Own model”.</p>
      )}
      <ul>
        {others.map((header) => (
          <li key={header.id}>
            <span>
              <strong>{header.name}</strong>{' '}
              <span className="caption">
                {standText(header)} · {formatBytes(bytesOf(header))}
              </span>
            </span>
            <button
              type="button"
              className="button"
              aria-label={`Delete ${header.name}, ${formatBytes(bytesOf(header))}`}
              onClick={() => void saved.remove(header.id)}
            >
              Delete
            </button>
          </li>
        ))}
      </ul>
      <RemovedRuns />
    </div>
  );
}
