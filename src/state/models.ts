// Models that somebody brings, as the page sees them: opening, the one the next run begins with, saving a fine-tuned one. What is in the files is the
// worker's to say; nothing is uploaded, and nothing of a model but its summary is kept here.
import type { StoreApi } from 'zustand/vanilla';
import type { BroughtModel, LongProgress, ModelFile, SavedModel, WorkerError } from '../worker/protocol';
import type { TrainerClient } from '../worker/trainerClient';
import type { StudioState } from './studioState';

export type ModelOpening =
  | { status: 'none' }
  | { status: 'opening'; name: string; bytes: number; progress: LongProgress | null }
  | { status: 'failed'; name: string; error: WorkerError };

export type ModelSaving =
  | { status: 'none' }
  | { status: 'saving'; runId: string; progress: LongProgress | null }
  | { status: 'failed'; runId: string; error: WorkerError };

export interface Models {
  /**
   * Opens a model's files (a folder's, or downloaded ones) and makes it the next run's; a data file that is chosen is read again with its
   * tokenizer. What goes wrong is told in `modelOpening`; the model before stays then.
   */
  open(files: readonly ModelFile[], name?: string | null): Promise<void>;
  cancelOpening(): void;
  dismissOpening(): void;
  /** Back to the studio's own models. */
  drop(): void;
  /** The weights of that run now, as files; null when it failed or was given up, which `modelSaving` tells. */
  save(runId: string): Promise<SavedModel | null>;
  cancelSaving(): void;
  dismissSaving(): void;
}

export interface ModelsOptions {
  store: StoreApi<StudioState>;
  client: Pick<TrainerClient, 'openModel' | 'closeModel' | 'saveModel'>;
  toError(thrown: unknown): WorkerError;
  /** The next run's model is another one: settings and data follow. */
  onModel(model: BroughtModel | null): void;
}

/** Of a folder dropped or chosen: its name where all files lie in one. */
export function folderName(paths: readonly string[]): string | null {
  const [first] = paths;
  const folder = first?.includes('/') ? first.slice(0, first.indexOf('/')) : null;
  return folder && paths.every((path) => path.startsWith(`${folder}/`)) ? folder : null;
}

export function createModels({ store, client, toError, onModel }: ModelsOptions): Models {
  const { getState: get, setState: set } = store;
  let opening: AbortController | null = null;
  let saving: AbortController | null = null;
  return {
    async open(files, name = null) {
      opening?.abort();
      const mine = new AbortController();
      opening = mine;
      const bytes = files.reduce((sum, { blob }) => sum + blob.size, 0);
      const shown = name ?? files[0]?.name ?? 'model';
      const tell = (modelOpening: ModelOpening): void => {
        if (opening === mine) set({ modelOpening });
      };
      const status = { status: 'opening', name: shown, bytes } as const;
      tell({ ...status, progress: null });
      try {
        const onProgress = (progress: LongProgress): void => tell({ ...status, progress });
        const model = await client.openModel(files, name, { onProgress, signal: mine.signal });
        if (opening !== mine) {
          client.closeModel(model.modelId);
          return;
        }
        const before = get().model;
        set({ model, modelOpening: { status: 'none' } });
        if (before) client.closeModel(before.modelId);
        onModel(model);
      } catch (error) {
        tell(mine.signal.aborted ? { status: 'none' } : { status: 'failed', name: shown, error: toError(error) });
      }
    },
    cancelOpening() {
      opening?.abort();
      opening = null;
      set({ modelOpening: { status: 'none' } });
    },
    dismissOpening: () => set({ modelOpening: { status: 'none' } }),
    drop() {
      const { model } = get();
      if (!model) return;
      client.closeModel(model.modelId);
      set({ model: null });
      onModel(null);
    },
    async save(runId) {
      saving?.abort();
      const mine = new AbortController();
      saving = mine;
      const tell = (modelSaving: ModelSaving): void => {
        if (saving === mine) set({ modelSaving });
      };
      tell({ status: 'saving', runId, progress: null });
      try {
        const onProgress = (progress: LongProgress): void => tell({ status: 'saving', runId, progress });
        const saved = await client.saveModel(runId, { onProgress, signal: mine.signal });
        tell({ status: 'none' });
        return saved;
      } catch (error) {
        tell(mine.signal.aborted ? { status: 'none' } : { status: 'failed', runId, error: toError(error) });
        return null;
      }
    },
    cancelSaving() {
      saving?.abort();
      saving = null;
      set({ modelSaving: { status: 'none' } });
    },
    dismissSaving: () => set({ modelSaving: { status: 'none' } }),
  };
}
