// With only a software adapter, `auto` takes WASM and says why.
import { openStudio } from './studio';
import { expect, test } from './test';

test('a software adapter', async ({ browser }) => {
  const studio = await openStudio(browser, '');
  const { page } = studio;
  await page.getByRole('button', { name: /^Backend: WASM/ }).click({ timeout: 30_000 });
  const text = page.getByRole('paragraph').filter({ hasText: /^Not webgpu:/ });
  await expect(text).toContainText(/WebGPU runs on a software adapter here \(.*\), which is slower than WASM/);
  await expect(text).toContainText('Install the graphics driver');
  await studio.close();
});
