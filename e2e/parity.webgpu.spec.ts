// The WGSL kernels against cpu on a real WebGPU device (the software adapter), forward and gradient. Not the studio: a page of
// its own with nothing but the kernels, bundled here.
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { build } from 'vite';
import type { ParityWindow } from './harness/parityPage';

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rolldownOptions: { input: fileURLToPath(new URL(entry, import.meta.url)) },
    },
  });
  const [output] = [result].flat();
  if (!output || !('output' in output)) throw new Error(`${entry} could not be bundled.`);
  const chunks = output.output.filter((part) => part.type === 'chunk');
  if (chunks.length !== 1) throw new Error(`${entry} became ${chunks.length} chunks, expected one.`);
  return chunks[0]!.code;
}

test.beforeEach(async ({ page }) => {
  const code = await bundle('./harness/parityPage.ts');
  await page.route('**/parity/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<script type="module" src="page.js"></script>' }),
  );
  await page.route('**/parity/page.js', (route) => route.fulfill({ contentType: 'text/javascript', body: code }));
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
