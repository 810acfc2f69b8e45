// A small static file server for the built studio: right MIME types, the isolation headers that WASM threads need, the
// Content Security Policy, and nothing outside its folder. Used by `npm start` and by the end-to-end tests; also a command:
// node scripts/serve.mjs [--root dist] [--port N] [--host H] [--base /sub/path/] [--no-isolation]
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { policyHeader } from './policy.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.safetensors': 'application/octet-stream',
};

/** What a page needs to be cross-origin isolated, hence to have SharedArrayBuffer and WASM threads. */
export const ISOLATION_HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * The file a URL path means, or null when there is none inside `root` (an absolute path with links resolved).
 * @param {string} root
 * @param {string} path decoded, beginning with '/'
 * @returns {Promise<{file: string, size: number, directory: boolean} | null>}
 */
async function findFile(root, path) {
  if (path.includes('\0')) return null;
  try {
    const file = await realpath(join(root, path));
    if (file !== root && !file.startsWith(root + sep)) return null;
    const info = await stat(file);
    if (info.isFile()) return { file, size: info.size, directory: false };
    return info.isDirectory() ? { file, size: 0, directory: true } : null;
  } catch {
    return null;
  }
}

/**
 * @param {{root: string, base?: string, isolated?: boolean, guarded?: boolean}} options `base`: sub-path the folder appears
 *   under; `isolated`: send the isolation headers (default true); `guarded`: send the policy too (default: as `isolated`)
 */
export function createStaticServer({ root, base = '/', isolated = true, guarded = isolated }) {
  const prefix = `/${base.split('/').filter(Boolean).join('/')}/`.replace('//', '/');
  return createServer(async (request, response) => {
    /** @param {number} status @param {string} text @param {Record<string, string>} [headers] */
    const say = (status, text, headers = {}) => {
      response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
      response.end(request.method === 'HEAD' ? undefined : text);
    };
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return say(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' });

    let path;
    try {
      path = decodeURIComponent((request.url ?? '/').split(/[?#]/)[0] ?? '/');
    } catch {
      return say(400, 'Malformed address.');
    }
    if (`${path}/` === prefix) return say(301, prefix, { Location: prefix });
    if (!path.startsWith(prefix)) return say(404, 'Not found.');

    const folder = await realpath(root).catch(() => resolve(root));
    const below = path.slice(prefix.length - 1);
    const found = await findFile(folder, below.endsWith('/') ? `${below}index.html` : below);
    if (!found || found.directory) return say(404, 'Not found.');

    response.writeHead(200, {
      'Content-Type': TYPES[extname(found.file).toLowerCase()] ?? 'application/octet-stream',
      'Content-Length': found.size,
      'Cache-Control': below.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      ...(isolated ? ISOLATION_HEADERS : {}),
      ...(guarded ? policyHeader(basename(found.file)) : {}),
    });
    if (request.method === 'HEAD') return response.end();
    createReadStream(found.file)
      .on('error', () => response.destroy())
      .pipe(response);
  });
}

/**
 * Listens on `port`, or on the next free one.
 * @param {import('node:http').Server} server
 * @param {{port: number, host?: string, tries?: number}} options
 * @returns {Promise<number>} the port taken; rejects when none of `tries` ports is free
 */
export async function listen(server, { port, host = '127.0.0.1', tries = 20 }) {
  for (let candidate = port; ; candidate++) {
    try {
      await new Promise((done, failed) => {
        server.once('error', failed);
        server.listen(candidate, host, () => {
          server.off('error', failed);
          done(undefined);
        });
      });
      const address = server.address();
      return typeof address === 'object' && address ? address.port : candidate;
    } catch (error) {
      const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!busy || candidate - port + 1 >= tries || candidate >= 65535) throw error;
    }
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      root: { type: 'string', default: 'dist' },
      port: { type: 'string', default: '4173' },
      host: { type: 'string', default: '127.0.0.1' },
      base: { type: 'string', default: '/' },
      'no-isolation': { type: 'boolean', default: false },
    },
  });
  const server = createStaticServer({ root: values.root, base: values.base, isolated: !values['no-isolation'] });
  // The tests name their port, so a busy one is an error here and not a reason to take another.
  const port = await listen(server, { port: Number(values.port), host: values.host, tries: 1 });
  console.log(`Serving ${values.root} at http://localhost:${port}${values.base}`);
}
