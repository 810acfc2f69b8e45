// What can go wrong between a hub and the browser's storage, in words that say what to do next.

export type HubTrouble =
  | 'address'
  | 'missing'
  | 'refused'
  | 'busy'
  | 'network'
  | 'truncated'
  | 'not a file'
  | 'storage'
  | 'cancelled';

/** A download that did not work: which kind of trouble, what happened (the message), what to do next. */
export class HubError extends Error {
  override readonly name = 'HubError';
  constructor(
    readonly trouble: HubTrouble,
    problem: string,
    /** What to do next, as a sentence. */
    readonly next: string,
  ) {
    super(problem);
  }
}

const KEPT = 'Press Download again: it goes on where it stopped.';

export const cancelled = (): HubError => new HubError('cancelled', 'The download was cancelled.', KEPT);

/** For a status that is no answer to the question; `retryable` ones were tried again before. */
export function statusError(status: number, file: string, host: string): HubError {
  const answered = `${host} answered ${status} to ${file}.`;
  if (status === 401 || status === 403) {
    return new HubError(
      'refused',
      `${answered} There is no such model there, or it needs an account.`,
      'Check the id. Files that need an account: download them with it, then open the folder here.',
    );
  }
  if (status === 404 || status === 410) {
    return new HubError('missing', `${answered} It is not there.`, 'Check base address, id and revision.');
  }
  if (status === 429 || status === 503) {
    return new HubError('busy', `${answered} It wants fewer requests.`, `Wait some minutes. ${KEPT}`);
  }
  if (status >= 500 || status === 408) {
    return new HubError('network', `${answered} Its server has trouble.`, `Try later. ${KEPT}`);
  }
  return new HubError('network', `${answered} That is no file.`, 'Check base address, id and revision.');
}

/** For a fetch that never got an answer; a browser does not say which of the reasons it was. */
export function unreachable(file: string, host: string): HubError {
  return new HubError(
    'network',
    `${host} could not be reached for ${file}: no connection, no such server, or it does not allow this page to read it (CORS).`,
    `Check the connection and the base address. ${KEPT}`,
  );
}

export function truncated(file: string, bytes: number, size: number | null): HubError {
  const of = size === null ? '' : ` of ${size}`;
  return new HubError('truncated', `${file} broke off after ${bytes}${of} bytes, again and again.`, KEPT);
}

export function notAFile(file: string, host: string, what: string): HubError {
  return new HubError(
    'not a file',
    `${host} sent ${what} instead of ${file}.`,
    'Check the base address. Where a login page is in the way, download the files by hand and open the folder here.',
  );
}

/** For whatever the storage threw. */
export function storageError(thrown: unknown): HubError {
  const isFull = thrown instanceof Error && thrown.name === 'QuotaExceededError';
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return isFull
    ? new HubError(
        'storage',
        'The browser has no more room for files of this page.',
        `Delete a cached model or free space on the disk. ${KEPT} Or download the files by hand and open the folder: that stores nothing.`,
      )
    : new HubError(
        'storage',
        `The browser did not store the file (${why}).`,
        'Leave private browsing, or download the files by hand and open the folder here.',
      );
}
