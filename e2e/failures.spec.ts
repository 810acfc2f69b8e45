// Failures that really happen: a run that diverges, a worker that crashes, a storage that is full, saves that are damaged. Each ends in one card that says
// what happened and offers one next step, and that step leads to the end of the run.
import type { Browser, Locator, Page } from '@playwright/test';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type HeardRun,
  openStudio,
  openView,
  QUICK,
  type Studio,
  waitForPhase,
} from './studio';
import { expect, test } from './test';
import { KEEP_PORT, TRAPS, tellTrainer } from './trainerPort';

const WARMUP = 30;
const query = (more = '&batchTokens=512'): string =>
  `?${QUICK.replace('warmupSteps=3', `warmupSteps=${WARMUP}${more}`)}`;
const card = (page: Page): Locator => page.getByRole('region', { name: 'What failed' });
/** The card's one step. */
const step = (page: Page): Locator => card(page).locator('.button-primary');
async function reach(page: Page, series: string, wanted: number): Promise<void> {
  await page.waitForFunction(
    ([name, least]) => window.heard.runs.at(-1)?.steps.some(([of, at]) => of === name && at >= least),
    [series, wanted] as const,
    { timeout: 60_000 },
  );
}

/** Starts the run and pauses it in its warm-up, where it is saved. */
async function pausedInWarmup(studio: Studio): Promise<HeardRun> {
  const { page } = studio;
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await reach(page, 'warm-up', 3);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const run = await waitForPhase(studio, 'paused');
  // The save of this pause, not one from before the warm-up.
  await expect(page.getByRole('region', { name: 'Saved runs' }).getByRole('listitem').first()).toContainText(
    /(At|Paused at) warm-up, step \d+ of 30/,
  );
  return run;
}

let whole: Map<string, number> | null = null;
/** Every step's loss, of the same run without a break: of whoever asks first, in the same page. */
async function wholeLosses(studio: Studio, runs: number): Promise<Map<string, number>> {
  if (whole) return whole;
  await studio.page.getByRole('button', { name: 'Restart', exact: true }).first().click();
  const { steps } = await waitForPhase(studio, 'done', { runs });
  whole = new Map(steps.map(([series, at, loss]) => [`${series} ${at}`, loss]));
  return whole;
}

/** What a broken run told is what the whole one told, and nothing of it is missing. */
function expectEqual(parts: readonly HeardRun[], whole: ReadonlyMap<string, number>): void {
  const told = parts.flatMap(({ steps }) => steps);
  for (const [series, at, loss] of told) expect(loss, `${series} ${at}`).toBe(whole.get(`${series} ${at}`));
  expect(new Set(told.map(([series, at]) => `${series} ${at}`)).size).toBe(whole.size);
}

test('a run that diverges goes on at half its learning rate, from its save to its end', async ({ browser }) => {
  // At a learning rate of 0.1 × 50 a weight decay of 1 makes every weight −4 times itself at each update; at × 25 it is −1.5 times, which 30 steps stand.
  const studio = await openStudio(browser, query('&warmupLearningRate=0.1&weightDecay=1'));
  const { page } = studio;
  await page.getByRole('button', { name: 'Step', exact: true }).first().click();
  await waitForPhase(studio, 'paused');
  await openView(page, 'Curves');
  await page.getByRole('button', { name: 'Change at once' }).click();
  const factor = page.getByRole('region', { name: 'Changed at once' }).getByLabel('Learning rate ×');
  await factor.fill('50');
  await factor.press('Enter');
  await page.getByRole('button', { name: 'Resume', exact: true }).first().click();
  await page.waitForFunction(() => window.heard.runs.at(-1)?.phase === 'failed', undefined, { timeout: 60_000 });
  const [broken] = (await studio.heard()).runs;
  const last = broken!.steps.at(-1)![1];
  expect(last).toBeLessThan(WARMUP);

  // Told in every view, in the title, and to those who cannot see either.
  await expect(page).toHaveTitle(/^⚠ Failed/);
  await expect(page.getByRole('status').filter({ hasText: 'Resume at half the learning rate' })).toContainText(
    /failed: The model has diverged\. In Run:/,
  );
  await page.getByRole('button', { name: 'See what can be done' }).click();
  await expect(card(page)).toBeFocused();
  await expect(card(page)).toContainText(/^The model has diverged/);
  await expect(card(page)).toContainText(`This was at warm-up, step ${last} of ${WARMUP}.`);
  await expect(card(page)).toContainText(/Saved up to .*, (\d+ s|\d+ min \d+ s) before it failed\./);
  await expectAccessible(page, 'a failed run');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page, 'a failed run');
  await page.setViewportSize({ width: 1440, height: 900 });

  await expect(step(page)).toHaveText('Resume at half the learning rate');
  await step(page).click();
  const rest = await waitForPhase(studio, 'done', { runs: 2 });
  await expect(card(page)).toHaveCount(0);
  await expect(page).not.toHaveTitle(/⚠/);
  expect(rest.steps.every(([, , loss]) => Number.isFinite(loss))).toBe(true);
  expect(rest.steps.at(-1)!.slice(0, 2)).toEqual(['improving', 3]);
  expect(rest.steps[0]![1]).toBeLessThanOrEqual(last);
  // It is the same run, not one more.
  await page.getByRole('button', { name: /^Run: / }).click();
  await expect(page.locator('.run-menu-session li')).toHaveCount(1);
  await studio.close();
});

