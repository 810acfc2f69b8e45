// A run saved as one file and opened in a fresh browser: the same numbers in the same views, without the run.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
  askFirst,
  expectAccessible,
  expectNoSidewaysScroll,
  openStudio,
  openView,
  QUICK,
  type Studio,
  tableRows,
  textOf,
  waitForPhase,
} from './studio';
import { expect, test } from './test';

test.describe.configure({ mode: 'serial' });

let here: Studio;
let there: Studio;
let file: Buffer;

test.beforeAll(async ({ browser }) => {
  here = await openStudio(browser, `?${QUICK}&autostart=1`, { acceptDownloads: true });
  await waitForPhase(here, 'done');
});
test.afterAll(async () => {
  await here.close();
  await there?.close();
});

const results = async (page: Page): Promise<string[][]> => {
  await openView(page, 'Run');
  return tableRows(page.getByRole('region', { name: 'Before and after, table' }).getByRole('table'));
};
const unmoved = (page: Page) => page.getByText(/0 of [\d\u202f]+ unselected weights moved in/);

test('is saved as a zip file', async () => {
  const { page } = here;
  await openView(page, 'Run');
  const button = page.getByRole('button', { name: 'Save run', exact: true });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  expect(download.suggestedFilename()).toMatch(/^[a-z]+-[a-z]+\.allo\.zip$/);
  file = readFileSync(await download.path());
  expect(file.subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  console.log(`bundle: ${(file.length / 1e6).toFixed(1)} MB`);
});

test('opens in a fresh browser with the same numbers, and trains nothing', async ({ browser }) => {
  there = await openStudio(browser, '?backend=wasm');
  const { page } = there;
  await page
    .getByLabel('Run bundle', { exact: true })
    .setInputFiles({ name: 'otter.allo.zip', mimeType: 'application/zip', buffer: file });
  await expect(page.getByText('Opened from otter.allo.zip: ')).toBeVisible();
  expect(await results(page)).toEqual(await results(here.page));
  await expect(page.getByText(/parts? (is|are) not shown/)).toHaveCount(0);
  expect((await there.heard()).runs).toEqual([]);
  await expectAccessible(page, 'an opened run');
  await expectNoSidewaysScroll(page, 'an opened run');
});

for (const view of ['Data', 'Samples', 'Tokens', 'Curves'] as const) {
  test(`shows the same ${view}`, async () => {
    for (const { page } of [here, there]) await openView(page, view);
    await expect.poll(async () => (await textOf(here.page)).length).toBeGreaterThan(200);
    await expect.poll(async () => (await textOf(there.page)) === (await textOf(here.page))).toBe(true);
  });
}

test('shows the same Neurons: masks, and that the others did not move', async () => {
  for (const { page } of [here, there]) {
    await openView(page, 'Neurons');
    await expect(unmoved(page).first()).toBeVisible();
    await expect(
      page.getByRole('button', { name: /^Open model\.layers\.1\.mlp\.up_proj\.weight/ }).first(),
    ).toBeVisible();
  }
  const names = ({ page }: Studio) =>
    page
      .getByRole('button', { name: /^Open model\./ })
      .evaluateAll((buttons) => buttons.map((button) => button.getAttribute('aria-label') ?? button.textContent));
  const mine = await names(here);
  expect(mine.length).toBeGreaterThan(10);
  expect(await names(there)).toEqual(mine);
  expect(await unmoved(there.page).allInnerTexts()).toEqual(await unmoved(here.page).allInnerTexts());
});

test('answers the same in Try, before and after', async () => {
  expect(await askFirst(there.page)).toBe(await askFirst(here.page));
  expect((await there.heard()).runs).toEqual([]);
});

test('refuses a damaged file with words', async () => {
  const { page } = there;
  await openView(page, 'Run');
  await page
    .getByLabel('Run bundle', { exact: true })
    .setInputFiles({ name: 'cut.zip', mimeType: 'application/zip', buffer: file.subarray(0, file.length / 2) });
  await expect(page.getByRole('alert')).toContainText('cut.zip: is no zip file, or its end is missing.');
  await page.getByRole('region', { name: 'Run bundle' }).getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByText('Opened from otter.allo.zip: ')).toBeVisible();
});
