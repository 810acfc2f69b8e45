// The Neurons view on made-up runs: at the Large preset's size every picture follows the mask lab exactly (how fast is the benchmark's to
// say), and what the worker refuses is told instead of asked for without end.
import type { Page } from '@playwright/test';
import { bundle, serveBundle } from './harness/bundle';
import { changeLab, waitForPictures } from './harness/largeChanges';
import type { LargePageWindow } from './harness/largePage';
import { expect, test } from './test';

let code: Awaited<ReturnType<typeof bundle>>;
test.beforeAll(async () => {
  code = await bundle('./largePage.tsx');
});

async function open(page: Page, query: string): Promise<void> {
  await serveBundle(page, 'large', code);
  await page.goto(`large/${query}`);
  await waitForPictures(page);
}

// Alone on the machine: its page takes a rest between two pictures for the end of them.
test('26 million weights: a change redraws every picture once, with the exact mask', { tag: '@timed' }, async ({
  page,
}) => {
  await open(page, '');
  const { drawn, thumbs, tiles } = await changeLab(page, { name: '', label: 'Upper percent', value: 7.5 });
  // Eight layers of nine tensors, the embedding and the last norm; one of them is large instead of small.
  expect(thumbs).toBeGreaterThanOrEqual(73);
  expect(drawn).toBe(thumbs);
  // One a picture, and a stand-in or two for the large one.
  expect(tiles).toBeGreaterThanOrEqual(thumbs);
  expect(tiles).toBeLessThan(thumbs + 15);
  // ⌊26 223 104 · 7.5 / 100⌋
  const result = page.locator('.neurons-lab-result');
  await expect(result).toContainText('1\u202f966\u202f732 of N = 26\u202f223\u202f104');
  await expect(page.getByText('Not everything could be shown')).toHaveCount(0);
});

test('refused pictures are asked for three times, then told, and tried again at a click', async ({ page }) => {
  await open(page, '?preset=tiny');
  const refused = () => page.evaluate(() => (window as LargePageWindow).large!.refused());
  await page.evaluate(() => (window as LargePageWindow).large!.refuse(true));
  await changeLab(page, { name: '', label: 'Upper percent', value: 7.5 });
  const note = page.getByRole('status').filter({ hasText: 'Not everything could be shown. The tiles are refused.' });
  await expect(note).toBeVisible();
  // The first tile that is given up is told; the others follow.
  await page.waitForTimeout(1500);
  const count = await refused();
  await page.waitForTimeout(2000);
  expect(await refused()).toBe(count);
  expect(count % 3).toBe(0);
  await page.evaluate(() => (window as LargePageWindow).large!.refuse(false));
  await note.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('Not everything could be shown')).toHaveCount(0);
  const { drawn, thumbs } = await changeLab(page, { name: '', label: 'Upper percent', value: 8 });
  expect(drawn).toBe(thumbs);
});
