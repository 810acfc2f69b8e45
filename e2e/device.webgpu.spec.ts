// A GPU device that is lost in the middle of a run: the page says so, and the run goes on in the same page on a new device, as if nothing had been.
// The device is destroyed within the training worker, where code that is put before the studio's own has kept hold of it.
import { expect, type Page } from '@playwright/test';
import { type HeardRun, openStudio, type Studio, waitForPhase } from './studio';
import { test } from './test';

const CUT =
  '?preset=tiny&seed=7&prompts=16&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&warmupSteps=6&forgettingSteps=4&improvingSteps=4&batchTokens=256&backend=webgpu';
/** The README's words: how far the losses of one run may differ between two times on webgpu. */
const REPEATED = 1e-6;

const KEEP_DEVICES = `
{
  const request = GPUAdapter.prototype.requestDevice;
  self.devices = [];
  GPUAdapter.prototype.requestDevice = async function (...how) {
    const device = await request.apply(this, how);
    self.devices.push(device);
    return device;
  };
}`;

declare const self: { devices?: { destroy(): void }[] };

/** Destroys the device that the training worker has now; says how many it has had. */
async function destroyDevice(page: Page): Promise<number> {
  for (const worker of page.workers()) {
    const count = await worker.evaluate(() => {
      self.devices?.at(-1)?.destroy();
      return self.devices?.length ?? 0;
    });
    if (count > 0) return count;
  }
  throw new Error('No worker has a device.');
}

const open = (browser: Parameters<typeof openStudio>[0]): Promise<Studio> =>
  openStudio(browser, CUT, { beforeWorker: KEEP_DEVICES });

const start = (page: Page) => page.getByRole('button', { name: 'Run ALLO', exact: true }).click();

const reached = (page: Page, series: string, step: number) =>
  page.waitForFunction(
    ([wanted, least]) =>
      window.heard.runs.at(-1)?.steps.some(([name, at]) => name === wanted && at >= Number(least)) ?? false,
    [series, step] as const,
    { timeout: 200_000 },
  );

const failed = (page: Page) =>
  page.waitForFunction(() => window.heard.runs.at(-1)?.phase === 'failed', null, { timeout: 60_000 });

/** The largest relative difference from the losses of the uninterrupted run; each of `run`'s steps must be one of that run's. */
function difference(whole: HeardRun, run: Pick<HeardRun, 'steps'>): number {
  const losses = new Map(whole.steps.map(([series, step, loss]) => [`${series}/${step}`, loss]));
  return Math.max(
    0,
    ...run.steps.map(([series, step, loss]) => {
      const expected = losses.get(`${series}/${step}`);
      expect(expected, `${series} ${step}`).toBeDefined();
      return Math.abs(loss - expected!) / Math.abs(expected!);
    }),
  );
}

let whole: HeardRun | null = null;
/** The same run without a break: of whoever asks first, in the same page. */
async function wholeRun(studio: Studio, runs: number): Promise<HeardRun> {
  if (whole) return whole;
  await studio.page.getByRole('button', { name: 'Restart', exact: true }).first().click();
  whole = await waitForPhase(studio, 'done', { runs, timeout: 280_000 });
  expect(whole.summary?.backend).toBe('webgpu');
  return whole;
}

for (const [where, series, step, isPaused, tag] of [
  ['in the warm-up', 'warm-up', 2, false, []],
  ['in forgetting', 'forgetting', 1, false, ['@long']],
  ['while the run is paused in improving', 'improving', 2, true, ['@long']],
] as const)
  test(`the device is lost ${where}: the run goes on on a new one, to the same losses`, { tag: [...tag] }, async ({
    browser,
  }) => {
    test.setTimeout(400_000);
    const studio = await open(browser);
    const { page } = studio;
    await start(page);
    await reached(page, series, step);
    if (isPaused) {
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await waitForPhase(studio, 'paused', { timeout: 60_000 });
    }
    expect(await destroyDevice(page)).toBe(1);
    await failed(page);
    const before = (await studio.heard()).runs.at(-1)!;
    expect(before.error).toContain('The GPU device was lost (destroyed');
    const card = page.getByRole('region', { name: 'What failed' });
    await expect(card).toContainText('The GPU was lost');
    await card.getByRole('button').first().click();
    const after = await waitForPhase(studio, 'done', { runs: 2, timeout: 280_000 });
    expect(after.summary?.backend).toBe('webgpu');
    const all = await wholeRun(studio, 3);
    const [until, from] = [difference(all, before), difference(all, after)];
    console.log(`lost ${where}: losses differ by ${until} before, ${from} after; ${after.steps.length} steps after`);
    expect(after.steps.at(-1)?.slice(0, 2)).toEqual(all.steps.at(-1)?.slice(0, 2));
    expect(Math.max(until, from)).toBeLessThanOrEqual(REPEATED);
    // One load of the page, a second device. One that is lost after the end takes nothing with it that was shown; its weights are gone, and that is said.
    expect(await destroyDevice(page)).toBe(2);
    await expect(page.getByRole('region', { name: 'What failed' })).toHaveCount(0);
    await studio.close();
  });
