// What must not break the studio: absurd settings, a run that diverges until its numbers are none, a damaged starter, refused storage, a bare static host, a missing file.
// How a bare host comes to threads: isolation.spec.ts.
import { BARE_BASE, PORTS } from './setting';
import { changeSettings, openStudio, openView, QUICK, waitForPhase } from './studio';
import { expect, test } from './test';

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

test('a run that its settings drive away shows marker and message; the charts live, the next run is sound', async ({
  browser,
}) => {
  // At a learning rate of 0.1 × 100 a weight decay of 1 makes every weight −9 times itself at each update: soon every softmax is certain, and its
  // gradient exactly 0 (some updates later it would be NaN).
  const wild = 'warmupSteps=60&warmupLearningRate=0.1&weightDecay=1';
  const studio = await openStudio(browser, `?${QUICK.replace('warmupSteps=3', wild)}&view=curves`);
  const { page } = studio;
  await page.getByRole('button', { name: 'Start' }).first().click();
  await page.waitForFunction(() => (window.heard.runs.at(-1)?.steps.length ?? 0) >= 2, undefined, { timeout: 60_000 });
  await page.getByRole('button', { name: 'Pause' }).first().click();
  await waitForPhase(studio, 'paused');
  await page.getByRole('button', { name: 'Change at once' }).click();
  const factor = page.getByRole('region', { name: 'Changed at once' }).getByLabel('Learning rate ×');
  await factor.fill('100');
  await factor.press('Enter');
  await page.getByRole('button', { name: 'Resume' }).first().click();
  await page.waitForFunction(() => window.heard.runs.at(-1)?.phase === 'failed', undefined, { timeout: 60_000 });
  const [broken] = (await studio.heard()).runs;
  expect(broken!.error).toMatch(/^StepError: The model has diverged: it gives answers so little probability/);
  const last = broken!.steps.at(-1)![1];
  expect(last).toBeLessThan(60);

  // The step itself is marked, and everything before it is drawn and can be read.
  const norm = page.getByRole('figure', { name: 'Gradient norm', exact: true });
  await expect(norm).toContainText(`Exactly 0, which it cannot be, at Warm-up step ${last}.`);
  await expect(
    norm.locator('.plot-signs [stroke="var(--danger)"], .plot-signs [fill="var(--danger)"]'),
  ).not.toHaveCount(0);
  const loss = page.getByRole('figure', { name: 'Loss', exact: true });
  await expect(loss.locator('[data-run] polyline').first()).toBeAttached();
  const plot = loss.getByRole('application');
  await plot.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(page.locator('.plot-cursor line').first()).toBeAttached();
  await expect(page.locator('.plot-readout').first()).toContainText(/Warm-up step \d+/);
  const slider = page.getByRole('slider', { name: 'Moment of the run' });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', 'Warm-up, step 0 of 60');

  await openView(page, 'Run');
  const failure = page.getByRole('region', { name: 'What failed' });
  await expect(failure.getByRole('heading')).toHaveText('The model has diverged');
  await expect(failure).toContainText(`exactly 0 in 32-bit numbers. This was at warm-up, step ${last} of 60.`);
  await expect(failure.getByRole('button', { name: 'Resume at half the learning rate' })).toBeVisible();
  await expect(failure).toContainText('From the save on the learning rate is × 50 of its schedule');
  await expect(page.getByRole('heading', { name: 'This run failed' })).toBeVisible();

  // The next run has the old scale no more, nor anything else of the broken one: the numbers of a page of its own.
  await changeSettings(page, { warmupSteps: 3, warmupLearningRate: 0.0003, weightDecay: 0 });
  await failure.getByRole('button', { name: 'Restart' }).click();
  const sound = await waitForPhase(studio, 'done', { runs: 2 });
  await studio.close();
  const alone = await openStudio(browser, `?${QUICK}&warmupLearningRate=0.0003&weightDecay=0&autostart=1`);
  const { steps } = await waitForPhase(alone, 'done');
  await alone.close();
  expect(sound.steps).toEqual(steps);
  expect(steps.every(([, , value]) => Number.isFinite(value))).toBe(true);
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
