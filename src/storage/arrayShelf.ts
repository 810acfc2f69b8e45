// What a place for saved runs' large arrays must do: files of runs, under names that are never used twice.
import type { ByteSource } from '../core/files/byteSource';
import type { Stretches } from '../core/stretches';

export type Pieces = Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>;

/** All methods throw what the storage throws. */
export interface ArrayShelf {
  /** Null: this shelf cannot be written to here. What a write that fails leaves behind is to be removed. */
  write: ((run: string, name: string, pieces: Pieces, stretches: Stretches) => Promise<void>) | null;
  /** An Error named NotFoundError where there is none. */
  read(run: string, name: string): Promise<ByteSource>;
  /** The runs that have files. */
  runs(): Promise<string[]>;
  names(run: string): Promise<string[]>;
  /** Nothing happens where there is none. */
  remove(run: string, name: string): Promise<void>;
  /** All of a run. */
  removeRun(run: string): Promise<void>;
}