test('a worker that crashes is replaced, and the run ends as if nothing had been', async ({ browser }) => {
  const studio = await openStudio(browser, query(), {
    ...{ beforePage: KEEP_PORT, beforeWorker: TRAPS, expectedErrors: /A trap was sprung/ },
  });
  const { page } = studio;
  await pausedInWarmup(studio);
  await page.getByRole('button', { name: 'Resume', exact: true }).first().click();
  await reach(page, 'warm-up', 12);
  const [first] = (await studio.heard()).runs;
  await tellTrainer(page, 'crash');
  await expect(card(page)).toContainText('The training worker crashed');
  await expect(page).toHaveTitle(/^⚠ Failed/);
  await expect(step(page)).toHaveText('Resume');
  const before = (await studio.heard()).runs[0] ?? first!;
  await step(page).click();
  const second = await waitForPhase(studio, 'done', { runs: 2 });
  await expect(card(page)).toHaveCount(0);

  // One that crashes at rest is nobody's business: the next run has a new worker.
  await tellTrainer(page, 'crash');
  await page.waitForTimeout(300);
  await expect(card(page)).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'This run failed' })).toHaveCount(0);
  expectEqual([before, second], await wholeLosses(studio, 3));
  await studio.close();
});

/** Runs in the page: breaks the stored points of all runs, or only the last one. Gives how many; with 'none', how many there are. */
async function damagePoints(which: 'none' | 'last' | 'all'): Promise<number> {
  const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('allo-runs');
  const points: { handle: FileSystemFileHandle; at: number }[] = [];
  for await (const folder of top.values()) {
    if (folder.kind !== 'directory') continue;
    for await (const handle of folder.values())
      if (handle.kind === 'file' && handle.name.startsWith('point-'))
        points.push({ handle, at: (await handle.getFile()).lastModified });
  }
  points.sort((a, b) => b.at - a.at);
  const broken = points.slice(0, { none: 0, last: 1, all: points.length }[which]);
  for (const { handle } of broken) {
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    bytes[bytes.length >> 1]! ^= 4;
    const file = await handle.createWritable();
    await file.write(bytes);
    await file.close();
  }
  return which === 'none' ? points.length : broken.length;
}

test('a damaged save gives way to the one before it', async ({ browser }) => {
  const studio = await openStudio(browser, query());
  const { page } = studio;
  await pausedInWarmup(studio);
  const row = page.getByRole('region', { name: 'Saved runs' }).getByRole('listitem').first();
  const saysStep = (step: number) => expect(row).toContainText(`Paused at warm-up, step ${step} of ${WARMUP}`);
  // Events travel up to 100 ms behind the worker.
  await page.waitForTimeout(500);
  const at = (await studio.heard()).runs[0]!.steps.at(-1)![1];
  await saysStep(at);
  await page.getByRole('button', { name: 'Step', exact: true }).first().click();
  // A save that the reload meets on its way would be none yet.
  await saysStep(at + 1);
  const before = (await studio.heard()).runs[0]!;
  await expect.poll(() => page.evaluate(damagePoints, 'none' as const)).toBe(2);
  await page.reload();
  expect(await page.evaluate(damagePoints, 'last' as const)).toBe(1);
  const unfinished = page.getByRole('region', { name: 'Unfinished run' });
  await unfinished.getByRole('button', { name: 'Continue', exact: true }).click();
  const after = await waitForPhase(studio, 'done');
  await expect(page.locator('.run-warnings')).toContainText(
    /The save of .* cannot be read\. .* The run goes on from what could be read\./,
  );
  await expect(card(page)).toHaveCount(0);
  expectEqual([before, after], await wholeLosses(studio, 2));
  await studio.close();
});

