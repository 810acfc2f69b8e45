// What a hub's answer to a request for a file means: whether a break may pass, what is coming (the whole file, its rest, or another file), and whether it is
// a file at all. Nothing is kept here: the transfer's life is hubTransfer.ts.
import { type HubError, notAFile, statusError, truncated } from './hubError';
import type { HubFile } from './hubStore';

/** A break that may pass; `last` is what is thrown when it does not. */
export class Broken extends Error {
  constructor(
    readonly last: HubError,
    /** Seconds that the server asks to wait for; 0: at once; null: as usual. */
    readonly after: number | null = null,
  ) {
    super(last.message);
  }
}

export const HEAD_BYTES = 128;

/** Throws Broken for a status after which another try is worth it, HubError for one that is no answer. Others say what the server has. */
export function checkStatus(response: Response, name: string, host: string): 'file' | 'nothing' | 'not that far' {
  const { status } = response;
  if (status === 404 || status === 410) return 'nothing';
  if (status === 416) return 'not that far';
  if (status === 429 || status === 503) throw new Broken(statusError(status, name, host), retryAfter(response));
  if (status === 408 || status >= 500) throw new Broken(statusError(status, name, host));
  if (status !== 200 && status !== 206) throw statusError(status, name, host);
  return 'file';
}

/** What the headers announce after a request for `file` from byte `from` on. `size`: of the whole file, where it is told. */
export type Announced =
  | { what: 'whole'; size: number | null; validator: string | null }
  | { what: 'rest'; size: number | null }
  /** The rest of another file, or from another place. */
  | { what: 'other'; size: number | null };

export function announced({ status, headers }: Response, from: number, file: HubFile): Announced {
  const validator = headers.get('etag')?.replace(/^W\//, '') ?? headers.get('last-modified');
  const length = numberOf(headers.get('content-length'));
  if (status === 200) {
    const isEncoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
    return { what: 'whole', size: isEncoded ? null : length, validator };
  }
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  const size = range ? numberOf(range[2]!) : length === null ? null : from + length;
  const isOther = validator !== file.validator || (file.size !== null && size !== null && size !== file.size);
  const isElsewhere = range !== null && Number(range[1]) !== from;
  return { what: from === 0 || isOther || isElsewhere ? 'other' : 'rest', size };
}

/** Throws HubError for a web page in the place of a file. */
export function checkType(response: Response, name: string, host: string): void {
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '');
  if (isPage && !name.endsWith('.jinja')) throw notAFile(name, host, 'a web page');
}

/** The first bytes tell a page or a pointer from a file, whatever the server calls it. Throws HubError. */
export function checkHead(bytes: readonly number[], name: string, host: string): void {
  const head = String.fromCharCode(...bytes)
    .trimStart()
    .toLowerCase();
  if (head.startsWith('<!doctype') || head.startsWith('<html')) throw notAFile(name, host, 'a web page');
  if (head.startsWith('version https://git-lfs')) throw notAFile(name, host, 'a Git LFS pointer, a few lines of text');
}

/** Servers may announce a packed text's length, which says nothing of the text's. */
export const isText = (name: string): boolean => name.endsWith('.json') || name.endsWith('.jinja');

/** Does a text of another length than announced look whole? Then its form tells. */
export async function isWholeText(name: string, text: Blob, announcedSize: number): Promise<boolean> {
  if (!name.endsWith('.json')) return text.size > announcedSize;
  try {
    JSON.parse(await text.text());
    return true;
  } catch {
    return false;
  }
}

/** The next bytes of a body. Throws Broken when it breaks off, or when nothing comes for `idle` milliseconds. */
export async function nextBytes(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  idle: number,
  place: { name: string; position: number; size: number | null },
) {
  const broken = () => new Broken(truncated(place.name, place.position, place.size));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(broken()), idle);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } catch {
    throw broken();
  } finally {
    clearTimeout(timer);
  }
}

/** Null for what is no whole number of at most 2⁵³. */
function numberOf(text: string | null): number | null {
  if (text === null || !/^\d{1,16}$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

const retryAfter = (response: Response): number | null => {
  const seconds = numberOf(response.headers.get('retry-after'));
  return seconds === null ? null : Math.max(1, seconds);
};
