// WASM threads on a host that sends no isolation headers, from a sub-path: the page's service worker brings them, with one
// reload at the first visit; where it is blocked the page works on one thread and says why.
import type { Server } from 'node:http';
import type { Page } from '@playwright/test';
import { createStaticServer, listen } from '../scripts/serve.mjs';
import { BARE_BASE, PORTS } from './setting';
import { expectAccessible, openStudio, openView, QUICK, waitForPhase } from './studio';
import { expect, test } from './test';

const ORIGIN = `http://localhost:${PORTS.bare}${BARE_BASE}`;
/** Keeps the address of every load of this tab. */
const COUNT_LOADS = "sessionStorage.setItem('loads', (sessionStorage.getItem('loads') ?? '') + ' ' + location.href);";

const loads = (page: Page): Promise<string[]> =>
  page.evaluate(() => (sessionStorage.getItem('loads') ?? '').trim().split(' '));
const isIsolated = (page: Page): Promise<boolean> => page.evaluate(() => crossOriginIsolated);
const registrations = (page: Page): Promise<string[]> =>
  page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => scope));
const cores = (page: Page): Promise<number> => page.evaluate(() => Math.min(8, navigator.hardwareConcurrency));
/** Stops serving at once, connections kept alive included. */
const close = (server: Server): Promise<void> =>
  new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });

/** The row of System's facts about isolation: its value and its note. */
async function readIsolation(page: Page): Promise<string[]> {
  await openView(page, 'System');
  const term = page.getByRole('term').filter({ hasText: 'Cross-origin isolated' });
  await expect(term).toBeVisible();
  return term.locator('..').getByRole('definition').allTextContents();
}

test('the first visit reloads once and has threads, the second needs no reload', async ({ browser }) => {
  const query = `?${QUICK}&autostart=1#figure-2`;
  const throughWorker: string[] = [];
  const studio = await openStudio(browser, query, { origin: ORIGIN, beforePage: COUNT_LOADS, waitUntil: 'commit' });
  const { page } = studio;
  page.on('response', (response) => {
    if (response.fromServiceWorker()) throughWorker.push(new URL(response.url()).pathname);
  });
  await waitForPhase(studio, 'done');
  expect(await loads(page)).toEqual([`${ORIGIN}${query}`, `${ORIGIN}${query}`]);
  expect(await isIsolated(page)).toBe(true);
  expect((await studio.heard()).runs).toHaveLength(1);
  await expect(page.getByRole('button', { name: `Backend: WASM ×${await cores(page)}` })).toBeVisible();
  for (const file of [/\/trainer\.worker-[^/]*\.js$/, /\/tfjs-backend-wasm-[^/]*\.wasm$/, /\.safetensors$/])
    expect(throughWorker).toContainEqual(expect.stringMatching(file));
  expect(await readIsolation(page)).toEqual(['yes', 'by this page’s service worker: WASM may use threads']);
  expect(await registrations(page)).toEqual([ORIGIN]);
  expect(await page.evaluate(() => caches.keys())).toEqual([]);

  const second = await page.context().newPage();
  await second.addInitScript(COUNT_LOADS);
  await second.goto(`${ORIGIN}?preset=tiny&backend=wasm`);
  await expect(second.getByRole('button', { name: `Backend: WASM ×${await cores(second)}` })).toBeVisible();
  expect(await loads(second)).toEqual([`${ORIGIN}?preset=tiny&backend=wasm`]);
  expect(await isIsolated(second)).toBe(true);
  await studio.close();
});

test('steps aside once the host sends the headers itself', async ({ browser }) => {
  const host = { root: 'dist', base: BARE_BASE };
  const bare = createStaticServer({ ...host, isolated: false });
  const port = await listen(bare, { port: 0 });
  const studio = await openStudio(browser, '?backend=wasm', {
    origin: `http://localhost:${port}${BARE_BASE}`,
    waitUntil: 'commit',
  });
  const { page } = studio;
  await expect(page.getByRole('button', { name: /^Backend: WASM/ })).toBeVisible();
  expect(await registrations(page)).toHaveLength(1);
  await close(bare);
  const sending = createStaticServer(host);
  expect(await listen(sending, { port, tries: 1 })).toBe(port);
  for (const by of ['this page’s service worker', 'the host’s headers']) {
    await page.reload();
    expect(await isIsolated(page)).toBe(true);
    expect(await readIsolation(page)).toEqual(['yes', `by ${by}: WASM may use threads`]);
    expect(await registrations(page)).toEqual([]);
  }
  await studio.close();
  await close(sending);
});

test('registers nothing where the host sends the headers', async ({ browser }) => {
  const studio = await openStudio(browser, '?backend=wasm');
  expect(await readIsolation(studio.page)).toEqual(['yes', 'by the host’s headers: WASM may use threads']);
  expect(await registrations(studio.page)).toEqual([]);
  await studio.close();
});

test('works on one thread where service workers are blocked, and says why', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}&autostart=1`, {
    origin: ORIGIN,
    beforePage: COUNT_LOADS,
    serviceWorkers: 'block',
  });
  const { page } = studio;
  await waitForPhase(studio, 'done');
  expect(await loads(page)).toEqual([`${ORIGIN}?${QUICK}&autostart=1`]);
  expect(await isIsolated(page)).toBe(false);
  await expect(page.getByRole('button', { name: 'Backend: WASM ×1' })).toBeVisible();
  expect(await readIsolation(page)).toEqual(['no', 'WASM has one thread']);
  const why = page.getByRole('paragraph').filter({ hasText: /^Not isolated:/ });
  await expect(why).toContainText(
    'The host sends no isolation headers, and the browser refused this page’s service worker',
  );
  await expect(why).toContainText('Allow site data for this address');
  await expectAccessible(page, 'System, not isolated');
  await studio.close();
});
