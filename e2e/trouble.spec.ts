// What must not break the studio: absurd settings, a damaged starter, refused storage, a bare static host, a missing file.
// How a bare host comes to threads: isolation.spec.ts.
import { expect, test } from '@playwright/test';
import { BARE_BASE, PORTS } from './setting';
import { openStudio, QUICK, waitForPhase } from './studio';

test('absurd settings in the address are clamped and reported', async ({ browser }) => {
  const query =
    '?preset=huge&seed=-5&warmupSteps=1e9&temperature=NaN&beta=&forgettingPercent=900&flavour=sweet&backend=abacus&view=attic';
  const studio = await openStudio(browser, query);
  const note = studio.page.getByRole('region', { name: 'Settings in the address' });
  for (const said of [
    /Preset: "huge" is not one of tiny, default, scratch, large; using default/,
    /Seed: -5 is outside 0…4294967295.*using 0/,
    /Warm-up steps: 1000000000 is outside 2…5000.*using 5000/,
    /Temperature: "NaN" is not a number; using 1/,
    /Beta: "" is not a number; using 0\.1/,
    /Forgetting mask: 900 is outside 0…100; using 100/,
    /Unknown setting “flavour”/,
    /Backend: "abacus" is not one of/,
    /no view “attic”/,
  ])
    await expect(note).toContainText(said);
  await expect(studio.page.getByRole('button', { name: 'Run ALLO' }).first()).toBeEnabled();
  await studio.close();
});

test('a damaged starter is named and nothing else is lost', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}`);
  const { page } = studio;
  let damage = true;
  await page.context().route(/starter\/tiny\/.*\.safetensors$/, async (route) => {
    const response = await route.fetch();
    const body = await response.body();
    const at = Math.floor(body.length / 2);
    if (damage) body[at] = (body[at] ?? 0) ^ 1;
    await route.fulfill({ response, body });
  });
  await page.getByRole('button', { name: 'Run ALLO' }).first().click();
  await expect(page.getByText(/starter.*\.safetensors.*is damaged \(SHA-256/).first()).toBeVisible({ timeout: 30_000 });
  damage = false;
  await page
    .getByRole('button', { name: 'Run ALLO' })
    .or(page.getByRole('button', { name: 'Start' }))
    .first()
    .click();
  await waitForPhase(studio, 'done', { runs: 2 });
  await studio.close();
});

test('works where storage is refused', async ({ browser }) => {
  const refuse = `for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
    Object.defineProperty(window, name, { get() { throw new DOMException('refused', 'SecurityError'); } });`;
  const studio = await openStudio(browser, `?${QUICK}&autostart=1`, { beforePage: refuse });
  await waitForPhase(studio, 'done');
  await studio.page.getByRole('button', { name: /^Theme/ }).click();
  await studio.close();
});

test('works from a sub-path of a bare static host, without isolation headers or service workers', async ({
  browser,
}) => {
  const origin = `http://localhost:${PORTS.bare}${BARE_BASE}`;
  const studio = await openStudio(browser, `?${QUICK}&autostart=1`, { origin, serviceWorkers: 'block' });
  expect(await studio.page.evaluate(() => crossOriginIsolated)).toBe(false);
  const bare = await waitForPhase(studio, 'done');
  await expect(studio.page.getByRole('button', { name: 'Backend: WASM ×1' })).toBeVisible();
  await studio.close();

  // One thread or as many as there are cores: the same numbers.
  const isolated = await openStudio(browser, `?${QUICK}&autostart=1`);
  expect(await isolated.page.evaluate(() => crossOriginIsolated)).toBe(true);
  const threads = await waitForPhase(isolated, 'done');
  const cores = await isolated.page.evaluate(() => navigator.hardwareConcurrency);
  await expect(isolated.page.getByRole('button', { name: `Backend: WASM ×${Math.min(8, cores)}` })).toBeVisible();
  await isolated.close();
  expect(bare.steps).toEqual(threads.steps);
});