test('where no save can be read, what there is can be taken away', async ({ browser }) => {
  const studio = await openStudio(browser, query(), { acceptDownloads: true });
  const { page } = studio;
  await pausedInWarmup(studio);
  await page.reload();
  expect(await page.evaluate(damagePoints, 'all' as const)).toBeGreaterThan(0);
  const unfinished = page.getByRole('region', { name: 'Unfinished run' });
  await unfinished.getByRole('button', { name: 'Continue', exact: true }).click();
  await expect(card(page)).toContainText('The saved run cannot be read');
  await expect(unfinished).toHaveCount(0);
  const [download] = await Promise.all([page.waitForEvent('download'), step(page).click()]);
  expect(download.suggestedFilename()).toMatch(/\.raw\.zip$/);
  await expectAccessible(page, 'a run that cannot be read');
  await card(page).getByRole('button', { name: 'Dismiss' }).click();
  await expect(card(page)).toHaveCount(0);
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await reach(page, 'warm-up', 1);
  await studio.close();
});

/** Its storage is full from its warm-up on: the run goes on to its next save, and rests. */
async function withoutRoom(browser: Browser): Promise<{ studio: Studio; rests: Locator }> {
  const studio = await openStudio(browser, query(), { beforePage: KEEP_PORT, beforeWorker: TRAPS });
  const { page } = studio;
  const rests = page.getByRole('region', { name: 'Why the run rests' });
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await reach(page, 'warm-up', 3);
  await tellTrainer(page, 'full');
  await expect(rests).toContainText('No room left for saves', { timeout: 60_000 });
  return { studio, rests };
}

test('a run whose saves find no room rests, and goes on saved when there is some', async ({ browser }) => {
  const { studio, rests } = await withoutRoom(browser);
  const { page } = studio;
  await expect(rests).toContainText(/The run is paused at .*Saved up to .*, .*nothing after that\./);
  await expect(page).toHaveTitle(/^⚠ Paused at/);
  await expectAccessible(page, 'a run without room');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page, 'a run without room');
  await page.setViewportSize({ width: 1440, height: 900 });
  const primary = rests.locator('.button-primary');
  await expect(primary).toHaveText('Make room');
  await primary.click();
  await expect(rests).toContainText('No other saved run takes room here.');
  await tellTrainer(page, 'room');
  await expect(primary).toHaveText('Save and go on');
  await primary.click();
  const run = await waitForPhase(studio, 'done');
  await expect(rests).toHaveCount(0);
  await expect(page.getByText(/^Saved (just now|\d+ s ago)/)).toBeVisible();
  expectEqual([run], await wholeLosses(studio, 2));
  await studio.close();
});

test('or goes on without being saved, and so do the later ones of the visit', async ({ browser }) => {
  const { studio, rests } = await withoutRoom(browser);
  const { page } = studio;
  await rests.getByRole('button', { name: 'Go on without saving' }).click();
  const run = await waitForPhase(studio, 'done');
  await expect(rests).toHaveCount(0);
  await expect(page.getByText('it goes on without saving')).toBeVisible();
  await tellTrainer(page, 'room');
  await page.getByRole('button', { name: 'Restart', exact: true }).first().click();
  await page.waitForFunction(() => window.heard.runs.length === 2);
  await reach(page, 'warm-up', 1);
  await expect(page.locator('.saved-status')).toHaveCount(0);
  await expect(page.getByRole('checkbox', { name: /^Save runs in this browser/ })).not.toBeChecked();
  expectEqual([run], await wholeLosses(studio, 3));
  await studio.close();
});
