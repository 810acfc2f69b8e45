// What a saved run is made of beyond its settings: the file that it learns from, as it was read, and the name of the model that it began with. The model
// itself is not copied: it may be a gigabyte, and its folder is there.
import * as v from 'valibot';
import { FORMS, type Mapping } from '../core/data/table/mapping';
import type { ArrayFile } from '../storage/arrayFile';
import { StorageError } from '../storage/storageError';

/** A file that was imported, and how. */
export interface ImportedFile {
  file: Blob;
  fileName: string;
  vocabularySize: number;
  maxSequence: number;
  /** Null: as its columns' names speak for. */
  mapping: Mapping | null;
}

export interface KeptSource {
  /** Name of the model; null: the studio's own. */
  model: string | null;
  /** `file` is null where it was too large to be kept or could not be read; null: built-in data. */
  data: (Omit<ImportedFile, 'file'> & { file: Blob | null }) | null;
}

const LARGEST_FILE = 64 << 20;
const FILE = 'file';

const column = v.exactOptional(v.string());
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.strictObject({
  version: v.literal(1),
  model: v.nullable(v.string()),
  data: v.nullable(
    v.strictObject({
      ...{ fileName: v.string(), vocabularySize: count, maxSequence: count },
      mapping: v.nullable(
        v.strictObject({
          form: v.picklist(FORMS),
          columns: v.strictObject({
            ...{ prompt: column, context: column, output: column, answer: column },
            ...{ chosen: column, rejected: column, messages: column },
          }),
          hashAnswers: v.boolean(),
        }),
      ),
    }),
  ),
});

/** Null where there is nothing to keep. Never throws: a file that cannot be read any more is left out. */
export async function packSource({
  model,
  data,
}: {
  model: string | null;
  data: ImportedFile | null;
}): Promise<ArrayFile | null> {
  if (model === null && data === null) return null;
  const arrays = new Map<string, Uint8Array>();
  const bytes = data && data.file.size <= LARGEST_FILE ? await data.file.arrayBuffer().catch(() => null) : null;
  if (bytes) arrays.set(FILE, new Uint8Array(bytes));
  const { file: _, ...how } = data ?? { file: null };
  const said: v.InferInput<typeof schema> = { version: 1, model, data: data && (how as Omit<ImportedFile, 'file'>) };
  return { text: JSON.stringify(said), arrays };
}

/** Throws StorageError `damaged`. */
export function readSource({ text, arrays }: ArrayFile): KeptSource {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below.
  }
  const parsed = v.safeParse(schema, value);
  if (!parsed.success)
    throw new StorageError(
      'damaged',
      'What was kept of the run’s data cannot be read.',
      'Import the file that the run learns from again, then go on with the run.',
    );
  const { model, data } = parsed.output;
  const bytes = arrays.get(FILE);
  const file = bytes instanceof Uint8Array ? new Blob([new Uint8Array(bytes)]) : null;
  return { model, data: data && { ...data, file } };
}
