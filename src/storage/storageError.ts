// What went wrong with a saved run, in words: one error for all that IndexedDB, the file system and damaged records can do.

/**
 * full: no room. refused: the browser does not let the page store, or says nothing more. damaged: what is there cannot be read.
 * gone: it is not there (any more). busy: another tab has it. hangs: the browser does not answer.
 */
export type StorageFailure = 'full' | 'refused' | 'damaged' | 'gone' | 'busy' | 'hangs';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  constructor(
    readonly kind: StorageFailure,
    /** What is wrong, as sentences. */
    message: string,
    /** The one thing to do next. */
    readonly next: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const NEXT_WHEN_FULL = 'Delete saved runs or cached models, or export this run.';

/** Bytes that a save wanted, and what the browser says is left for the page (null: it does not say). */
export interface Room {
  wanted: number;
  free: number | null;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

export function fullError({ wanted, free }: Room, cause: unknown): StorageError {
  const left = free === null ? 'the browser does not say how much is left' : `${megabytes(free)} are left`;
  const message = `The browser’s storage is full: this takes ${megabytes(wanted)}, ${left}. What was saved before is whole, and a run that is on goes on.`;
  return new StorageError('full', message, NEXT_WHEN_FULL, { cause });
}

const isNamed = (thrown: unknown, ...names: string[]): boolean =>
  thrown instanceof Error && names.includes(thrown.name);

const isFull = (thrown: unknown): boolean => isNamed(thrown, 'QuotaExceededError');

/** For whatever the storage threw. */
export function storageError(thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  const of = (kind: StorageFailure, message: string, next: string): StorageError =>
    new StorageError(kind, message, next, { cause: thrown });
  if (isFull(thrown)) return of('full', 'The browser’s storage is full.', NEXT_WHEN_FULL);
  if (isNamed(thrown, 'VersionError'))
    return of(
      'refused',
      'The saved runs were written by a newer version of the studio.',
      'Reload the page to get that version; nothing was changed.',
    );
  if (isNamed(thrown, 'NotFoundError', 'FileError'))
    return of('gone', `A file of the saved run could not be read (${why}).`, 'Open the run again.');
  if (isNamed(thrown, 'NoModificationAllowedError'))
    return of('busy', 'Another tab is writing this file.', 'Close the other tab and try again.');
  return of(
    'refused',
    `The browser did not store or read the run (${why}).`,
    'Leave private browsing or allow this site to store data; until then export the run.',
  );
}

export const busyError = (): StorageError =>
  new StorageError(
    'busy',
    'Another tab works on this run.',
    'Watch it here, or close the other tab and open the run again.',
  );

/** `what`: what was asked for, as in “does not answer about …”. */
export const hangsError = (what: string): StorageError =>
  new StorageError(
    'hangs',
    `The browser’s storage has not answered for half a minute (${what}). A run that is on goes on, and what was saved before stays.`,
    'It is tried again with the next save. If it stays so, export the run, then restart the browser.',
  );

export const goneError = (): StorageError =>
  new StorageError('gone', 'This run is no longer in the browser’s storage.', 'Choose another run.');

export const damagedError = (problem: string, cause?: unknown): StorageError =>
  new StorageError('damaged', problem, 'It stays where it is. Open another run, or delete this one.', { cause });

/** The same, but whatever it throws is a StorageError. */
export const typed =
  <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
  async (...args: A): Promise<T> => {
    try {
      return await work(...args);
    } catch (error) {
      throw storageError(error);
    }
  };
