// The WGSL kernels against cpu on a real WebGPU device (the software adapter), forward and gradient. Not the studio: a page of
// its own with nothing but the kernels, bundled here.
import type { Page } from '@playwright/test';
import { bundle, serveBundle } from './harness/bundle';
import type { ParityOf, ParityWindow } from './harness/parityPage';
import { expect, test } from './test';

test.beforeEach(async ({ page }) => {
  await serveBundle(page, 'parity', await bundle('./parityPage.ts'));
  await page.goto('parity/');
  await page.waitForFunction(() => (window as ParityWindow).runParity !== undefined);
});

async function expectParity(page: Page, what: ParityOf, least: number): Promise<void> {
  const reports = await page.evaluate((asked) => (window as ParityWindow).runParity!(asked), what);
  const failures = reports.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`));
  expect(failures).toEqual([]);
  expect(reports.length).toBeGreaterThan(least);
}

test('every kernel agrees with cpu on webgpu', async ({ page }) => {
  test.setTimeout(300_000);
  await expectParity(page, 'kernels', 85);
});

test('every kernel agrees with cpu at the sizes of Default', { tag: '@long' }, async ({ page }) => {
  test.setTimeout(300_000);
  await expectParity(page, 'full size', 20);
});

test('matrix products agree with cpu with every tile', { tag: '@long' }, async ({ page }) => {
  test.setTimeout(300_000);
  await expectParity(page, 'tiles', 30);
});

test('the tiles are measured, agree with each other, and the fastest is kept', { tag: '@long' }, async ({ page }) => {
  test.setTimeout(120_000);
  const { measured, stored } = await page.evaluate(() => (window as ParityWindow).runTuning!());
  expect(measured.source).toBe('measured');
  const speeds = Object.entries(measured.speeds);
  expect(speeds.length).toBe(6);
  expect(measured.speeds[measured.tile.name]).toBe(Math.max(...speeds.map(([, speed]) => speed)));
  expect(stored).toEqual([['matmul tile of the adapter under test', measured.tile.name]]);
});
