// A model of somebody's own: where it comes from, how far it is, what was recognised in it, and closing it again.
import { type DragEvent, useEffect, useRef, useState } from 'react';
import { droppedFiles, isModelFiles, pickedFiles } from '../../components/droppedFiles';
import { formatBytes } from '../../components/format';
import { Icon } from '../../components/icons';
import type { ModelOpening } from '../../state/models';
import { useDeskState, useModelDesk } from '../../state/useModelDesk';
import { useStudio, useStudioState } from '../../state/useStudio';
import { CachedModels } from './CachedModels';
import { HubForm } from './HubForm';
import { LongBar } from './LongBar';
import { ModelFacts } from './ModelFacts';
import './modelPanel.css';

/** Opens the panel; the only way in besides dropping a folder. */
export function ModelButton() {
  const desk = useModelDesk();
  const isOpen = useDeskState((state) => state.isOpen);
  return (
    <button type="button" className="button" aria-expanded={isOpen} onClick={() => desk.show(!isOpen)}>
      <Icon name="upload" />
      Own model
    </button>
  );
}

export function ModelPanel() {
  const desk = useModelDesk();
  const isOpen = useDeskState((state) => state.isOpen);
  const model = useStudioState((state) => state.model);
  const opening = useStudioState((state) => state.modelOpening);
  const heading = useRef<HTMLHeadingElement>(null);
  const wantsFocus = useDeskState((state) => state.wantsFocus);
  useEffect(() => {
    if (!wantsFocus || !isOpen) return;
    // The panel may lie above what is seen.
    heading.current?.focus();
    desk.focused();
  }, [wantsFocus, isOpen, desk]);
  if (!isOpen) return <ClosedNote />;
  return (
    <section className="import model-panel" aria-labelledby="model-title">
      <div className="model-head">
        <h2 ref={heading} id="model-title" className="heading" tabIndex={-1}>
          {model ? model.name : 'A model of your own'}
        </h2>
        <button
          type="button"
          className="button button-quiet header-icon"
          aria-label="Hide the model panel"
          onClick={() => desk.show(false)}
        >
          <Icon name="close" />
        </button>
      </div>
      {opening.status !== 'none' && <Opening opening={opening} />}
      {model ? (
        <>
          <ModelFacts model={model} />
          <div className="import-actions">
            <button type="button" className="button" onClick={desk.close}>
              Close model
            </button>
          </div>
          <details className="model-other">
            <summary>Open another model</summary>
            <Sources />
          </details>
        </>
      ) : (
        <>
          <p className="quiet model-lead">
            Open a Hugging Face model folder: config.json, tokenizer.json and safetensors (Llama, Mistral, Qwen2, Qwen3,
            GPT-2 or GPT-NeoX). It is read here and sent nowhere.
          </p>
          <ClosedNote />
          <Sources />
        </>
      )}
    </section>
  );
}

function Sources() {
  return (
    <div className="model-sources">
      <FolderDrop />
      <HubForm />
      <CachedModels />
    </div>
  );
}

function FolderDrop() {
  const desk = useModelDesk();
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    // The page's own target would take a single file for data.
    event.stopPropagation();
    setOver(false);
    void droppedFiles(event.dataTransfer).then((found) => desk.openFiles(found));
  };
  const take = (input: HTMLInputElement) => {
    const found = pickedFiles(input.files);
    // The same files may be chosen again after they were mended.
    input.value = '';
    if (found.length > 0) void desk.openFiles(found);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons in it do the same by keyboard
    <div
      className="model-drop"
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p>Drop the folder or its files here, or</p>
      <div className="import-actions">
        <button type="button" className="button-primary" onClick={() => folder.current?.click()}>
          Choose a folder
        </button>
        <button type="button" className="button" onClick={() => files.current?.click()}>
          Choose files
        </button>
      </div>
      <input
        ref={(input) => {
          folder.current = input;
          // React knows no such attribute.
          input?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        multiple
        className="visually-hidden"
        tabIndex={-1}
        aria-label="Model folder"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={files}
        type="file"
        multiple
        className="visually-hidden"
        tabIndex={-1}
        aria-label="Model files"
        onChange={(event) => take(event.currentTarget)}
      />
    </div>
  );
}

/** Loose files have no name together. */
const shownName = (name: string): string => (isModelFiles([name]) ? 'The model' : name);

function Opening({ opening }: { opening: Exclude<ModelOpening, { status: 'none' }> }) {
  const { models } = useStudio();
  if (opening.status === 'failed') {
    return (
      <div className="model-trouble">
        <p role="alert">
          <Icon name="warning" /> {shownName(opening.name)} cannot be opened. {opening.error.message}
        </p>
        <p className="quiet">{opening.error.next}</p>
        <button type="button" className="button" onClick={models.dismissOpening}>
          Dismiss
        </button>
      </div>
    );
  }
  return (
    <LongBar
      label={`${shownName(opening.name)}: opening ${formatBytes(opening.bytes)}`}
      progress={opening.progress}
      onCancel={models.cancelOpening}
    />
  );
}

/** A closed model can be had back as long as the page is open. */
function ClosedNote() {
  const desk = useModelDesk();
  const closed = useDeskState((state) => state.closed);
  if (!closed) return null;
  return (
    <p role="status" className="model-closed">
      The model{closed.name === null ? '' : ` ${closed.name}`} is closed.{' '}
      <button type="button" className="button-link" onClick={() => void desk.undo()}>
        Undo
      </button>
    </p>
  );
}
