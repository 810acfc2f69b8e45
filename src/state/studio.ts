// The studio's one store: settings of the next run, this session's runs, the imported file, the backend, the view.
// A vanilla zustand store with its actions; worker messages wait in a queue (updateQueue.ts).
import { createStore } from 'zustand/vanilla';
import type { FieldName } from '../core/config';
import type { Mapping } from '../core/data/table/mapping';
import { isLarge, type RunEvent } from '../core/events';
import { parseConfig } from '../core/parseConfig';
import { IMPORT_SEQUENCE, presetConfig } from '../core/presets';
import { createAtlasClient } from '../worker/atlasClient';
import type { BroughtModel, ImportAnswer, WorkerError } from '../worker/protocol';
import { createTrainerClient } from '../worker/trainerClient';
import { createBundles, withRoom } from './bundles';
import { importInputs } from './importSettings';
import { createModels } from './models';
import { momentName, movedMoment } from './moments';
import { changeChoice } from './neuronsChoice';
import { createRecords } from './records';
import { createRunLogs } from './runLogs';
import { runName } from './runName';
import { createRunState, type RunState } from './runState';
import type { SavedListener } from './savedActions';
import { savedHost } from './savedHost';
import { createSavedRuns } from './savedRuns';
import { capBytesOf } from './snapshotCap';
import { createSnapshotStore } from './snapshotStore';
import type { Studio, Surroundings } from './studioActions';
import { NO_DATA, NO_MODEL, OTHER_TOKENS, toError } from './studioFailures';
import { activeRun, firstState, type ImportState, isOver, type StudioState, selectedRun } from './studioState';
import { applyUpdate, findAddressed, type Queued, type Update } from './studioUpdates';
import { withoutItems } from './tokensChoice';
import { createUpdateQueue } from './updateQueue';

/** Runs kept in a session: each holds its masks and answers, and has a colour of its own. */
const MAX_RUNS = 6;

const NOTHING_IMPORTED: { importing: ImportState; file: File | null } = { importing: { status: 'none' }, file: null };

/** The first that none of the runs has. */
function freeSlot(runs: readonly RunState[]): number {
  let slot = 0;
  while (runs.some((run) => run.slot === slot)) slot++;
  return slot;
}

