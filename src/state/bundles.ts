// Runs as files: saves one of this session's as a bundle, opens a bundle (or whatever else reads like one) as one more run. What a bundle is lies in
// core/bundle, which is loaded when it is first needed.
import type { StoreApi } from 'zustand/vanilla';
import type { BundledRun } from '../core/bundle/readRun';
import type { RunConfig } from '../core/config';
import { blobSource } from '../core/files/byteSource';
import { plainName } from '../core/files/quote';
import type { ModelFile } from '../worker/protocol';
import { momentName } from './moments';
import { replay, settled } from './replay';
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
  /**
   * Takes a run into the session, to be looked at. `from`: where it was, for people. Gives its id. Rejects with what reading it rejects with.
   */
  show(run: ShownRun, from: string, options?: { isSelected: boolean }): Promise<string>;
  /** More of a run that is shown: what is chosen of it stays. False where it is no longer there to be looked at. Rejects like `show`. */
  more(runId: string, told: ShownLog): Promise<boolean>;
  /** A run that was to go on here and could not is shown as it was before. */
  restore(runId: string, from: string): void;
  /** The bundle of an opened run, made where it came without one; null for any other run, and where it could not be made. */
  fileOf(runId: string): Promise<ModelFile | null>;
  dismiss(): void;
}

/** A run that tells itself. One that had not begun when it was saved has not told how. */
export type ShownRun = Omit<BundledRun, 'started'> & {
  config: RunConfig;
  started: BundledRun['started'] | null;
};
/** Some of what a run tells. */
export type ShownLog = Omit<ShownRun, 'name' | 'config'>;

interface BundleOptions extends ArchiveSources {
  store: StoreApi<StudioState>;
  /** A new run's. */
  nextId(): string;
  /** Takes a run into the session. */
  add(run: Pick<RunState, 'id' | 'name' | 'config'>, options: { isSelected: boolean }): RunState;
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
  /** As their logs leave them, and after how many entries: what follows goes on from there. */
  const told = new Map<string, { state: RunState; entries: number }>();
  store.subscribe(({ runs }, before) => {
    if (runs === before.runs) return;
    for (const held of [files, told])
      for (const id of held.keys()) if (!runs.some((run) => run.id === id)) held.delete(id);
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

  /** Large arrays, each in its own time. */
  const hold = async (id: string, name: string, { started, ...shown }: ShownLog): Promise<void> => {
    const files = await shown.tokenizer();
    if (files.length > 0) logs.setTokenizer(id, files);
    for await (const { snapshot, rows } of shown.snapshots()) {
      snapshots.put(id, momentName(snapshot), rows);
      await rest();
    }
    if (started) atlas.take(id, name, [started]);
    for await (const event of shown.large()) {
      atlas.take(id, name, [event]);
      await rest();
    }
  };
  /** The run as its log leaves it, under the name and colour that it has here. */
  const display = (id: string, opened: NonNullable<RunState['opened']>): void => {
    const shown = settled(told.get(id)!.state, logs.get(id));
    set({
      runs: get().runs.map((run) => {
        const { name, slot, modelName } = run;
        return run.id === id ? { ...shown, id, name, slot, modelName, opened } : run;
      }),
    });
  };

  const show: Bundles['show'] = async (shown, from, { isSelected } = { isSelected: true }) => {
    const { log, config } = shown;
    const fresh = { id: nextId(), name: shown.name.slice(0, LONGEST_NAME), config };
    const state = await replay(createRunState(fresh.id, fresh.name, config), log, rest);
    const { id, name } = add(fresh, { isSelected });
    logs.set(id, log);
    told.set(id, { state, entries: log.length });
    display(id, { file: from, problems: [...shown.problems] });
    await hold(id, name, shown);
    // Some turn up only when the arrays are read.
    display(id, { file: from, problems: [...shown.problems] });
    return id;
  };

  const more: Bundles['more'] = async (id, portion) => {
    const opened = () => get().runs.find((run) => run.id === id)?.opened;
    const before = told.get(id);
    if (!before || !opened()) return false;
    const state = await replay(before.state, portion.log, rest);
    // First the arrays: a moment that can be chosen has its rows.
    await hold(id, state.name, portion);
    const now = opened();
    if (!now || told.get(id) !== before) return false;
    logs.append(id, portion.log);
    told.set(id, { state, entries: before.entries + portion.log.length });
    display(id, { ...now, problems: [...now.problems, ...portion.problems] });
    return true;
  };

  const restore: Bundles['restore'] = (id, from) => {
    const known = told.get(id);
    if (!known) return;
    logs.set(id, logs.get(id).slice(0, known.entries));
    display(id, { file: from, problems: [] });
  };

  const open: Bundles['open'] = async (file) => {
    if (isBusy()) return;
    set({ bundle: { status: 'opening', name: file.name }, view: 'run' });
    try {
      const { openBundle } = await import('../core/bundle/openBundle');
      const { readRun } = await import('../core/bundle/readRun');
      const bundled = await readRun(await openBundle(blobSource(file.name, file.blob)));
      const name = plainName(bundled.name).slice(0, LONGEST_NAME);
      const id = await show({ ...bundled, name, config: bundled.started.config }, file.name);
      files.set(id, file);
      set({ bundle: { status: 'none' } });
    } catch (error) {
      fail(file.name, error);
    }
  };

  const fileOf: Bundles['fileOf'] = async (runId) => {
    const known = files.get(runId);
    const run = get().runs.find(({ id }) => id === runId);
    if (known || !run?.opened) return known ?? null;
    const blob = await save(runId, new Date());
    const file = blob && { name: `${run.name}.zip`, blob };
    if (file) files.set(runId, file);
    return file;
  };

  return {
    save,
    open,
    show,
    more,
    restore,
    fileOf,
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
