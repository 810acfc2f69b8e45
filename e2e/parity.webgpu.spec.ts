// The WGSL kernels against cpu on a real WebGPU device (the software adapter), forward and gradient. Not the studio: a page of
// its own with nothing but the kernels, bundled here.
import { bundle, serveBundle } from './harness/bundle';
import type { ParityWindow } from './harness/parityPage';
import { expect, test } from './test';

test.beforeEach(async ({ page }) => {
  await serveBundle(page, 'parity', await bundle('./parityPage.ts'));
  await page.goto('parity/');
  await page.waitForFunction(() => (window as ParityWindow).runParity !== undefined);
});

test('every kernel agrees with cpu on webgpu, matrix products with every tile', async ({ page }) => {
  test.setTimeout(300_000);
  const reports = await page.evaluate(() => (window as ParityWindow).runParity!());
  const failures = reports.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
  expect(failures).toEqual([]);
  expect(reports.length).toBeGreaterThan(130);
});

test('the tiles are measured, agree with each other, and the fastest is kept', async ({ page }) => {
  test.setTimeout(120_000);
  const { measured, stored } = await page.evaluate(() => (window as ParityWindow).runTuning!());
  expect(measured.source).toBe('measured');
  const speeds = Object.entries(measured.speeds);
  expect(speeds.length).toBe(6);
  expect(measured.speeds[measured.tile.name]).toBe(Math.max(...speeds.map(([, speed]) => speed)));
  expect(stored).toEqual([['matmul tile of the adapter under test', measured.tile.name]]);
});
