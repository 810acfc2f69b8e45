// A run that survives a reload: paused in its warm-up, gone on with, and equal to the run that nobody has interrupted, step by step.
import { expect, type Page } from '@playwright/test';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type HeardRun,
  openStudio,
  QUICK,
  type Studio,
  tableRows,
  waitForPhase,
} from './studio';
import { test } from './test';

test.describe.configure({ mode: 'serial' });

const WARMUP = 30;
const QUERY = `?${QUICK.replace(/warmupSteps=\d+/, `warmupSteps=${WARMUP}`)}&batchTokens=512`;
let studio: Studio;
/** Before the reload, and after it. */
let first: HeardRun['steps'] = [];
let second: HeardRun['steps'] = [];

const card = (page: Page) => page.getByRole('region', { name: 'Unfinished run' });
const saved = (page: Page) => page.getByRole('region', { name: 'Saved runs' });
const lastLosses = async (page: Page): Promise<string[][]> => {
  const figure = page.getByRole('figure', { name: 'Improving loss', exact: true });
  const show = figure.getByRole('button', { name: 'Show as table: Improving loss' });
  // The table that was opened once stays open.
  if (await show.isVisible()) await show.click();
  return tableRows(figure.getByRole('table'));
};

test.beforeAll(async ({ browser }) => {
  studio = await openStudio(browser, QUERY);
});
test.afterAll(() => studio.close());

test('says what appears here before anything is saved', async () => {
  await expect(saved(studio.page)).toContainText('A run appears here with its first save');
  await expect(card(studio.page)).toHaveCount(0);
});

test('is saved when it is paused in the middle of its warm-up', async () => {
  const { page } = studio;
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await page.waitForFunction(() =>
    window.heard.runs.at(-1)?.steps.some(([series, step]) => series === 'warm-up' && step >= 3),
  );
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const { steps } = await waitForPhase(studio, 'paused');
  first = steps;
  expect(steps.filter(([series]) => series === 'warm-up').length).toBeLessThan(WARMUP);
  await expect(page.getByText(/^Saved (just now|\d+ s ago)/)).toBeVisible();
  // A save within the stage, not the one at its beginning.
  await expect(saved(page).getByRole('listitem').first()).toContainText(
    /In this tab · (At|Paused at) warm-up, step \d+ of 30/,
  );
});

test('is offered after a reload, and nothing starts by itself', async () => {
  const { page } = studio;
  await page.reload();
  await expect(card(page)).toContainText(/^Run [a-z]+-[a-z]+ stopped at warm-up, step \d+ of 30/);
  expect((await studio.heard()).runs).toEqual([]);
  await expectAccessible(page, 'an unfinished run');
  await expectNoSidewaysScroll(page, 'an unfinished run');
});

test('goes on where it was and ends as if nothing had been', async () => {
  const { page } = studio;
  await card(page).getByRole('button', { name: 'Continue', exact: true }).click();
  second = (await waitForPhase(studio, 'done')).steps;
  await expect(card(page)).toHaveCount(0);
  const shown = await lastLosses(page);
  // The same run without a break, in the same page.
  await page.getByRole('button', { name: 'Restart', exact: true }).click();
  const whole = await waitForPhase(studio, 'done', { runs: 2 });
  // What came behind the last save is done again: the same numbers.
  const losses = new Map(whole.steps.map(([series, step, loss]) => [`${series} ${step}`, loss]));
  const both = [...first, ...second];
  for (const [series, step, loss] of both) expect(loss, `${series} ${step}`).toBe(losses.get(`${series} ${step}`));
  expect(new Set(both.map(([series, step]) => `${series} ${step}`)).size).toBe(losses.size);
  expect(second.length).toBeLessThan(losses.size);
  expect(await lastLosses(page)).toEqual(shown);
});

