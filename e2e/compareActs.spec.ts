// What is done in Compare's table: arms are added and computed, rows filtered, hidden, selected and opened, columns and baseline chosen.
import type { Page } from '@playwright/test';
import { cell, open, row, shownArms, table, whole } from './compareTable';
import type { ComparePageWindow } from './harness/comparePage';
import { expectAccessible, tableRows } from './studio';
import { expect, test } from './test';

const ran = (page: Page) => page.evaluate(() => (window as ComparePageWindow).compare!.ran);

test('an arm is added with one press, and the queue tells how far it is', async ({ page }) => {
  await open(page, 'single');
  await whole(page);
  const line = page.locator('.compare-queue');
  await expect(line.getByRole('status')).toHaveText('');
  await page.getByRole('button', { name: 'Add an arm' }).click();
  const panel = page.getByRole('region', { name: 'Add an arm' });
  await expect(panel.getByRole('button', { name: 'ALLO there', exact: true })).toHaveAttribute('aria-disabled', 'true');
  for (const name of ['DPO, last 10 %', 'ALLO, one ratio', 'OnDARE, top 10 %'])
    await expect(panel.getByRole('button', { name, exact: true })).toHaveCount(1);
  await expectAccessible(page, 'Add an arm');
  await panel.getByRole('searchbox', { name: 'Find an arm' }).fill('least');
  await panel.getByRole('button', { name: 'DPO, last 10 %' }).press('Enter');
  const added = panel.getByRole('button', { name: 'DPO, last 10 % queued' });
  await expect(added).toBeFocused();
  await added.press('Enter');
  await panel.getByRole('button', { name: 'ALLO, improving mask 20, soft weights' }).click();
  expect(await ran(page)).toEqual([
    { labels: ['dpo-last10 math 1'], again: false },
    { labels: ['allo math 1'], again: false },
  ]);
  await page.keyboard.press('Escape');

  await expect(line).toContainText('2 jobs to go, about 2 minutes; DPO, last 10 % on math, seed 1: improving, 40 %');
  await expect(line.getByRole('status')).toHaveText('2 jobs to go');
  await line.getByRole('button', { name: 'Pause' }).click();
  await expect(line.getByRole('status')).toHaveText('Paused: 2 jobs to go');
  await line.getByRole('button', { name: 'Go on' }).click();
  await page.evaluate(() =>
    (window as ComparePageWindow).compare!.changeQueue!((queue) => ({
      ...queue,
      jobs: queue.jobs.map((job) =>
        job.status === 'running'
          ? { ...job, status: 'failed', error: { message: 'The worker stopped.', next: 'Reload.', detail: '' } }
          : job,
      ),
    })),
  );
  await expect(line).toContainText('DPO, last 10 % on math, seed 1 failed: The worker stopped. Reload.');
  await expectAccessible(page, 'Compare with a queue');
  await line.getByRole('button', { name: 'Try again' }).click();
  await expect(line).toBeFocused();
  await expect(line.getByRole('status')).toHaveText('2 jobs to go');
  await line.getByRole('link', { name: 'The queue in Lab' }).click();
  await expect(page).toHaveURL(/#lab$/);

  // Again, once: then it is marked, and the focus stays.
  await row(page, 'ALLO').getByRole('button').click();
  await page.getByRole('button', { name: 'Run this again (1 seed)' }).press('Enter');
  const again = page.getByRole('button', { name: 'Run this again (1 seed): queued' });
  await expect(again).toBeFocused();
  await expect(page.locator('.compare-details')).toContainText('Computing again now.');
  await again.press('Enter');
  expect((await ran(page)).slice(2)).toEqual([{ labels: ['allo math 1'], again: true }]);

  // What goes away with its press hands the focus on.
  await page.getByRole('button', { name: 'Hide', exact: true }).press('Enter');
  await expect.poll(() => shownArms(page)).toHaveLength(3);
  await expect(page.getByRole('region', { name: 'Arms, table' })).toBeFocused();
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(/^Of the 3 arms shown, /);
  await page.getByRole('button', { name: 'Show 1 hidden' }).press('Enter');
  await expect.poll(() => shownArms(page)).toHaveLength(4);
  await expect(page.getByRole('group', { name: 'Hidden arms' })).toBeFocused();
  await page.getByRole('searchbox', { name: 'Search' }).fill('poem');
  await page.getByRole('button', { name: 'Show all arms' }).press('Enter');
  await expect(page.getByRole('group', { name: 'Arms and columns' })).toBeFocused();
  await expect.poll(() => shownArms(page)).toHaveLength(4);

  await open(page, 'empty', '&file=mine.jsonl');
  await page.getByRole('button', { name: 'Add an arm' }).click();
  await expect(panel).toContainText('Run is set to the data of mine.jsonl; an arm is of a built-in family');
  await panel.getByRole('button', { name: 'NPO', exact: true }).click();
  expect(await ran(page)).toEqual([{ labels: ['npo math 1', 'npo math 2', 'npo math 3'], again: false }]);
});

test('rows are filtered, hidden, selected and opened, columns and baseline chosen', async ({ page }) => {
  await open(page, 'full');
  await whole(page);
  await page.getByRole('combobox', { name: 'Experiment' }).selectOption('The empirical study');
  await expect.poll(() => shownArms(page)).toHaveLength(5);
  await whole(page);
  await page.getByRole('combobox', { name: 'Baseline' }).selectOption('ALLO');
  await expect(cell(page, 'DPO, all weights', 'difference')).toContainText('−0.5');

  // Opened: seeds, claims, and what can be run.
  await row(page, 'DPO, top 10 %').getByRole('button').click();
  const details = page.locator('.compare-details');
  await expect(details).toContainText('Seed 2: 89.0 %, 10.0 s; computed here, wasm.');
  await expect(details).toContainText(
    'DPO on the top 10 % is more accurate than on all weights, at the same learning rate. Not reproduced.',
  );
  await expect(details).toContainText('The paper: ECQA 76.0 against 75.1 %');
  await details.getByRole('button', { name: 'Run this again (3 seeds)' }).click();
  expect(await page.evaluate(() => (window as ComparePageWindow).compare!.ran)).toEqual([
    { labels: ['dpo-top10 math 1', 'dpo-top10 math 2', 'dpo-top10 math 3'], again: true },
  ]);
  await details.getByRole('button', { name: 'Hide' }).click();
  await expect.poll(() => shownArms(page)).toHaveLength(4);
  await page.getByRole('button', { name: 'Show 1 hidden' }).click();
  await expect.poll(() => shownArms(page)).toHaveLength(5);

  // Seeds that others have.
  await page.getByRole('combobox', { name: 'Experiment' }).selectOption('Ratio sweep');
  await page.getByRole('searchbox', { name: 'Search' }).fill('2.5 % 3.3');
  await row(page, 'DPO, top 2.5 %, lr × 3.3').getByRole('button').click();
  await page.locator('.compare-details').getByRole('button', { name: 'Run missing seed 3' }).click();
  expect((await page.evaluate(() => (window as ComparePageWindow).compare!.ran)).at(-1)).toEqual({
    labels: ['dpo-top10 math 3'],
    again: false,
  });

  // Settings that differ, of two arms.
  await page.getByRole('combobox', { name: 'Experiment' }).selectOption('The empirical study');
  await page.getByRole('searchbox', { name: 'Search' }).fill('');
  await expect.poll(() => shownArms(page)).toHaveLength(5);
  for (const name of ['ALLO', 'DPO, top 10 %', 'DPO, all weights']) {
    const box = page.getByRole('checkbox', { name: `Select ${name}`, exact: true });
    if ((await box.count()) > 0 && (await box.isChecked())) await box.uncheck();
  }
  await page.getByRole('checkbox', { name: 'Select DPO, random 10 %' }).check();
  await page.getByRole('checkbox', { name: 'Select DPO, last 10 %' }).check();
  await page.getByRole('combobox', { name: 'Experiment' }).selectOption('');
  await page.getByRole('checkbox', { name: 'Select ALLO', exact: true }).uncheck();
  const settings = page.getByRole('region', { name: /differ in one setting$/ });
  expect(await tableRows(settings.getByRole('table'))).toEqual([
    ['Setting', 'DPO, random 10 %', 'DPO, last 10 %', 'Paper'],
    ['Mask rule', 'random', 'least', 'most changed'],
  ]);

  await page.getByRole('button', { name: /^Columns: / }).click();
  const panel = page.getByRole('region', { name: /^Columns: / });
  await panel.getByRole('checkbox', { name: 'Time' }).check();
  await panel.getByRole('checkbox', { name: 'Accuracy' }).uncheck();
  await page.keyboard.press('Escape');
  await whole(page);
  await expect(table(page).getByRole('columnheader', { name: 'Time s' })).toBeVisible();
  await expect(table(page).getByRole('columnheader', { name: 'Accuracy' })).toHaveCount(0);
});