/** Builds the studio. `search` is the address's query string. Starts no worker by itself. */
export function createStudio(search: string, surroundings: Surroundings): Studio {
  const { memory, now } = surroundings;
  const store = createStore<StudioState>(() => firstState(search, memory, surroundings.isolation));
  const { getState: get, setState: set } = store;

  /** What the messages of a piece have made of the state so far. */
  let next: StudioState | null = null;
  const queue = createUpdateQueue<Queued>({
    ...{ schedule: surroundings.schedule, now },
    take: (item) => {
      next = applyUpdate(next ?? get(), item);
    },
    show() {
      set(findAddressed(next!));
      next = null;
    },
  });
  const logs = createRunLogs();
  /** How far a run's clock is ahead of the page's: one that goes on from a save has its log behind it. */
  const ahead = new Map<string, number>();
  const enqueue = (runId: string, update: Update): void => {
    const at = now() + (ahead.get(runId) ?? 0);
    queue.add({ runId, at, update });
    if (get().runs.some(({ id }) => id === runId)) logs.add(runId, at, update);
  };
  const atlas = createAtlasClient(surroundings.createAtlas, (holdings) => set({ atlas: holdings }));
  const capBytes = capBytesOf(get().snapshotMegabytes);
  const snapshots = createSnapshotStore({ capBytes, openShelf: surroundings.openShelf });
  /** Log-probs go to the snapshot store and large arrays to the atlas; the state never sees them. */
  const share = (runId: string, events: readonly RunEvent[]): void => {
    saving().works(runId);
    const isKnown = get().runs.some(({ id }) => id === runId);
    for (const event of events) {
      if (!isKnown) break;
      if (event.type === 'tokenizer') logs.setTokenizer(runId, event.files);
      if (event.type === 'snapshot')
        snapshots.put(runId, momentName(event), { policy: event.policy, reference: event.reference });
    }
    const small = events.filter((event) => !isLarge(event) && event.type !== 'tokenizer');
    if (small.length > 0) enqueue(runId, { kind: 'events', events: small });
    const large = events.filter((event) => isLarge(event) || event.type === 'mask' || event.type === 'run.started');
    const name = get().runs.find((run) => run.id === runId)?.name ?? runId;
    if (large.length > 0) atlas.take(runId, name, large);
  };
  store.subscribe(({ runs }, before) => {
    if (runs === before.runs) return;
    for (const { id } of before.runs) {
      if (runs.some((run) => run.id === id)) continue;
      snapshots.drop(id);
      logs.drop(id);
      ahead.delete(id);
    }
  });
  const saving = (): SavedListener => saved.listener;
  const client = createTrainerClient(surroundings.createWorker, {
    onEvents: share,
    onPhase(runId, phase) {
      // It is said to be running before it is known whether it can go on.
      if (phase !== 'running') saving().works(runId);
      enqueue(runId, { kind: 'phase', phase });
    },
    onFailed(runId, error, resumable) {
      if (saving().refused(runId, error)) return;
      saving().failed(runId, error);
      enqueue(runId, { kind: 'failed', failure: { ...error, resumable } });
    },
    onSaved: (runId, facts) => saving().saved(runId, facts),
    onSaveTrouble: (runId, trouble) => saving().trouble(runId, trouble),
    onLoading: (runId, progress) => set({ loading: progress && { runId, progress } }),
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
  const nextId = (): string => `run-${++started}`;
  /** True when nothing is in a run's way; otherwise says what is, where it can be mended. */
  const mayStart = (): boolean => {
    const { file, model, wantsModel } = get();
    const refuse = (name: string, error: WorkerError): false => {
      set({ failure: { name, error }, view: 'run' });
      return false;
    };
    if (wantsModel && !model) return refuse('A run on your own model', NO_MODEL);
    if (model && file?.modelId !== model.modelId)
      return refuse(`A run on ${model.name}`, file ? OTHER_TOKENS : NO_DATA);
    return true;
  };
  const start = ({ paused = false } = {}): boolean => {
    if (!mayStart()) return false;
    const { config, file, model, runs, tokens } = get();
    const id = nextId();
    const name = runName(
      config.seed,
      runs.map((run) => run.name),
    );
    const kept = runs.slice(-(MAX_RUNS - 1));
    const run = { ...createRunState(id, name, config, freeSlot(kept)), modelName: model?.name ?? null };
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
    client.start(id, config, {
      dataId: file?.dataId ?? null,
      modelId: model?.modelId ?? null,
      paused,
      saved: saved.listener.begin(id, name),
    });
    return true;
  };

  const bundles = createBundles({
    ...{ store, atlas, snapshots, logs, nextId },
    rest: () => new Promise((resolve) => setTimeout(resolve)),
    now,
    add({ id, name: wanted, config }, { isSelected }) {
      const runs = withRoom(get(), MAX_RUNS);
      const taken = runs.map((run) => run.name);
      const name = taken.includes(wanted) ? runName(config.seed, taken) : wanted;
      const run = createRunState(id, name, config, freeSlot(runs));
      set({ runs: [...runs, run] });
      // Without another run there is nothing else to look at.
      if (isSelected || !selectedRun(get())) set({ selectedId: id, moment: null, tokens: withoutItems(get().tokens) });
      return run;
    },
  });

  const select = (selectedId: string): void =>
    set({ selectedId, moment: null, at: null, tokens: withoutItems(get().tokens) });
  const saved = createSavedRuns(savedHost({ store, client, bundles, logs, surroundings, ahead, select }));

  const onActive = (act: (run: RunState) => void): void => {
    const run = activeRun(get());
    if (run && !isOver(run.phase)) act(run);
  };

  let importedFile: File | null = null;
  /** The file of the next run, to be read again where its tokens change. */
  let takenFile: { file: File; mapping: Mapping | null } | null = null;
  let reads = 0;
  const askWorker = (file: File, mapping: Mapping | null, recordsOnly: boolean): Promise<ImportAnswer> => {
    const { config, model } = get();
    const maxSequence = Math.min(IMPORT_SEQUENCE, model?.config.maxPositions ?? IMPORT_SEQUENCE);
    const { vocabularySize } = config;
    const options = { vocabularySize, maxSequence, mapping, modelId: model?.modelId ?? null, recordsOnly };
    return client.importFile(file, file.name, options);
  };
  const records = createRecords({ store, read: (file) => askWorker(file, null, true), toError });
  /** Reads the file; of several reads only the last one counts. Of records `before` stays as it was. */
  const readImport = async (file: File, mapping: Mapping | null, before = NOTHING_IMPORTED): Promise<void> => {
    importedFile = file;
    const read = ++reads;
    const isCurrent = () => read === reads;
    try {
      const answer = await askWorker(file, mapping, false);
      if (!isCurrent()) return;
      if (answer.status !== 'records') set({ importing: { ...answer, isReading: false } });
      else {
        importedFile = before.file;
        set({ importing: before.importing });
        records.take(file, answer.records);
      }
    } catch (error) {
      if (isCurrent()) set({ importing: { status: 'failed', fileName: file.name, error: toError(error) } });
    }
  };
  const importFile = (file: File, mapping: Mapping | null = null): Promise<void> => {
    const { importing } = get();
    const isAtRest = (importing.status === 'preview' || importing.status === 'mapping') && !importing.isReading;
    const before = isAtRest ? { importing, file: importedFile } : NOTHING_IMPORTED;
    set({ importing: { status: 'reading', fileName: file.name, bytes: file.size }, view: 'run' });
    return readImport(file, mapping, before);
  };
  const mapImport = async (mapping: Mapping): Promise<void> => {
    const { importing } = get();
    if (!importedFile) return;
    if (importing.status === 'mapping') {
      set({ importing: { ...importing, table: { ...importing.table, mapping }, isReading: true } });
    } else if (importing.status === 'preview' && importing.preview.table) {
      const table = { ...importing.preview.table, mapping };
      set({ importing: { ...importing, preview: { ...importing.preview, table }, isReading: true } });
    } else return;
    await readImport(importedFile, mapping);
  };
  const endImport = (): void => {
    reads++;
    importedFile = null;
    set({ importing: { status: 'none' } });
  };

  const takeImport = (): void => {
    const { importing, model } = get();
    if (importing.status !== 'preview' || importing.isReading) return;
    const { preview } = importing;
    if (!get().file) builtinInputs = get().inputs;
    takenFile = importedFile && { file: importedFile, mapping: preview.table?.mapping ?? null };
    set({ file: preview });
    endImport();
    setInputs(importInputs(preview, get().inputs, model));
  };

  /** The data file becomes another one in the new model's tokens; of a preview that is open the same is shown anew. */
  const followModel = async (model: BroughtModel | null): Promise<void> => {
    const { file, importing } = get();
    if (importing.status === 'preview' && importedFile) {
      set({ importing: { ...importing, isReading: true } });
      await readImport(importedFile, importing.preview.table?.mapping ?? null);
    } else if (file && takenFile && file.modelId !== (model?.modelId ?? null)) {
      set({ importing: { status: 'reading', fileName: takenFile.file.name, bytes: takenFile.file.size } });
      const again = takenFile;
      await readImport(again.file, again.mapping);
      // Unless another file has been chosen meanwhile.
      if (importedFile === again.file) takeImport();
    }
  };
  const models = createModels({
    ...{ store, client, toError },
    onModel(model) {
      void followModel(model);
      void records.followModel();
    },
  });

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
    bundles,
    saved,
    models,
    records,
    setMoment: (moment) => set({ moment, at: null }),
    moveMoment(by) {
      const run = selectedRun(get());
      if (run) set({ moment: movedMoment(run.moments, get().moment, by), at: null });
    },
    setNeurons: (change) => set({ neurons: changeChoice(get().neurons, change) }),
    setInspect: (inspect) => set({ inspect }),
    setTokens: (change) => set({ tokens: { ...get().tokens, ...change } }),
    setCurves(change) {
      const curves = { ...get().curves, ...change };
      set({ curves });
      memory.saveCurves(curves);
    },
    setLab: (lab) => set({ lab }),
    setLabWorking: (isLabWorking) => set({ isLabWorking }),
    setCompare: (change) => set({ compare: { ...get().compare, ...change } }),
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
    setSnapshotMegabytes(snapshotMegabytes) {
      set({ snapshotMegabytes });
      memory.saveSnapshotMegabytes(snapshotMegabytes);
      snapshots.setCap(capBytesOf(snapshotMegabytes));
    },
    setSettingsOpen: (settingsOpen) => set({ settingsOpen, settingsAt: null }),
    openSettingsAt: (field) => set({ settingsOpen: true, settingsAt: { field } }),
    setRecorded: (recorded) => set({ recorded }),
    setVerdicts: (verdicts) => set({ verdicts }),
    wantModel: (wantsModel) => set({ wantsModel }),
    start,
    newSeed() {
      if (!mayStart()) return;
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
    selectRun: select,
    importFile,
    mapImport,
    takeImport,
    dropImport: endImport,
    useBuiltin() {
      takenFile = null;
      set({ file: null });
      setInputs({ ...builtinInputs });
    },
    checkBackend,
  };
}
