// The static server: types, headers, sub-paths, the next free port, and nothing outside its folder.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStaticServer, listen } from './serve.mjs';

let folder = '';
let servers: Server[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'serve-'));
  mkdirSync(join(folder, 'dist', 'assets'), { recursive: true });
  mkdirSync(join(folder, 'dist-secret'));
  writeFileSync(join(folder, 'dist', 'index.html'), '<p>studio</p>');
  writeFileSync(join(folder, 'dist', 'assets', 'x.wasm'), 'wasm');
  writeFileSync(join(folder, 'dist', 'm.safetensors'), 'model');
  writeFileSync(join(folder, 'dist', 'd.jsonl'), '{}');
  writeFileSync(join(folder, 'dist', 'serviceWorker.js'), 'work()');
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'dist-secret', 's.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'dist', 'link.txt'));
});
afterEach(() => {
  for (const server of servers) server.close();
  servers = [];
  rmSync(folder, { recursive: true });
});

async function serve(options: { base?: string; isolated?: boolean } = {}): Promise<number> {
  const server = createStaticServer({ root: join(folder, 'dist'), ...options });
  servers.push(server);
  return listen(server, { port: 0 });
}

/** Sends the path as it is: fetch would tidy `..` away before sending. */
const get = (port: number, path: string, method = 'GET') =>
  new Promise<{ status: number | undefined; headers: Record<string, unknown>; text: string }>((done, failed) => {
    const call = request({ port, path, method, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response
        .on('data', (part) => (text += part))
        .on('end', () => done({ status: response.statusCode, headers: response.headers, text }));
    });
    call.on('error', failed).end();
  });

test('serves files with their types and the isolation headers', async () => {
  const port = await serve();
  const index = await get(port, '/?preset=tiny');
  expect(index).toMatchObject({ status: 200, text: '<p>studio</p>' });
  expect(index.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
  });
  expect((await get(port, '/assets/x.wasm')).headers['content-type']).toBe('application/wasm');
  expect((await get(port, '/m.safetensors')).headers['content-type']).toBe('application/octet-stream');
  expect((await get(port, '/d.jsonl')).headers['content-type']).toBe('application/jsonl; charset=utf-8');
  expect(await get(port, '/m.safetensors', 'HEAD')).toMatchObject({ status: 200, text: '' });
});

test('sends the policy with every file, the frame’s own with hub.html, and none on a bare host', async () => {
  writeFileSync(join(folder, 'dist', 'hub.html'), '');
  const policyOf = async (port: number, path: string) => (await get(port, path)).headers['content-security-policy'];
  const port = await serve();
  expect(await policyOf(port, '/')).toMatch(/^default-src 'none'; .*connect-src 'self'; .*; frame-ancestors 'self'$/);
  expect(await policyOf(port, '/serviceWorker.js')).toBe(await policyOf(port, '/'));
  expect(await policyOf(port, '/hub.html')).toMatch(/connect-src http: https:; frame-ancestors 'self'$/);
  expect(await policyOf(await serve({ isolated: false }), '/')).toBeUndefined();
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/../../secret.txt',
  '/../dist-secret/s.txt',
  '/link.txt',
  '//etc/passwd',
  '/%00',
  '/assets',
  '/assets/',
  '/missing.js',
])('does not give %s', async (path) => {
  expect((await get(await serve(), path)).status).toBe(404);
});

test('refuses malformed addresses and other methods', async () => {
  const port = await serve();
  expect((await get(port, '/%zz')).status).toBe(400);
  expect((await get(port, '/', 'POST')).status).toBe(405);
});

test('serves from a sub-path, without the isolation headers when asked', async () => {
  const port = await serve({ base: '/some/where/', isolated: false });
  expect(await get(port, '/some/where')).toMatchObject({ status: 301, headers: { location: '/some/where/' } });
  const index = await get(port, '/some/where/');
  expect(index).toMatchObject({ status: 200, text: '<p>studio</p>' });
  expect(index.headers).not.toHaveProperty('cross-origin-opener-policy');
  expect((await get(port, '/some/where/d.jsonl')).status).toBe(200);
  // Browsers take a service worker as JavaScript only, and a new one at once.
  expect((await get(port, '/some/where/serviceWorker.js')).headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-cache',
  });
  expect((await get(port, '/d.jsonl')).status).toBe(404);
});

test('takes the next free port, or says so when it may not', async () => {
  const taken = await serve();
  const second = createStaticServer({ root: folder });
  servers.push(second);
  expect(await listen(second, { port: taken })).toBeGreaterThan(taken);
  const third = createStaticServer({ root: folder });
  await expect(listen(third, { port: taken, tries: 1 })).rejects.toThrow(/EADDRINUSE/);
});
