// Which requests the service worker answers and what its answers carry.
import { describe, expect, it, test } from 'vitest';
import { ISOLATION_HEADERS as SERVED } from '../../scripts/serve.mjs';
import { type AskedFor, ISOLATION_HEADERS, isAnswered, isIsolating, withIsolation } from './headers';

const SCOPE = 'https://host.example/some/where/';
const ask = (path: string, more: Partial<AskedFor> = {}): AskedFor => ({
  method: 'GET',
  url: new URL(path, SCOPE).href,
  mode: 'cors',
  cache: 'default',
  ...more,
});

test('the worker and our own server send the same headers', () => {
  expect(ISOLATION_HEADERS).toEqual(SERVED);
});

describe('isAnswered', () => {
  it.each([
    ['a file', ask('assets/trainer.worker-abc.js')],
    ['a checkpoint', ask('starter/tiny/sft.safetensors')],
    ['the page', ask('', { mode: 'navigate' })],
    ['the page with query and hash', ask('?preset=tiny&autostart=1#top', { mode: 'navigate' })],
    ['the page by its file name', ask('index.html?view=run', { mode: 'navigate' })],
    ['the frame that hubs are asked through', ask('hub.html', { mode: 'navigate' })],
    ['a file at a host’s top', { ...ask('/assets/x.js') }, 'https://host.example/'],
  ])('answers %s', (_, request, scope = SCOPE) => {
    expect(isAnswered(request, scope)).toBe(true);
  });

  it.each([
    ['another origin', ask('https://other.example/some/where/x.js')],
    ['another port', ask('https://host.example:444/some/where/x.js')],
    ['what lies outside its folder', ask('/some/x.js')],
    ['a folder of a like name', ask('/some/whereabouts/x.js')],
    ['POST', ask('x', { method: 'POST' })],
    ['HEAD', ask('x', { method: 'HEAD' })],
    ['what may only come from the cache', ask('x', { cache: 'only-if-cached' })],
    ['a blob', ask('blob:https://host.example/some/where/1')],
    ['another page below it', ask('diary/', { mode: 'navigate' })],
    ['another page beside it', ask('diary.html', { mode: 'navigate' })],
  ])('leaves %s alone', (_, request) => {
    expect(isAnswered(request, SCOPE)).toBe(false);
  });
});

describe('withIsolation', () => {
  it('adds the three headers and keeps everything else', async () => {
    const headers = { 'Content-Type': 'text/javascript', 'Cross-Origin-Embedder-Policy': 'unsafe-none' };
    const response = withIsolation(new Response('work()', { status: 206, statusText: 'Partial Content', headers }));
    expect([...response.headers]).toEqual([
      ['content-type', 'text/javascript'],
      ['cross-origin-embedder-policy', 'require-corp'],
      ['cross-origin-opener-policy', 'same-origin'],
      ['cross-origin-resource-policy', 'same-origin'],
    ]);
    expect([response.status, response.statusText, await response.text()]).toEqual([206, 'Partial Content', 'work()']);
  });

  it('keeps answers without a body, and missing files', async () => {
    expect(withIsolation(new Response(null, { status: 304 })).status).toBe(304);
    const missing = withIsolation(new Response('Not found.', { status: 404 }));
    expect([missing.status, await missing.text()]).toEqual([404, 'Not found.']);
  });

  it('hands network errors through untouched, as it does opaque answers (status 0 as well)', () => {
    const failed = Response.error();
    expect(withIsolation(failed)).toBe(failed);
  });
});

test.each([
  ['same-origin', 'require-corp', true],
  ['same-origin', 'credentialless', true],
  ['same-origin', 'require-corp; report-to="x"', true],
  ['same-origin-allow-popups', 'require-corp', false],
  ['same-origin', 'unsafe-none', false],
  ['same-origin', null, false],
  [null, 'require-corp', false],
])('COOP %s with COEP %s isolates: %s', (opener, embedder, isolates) => {
  const headers = new Headers();
  if (opener) headers.set('Cross-Origin-Opener-Policy', opener);
  if (embedder) headers.set('Cross-Origin-Embedder-Policy', embedder);
  expect(isIsolating({ headers })).toBe(isolates);
});
