// What is kept of downloaded models, as the download sees it; what keeps it is handed in (state/hubShelf.ts in the page, a Map in tests).
import * as v from 'valibot';
import { addressKey, type HubAddress, parseHubAddress } from './hubAddress';
import { HubError, storageError } from './hubError';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const HubFileSchema = v.object({
  name: v.string(),
  /** Bytes that are stored, in `parts` blobs. */
  received: count,
  parts: count,
  /** Bytes of the whole file; null while unknown. */
  size: v.nullable(count),
  /** ETag or date of what was stored, for going on later; null where the server told neither. */
  validator: v.nullable(v.string()),
  isComplete: v.boolean(),
});
const HubModelSchema = v.object({
  key: v.string(),
  base: v.string(),
  id: v.string(),
  revision: v.string(),
  files: v.array(HubFileSchema),
  /** Everything the model needs is here. */
  isComplete: v.boolean(),
  /** Milliseconds since 1970. */
  changedAt: v.number(),
});

export type HubFile = Readonly<v.InferOutput<typeof HubFileSchema>>;
export type HubModel = Readonly<Omit<v.InferOutput<typeof HubModelSchema>, 'files'>> & {
  readonly files: readonly HubFile[];
};

/** Every method may reject with what the storage throws (a full disk: an Error called QuotaExceededError). */
export interface HubStore {
  /** Records as they were written, maybe by another version of the page. */
  records(): Promise<unknown[]>;
  record(key: string): Promise<unknown>;
  /** The record and, with it, one more part of a file: both or neither. */
  save(model: HubModel, part?: { file: string; index: number; blob: Blob }): Promise<void>;
  /** The record and, with it, none of the file's parts any more. */
  dropParts(model: HubModel, file: string): Promise<void>;
  /** In order; those that are gone are left out. */
  parts(key: string, file: string): Promise<Blob[]>;
  /** A model with all its parts. */
  drop(key: string): Promise<void>;
  /** Bytes that can still be stored; null where the browser does not say. */
  room(): Promise<number | null>;
}

export const newFile = (name: string): HubFile => ({
  ...{ name, received: 0, parts: 0, size: null, validator: null, isComplete: false },
});

export const newModel = (address: HubAddress, now: number): HubModel => ({
  key: addressKey(address),
  ...{ base: address.base, id: address.id, revision: address.revision, files: [], isComplete: false, changedAt: now },
});

/** The record, where it is one of ours and its address could be typed; null otherwise. */
export function parseModel(record: unknown): HubModel | null {
  const result = v.safeParse(HubModelSchema, record);
  if (!result.success) return null;
  const { base, id, revision, key } = result.output;
  try {
    return addressKey(parseHubAddress(base, id, revision)) === key ? result.output : null;
  } catch {
    return null;
  }
}

/** What is stored, the latest first. Throws HubError where the storage is refused. */
export async function cachedModels(store: HubStore): Promise<HubModel[]> {
  const records = await stored(store.records());
  return records
    .map(parseModel)
    .filter((model) => model !== null)
    .sort((a, b) => b.changedAt - a.changedAt);
}

export const storedBytes = ({ files }: HubModel): number => files.reduce((sum, { received }) => sum + received, 0);

/** The files of a complete model; their bytes stay in the storage until they are read. Throws HubError where some are gone. */
export async function cachedFiles(store: HubStore, model: HubModel): Promise<{ name: string; blob: Blob }[]> {
  const files: { name: string; blob: Blob }[] = [];
  for (const { name, received } of model.files) {
    const blob = new Blob(await stored(store.parts(model.key, name)));
    if (blob.size !== received) {
      throw new HubError(
        'storage',
        `The browser has ${blob.size} of the ${received} bytes of ${name}.`,
        'Delete the cached model and download it again.',
      );
    }
    files.push({ name, blob });
  }
  return files;
}

/** Throws HubError instead of what the storage throws. */
export async function stored<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (thrown) {
    throw storageError(thrown);
  }
}
