// The methods lab's store and actions: results (recorded, own, from files), the queue, the choice. A vanilla zustand store; who works the
// queue off is labWork.ts, what is kept is labResults.ts, and whatever storage refuses is told (labTrouble.ts).
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BackendChoice } from '../core/config';
import type { StudyPort } from '../worker/studyClient';
import { MOST_MEGABYTES, readResults } from './labFiles';
import { EMPTY_QUEUE } from './labQueue';
import { createLabResults } from './labResults';
import type { LabShelf } from './labShelf';
import type { KnownResult, LabActions, LabChoice, LabState } from './labState';
import type { JobLocks, LabChannel } from './labTabs';
import { steadyShelf } from './labTrouble';
import { createLabWork } from './labWork';
import { type FetchStudyFile, loadRecordedStudy } from './recordedStudy';

export interface LabSurroundings {
  createWorker(): StudyPort;
  /** Rejects where the browser refuses storage. */
  openShelf(): Promise<LabShelf>;
  fetchStudyFile: FetchStudyFile;
  /** As chosen for training runs; asked for with every job. */
  backend(): BackendChoice;
  locks: JobLocks;
  channel: LabChannel;
  /** Milliseconds of a steady clock, and of the day. */
  now(): number;
  today(): number;
  /** As the address says, and where it hears of changes. */
  choice: LabChoice;
  onChoice(choice: LabChoice): void;
}

export interface Lab extends LabActions {
  store: StoreApi<LabState>;
  /** Rest between units of work, so that page and machine stay quick. */
  leaveRoom(leavesRoom: boolean): void;
}

const NEXT = 'Try again; own results and the queue are not touched by it.';

const removedText = (count: number): string => (count === 1 ? 'Removed one result.' : `Removed ${count} results.`);

/** Opens storage and loads the recorded results at once; starts no worker by itself. */
export function createLab(surroundings: LabSurroundings): Lab {
  const { locks, channel, createWorker, backend, now, today } = surroundings;
  const store = createStore<LabState>(() => ({
    results: new Map<string, KnownResult>(),
    recorded: { status: 'loading' },
    queue: EMPTY_QUEUE,
    trouble: null,
    undo: null,
    choice: surroundings.choice,
  }));
  const { getState: get, setState: set } = store;
  const shelf = steadyShelf(surroundings.openShelf, (trouble) => set({ trouble }));
  const results = createLabResults(shelf, channel, (known) => {
    set({ results: known });
    work.noteKnown();
  });

  const loadRecorded = async (): Promise<void> => {
    set({ recorded: { status: 'loading' } });
    try {
      results.takeRecorded(await loadRecordedStudy(surroundings.fetchStudyFile));
      set({ recorded: { status: 'ready' } });
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const message = `The recorded results could not be loaded: ${error.message.replace(/[.]?$/, '.')}`;
      set({ recorded: { status: 'failed', error: { message, next: NEXT, detail: error.stack ?? message } } });
    }
  };
  const loadKept = async (): Promise<void> => {
    const kept = await shelf.readAll();
    results.takeKept(kept.results);
    await work.offer(kept.jobs);
  };
  // Started a turn later, when everything here is there.
  const ready = Promise.resolve().then(async () => {
    await Promise.all([loadKept(), loadRecorded()]);
  });
  const work = createLabWork({
    ...{ results, shelf, locks, channel, createWorker, backend, now, today, ready },
    queue: () => get().queue,
    setQueue: (queue) => set({ queue }),
    known: () => get().results,
  });

  return {
    store,
    choose(change) {
      const { choice: before } = get();
      const { families } = before.scope;
      // Who looks at another family means to run that one.
      const follows = change.family && families.length === 1 && families[0] === before.family;
      const scope = follows ? { ...before.scope, families: [change.family!] } : before.scope;
      const choice = { ...before, scope, ...change };
      set({ choice });
      surroundings.onChoice(choice);
    },
    run: work.run,
    pause: work.pause,
    resume: work.resume,
    stop: work.stop,
    retry: work.retry,
    remove(keys) {
      const removed = results.remove(keys);
      if (removed.length > 0) set({ undo: { text: removedText(removed.length), results: removed } });
    },
    undoRemove() {
      const { undo } = get();
      set({ undo: null });
      if (undo) void results.keep(undo.results);
    },
    async importResults(file, name) {
      const megabytes = file.size / 2 ** 20;
      if (megabytes > MOST_MEGABYTES)
        throw new Error(
          `${name} has ${Math.ceil(megabytes)} MB; files of results up to ${MOST_MEGABYTES} MB are read.`,
        );
      const read = await readResults(await file.text(), name);
      // What is known is not loaded in the first moments, and would be taken for new.
      await ready;
      return results.takeFile(read);
    },
    loadRecorded,
    leaveRoom: work.leaveRoom,
  };
}
