// Inspect: two checkpoints or a mask file from the reader's own disk: what is in them, what changed between them, which weights a mask takes. The pictures
// are the Neurons view's and come from the page; files are read in a worker and never leave the machine.
import type { DragEvent, ReactNode } from 'react';
import { droppedFiles } from '../../components/droppedFiles';
import { type InspectState, ROLES } from '../../state/inspectState';
import { useInspect, useInspectState } from '../../state/useInspect';
import { DropPlace } from './DropPlace';
import { FilesAtHand } from './FilesAtHand';
import { countedText, paceSentence, titleText, unchangedText } from './inspectText';
import { JobProgress } from './JobProgress';
import { ParityPanel } from './ParityPanel';
import { SelectPanel } from './SelectPanel';
import { TensorLists } from './TensorLists';
import { TryIt, type TrySource } from './TryIt';
import './inspectView.css';

interface ViewProps {
  /** What the page has at hand to look at without files. */
  sources: readonly TrySource[];
  /** Of what was selected, or of the mask file. */
  pictures: ReactNode;
}

export function InspectView({ sources, pictures }: ViewProps) {
  const inspect = useInspect();
  const state = useInspectState((all: InspectState) => all);
  const { pairing, selection, counted, slots, trouble, linked, given } = state;
  const isEmpty = ROLES.every((role) => !slots[role].held && !slots[role].opening);
  /** A second mask file needs a first to be compared with. */
  const hasSecond = slots.mask.held || slots.second.held || linked?.second;
  const places = ROLES.filter((role) => role !== 'second' || hasSecond);
  const isMaskAlone = counted && !pairing;
  const unchanged = selection && unchangedText(selection);
  const { before, after } = slots;
  const canSwap = before.held && after.held && !before.asking && !after.asking && state.job === null;
  const drop = (event: DragEvent) => {
    if (event.isDefaultPrevented() || !event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    void droppedFiles(event.dataTransfer).then((files) => inspect.place(files, null));
  };
  return (
    <section
      className="inspect"
      aria-labelledby="inspect-title"
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <header className="inspect-head">
        <h2 id="inspect-title" className="title">
          {titleText(state)}
        </h2>
        <p className="caption">
          {selection
            ? paceSentence(selection.pace, selection.passes)
            : isMaskAlone
              ? countedText(counted)
              : 'Drop a model’s checkpoint from before training and one from after it, one by one or together, or a mask file alone. They are read on this machine, piece by piece; nothing is uploaded.'}
        </p>
        {unchanged && <p role="status">{unchanged}</p>}
      </header>
      <FilesAtHand />
      <div className="inspect-drops">
        {places.map((role) => (
          <DropPlace key={role} role={role} onFiles={(files) => void inspect.place(files, role)} />
        ))}
      </div>
      {(given || canSwap) && (
        <div className="inspect-buttons">
          {canSwap && (
            <button type="button" className="button" onClick={() => void inspect.swap()}>
              Swap before and after
            </button>
          )}
          {given && (
            <p
              role={given.isRefused ? 'alert' : 'status'}
              className={given.isRefused ? 'inspect-error' : 'inspect-note caption'}
            >
              {given.note}
            </p>
          )}
        </div>
      )}
      {isEmpty && <TryIt sources={sources} />}
      <TensorLists />
      {pairing && <SelectPanel pairing={pairing} />}
      <JobProgress />
      {trouble && (
        <p role="alert" className="inspect-error">
          {trouble}
        </p>
      )}
      <ParityPanel />
      {pictures}
    </section>
  );
}
