// What saved runs ask of the studio: its runs, and how a stored one becomes one of them, to be looked at or to be gone on with.
import type { StoreApi } from 'zustand/vanilla';
import type { ResumeChange } from '../worker/protocol';
import type { TrainerClient } from '../worker/trainerClient';
import type { Bundles } from './bundles';
import type { RunLogs } from './runLogs';
import type { RunState } from './runState';
import type { SavedHost } from './savedActions';
import { shownLog, shownRun } from './savedState';
import type { Surroundings } from './studioActions';
import { activeRun, isOver, type LiveSettings, type StudioState } from './studioState';

/** Where a run that is opened from the browser's storage comes from, for people. */
const SAVED_HERE = 'the saved runs';

interface HostOptions {
  store: StoreApi<StudioState>;
  client: TrainerClient;
  bundles: Bundles;
  logs: RunLogs;
  surroundings: Surroundings;
  /** How far a run's clock is ahead of the page's, by run. */
  ahead: Map<string, number>;
  select(runId: string): void;
}

/** A scale that the run goes on with holds like one that somebody set while it was on. */
const liveOf = ({ changes, config }: RunState, { learningRateScale }: ResumeChange): LiveSettings | null =>
  learningRateScale === undefined
    ? null
    : { learningRateScale, beta: changes.findLast(({ beta }) => beta !== null)?.beta ?? config.beta };

export function savedHost({ store, client, bundles, logs, surroundings, ahead, select }: HostOptions): SavedHost {
  const { getState: get, setState: set } = store;
  const { memory, wallTime, after, now } = surroundings;
  const changeRun = (id: string, changed: Partial<RunState>): void =>
    set({ runs: get().runs.map((run) => (run.id === id ? { ...run, ...changed } : run)) });
  let heldBefore: string | null = null;
  return {
    openStore: surroundings.openRunStore,
    ...{ memory, wallTime, after, select },
    sessionRuns: () =>
      get().runs.map(({ id, name, phase, opened }) => ({ id, name, isOver: isOver(phase), isOpened: opened !== null })),
    workingRun() {
      const run = activeRun(get());
      return run && !isOver(run.phase) ? run.id : null;
    },
    renameRun: (id, name) => changeRun(id, { name }),
    selectedRun: () => get().selectedId,
    show: (run, options) => bundles.show(shownRun(run), SAVED_HERE, options),
    more: (runId, told) => bundles.more(runId, shownLog(told)),
    goOn(runId, savedId, change) {
      const { file, model, activeId } = get();
      const run = get().runs.find(({ id }) => id === runId);
      const started = run?.started;
      const isItsFile = file !== null && file.fileName === started?.dataName;
      const isItsModel = model !== null && JSON.stringify(model.config) === JSON.stringify(started?.model);
      // Its log is behind it: its clock goes on from there.
      ahead.set(runId, Math.max(0, (logs.get(runId).at(-1)?.at ?? 0) - now()));
      heldBefore = activeId;
      changeRun(runId, { phase: 'starting', opened: null, failure: null, modelName: isItsModel ? model.name : null });
      set({ activeId: runId, failure: null, live: run ? liveOf(run, change) : null, view: 'run' });
      const dataId = isItsFile ? file.dataId : null;
      client.continueRun(runId, {
        savedId,
        dataId,
        modelId: isItsModel ? model.modelId : null,
        paused: false,
        change,
      });
    },
    onlyLook(runId) {
      bundles.restore(runId, SAVED_HERE);
      if (get().activeId === runId) set({ activeId: heldBefore });
    },
    drop(runId) {
      const runs = get().runs.filter(({ id }) => id !== runId);
      const { selectedId, activeId } = get();
      set({
        runs,
        selectedId: selectedId === runId ? (runs.at(-1)?.id ?? null) : selectedId,
        activeId: activeId === runId ? null : activeId,
      });
    },
    toCurves: () => set({ view: 'curves' }),
    unreadable({ runId, savedId, name }, failure) {
      if (runId) changeRun(runId, { failure: { ...failure, resumable: false } });
      else set({ failure: { name: `Run ${name}`, error: failure, savedId }, view: 'run' });
    },
    saveNow: (runId) => client.save(runId),
    unsave: (runId) => client.unsave(runId),
    resume: (runId) => client.resume(runId),
    bundle: (runId) => bundles.save(runId, new Date(wallTime())),
  };
}
