// The studio's one store: settings of the next run, this session's runs, the imported file, the backend, the view.
// A vanilla zustand store with its actions; worker messages wait in a queue and are published at most once a frame.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { FieldName, Preset, RunConfig } from '../core/config';
import { type BackendReport, isLarge, type RunEvent, type TimedStage } from '../core/events';
import { type ConfigProblem, parseConfig } from '../core/parseConfig';
import { IMPORT_SEQUENCE, presetConfig } from '../core/presets';
import type { Isolation } from '../isolation/bringIsolation';
import { type AtlasClient, type AtlasPort, createAtlasClient } from '../worker/atlasClient';
import { EMPTY_HOLDINGS, type Holdings } from '../worker/atlasProtocol';
import type { ImportPreview, WorkerError } from '../worker/protocol';
import { createTrainerClient, RequestError, type TrainerClient, type WorkerPort } from '../worker/trainerClient';
import type { CurvesChoice } from './curvesChoice';
import { importInputs } from './importSettings';
import { type MomentPlace, momentName, movedMoment } from './moments';
import { changeChoice, type NeuronsChoice } from './neuronsChoice';
import type { RecordedRun } from './recorded';
import { runName } from './runName';
import { createRunState, type RunState } from './runState';
import type { Shelf } from './snapshotShelf';
import { createSnapshotStore, SNAPSHOT_CAP, type SnapshotStore } from './snapshotStore';
import type { Memory, Theme } from './storage';
import { applyUpdate, findAddressed, type Queued, type Update } from './studioUpdates';
import { type TokensChoice, withoutItems } from './tokensChoice';
import { parseUrl, type ViewName } from './urlState';

export type ImportState =
  | { status: 'none' }
  | { status: 'reading'; fileName: string; bytes: number }
  | { status: 'preview'; preview: ImportPreview }
  | { status: 'failed'; fileName: string; error: WorkerError };

export type BackendState =
  | { status: 'unknown' }
  | { status: 'checking' }
  | { status: 'known'; report: BackendReport }
  | { status: 'failed'; error: WorkerError };

/** What can be changed while a run is on; it holds from its next update. */
export interface LiveSettings {
  /** Times the scheduled learning rate. */
  learningRateScale: number;
  beta: number;
}

export type SlowMotion = 'off' | 'waiting' | 'going';

export interface StudioState {
  /** Settings as typed: only those that were touched. `config` and `problems` follow from them. */
  inputs: Readonly<Record<string, string>>;
  config: RunConfig;
  problems: readonly ConfigProblem[];
  /** What was wrong in the address, until dismissed. */
  addressProblems: readonly ConfigProblem[];
  view: ViewName;
  theme: Theme;
  /** Training rests between its steps, for page and machine. */
  leavesRoom: boolean;
  settingsOpen: boolean;
  /** Oldest first. */
  runs: readonly RunState[];
  selectedId: string | null;
  /** The run that the worker holds: transport and Try act on it. */
  activeId: string | null;
  /** A run that failed before it showed anything: its error, beside what is still there. */
  failure: { name: string; error: WorkerError } | null;
  importing: ImportState;
  /** The file the next run trains on; null = the built-in tasks. */
  file: ImportPreview | null;
  backend: BackendState;
  /** Settled before the page was shown. */
  isolation: Isolation;
  recorded: RecordedRun | null;
  /** The place on the selected run's time line that every view shows; null: the latest. */
  moment: number | null;
  /** The moment that the address asks for, until the run has it. */
  at: MomentPlace | null;
  /** Slow motion: off, or on, and then going from update to update or waiting for a key. */
  slow: SlowMotion;
  /** Settings changed during the active run; null: none were. */
  live: LiveSettings | null;
  /** What the atlas worker has of this session's runs. */
  atlas: Holdings;
  neurons: NeuronsChoice;
  tokens: TokensChoice;
  curves: CurvesChoice;
}

