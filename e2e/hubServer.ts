// A hub for the specs: serves a folder's files in the layout of Hugging Face, as slowly and as badly as it is told to.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubManners {
  /** Bytes a second; null: as fast as it goes. Of files larger than 50 kB. */
  speed: number | null;
  /** The connection is cut after so many bytes of the weights, once. */
  breakAfter: number | null;
  /** Answers every request with a login page. */
  login: boolean;
}

export interface HubRequest {
  file: string;
  range: string | null;
  method: string;
}

export interface HubServer {
  url: string;
  manners: HubManners;
  requests: HubRequest[];
  close(): Promise<void>;
}

const LARGE = 50_000;
const TICK_MS = 50;

/** `files` by their paths: 'owner/name/file'. */
export async function startHub(files: ReadonlyMap<string, Buffer>): Promise<HubServer> {
  const manners: HubManners = { speed: null, breakAfter: null, login: false };
  const requests: HubRequest[] = [];
  const server = createServer((request, response) => {
    // The reader may go away in the middle of a file.
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, owner, name, file] = /^\/([^/]+)\/([^/]+)\/resolve\/main\/([^/]+)$/.exec(request.url ?? '') ?? [];
    const range = request.headers.range ?? null;
    requests.push({ file: file ?? request.url ?? '', range, method: request.method ?? '' });
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', 'range');
    response.setHeader('access-control-expose-headers', 'etag, content-range');
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    if (manners.login) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Log in</title>');
      return;
    }
    const bytes = files.get(`${owner}/${name}/${file}`);
    if (!bytes) return void response.writeHead(404).end('Entry not found');
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const headers = { etag: `"${bytes.length}"`, 'content-length': bytes.length - from };
    const part = { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? part : headers);
    await send(response, bytes.subarray(from));
  }

  async function send(response: ServerResponse, bytes: Buffer): Promise<void> {
    const isLarge = bytes.length > LARGE;
    // Asked again for every piece: a test may slow a download down that is under way.
    const step = (): number =>
      isLarge && manners.speed !== null ? Math.ceil((manners.speed * TICK_MS) / 1000) : 1 << 16;
    const breakAt = isLarge && manners.breakAfter !== null ? manners.breakAfter : Number.POSITIVE_INFINITY;
    for (let at = 0; at < bytes.length && !response.destroyed; ) {
      if (at >= breakAt) {
        manners.breakAfter = null;
        response.destroy();
        return;
      }
      const end = at + step();
      response.write(bytes.subarray(at, end));
      at = end;
      await new Promise((resolve) => setTimeout(resolve, isLarge && manners.speed !== null ? TICK_MS : 0));
    }
    response.end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...{ manners, requests, url: `http://127.0.0.1:${port}` },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
