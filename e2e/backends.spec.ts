// Why there is no WebGPU: four different texts, each with its fix, and WASM taken instead.
// (The fourth, the software adapter, needs one: backends.webgpu.spec.ts.)
import type { Page } from '@playwright/test';
import { INSECURE_HOST, PORTS } from './setting';
import { openStudio } from './studio';
import { expect, test } from './test';

async function openBackend(page: Page) {
  await page.getByRole('button', { name: /^Backend: (WASM|CPU)/ }).click({ timeout: 30_000 });
  return page.getByRole('paragraph').filter({ hasText: /^Not webgpu:/ });
}

test('no navigator.gpu', async ({ browser }) => {
  const studio = await openStudio(browser, '', {
    beforeWorker: "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { value: undefined });",
  });
  const text = await openBackend(studio.page);
  await expect(text).toContainText('This browser has no WebGPU (navigator.gpu is missing).');
  await expect(text).toContainText('Use Chrome or Edge 113 or newer');
  await studio.close();
});

test('a null adapter', async ({ browser }) => {
  const studio = await openStudio(browser, '', {
    beforeWorker:
      "Object.defineProperty(WorkerNavigator.prototype, 'gpu', { value: { requestAdapter: async () => null } });",
  });
  const text = await openBackend(studio.page);
  await expect(text).toContainText('it offers no graphics adapter (null adapter)');
  await expect(text).toContainText('use graphics acceleration');
  await studio.close();
});

test('an insecure origin, where the studio still works', async ({ browser }) => {
  const studio = await openStudio(browser, '', {
    origin: `http://${INSECURE_HOST}:${PORTS.studio}/`,
    expectedErrors: /Cross-Origin-Opener-Policy header has been ignored|Cross-Origin-Embedder-Policy/,
  });
  expect(await studio.page.evaluate(() => isSecureContext)).toBe(false);
  const text = await openBackend(studio.page);
  await expect(text).toContainText('opened over plain http from another machine');
  await expect(text).toContainText('Open it over https');
  await studio.close();
});