test('is in the list as done, can be opened, and deleted with a way back', async () => {
  const { page } = studio;
  // Done is told before the last save is written.
  await expect(saved(page).getByRole('listitem').filter({ hasNotText: 'Done' })).toHaveCount(0);
  await page.reload();
  await expect(card(page)).toHaveCount(0);
  const row = saved(page).getByRole('listitem').last();
  await expect(row).toContainText('Done');
  const name = (await row.locator('.saved-name').innerText()).trim();
  await row.getByRole('button', { name: `Open ${name}` }).click();
  await expect(page.getByText('Opened from the saved runs')).toBeVisible();
  expect((await lastLosses(page)).length).toBe(1 + 3);
  expect((await studio.heard()).runs).toEqual([]);
  await row.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const open = saved(page).getByRole('button', { name: `Open ${name}`, exact: true });
  await expect(open).toHaveCount(0);
  await page.getByRole('button', { name: `Undo deleting ${name}` }).click();
  await expect(open).toBeVisible();
});

test('is renamed, deleted and had back by keyboard, which stays where it was', async () => {
  const { page } = studio;
  const name = (await saved(page).locator('.saved-name').last().innerText()).trim();
  const [more, heading] = [
    (of: string) => saved(page).getByRole('button', { name: `More for ${of}`, exact: true }),
    saved(page).getByRole('heading', { name: 'Saved runs' }),
  ];
  for (const [typed, key, after] of [
    ['otter', 'Escape', name],
    ['grey heron', 'Enter', 'grey heron'],
    [name, 'Enter', name],
  ] as const) {
    const before = (await saved(page).locator('.saved-name').last().innerText()).trim();
    await more(before).press('Enter');
    await page.getByRole('button', { name: 'Rename', exact: true }).press('Enter');
    await expect(saved(page).getByLabel(`New name of ${before}`)).toBeFocused();
    await page.keyboard.type(typed);
    await page.keyboard.press(key);
    await expect(more(after)).toBeFocused();
    await expect(more(after)).toHaveAttribute('aria-expanded', 'false');
  }
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
  await expect(heading).toBeFocused();
  await page.getByRole('button', { name: `Undo deleting ${name}` }).press('Enter');
  await expect(more(name)).toBeVisible();
  await expect(heading).toBeFocused();
});

test('written by a newer studio, or damaged: set aside with why, exported as it lies, and there again when it can be read', async () => {
  const { page } = studio;
  /** The first record with such a version; gives the one it had. */
  const setVersion = (version: unknown): Promise<unknown> =>
    page.evaluate(
      (wanted) =>
        new Promise((resolve, reject) => {
          const opening = indexedDB.open('allo-runs');
          opening.onerror = () => reject(opening.error);
          opening.onsuccess = () => {
            const tx = opening.result.transaction('runs', 'readwrite');
            const cursor = tx.objectStore('runs').openCursor();
            let before: unknown;
            cursor.onsuccess = () => {
              if (!cursor.result) return;
              before = cursor.result.value.recordVersion;
              cursor.result.update({ ...cursor.result.value, recordVersion: wanted });
            };
            tx.oncomplete = () => {
              opening.result.close();
              resolve(before);
            };
          };
        }),
      version,
    );
  const count = await saved(page).locator('.saved-row').count();
  const before = await setVersion(99);
  await page.reload();
  const aside = saved(page).getByRole('region', { name: 'Runs set aside' });
  await expect(aside).toContainText('written by a newer version of the studio');
  await expect(saved(page).locator('.saved-row')).toHaveCount(count);
  const downloading = page.waitForEvent('download');
  await aside.getByRole('button', { name: /^Export anyway: / }).press('Enter');
  expect((await downloading).suggestedFilename()).toMatch(/\.raw\.zip$/);
  await setVersion('broken');
  await page.reload();
  await expect(aside).toContainText('does not say which version of the studio wrote it');
  await setVersion(before);
  await page.reload();
  await expect(saved(page).locator('.saved-row')).toHaveCount(count);
  await expect(aside).toHaveCount(0);
});
