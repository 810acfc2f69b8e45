// Importing tables: a CSV with unusual column names is mapped by hand and trained on; other forms are recognised by what is in them.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { UploadFile } from './files';
import { changeSettings, openStudio, type Studio, waitForPhase } from './studio';
import { expect, test } from './test';

const SMALL = {
  ...{ sftSteps: 40, batchTokens: 512 },
  ...{ prompts: 32, samplesPerPrompt: 4, maxNewTokens: 16, heldOutPrompts: 20, klPrompts: 10 },
  ...{ warmupSteps: 3, rewardSteps: 5, forgettingSteps: 3, improvingSteps: 3 },
};

const sums = Array.from({ length: 200 }, (_, i) => ({ a: i % 20, b: Math.floor(i / 20) }));

/** Semicolons, quoted line ends, names that nobody guesses, and one row with a cell too many. */
const odd: UploadFile = {
  name: 'odd.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(
    [
      '\ufeffnr;what they ask;how it goes;result',
      ...sums.map(({ a, b }, i) => `${i};What is ${a} plus ${b} ?;"${a} plus ${b}\nmakes ${a + b} .";${a + b}`),
      '201;too;many;cells;here',
    ].join('\r\n'),
  ),
};

let studio: Studio;
test.beforeEach(async ({ browser }) => {
  studio = await openStudio(browser, '?preset=tiny&backend=wasm&seed=7&vocabularySize=320');
});
test.afterEach(() => studio.close());

const choose = (page: Page, file: UploadFile) => page.locator('input[type=file]').first().setInputFiles(file);

test('a CSV with unusual names is mapped by keyboard and runs', async () => {
  const { page } = studio;
  await choose(page, odd);
  const panel = page.getByRole('region', { name: 'Imported file' });
  await expect(panel).toContainText('CSV with 4 columns. Cells are separated by semicolons');
  await expect(panel.getByRole('button', { name: 'Use this file' })).toHaveCount(0);
  await panel.getByLabel('Prompt', { exact: true }).selectOption('what they ask');
  await panel.getByLabel('Response', { exact: true }).selectOption('how it goes');
  await expect(panel).toContainText('200 usable records of 201');
  await expect(panel).toContainText('no output says “The answer is …”');
  const answer = panel.getByLabel(/Final answer/);
  await answer.focus();
  await page.keyboard.press('End');
  await expect(answer).toHaveValue('result');
  await expect(answer).toBeFocused();
  await expect(panel).toContainText('What is 1 plus 0 ?');
  await expect(panel).toContainText('makes 1 . The answer is 1', { useInnerText: true });
  await expect(panel.getByText(/has 5 cells, but the header has 4/)).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 800 });
  await panel.getByRole('button', { name: 'Use this file' }).click();
  await changeSettings(page, SMALL);
  await page.getByRole('button', { name: 'Run ALLO' }).first().click();
  const { summary } = await waitForPhase(studio, 'done');
  expect(summary?.stages.map(({ name }) => name)).toContain('token-rewards');
});

test('Parquet and JSON files need no mapping where their names say enough, and a wrong choice loses nothing', async () => {
  const { page } = studio;
  const panel = page.getByRole('region', { name: 'Imported file' });
  const buffer = readFileSync('src/testing/fixtures/parquet/plain_snappy_v1.parquet');
  await choose(page, { name: 'sums.parquet', mimeType: 'application/octet-stream', buffer });
  await expect(panel).toContainText('Parquet with 4 columns. It has 40 rows in 1 row group.');
  await expect(panel).toContainText('39 usable records of 40');
  await expect(panel).toContainText('Row 8');
  const rows = sums.map(({ a, b }) => ({
    instruction: 'Add.',
    input: `${a} and ${b}`,
    output: `The answer is ${a + b}`,
  }));
  await choose(page, {
    name: 'alpaca.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify({ data: rows })),
  });
  await expect(panel).toContainText('Read from its list “data”.');
  await expect(panel).toContainText('200 usable records of 200');
  await panel.getByLabel('Prompt', { exact: true }).selectOption('output');
  await panel.getByLabel(/Context/).selectOption('');
  await expect(panel.getByRole('alert').or(panel.getByText('usable record'))).toBeVisible();
  await panel.getByLabel('The file holds').selectOption('Preference pairs');
  await expect(panel).toContainText('Choose a column for: Chosen response; Rejected response.');
});
