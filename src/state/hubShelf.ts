// Models downloaded from a hub, kept in a database of their own. Pieces lie in it as Blobs: browsers keep those on the disk and put them together into a
// File without reading them, so that a file of gigabytes costs no memory, and a piece is there or not, also after a reload in the middle of a download.
// (The Cache API keeps whole answers only; OPFS files are copied at every opening for writing outside a worker.)
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import type { HubModel, HubStore } from '../core/files/hubStore';

type PartKey = [model: string, file: string, index: number];

interface Schema extends DBSchema {
  /** Nothing is known of a record before it is checked: another version of the page may have written it. */
  models: { key: string; value: unknown };
  parts: { key: PartKey; value: Blob };
}

/** Left free, so that runs can still be kept. */
const SPARE_BYTES = 64 << 20;

const fileRange = (model: string, file: string): IDBKeyRange =>
  IDBKeyRange.bound([model, file], [model, file, Number.POSITIVE_INFINITY]);
/** Arrays sort after strings, so an empty one ends the files of a model. */
const modelRange = (model: string): IDBKeyRange => IDBKeyRange.bound([model], [model, []]);

/** Opens the database when it is first asked; all methods reject where the browser refuses storage. `estimate`: of navigator.storage. */
export function createHubShelf(name: string, estimate: (() => Promise<StorageEstimate>) | null): HubStore {
  let db: IDBPDatabase<Schema> | null = null;
  const open = async (): Promise<IDBPDatabase<Schema>> => {
    db ??= await openDB<Schema>(name, 1, {
      upgrade(fresh) {
        fresh.createObjectStore('models');
        fresh.createObjectStore('parts');
      },
      blocking: () => {
        db?.close();
        db = null;
      },
      terminated: () => {
        db = null;
      },
    });
    return db;
  };
  const change = async (work: (stores: Stores) => Promise<unknown>[]): Promise<void> => {
    const tx = (await open()).transaction(['models', 'parts'], 'readwrite');
    const requests = work({ models: tx.objectStore('models'), parts: tx.objectStore('parts') });
    // Of a transaction that fails, the request that made it fail says why.
    await Promise.all(requests);
    await tx.done;
  };
  return {
    records: async () => (await open()).getAll('models'),
    record: async (key) => (await open()).get('models', key),
    save: (model, part) =>
      change(({ models, parts }) => [
        models.put(model, model.key),
        ...(part ? [parts.put(part.blob, [model.key, part.file, part.index])] : []),
      ]),
    dropParts: (model, file) =>
      change(({ models, parts }) => [models.put(model, model.key), parts.delete(fileRange(model.key, file))]),
    parts: async (key, file) => (await open()).getAll('parts', fileRange(key, file)),
    drop: (key) => change(({ models, parts }) => [models.delete(key), parts.delete(modelRange(key))]),
    async room() {
      const { quota, usage } = (await estimate?.()) ?? {};
      if (quota === undefined || usage === undefined) return null;
      return Math.max(0, quota - usage - SPARE_BYTES);
    },
  };
}

interface Stores {
  models: { put(value: HubModel, key: string): Promise<unknown>; delete(key: string): Promise<unknown> };
  parts: { put(value: Blob, key: PartKey): Promise<unknown>; delete(key: IDBKeyRange): Promise<unknown> };
}
