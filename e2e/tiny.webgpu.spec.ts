// The Tiny run on WebGPU's software adapter, with step counts cut by settings in the address: it is the same run as on WASM, within the tolerance that the
// README states, and as if nothing had been where its device is lost. That is destroyed within the training worker, where code that is put before the
// studio's own has kept hold of it.
import { type Browser, expect, type Page } from '@playwright/test';
import { type HeardRun, openStudio, openView, type Studio, waitForPhase } from './studio';
import { test } from './test';

const CUT =
  '?preset=tiny&seed=7&prompts=16&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&warmupSteps=8&forgettingSteps=3&improvingSteps=4&batchTokens=256';
/** The README's words: how far the losses of one run may differ between two times on webgpu, and between webgpu and wasm. */
const REPEATED = 1e-6;
const ACROSS_BACKENDS = 1e-4;

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

const open = (browser: Browser): Promise<Studio> =>
  openStudio(browser, `${CUT}&backend=webgpu`, { beforeWorker: KEEP_DEVICES });

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

/** The largest difference from the losses of the whole run, which has every step that `run` has. */
function difference(whole: HeardRun, run: Pick<HeardRun, 'steps'>): number {
  const losses = new Map(whole.steps.map(([series, step, loss]) => [`${series}/${step}`, loss]));
  return Math.max(
    0,
    ...run.steps.map(([series, step, loss]) => {
      const expected = losses.get(`${series}/${step}`);
      expect(expected, `${series} ${step}`).toBeDefined();
      return Math.abs(loss - expected!);
    }),
  );
}

let whole: HeardRun | null = null;
/** The run without a break; its page stays open. */
async function runWhole(browser: Browser): Promise<Studio> {
  const studio = await open(browser);
  await start(studio.page);
  whole = await waitForPhase(studio, 'done', { timeout: 280_000 });
  return studio;
}
async function wholeRun(browser: Browser): Promise<HeardRun> {
  if (!whole) await (await runWhole(browser)).close();
  return whole!;
}

test('runs through all stages on WebGPU, close to WASM', async ({ browser }) => {
  test.setTimeout(300_000);
  const studio = await runWhole(browser);
  const run = whole!;
  const { summary } = run;
  console.log(`Cut Tiny on WebGPU (software adapter): ${summary?.seconds.toFixed(1)} s`);
  expect(summary?.backend).toBe('webgpu');
  expect(summary?.stages.map(({ name, steps }) => [name, steps])).toEqual([
    ['sampling', 0],
    ['pairs', 0],
    ['warm-up', 8],
    ['mask', 0],
    ['token-rewards', 0],
    ['forgetting', 3],
    ['improving', 4],
    ['evaluation', 0],
  ]);
  for (const [, , loss] of run.steps) expect(Number.isFinite(loss)).toBe(true);
  for (const name of ['Warm-up loss', 'Forgetting loss', 'Improving loss'])
    await expect(studio.page.getByRole('figure', { name, exact: true })).toBeVisible();
  await openView(studio.page, 'System');
  await expect(studio.page.getByRole('heading', { name: 'Matrix products: 8×8 in registers' })).toBeVisible();
  const memory = await studio.page.getByText(/has held .* were expected/).innerText();
  const [held, expected] = [...memory.matchAll(/([\d.]+)\s?MB/g)].map(([, megabytes]) => Number(megabytes));
  console.log(`GPU buffers: ${held} MB held, ${expected} MB expected`);
  expect(held! / expected!).toBeGreaterThan(0.85);
  expect(held! / expected!).toBeLessThan(1.15);
  await studio.close();
  // DPO's first loss is log 2 on every backend: policy and reference are the same model. Then it must move.
  expect(run.steps[0]?.[2]).toBeCloseTo(Math.LN2, 3);
  expect(Math.abs(run.steps[7]![2] - Math.LN2)).toBeGreaterThan(100 * ACROSS_BACKENDS);

  const wasm = await openStudio(browser, `${CUT}&backend=wasm&autostart=1`);
  const onWasm = await waitForPhase(wasm, 'done');
  await wasm.close();
  expect(onWasm.summary?.backend).toBe('wasm');
  expect(onWasm.steps.map(([series, step]) => [series, step])).toEqual(
    run.steps.map(([series, step]) => [series, step]),
  );
  const across = difference(onWasm, run);
  console.log(`largest difference of a loss from wasm: ${across}`);
  expect(across).toBeLessThanOrEqual(ACROSS_BACKENDS);
});

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
    const all = await wholeRun(browser);
    const [until, from] = [difference(all, before), difference(all, after)];
    console.log(`lost ${where}: losses differ by ${until} before, ${from} after; ${after.steps.length} steps after`);
    expect(after.steps.at(-1)?.slice(0, 2)).toEqual(all.steps.at(-1)?.slice(0, 2));
    expect(Math.max(until, from)).toBeLessThanOrEqual(REPEATED);
    // One load of the page, a second device. One that is lost after the end takes nothing with it that was shown; its weights are gone, and that is said.
    expect(await destroyDevice(page)).toBe(2);
    await expect(page.getByRole('region', { name: 'What failed' })).toHaveCount(0);
    await studio.close();
  });
