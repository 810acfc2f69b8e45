// Compare on made-up results, in a page of its own: opening it, and the parts of its table that the tests read.
import { expect, type Page } from '@playwright/test';
import { bundle, serveBundle } from './harness/bundle';

let code: ReturnType<typeof bundle> | undefined;

/** Made at the first call. */
export async function serve(page: Page): Promise<void> {
  code ??= bundle('./comparePage.tsx');
  await serveBundle(page, 'compare', await code);
}

export const table = (page: Page) => page.getByRole('region', { name: 'Arms, table' }).getByRole('table');
export const row = (page: Page, name: string) => table(page).getByRole('row', { name: `Select ${name} ${name}` });
export const cell = (page: Page, name: string, column: string) => row(page, name).locator(`[data-column="${column}"]`);

export async function open(page: Page, scene: string, more = ''): Promise<void> {
  await serve(page);
  await page.goto(`compare/?scene=${scene}${more}`);
  await expect(page.getByRole('heading', { level: 2 })).toBeVisible();
}

/** Waits until every interval is there. */
export async function whole(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Save the table as CSV' })).toBeEnabled({ timeout: 60_000 });
}

/** Arms in the order on the page. */
export const shownArms = async (page: Page): Promise<string[]> =>
  (await table(page).locator('.compare-open').allTextContents()).map((text) => text.replaceAll('\u00a0', ' '));
