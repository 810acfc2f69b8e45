// The models that are open in the worker, and runs that begin with one: its weights are read when a run needs them, and written back as the
// checkpoint they came from. At most two stay open.
import { blobSource } from '../core/files/byteSource';
import type { OutFile } from '../core/files/writeCheckpoint';
import { type OpenedModel, openModel } from '../core/model/openModel';
import { createRun, type Run, type RunOptions } from '../core/run';
import type { SessionRun } from './live';
import type { Long } from './longRequests';
import type { BroughtModel, ModelFile, SavedModel } from './protocol';

/** The next run's, and one that is being opened in its place. */
const MOST_MODELS = 2;
/** A file is put together from blobs of about so many bytes, which a browser may keep on disk. */
const BLOB_BYTES = 32 << 20;

export interface ModelShelf {
  open(request: { modelId: string; files: readonly ModelFile[]; name: string | null } & Long): Promise<BroughtModel>;
  close(modelId: string): void;
  /** Throws Error for a model that is not open (any more). */
  get(modelId: string): OpenedModel;
  /** Null where it is not open. */
  nameOf(modelId: string): string | null;
  /** Reads the weights and makes the run. Throws Error, FileError, or the signal's reason. */
  createRun(modelId: string, options: RunOptions, long: Long): Promise<SessionRun>;
}

export function createModelShelf(): ModelShelf {
  const models = new Map<string, OpenedModel>();
  const get = (modelId: string): OpenedModel => {
    const model = models.get(modelId);
    if (!model) throw new Error('The model is no longer open. Open it again.');
    return model;
  };
  return {
    get,
    nameOf: (modelId) => models.get(modelId)?.summary.name ?? null,
    async open({ modelId, files, name, onProgress, signal }) {
      onProgress({ label: 'Reading headers and tokenizer', done: 0, total: files.length, unit: 'files' });
      const sources = files.map((file) => blobSource(file.name, file.blob));
      const model = await openModel(sources, name);
      signal.throwIfAborted();
      models.set(modelId, model);
      for (const id of [...models.keys()].slice(0, -MOST_MODELS)) models.delete(id);
      return { modelId, ...model.summary };
    },
    close: (modelId) => void models.delete(modelId),
    async createRun(modelId, options, { onProgress, signal }) {
      const model = get(modelId);
      const { name, checkpoint, parameters } = model.summary;
      const total = checkpoint.bytes;
      const weights = await model.weights({
        signal,
        onProgress: (done) =>
          onProgress({ label: 'Reading weights', done: Math.round((total * done) / parameters), total, unit: 'bytes' }),
      });
      const run = createRun({ ...options, given: { name, config: model.config, weights } });
      return savedAs(run, model);
    },
  };
}

/** A run of the studio's own: its bundle has its weights. */
export const withoutSaving = (run: Run): SessionRun =>
  sessionRun(run, () => {
    throw new Error('This run does not stand on a model of your own. Save the run instead: its weights are in it.');
  });

const savedAs = (run: Run, model: OpenedModel): SessionRun =>
  sessionRun(run, async () => {
    const { model: weights } = await run.checkpoints();
    return (long) => writeModel(model, weights, long);
  });

const sessionRun = (run: Run, save: SessionRun['save']): SessionRun => ({
  save,
  events: () => run.events(),
  answer: (prompt, options) => run.answer(prompt, options),
  only: (stage) => run.only(stage),
  suggestedPrompts: (count) => run.suggestedPrompts(count),
  moment: () => run.moment(),
  dispose: () => run.dispose(),
});

async function writeModel(
  model: OpenedModel,
  weights: ReadonlyMap<string, Float32Array>,
  { onProgress, signal }: Long,
): Promise<SavedModel> {
  const { name, parameters } = model.summary;
  onProgress({ label: 'Looking for what has changed', done: 0, total: model.summary.checkpoint.bytes, unit: 'bytes' });
  const { files, changed, roundedAway } = await model.plan(weights);
  const all = [...files, ...model.carried];
  const total = all.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const written: ModelFile[] = [];
  for (const file of all) {
    const blob = await blobOf(file, (bytes) => {
      signal.throwIfAborted();
      done += bytes;
      onProgress({ label: `Writing ${file.name}`, done, total, unit: 'bytes' });
    });
    written.push({ name: file.name, blob });
  }
  return { name, files: written, parameters, changed, roundedAway };
}

async function blobOf(file: OutFile, onBytes: (bytes: number) => void): Promise<Blob> {
  const blobs: Blob[] = [];
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let held = 0;
  const flush = (): void => {
    blobs.push(new Blob(parts));
    parts = [];
    held = 0;
  };
  for await (const chunk of file.chunks()) {
    onBytes(chunk.length);
    parts.push(chunk);
    held += chunk.length;
    if (held > BLOB_BYTES) flush();
  }
  flush();
  return new Blob(blobs);
}