export interface Surroundings {
  createWorker(): WorkerPort;
  createAtlas(): AtlasPort;
  memory: Memory;
  isolation: Isolation;
  /** Calls back before the next paint (or soon, when the page is hidden). */
  schedule(publish: () => void): void;
  now(): number;
  /** A fresh seed. */
  drawSeed(): number;
  /** Storage for snapshots over the cap; rejects where it is refused. */
  openShelf(): Promise<Shelf>;
}

export interface Studio {
  store: StoreApi<StudioState>;
  client: TrainerClient;
  atlas: AtlasClient;
  /** Log-probs of the time line's moments. */
  snapshots: SnapshotStore;
  setMoment(moment: number | null): void;
  /** To a neighbour on the time line, or by more. */
  moveMoment(by: number): void;
  setNeurons(change: Partial<NeuronsChoice>): void;
  setTokens(change: Partial<TokensChoice>): void;
  setCurves(change: Partial<CurvesChoice>): void;
  setField(name: FieldName, text: string): void;
  resetField(name: FieldName): void;
  resetFields(): void;
  choosePreset(preset: Preset): void;
  dismissProblems(): void;
  dismissFailure(): void;
  setView(view: ViewName): void;
  setTheme(theme: Theme): void;
  setLeavesRoom(leavesRoom: boolean): void;
  setSettingsOpen(open: boolean): void;
  setRecorded(recorded: RecordedRun): void;
  /** A new run with the settings as they stand. */
  start(options?: { paused?: boolean }): void;
  newSeed(): void;
  pause(): void;
  resume(): void;
  step(options?: { anatomy: boolean }): void;
  /** On to the end of the present stage. */
  stageEnd(): void;
  /** One stage of the run that the worker holds, once more from its entry. */
  only(stage: TimedStage): void;
  setLive(settings: LiveSettings): void;
  setSlow(slow: SlowMotion): void;
  stop(): void;
  selectRun(id: string): void;
  importFile(file: File): Promise<void>;
  takeImport(): void;
  dropImport(): void;
  useBuiltin(): void;
  checkBackend(): Promise<void>;
}

/** Runs kept in a session: each holds its masks and answers, and has a colour of its own. */
const MAX_RUNS = 6;

/** The first that none of the runs has. */
function freeSlot(runs: readonly RunState[]): number {
  let slot = 0;
  while (runs.some((run) => run.slot === slot)) slot++;
  return slot;
}

export const isOver = (phase: RunState['phase']): boolean =>
  phase === 'done' || phase === 'stopped' || phase === 'failed';
export const selectedRun = (state: StudioState): RunState | null =>
  state.runs.find((run) => run.id === state.selectedId) ?? null;
export const activeRun = (state: StudioState): RunState | null =>
  state.runs.find((run) => run.id === state.activeId) ?? null;

const toError = (thrown: unknown): WorkerError => {
  if (thrown instanceof RequestError) return { message: thrown.message, next: thrown.next, detail: thrown.detail };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { message, next: 'Reload the page.', detail: message };
};

/** The first state: the address wins over what is remembered, and that over the defaults. */
function firstState(search: string, { memory, isolation }: Surroundings): StudioState {
  const url = parseUrl(search);
  const inputs = Object.keys(url.inputs).length > 0 ? url.inputs : memory.settings();
  const { config } = parseConfig(inputs);
  return {
    inputs,
    config,
    problems: [],
    addressProblems: url.problems,
    view: url.view,
    theme: memory.theme(),
    leavesRoom: memory.leavesRoom(),
    settingsOpen: false,
    runs: [],
    selectedId: null,
    activeId: null,
    failure: null,
    importing: { status: 'none' },
    file: null,
    backend: { status: 'unknown' },
    isolation,
    recorded: null,
    moment: null,
    at: url.at,
    slow: 'off',
    live: null,
    atlas: EMPTY_HOLDINGS,
    neurons: url.neurons,
    tokens: url.tokens,
    curves: { ...memory.curves(), ...url.curves },
  };
}

