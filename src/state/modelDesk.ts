// Where a model of somebody's own comes from: a folder, a hub that the person names, the browser's store of downloaded models. Opening it is
// models.ts's; here its files are found, and kept so that a closed model can be had back.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { downloadModel, type HubProgress } from '../core/files/hub';
import { addressKey, parseHubAddress } from '../core/files/hubAddress';
import { HubError } from '../core/files/hubError';
import { cachedFiles, cachedModels, type HubModel, parseModel, stored } from '../core/files/hubStore';
import type { HubTools } from '../core/files/hubTransfer';
import type { ModelFile } from '../worker/protocol';
import { folderName } from './models';
import type { Memory } from './storage';

export interface DeskError {
  message: string;
  next: string;
}

export type Download =
  | { status: 'none' }
  | { status: 'running'; id: string; progress: HubProgress | null }
  | { status: 'failed'; id: string; error: DeskError };

export interface NamedFiles {
  name: string | null;
  files: readonly ModelFile[];
}

export interface DeskState {
  /** Its panel is shown. */
  isOpen: boolean;
  /** Something has happened in it that the person should see: it takes the focus once. */
  wantsFocus: boolean;
  /** Of the hub; '' as long as nobody has named one. */
  base: string;
  download: Download;
  /** Downloaded models, complete or not; null before anybody looked. */
  cached: readonly HubModel[] | null;
  cacheError: DeskError | null;
  /** The files of the model that was opened last. */
  opened: NamedFiles | null;
  /** Those of the model that was closed, to have it back. */
  closed: NamedFiles | null;
}

export interface ModelDesk {
  store: StoreApi<DeskState>;
  show(isOpen: boolean): void;
  /** The panel has taken the focus. */
  focused(): void;
  /** A folder's files, each with its path in what was dropped or chosen. */
  openFiles(files: readonly { path: string; file: Blob }[]): Promise<void>;
  /** Downloads what is missing of the model and opens it; what goes wrong is told in `download`. */
  download(base: string, model: string, revision: string): Promise<void>;
  cancelDownload(): void;
  dismissDownload(): void;
  /** Looks what is stored. */
  look(): Promise<void>;
  /** Opens a complete model without asking anybody; goes on with the download of another. */
  openCached(model: HubModel): Promise<void>;
  deleteCached(model: HubModel): Promise<void>;
  /** Closes the open model; `undo` opens it again. */
  close(): void;
  undo(): Promise<void>;
}

/** The way to a hub, while a download is on. */
export interface HubLine extends Pick<HubTools, 'fetch'> {
  close(): void;
}

export interface DeskOptions extends Omit<HubTools, 'signal' | 'fetch'> {
  /** Called when somebody wants a model that is not here; its network is closed as soon as that ends. Throws HubError. */
  connect(): Promise<HubLine>;
  memory: Pick<Memory, 'hubBase' | 'saveHubBase'>;
  /** Whether the model is open now; otherwise the studio tells why, and the one before stays. */
  open(files: readonly ModelFile[], name: string | null): Promise<boolean>;
  drop(): void;
  /** Runs the work unless another tab works on the same key; false: it does. */
  alone(key: string, work: () => Promise<void>): Promise<boolean>;
}

const NONE: Download = { status: 'none' };
const ELSEWHERE: DeskError = {
  message: 'Another tab is downloading this model.',
  next: 'Let it finish there, then open the model here.',
};

function toError(thrown: unknown): DeskError {
  if (thrown instanceof HubError) return { message: thrown.message, next: thrown.next };
  return { message: thrown instanceof Error ? thrown.message : String(thrown), next: 'Reload the page and try again.' };
}

/** Files in the folder itself, not in folders below it. */
const isAtTop = (path: string): boolean => path.split('/').length <= 2;

export function createModelDesk({ memory, open, drop, alone, connect, ...tools }: DeskOptions): ModelDesk {
  const store = createStore<DeskState>(() => ({
    ...{ isOpen: false, wantsFocus: false, base: memory.hubBase(), download: NONE },
    ...{ cached: null, cacheError: null, opened: null, closed: null },
  }));
  const { getState: get, setState: set } = store;
  let controller: AbortController | null = null;

  const openNamed = async (named: NamedFiles): Promise<void> => {
    set({ isOpen: true, wantsFocus: true });
    if (await open(named.files, named.name)) set({ opened: named, closed: null });
  };
  const openStored = async (model: HubModel): Promise<void> =>
    openNamed({ name: model.id, files: await cachedFiles(tools.store, model) });

  const look = async (): Promise<void> => {
    try {
      set({ cached: await cachedModels(tools.store), cacheError: null });
    } catch (thrown) {
      set({ cached: [], cacheError: toError(thrown) });
    }
  };

  const bring = async (base: string, id: string, revision: string): Promise<void> => {
    if (get().download.status === 'running') return;
    const mine = new AbortController();
    controller = mine;
    const tell = (download: Download): void => {
      if (controller === mine) set({ download });
    };
    try {
      const address = parseHubAddress(base, id, revision);
      memory.saveHubBase(address.base);
      set({ base: address.base });
      const shown = address.id;
      tell({ status: 'running', id: shown, progress: null });
      const onProgress = (progress: HubProgress): void => tell({ status: 'running', id: shown, progress });
      const isMine = await alone(addressKey(address), async () => {
        const line = await connect();
        const { fetch } = line;
        const options = { ...tools, fetch, signal: mine.signal, onProgress };
        const model = await downloadModel(address, options).finally(line.close);
        await look();
        tell(NONE);
        await openStored(model);
      });
      if (!isMine) tell({ status: 'failed', id: shown, error: ELSEWHERE });
    } catch (thrown) {
      tell({ status: 'failed', id, error: toError(thrown) });
      await look();
    } finally {
      if (controller === mine) controller = null;
    }
  };

  return {
    store,
    look,
    show: (isOpen) => set({ isOpen, wantsFocus: isOpen }),
    focused: () => set({ wantsFocus: false }),
    async openFiles(files) {
      const top = files.filter(({ path }) => isAtTop(path));
      const name = folderName(top.map(({ path }) => path));
      const plain = top.map(({ path, file }) => ({ name: path.slice(path.lastIndexOf('/') + 1), blob: file }));
      await openNamed({ name, files: plain });
    },
    download: bring,
    cancelDownload: () => controller?.abort(),
    dismissDownload: () => set({ download: NONE }),
    async openCached(model) {
      if (!model.isComplete) return bring(model.base, model.id, model.revision);
      try {
        const record = parseModel(await stored(tools.store.record(model.key)));
        if (record) await openStored(record);
        else await look();
      } catch (thrown) {
        set({ cacheError: toError(thrown) });
      }
    },
    async deleteCached(model) {
      try {
        await stored(tools.store.drop(model.key));
      } catch (thrown) {
        set({ cacheError: toError(thrown) });
      }
      await look();
    },
    close() {
      set({ closed: get().opened, opened: null, wantsFocus: get().isOpen });
      drop();
    },
    async undo() {
      const { closed } = get();
      if (closed) await openNamed(closed);
    },
  };
}
