// The lab in the page: its worker, its storage, the other tabs, the address. Made when Lab, Compare or Learn is first opened; one for a studio.
import { DATABASE } from '../state/databaseName';
import { createLab, type Lab } from '../state/lab';
import { openLabShelf } from '../state/labShelf';
import { type Broadcast, jobLocks, labChannel } from '../state/labTabs';
import type { Studio } from '../state/studioActions';
import { startWorker } from '../worker/startWorker';
import studyAddress from '../worker/study.worker.ts?worker&url';
import type { StudyPort } from '../worker/studyClient';

const createWorker = (): StudyPort => startWorker(studyAddress, document.baseURI);

async function fetchStudyFile(name: string): Promise<string | null> {
  const response = await fetch(new URL(`./study/${name}`, document.baseURI));
  if (response.status === 404) return null;
  if (!response.ok) throw new Error(`HTTP ${response.status} for study/${name}.`);
  return response.text();
}

function openBroadcast(): Broadcast | null {
  try {
    return new BroadcastChannel('allo-studio.lab');
  } catch {
    return null;
  }
}

const labs = new WeakMap<Studio, Lab>();

/** The same lab every time. */
export function labOf(studio: Studio): Lab {
  const there = labs.get(studio);
  if (there) return there;
  const { store } = studio;
  const lab = createLab({
    createWorker,
    openShelf: () => openLabShelf(DATABASE),
    fetchStudyFile,
    locks: jobLocks(navigator.locks as LockManager | undefined),
    channel: labChannel(openBroadcast()),
    now: () => performance.now(),
    today: () => Date.now(),
    backend: () => store.getState().config.backend,
    choice: store.getState().lab,
    onChoice: studio.setLab,
  });
  lab.leaveRoom(store.getState().leavesRoom);
  store.subscribe(({ leavesRoom }, before) => {
    if (leavesRoom !== before.leavesRoom) lab.leaveRoom(leavesRoom);
  });
  lab.store.subscribe(({ queue }, before) => {
    if (queue.status !== before.queue.status) studio.setLabWorking(queue.status === 'running');
  });
  labs.set(studio, lab);
  return lab;
}