/** Builds the studio. `search` is the address's query string. Starts no worker by itself. */
export function createStudio(search: string, surroundings: Surroundings): Studio {
  const { memory, now } = surroundings;
  const store = createStore<StudioState>(() => firstState(search, surroundings));
  const { getState: get, setState: set } = store;

  let queue: Queued[] = [];
  const publish = (): void => {
    const batch = queue;
    queue = [];
    set(findAddressed(batch.reduce(applyUpdate, get())));
  };
  const enqueue = (runId: string, update: Update): void => {
    queue.push({ runId, at: now(), update });
    if (queue.length === 1) surroundings.schedule(publish);
  };
  const atlas = createAtlasClient(surroundings.createAtlas, (holdings) => set({ atlas: holdings }));
  const snapshots = createSnapshotStore({ capBytes: SNAPSHOT_CAP, openShelf: surroundings.openShelf });
  /** Log-probs go to the snapshot store and large arrays to the atlas; the state never sees them. */
  const share = (runId: string, events: readonly RunEvent[]): void => {
    for (const event of events) {
      const isKnown = event.type === 'snapshot' && get().runs.some(({ id }) => id === runId);
      if (isKnown) snapshots.put(runId, momentName(event), { policy: event.policy, reference: event.reference });
    }
    const small = events.filter((event) => !isLarge(event));
    if (small.length > 0) enqueue(runId, { kind: 'events', events: small });
    const large = events.filter((event) => isLarge(event) || event.type === 'mask' || event.type === 'run.started');
    const name = get().runs.find((run) => run.id === runId)?.name ?? runId;
    if (large.length > 0) atlas.take(runId, name, large);
  };
  store.subscribe(({ runs }, before) => {
    if (runs === before.runs) return;
    for (const { id } of before.runs) if (!runs.some((run) => run.id === id)) snapshots.drop(id);
  });
  const client = createTrainerClient(surroundings.createWorker, {
    onEvents: share,
    onPhase: (runId, phase) => enqueue(runId, { kind: 'phase', phase }),
    onFailed: (runId, error) => enqueue(runId, { kind: 'failed', error }),
  });

  client.leaveRoom(get().leavesRoom);

  const setInputs = (inputs: Record<string, string>): void => {
    const { config, problems } = parseConfig(inputs);
    set({ inputs, config, problems });
    // Settings that fit a file are of no use without it.
    if (!get().file) memory.saveSettings(inputs);
  };
  let builtinInputs: Readonly<Record<string, string>> = {};
  const setField = (name: FieldName, text: string): void => setInputs({ ...get().inputs, [name]: text });
  const without = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(Object.entries(get().inputs).filter(([name]) => !names.includes(name)));

  let started = 0;
  const start = ({ paused = false } = {}): void => {
    const { config, file, runs, tokens } = get();
    const id = `run-${++started}`;
    const name = runName(
      config.seed,
      runs.map((run) => run.name),
    );
    const kept = runs.slice(-(MAX_RUNS - 1));
    const run = createRunState(id, name, config, freeSlot(kept));
    set({
      runs: [...kept, run],
      selectedId: id,
      activeId: id,
      failure: null,
      moment: null,
      live: null,
      // The first run may be the one that the address speaks of.
      tokens: runs.length > 0 ? withoutItems(tokens) : tokens,
    });
    client.start(id, config, { dataId: file?.dataId ?? null, paused });
  };

  const onActive = (act: (run: RunState) => void): void => {
    const run = activeRun(get());
    if (run && !isOver(run.phase)) act(run);
  };

  const importFile = async (file: File): Promise<void> => {
    const fileName = file.name;
    set({ importing: { status: 'reading', fileName, bytes: file.size }, view: 'run' });
    const isCurrent = () => {
      const { importing } = get();
      return importing.status === 'reading' && importing.fileName === fileName;
    };
    try {
      const limits = { vocabularySize: get().config.vocabularySize, maxSequence: IMPORT_SEQUENCE };
      const preview = await client.importFile(file, fileName, limits);
      if (isCurrent()) set({ importing: { status: 'preview', preview } });
    } catch (error) {
      if (isCurrent()) set({ importing: { status: 'failed', fileName, error: toError(error) } });
    }
  };

  const checkBackend = async (): Promise<void> => {
    set({ backend: { status: 'checking' } });
    try {
      const report = await client.checkBackend(get().config.backend);
      set({ backend: { status: 'known', report } });
    } catch (error) {
      set({ backend: { status: 'failed', error: toError(error) } });
    }
  };

  return {
    store,
    client,
    atlas,
    snapshots,
    setMoment: (moment) => set({ moment, at: null }),
    moveMoment(by) {
      const run = selectedRun(get());
      if (run) set({ moment: movedMoment(run.moments, get().moment, by), at: null });
    },
    setNeurons: (change) => set({ neurons: changeChoice(get().neurons, change) }),
    setTokens: (change) => set({ tokens: { ...get().tokens, ...change } }),
    setCurves(change) {
      const curves = { ...get().curves, ...change };
      set({ curves });
      memory.saveCurves(curves);
    },
    setField,
    resetField: (name) => setInputs(without([name])),
    resetFields: () => setInputs({}),
    choosePreset(preset) {
      const kept = ['family', 'seed', 'backend', 'arm', 'styleBias'];
      const inputs = Object.fromEntries(Object.entries(get().inputs).filter(([name]) => kept.includes(name)));
      setInputs(preset === presetConfig().preset ? inputs : { ...inputs, preset });
    },
    dismissProblems: () => set({ addressProblems: [] }),
    dismissFailure: () => set({ failure: null }),
    setView: (view) => set({ view }),
    setTheme(theme) {
      set({ theme });
      memory.saveTheme(theme);
    },
    setLeavesRoom(leavesRoom) {
      set({ leavesRoom });
      memory.saveLeavesRoom(leavesRoom);
      client.leaveRoom(leavesRoom);
    },
    setSettingsOpen: (settingsOpen) => set({ settingsOpen }),
    setRecorded: (recorded) => set({ recorded }),
    start,
    newSeed() {
      setField('seed', String(surroundings.drawSeed()));
      start();
    },
    pause: () => onActive((run) => client.pause(run.id)),
    resume: () => onActive((run) => client.resume(run.id)),
    step(options) {
      const run = activeRun(get());
      if (!run || isOver(run.phase)) start({ paused: true });
      const anatomy = options?.anatomy ?? get().slow !== 'off';
      onActive((active) => client.step(active.id, { anatomy }));
    },
    stageEnd() {
      const run = activeRun(get());
      if (!run || isOver(run.phase)) start({ paused: true });
      onActive((active) => client.stageEnd(active.id));
    },
    only(stage) {
      const run = activeRun(get());
      if (!run) return;
      set({ selectedId: run.id, moment: null, at: null });
      const slowly = get().slow !== 'off';
      if (slowly) set({ slow: 'going' });
      client.only(run.id, stage, slowly);
    },
    setSlow: (slow) => set({ slow }),
    setLive: (live) =>
      onActive((run) => {
        set({ live });
        client.set(run.id, live);
      }),
    stop: () => onActive((run) => client.stop(run.id)),
    selectRun: (selectedId) => set({ selectedId, moment: null, at: null, tokens: withoutItems(get().tokens) }),
    importFile,
    takeImport() {
      const { importing } = get();
      if (importing.status !== 'preview') return;
      if (!get().file) builtinInputs = get().inputs;
      set({ file: importing.preview, importing: { status: 'none' } });
      setInputs(importInputs(importing.preview, get().inputs));
    },
    dropImport: () => set({ importing: { status: 'none' } }),
    useBuiltin() {
      set({ file: null });
      setInputs({ ...builtinInputs });
    },
    checkBackend,
  };
}
