// Runs as files: saves one of this session's as a bundle, opens a bundle as one more run. What a bundle is lies in core/bundle, which is loaded when it
// is first needed.
import type { StoreApi } from 'zustand/vanilla';
import { blobSource } from '../core/files/byteSource';
import { plainName } from '../core/files/quote';
import type { ModelFile } from '../worker/protocol';
import { momentName } from './moments';
import { replay } from './replay';
import { type ArchiveSources, runArchive } from './runArchive';
import { createRunState, type RunState } from './runState';
import type { StudioState } from './studioState';

/** What is being done with a bundle, or went wrong with it. */
export type BundleState =
  | { status: 'none' }
  | { status: 'saving' | 'opening'; name: string }
  | { status: 'failed'; name: string; message: string };

export interface Bundles {
  /** The bundle's bytes; null when it could not be made, which is told in the state. */
  save(runId: string, madeAt: Date): Promise<Blob | null>;
  /** Adds the bundle's run and shows it, or tells in the state why not. */
  open(file: ModelFile): Promise<void>;
  /** The bundle that an opened run came from, null for any other run. */
  fileOf(runId: string): ModelFile | null;
  dismiss(): void;
}

interface BundleOptions extends ArchiveSources {
  store: StoreApi<StudioState>;
  /** A new run's. */
  nextId(): string;
  /** Takes a run into the session and selects it. */
  add(run: Pick<RunState, 'id' | 'name' | 'config'>): RunState;
  /** Lets the page do something else. */
  rest(): Promise<void>;
  now(): number;
}

/** Of a run from elsewhere. */
const LONGEST_NAME = 60;
/** So long the page may be kept from answering. */
const BREATH_MS = 30;

export function createBundles({ store, nextId, add, rest: restAtOnce, now, ...sources }: BundleOptions): Bundles {
  const { getState: get, setState: set } = store;
  const { atlas, snapshots, logs } = sources;
  /** Of the runs that are there. */
  const files = new Map<string, ModelFile>();
  store.subscribe(({ runs }, before) => {
    if (runs === before.runs) return;
    for (const id of files.keys()) if (!runs.some((run) => run.id === id)) files.delete(id);
  });
  let rested = now();
  const rest = async (): Promise<void> => {
    if (now() - rested < BREATH_MS) return;
    await restAtOnce();
    rested = now();
  };
  const isBusy = (): boolean => get().bundle.status === 'saving' || get().bundle.status === 'opening';
  const fail = (name: string, error: unknown): void =>
    set({ bundle: { status: 'failed', name, message: error instanceof Error ? error.message : String(error) } });

  const save: Bundles['save'] = async (runId, madeAt) => {
    const run = get().runs.find(({ id }) => id === runId);
    if (!run || isBusy()) return null;
    set({ bundle: { status: 'saving', name: run.name } });
    try {
      const { runParts } = await import('../core/bundle/runParts');
      const { writeBundle } = await import('../core/bundle/writeBundle');
      const archive = runArchive(run, get().atlas, sources);
      const { leftOut } = archive;
      const pieces: Blob[] = [];
      // A Blob of its own for each piece: browsers may keep them on disk.
      for await (const chunk of writeBundle(runParts(archive), { name: run.name, madeAt, leftOut })) {
        pieces.push(new Blob([chunk]));
        await rest();
      }
      set({ bundle: { status: 'none' } });
      return new Blob(pieces, { type: 'application/zip' });
    } catch (error) {
      fail(run.name, error);
      return null;
    }
  };

  const open: Bundles['open'] = async (file) => {
    if (isBusy()) return;
    set({ bundle: { status: 'opening', name: file.name }, view: 'run' });
    try {
      const { openBundle } = await import('../core/bundle/openBundle');
      const { readRun } = await import('../core/bundle/readRun');
      const bundled = await readRun(await openBundle(blobSource(file.name, file.blob)));
      const { started, log } = bundled;
      const name = plainName(bundled.name).slice(0, LONGEST_NAME);
      const fresh = { id: nextId(), name, config: started.config };
      const replayed = await replay(createRunState(fresh.id, name, fresh.config), log, rest);
      const { id, name: ownName, slot } = add(fresh);
      const update = (run: RunState): void => set({ runs: get().runs.map((one) => (one.id === id ? run : one)) });
      const opened = (): RunState => ({
        ...replayed,
        ...{ name: ownName, slot, opened: { file: file.name, problems: [...bundled.problems] } },
      });
      files.set(id, file);
      logs.set(id, log);
      logs.setTokenizer(id, await bundled.tokenizer());
      update(opened());
      for await (const { snapshot, rows } of bundled.snapshots()) {
        snapshots.put(id, momentName(snapshot), rows);
        await rest();
      }
      atlas.take(id, ownName, [started]);
      for await (const event of bundled.large()) {
        atlas.take(id, ownName, [event]);
        await rest();
      }
      update(opened());
      set({ bundle: { status: 'none' } });
    } catch (error) {
      fail(file.name, error);
    }
  };

  return {
    save,
    open,
    fileOf: (runId) => files.get(runId) ?? null,
    dismiss: () => set({ bundle: { status: 'none' } }),
  };
}

/** The runs that stay when one more comes: the oldest makes way, but never the one that the worker holds. */
export function withRoom({ runs, activeId }: Pick<StudioState, 'runs' | 'activeId'>, most: number): RunState[] {
  const kept = [...runs];
  while (kept.length >= most) {
    const oldest = kept.findIndex(({ id }) => id !== activeId);
    kept.splice(Math.max(0, oldest), 1);
  }
  return kept;
}
