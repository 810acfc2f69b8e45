// The aligned model out again, as it came: weights under their names and dtypes, configuration and tokenizer as they were. As one zip, or into a
// folder where the browser can write into one.
import { useEffect, useRef, useState } from 'react';
import { formatBytes, formatCount } from '../../components/format';
import { Icon } from '../../components/icons';
import { saveFile } from '../../components/pictureExport';
import { bytesOf, canPickFolder, type PickedFolder, pickFolder, saveInto, zipOf } from '../../components/saveFiles';
import type { RunState } from '../../state/runState';
import { useStudio, useStudioState } from '../../state/useStudio';
import type { SavedModel } from '../../worker/protocol';
import { LongBar } from './LongBar';

type Writing =
  | { status: 'none' }
  | { status: 'writing'; done: number; total: number; place: string }
  | { status: 'done'; saved: SavedModel; place: string }
  | { status: 'failed'; message: string };

const plainName = (name: string): string => `${name.replaceAll(/[^\w.-]+/g, '-').replace(/^[.-]+/, '')}-allo`;

/** Nothing for runs on the studio's own models: their weights are in the run's bundle. */
export function SaveModel({ run }: { run: RunState }) {
  const isActive = useStudioState((state) => state.activeId === run.id);
  if (run.modelName === null || !isActive) return null;
  if (run.phase !== 'done' && run.phase !== 'paused' && run.phase !== 'stopped') return null;
  return <SaveButtons run={run} name={run.modelName} />;
}

function SaveButtons({ run, name }: { run: RunState; name: string }) {
  const { models } = useStudio();
  const saving = useStudioState((state) => state.modelSaving);
  const [writing, setWriting] = useState<Writing>({ status: 'none' });
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);
  const save = async (folder: PickedFolder | null): Promise<void> => {
    setWriting({ status: 'none' });
    const saved = await models.save(run.id);
    if (!saved) return;
    const mine = new AbortController();
    controller.current = mine;
    const place = folder ? `the folder ${folder.name}` : `${plainName(name)}.zip`;
    const total = bytesOf(saved.files);
    const onBytes = (done: number): void => setWriting({ status: 'writing', done, total, place });
    try {
      await write(saved, folder, plainName(name), { onBytes, signal: mine.signal });
      setWriting({ status: 'done', saved, place });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      setWriting(mine.signal.aborted ? { status: 'none' } : { status: 'failed', message });
    }
  };
  const intoFolder = async (): Promise<void> => {
    try {
      const folder = await pickFolder();
      if (folder) await save(folder);
    } catch (error) {
      setWriting({ status: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  };
  const isBusy = saving.status === 'saving' || writing.status === 'writing';
  return (
    <section className="save-model" aria-label="Aligned model">
      <p>
        The aligned <strong>{name}</strong>: safetensors with configuration and tokenizer, as it came.
      </p>
      <div className="import-actions">
        <button type="button" className="button-primary" disabled={isBusy} onClick={() => void save(null)}>
          <Icon name="save" />
          Save aligned model
        </button>
        {canPickFolder() && (
          <button type="button" className="button" disabled={isBusy} onClick={() => void intoFolder()}>
            Save into a folder
          </button>
        )}
      </div>
      {saving.status === 'saving' && saving.runId === run.id && (
        <LongBar label="Making the files" progress={saving.progress} onCancel={models.cancelSaving} />
      )}
      {saving.status === 'failed' && saving.runId === run.id && (
        <p role="alert">
          <Icon name="warning" /> {saving.error.message} {saving.error.next}
        </p>
      )}
      <WritingState writing={writing} onCancel={() => controller.current?.abort()} />
    </section>
  );
}

async function write(
  saved: SavedModel,
  folder: PickedFolder | null,
  name: string,
  watch: { onBytes(bytes: number): void; signal: AbortSignal },
): Promise<void> {
  if (folder) return saveInto(folder, saved.files, watch);
  saveFile(await zipOf(saved.files, name, watch), `${name}.zip`);
}

function WritingState({ writing, onCancel }: { writing: Writing; onCancel(): void }) {
  switch (writing.status) {
    case 'none':
      return null;
    case 'writing': {
      const { done, total, place } = writing;
      const progress = { label: 'Written', done, total, unit: 'bytes' } as const;
      return <LongBar label={`Writing ${place}`} progress={progress} onCancel={onCancel} />;
    }
    case 'failed':
      return (
        <p role="alert">
          <Icon name="warning" /> The files could not be written: {writing.message} Nothing of the run is lost; try
          again.
        </p>
      );
    case 'done': {
      const { saved, place } = writing;
      const { changed, parameters, roundedAway, files } = saved;
      return (
        <p role="status" className="caption">
          Saved to {place}: {files.length} files, {formatBytes(bytesOf(files))}. {formatCount(changed)} of{' '}
          {formatCount(parameters)} weights changed
          {roundedAway > 0 &&
            `; ${formatCount(roundedAway)} of these by less than their storage can tell, so they are written as they were`}
          .
        </p>
      );
    }
  }
}
