// A hub in memory for tests: files with ETags behind a fake fetch that can be slow, break off, forget ranges or refuse; and a store in a Map.
import type { HubStore } from '../core/files/hubStore';

export interface HubRequest {
  url: string;
  file: string;
  range: string | null;
  init: RequestInit;
}

/** What a file's request is answered with instead; undefined: as usual. */
export type Trick = (request: HubRequest, nth: number) => Response | Promise<Response> | undefined;

export const BASE = 'https://hub.test/mirror';
export const ID = 'ada/tiny';

/** Bytes that differ along the file. */
export const patterned = (size: number, seed = 0): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 255);

export const jsonBytes = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value));

/** A body in pieces of `step` bytes; it breaks off with an error after `most`. */
export function body(bytes: Uint8Array<ArrayBuffer>, step = 1000, most = Number.POSITIVE_INFINITY): ReadableStream {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= most) return controller.error(new TypeError('network error'));
      if (at >= bytes.length) return controller.close();
      const end = Math.min(bytes.length, at + step, most);
      controller.enqueue(bytes.slice(at, end));
      at = end;
    },
  });
}

/** A body that gives some bytes and then nothing more. */
export const hanging = (bytes: Uint8Array<ArrayBuffer>): ReadableStream =>
  new ReadableStream({ start: (controller) => controller.enqueue(bytes) });

export function memoryHub(files: Record<string, Uint8Array<ArrayBuffer>>, trick: Trick = () => undefined) {
  const requests: HubRequest[] = [];
  const prefix = `${BASE}/${ID}/resolve/main/`;
  const usual = (file: string, range: string | null): Response => {
    const bytes = files[file];
    if (!bytes) return new Response('no', { status: 404 });
    const from = range ? Number(/^bytes=(\d+)-$/.exec(range)![1]) : 0;
    if (from >= bytes.length) return new Response(null, { status: 416 });
    const headers = { etag: `"${file}-1"`, 'content-length': String(bytes.length - from) };
    if (!range) return new Response(body(bytes), { headers });
    const part = { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    return new Response(body(bytes.slice(from)), { status: 206, headers: part });
  };
  return {
    requests,
    usual,
    ofFile: (file: string): HubRequest[] => requests.filter((request) => request.file === file),
    async fetch(url: string, init: RequestInit): Promise<Response> {
      if (init.signal?.aborted) throw new DOMException('aborted', 'AbortError');
      const file = url.startsWith(prefix) ? url.slice(prefix.length) : url;
      const range = new Headers(init.headers).get('range');
      const request = { url, file, range, init };
      requests.push(request);
      const nth = requests.filter((other) => other.file === file).length;
      return (await trick(request, nth)) ?? usual(file, range);
    },
  };
}

export function memoryStore(room: number | null = null): HubStore & {
  blobs: Map<string, Blob>;
  rows: Map<string, unknown>;
  failNext: (error: Error) => void;
} {
  const rows = new Map<string, unknown>();
  const blobs = new Map<string, Blob>();
  let failure: Error | null = null;
  const place = (key: string, file: string, index: number): string => `${key}|${file}|${index}`;
  const dropWhere = (prefix: string): void => {
    for (const name of [...blobs.keys()]) if (name.startsWith(prefix)) blobs.delete(name);
  };
  return {
    ...{ rows, blobs },
    failNext(error) {
      failure = error;
    },
    records: async () => [...rows.values()],
    record: async (key) => rows.get(key),
    async save(model, part) {
      if (part && failure) {
        const error = failure;
        failure = null;
        throw error;
      }
      rows.set(model.key, structuredClone(model));
      if (part) blobs.set(place(model.key, part.file, part.index), part.blob);
    },
    async dropParts(model, file) {
      rows.set(model.key, structuredClone(model));
      dropWhere(`${model.key}|${file}|`);
    },
    async parts(key, file) {
      const found: Blob[] = [];
      for (let i = 0; blobs.has(place(key, file, i)); i++) found.push(blobs.get(place(key, file, i))!);
      return found;
    },
    async drop(key) {
      rows.delete(key);
      dropWhere(`${key}|`);
    },
    room: async () => room,
  };
}
