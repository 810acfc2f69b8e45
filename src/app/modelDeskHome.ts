// The model desk in the page: its network, its storage, its clock. Nothing is opened or asked before somebody does.
import { createHubShelf } from '../state/hubShelf';
import { createModelDesk, type ModelDesk } from '../state/modelDesk';
import type { Memory } from '../state/storage';
import type { Studio } from '../state/studioActions';
import { NO_MODEL } from '../state/studioFailures';
import { openHubFrame } from './hubFrame';

const DATABASE = 'allo-studio.models';

/** Ends early, without an error, when the signal aborts. */
const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });

/** Pages over plain http have no locks; there every tab works for itself. */
async function alone(key: string, work: () => Promise<void>): Promise<boolean> {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) {
    await work();
    return true;
  }
  return locks.request(`allo-studio.hub ${key}`, { ifAvailable: true }, async (lock) => {
    if (lock) await work();
    return lock !== null;
  });
}

export function createDesk(studio: Studio, memory: Memory): ModelDesk {
  const storage = navigator.storage as StorageManager | undefined;
  const desk = createModelDesk({
    ...{ memory, alone, wait },
    store: createHubShelf(DATABASE, storage ? () => storage.estimate() : null),
    connect: openHubFrame,
    now: () => Date.now(),
    async open(files, name) {
      const { model: before } = studio.store.getState();
      await studio.models.open(files, name);
      const { model } = studio.store.getState();
      return model !== null && model !== before;
    },
    drop: studio.models.drop,
  });
  // A run that begins is what there is to look at.
  studio.store.subscribe(({ activeId, failure, model, wantsModel }, before) => {
    if (activeId !== before.activeId) desk.show(false);
    if (failure?.error !== NO_MODEL) return;
    // A start that lacked a model leads to where one is opened.
    if (failure !== before.failure) desk.show(true);
    else if (model || !wantsModel) studio.dismissFailure();
  });
  desk.store.subscribe(({ isOpen }, before) => {
    if (isOpen !== before.isOpen) studio.wantModel(isOpen);
  });
  return desk;
}
