// One place for files: drop them on it, choose files, or choose a folder. What is open is told in a line; what went wrong stands beside it.
import { type DragEvent, useId, useState } from 'react';
import { droppedFiles, type PathFile, pickedFiles } from '../../components/droppedFiles';
import { Icon } from '../../components/icons';
import type { InspectState } from '../../state/inspectState';
import { isMaskRole, lostWith } from '../../state/inspectState';
import { useInspect, useInspectState } from '../../state/useInspect';
import type { CheckpointRole } from '../../worker/inspectProtocol';
import { openedText, ROLE_HINTS, ROLE_NAMES } from './inspectText';

interface PlaceProps {
  role: CheckpointRole;
  /** Takes what was dropped or chosen: of several files some may belong elsewhere. */
  onFiles(files: readonly PathFile[]): void;
}

export function DropPlace({ role, onFiles }: PlaceProps) {
  const inspect = useInspect();
  const slot = useInspectState((state: InspectState) => state.slots[role]);
  const lost = useInspectState((state: InspectState) => lostWith(state, role));
  const [isOver, setOver] = useState(false);
  const id = useId();
  const { held, opening, error, asking } = slot;
  const name = ROLE_NAMES[role];
  const over = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  const drop = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(false);
    void droppedFiles(event.dataTransfer).then(onFiles);
  };
  return (
    <section
      className={isOver ? 'inspect-place inspect-place-over' : 'inspect-place'}
      aria-labelledby={id}
      aria-busy={opening !== null}
      onDragEnter={over}
      onDragOver={over}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <div className="inspect-place-head">
        <h3 id={id} className="heading">
          {name}
        </h3>
        {held && !asking && (
          <button
            type="button"
            className="button button-quiet header-icon"
            aria-label={`Close ${held.opened.name}`}
            onClick={() => inspect.close(role)}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      {held ? (
        <div>
          <p className="inspect-file">{held.opened.name}</p>
          <p className="caption">{openedText(held.opened)}</p>
        </div>
      ) : (
        <p className="caption">Drop it here. {ROLE_HINTS[role]}</p>
      )}
      {opening !== null && (
        <p className="caption" role="status">
          Opening {opening} …
        </p>
      )}
      {error && (
        <p role="alert" className="inspect-error">
          {error}
        </p>
      )}
      {asking ? (
        <div className="inspect-asking" role="alertdialog" aria-label={`Let go of ${held?.opened.name ?? name}?`}>
          <p>
            {asking.length > 0 ? 'Opening these files' : 'Closing it'} lets go of {lost ?? 'what was made of it'}.
          </p>
          <div className="inspect-buttons">
            <button type="button" className="button" onClick={() => void inspect.goOn(role)}>
              {asking.length > 0 ? 'Open them' : 'Close it'}
            </button>
            <button ref={focus} type="button" className="button" onClick={() => inspect.keep(role)}>
              Keep {held?.opened.name ?? 'it'}
            </button>
          </div>
        </div>
      ) : (
        <div className="inspect-buttons">
          <Picker role={role} isFolder={false} onFiles={onFiles} />
          {!isMaskRole(role) && <Picker role={role} isFolder onFiles={onFiles} />}
        </div>
      )}
    </section>
  );
}

/** What was pressed has made way for the question. */
const focus = (button: HTMLButtonElement | null): void => button?.focus();

/** A file input that looks like a button. */
function Picker({ role, isFolder, onFiles }: PlaceProps & { isFolder: boolean }) {
  const text = isFolder ? 'Choose folder' : isMaskRole(role) ? 'Choose file' : 'Choose files';
  return (
    <label className="button inspect-pick">
      {text}
      <input
        type="file"
        className="visually-hidden"
        aria-label={`${ROLE_NAMES[role]}: ${text.toLowerCase()}`}
        multiple={!isMaskRole(role)}
        {...(isFolder && { webkitdirectory: '' })}
        onChange={(event) => {
          onFiles(pickedFiles(event.target.files));
          event.target.value = '';
        }}
      />
    </label>
  );
}
