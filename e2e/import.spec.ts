// Importing files: a good one runs to the end, bad ones are refused with file, line and field, and nothing loaded is lost; records are opened to be looked at.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { jsonl, partlyBad, readyPairs, sums, type UploadFile, unusable } from './files';
import { changeSettings, expectAccessible, openStudio, openView, type Studio, waitForPhase } from './studio';
import { expect, test } from './test';

/** From scratch, in the sizes of Tiny, and short: the pipeline, not the skill, is tested. */
const SMALL = {
  ...{ sftSteps: 40, batchTokens: 512 },
  ...{ prompts: 32, samplesPerPrompt: 4, maxNewTokens: 16, heldOutPrompts: 20, klPrompts: 10 },
  ...{ warmupSteps: 3, rewardSteps: 5, forgettingSteps: 3, improvingSteps: 3 },
};

let studio: Studio;
test.beforeEach(async ({ browser }) => {
  studio = await openStudio(browser, '?preset=tiny&backend=wasm&seed=7&vocabularySize=320', { acceptDownloads: true });
});
test.afterEach(() => studio.close());

const choose = (page: Page, file: UploadFile) => page.locator('input[type=file]').first().setInputFiles(file);

/** As the reference repository writes them, one line of each damaged. */
const record = (name: string) => ({ name, buffer: readFileSync(`src/testing/fixtures/records/${name}`) });

test('a good file is previewed, then runs through the whole pipeline', async () => {
  const { page } = studio;
  await choose(page, sums);
  const preview = page.getByRole('region', { name: 'Imported file' });
  await expect(preview).toContainText('sums.jsonl: 400 usable records of 400');
  expect((await studio.heard()).runs).toEqual([]);
  await preview.getByRole('button', { name: 'Use this file' }).click();
  await changeSettings(page, SMALL);
  await page.getByRole('button', { name: 'Run ALLO' }).first().click();
  const { summary } = await waitForPhase(studio, 'done');
  expect(summary?.stages.map(({ name }) => name)).toEqual([
    'sft',
    'sampling',
    'pairs',
    'warm-up',
    'mask',
    'token-rewards',
    'forgetting',
    'improving',
    'evaluation',
  ]);
  const sft = summary?.stages[0];
  expect(sft?.lastLoss).toBeLessThan((sft?.firstLoss ?? 0) / 2);
  await expect(page.getByText(/gold as rewrite/).first()).toBeVisible();
});

test('ready pairs run from the warm-up on, and what needs answers says so', async () => {
  const { page } = studio;
  await choose(page, readyPairs);
  await page.getByRole('button', { name: 'Use this file' }).click();
  await changeSettings(page, { ...SMALL, sftSteps: 10 });
  await page.getByRole('button', { name: 'Run ALLO' }).first().click();
  const { summary } = await waitForPhase(studio, 'done');
  const names = summary?.stages.map(({ name }) => name);
  expect(names).not.toContain('sampling');
  expect(names).toContain('warm-up');
  await expect(page.getByText(/no known answers|No answers are known/i).first()).toBeVisible();
});

const twelve = jsonl(
  'twelve.jsonl',
  Array.from({ length: 24 }, (_, i) => ({
    question: `What is ${i >> 1} plus 1 ?`,
    solution: `The answer is ${(i >> 1) + 1}`,
    prediction: `So the answer is ${(i >> 1) + 1 + (i % 2)}.`,
  })),
);

/** As if the file had been let go over the page. */
async function drop(page: Page, { name, buffer }: Pick<UploadFile, 'name' | 'buffer'>): Promise<void> {
  const dataTransfer = await page.evaluateHandle(
    ([fileName, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], fileName));
      return data;
    },
    [name, buffer.toString()] as const,
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer });
}

test('dropped files: data is previewed; records open beside it, by line what is wrong with them, and go on from here', async () => {
  const { page } = studio;
  const preview = page.getByRole('region', { name: 'Imported file' });
  const title = page.getByRole('heading', { level: 2 }).first();
  await drop(page, sums);
  await expect(preview).toContainText('sums.jsonl: 400 usable records of 400');

  await drop(page, record('generations.jsonl'));
  await expect(title).toHaveText(
    /^7 different answers to 3 prompts; 50.% of the 8 samples are right; the file says otherwise of 3$/,
  );
  await expect(page.getByText('Line 9')).toBeVisible();
  await page.getByText('File disagrees').click();
  await expect(page.getByText('3 shown of 7')).toBeVisible();
  await expect(page.getByText('≠ the file says right')).toHaveCount(2);
  await expectAccessible(page, 'opened generations');

  await drop(page, record('forgetting.jsonl'));
  await expect(title).toHaveText(/^2 wrong answers to forget; 30\.8.% of the 13 tokens have a reward below τ = 0\.5$/);
  await expect(page.getByText('Line 3')).toBeVisible();
  const tokens = page.getByRole('listbox', { name: 'Wrong answer, token by token' });
  await expect(tokens.getByRole('option')).toHaveCount(12);
  await tokens.getByRole('option').nth(5).focus();
  const readout = page.locator('.tokens-readout');
  await expect(readout).toContainText('token 6: token reward 0.0310, loss weight 0.0310');
  await expect(readout).toContainText('reference log-prob −1.39');
  await page.getByText('Weight: 1[p < τ]').click();
  await tokens.getByRole('option').nth(5).focus();
  await expect(readout).toContainText('token reward 0.0310, loss weight 1');
  await expectAccessible(page, 'opened forgetting records');

  // A file saved here opens again as what it was.
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const download = await saving;
  expect(download.suggestedFilename()).toBe('forgetting.csv');
  await drop(page, { name: 'again.csv', buffer: readFileSync(await download.path()) });
  await expect(page.getByRole('radio', { name: 'again.csv' })).toBeChecked();
  await expect(title).toHaveText(/^2 wrong answers to forget; 30\.8.% of the 13 tokens/);
  await expect(page.getByText('Line 3')).toHaveCount(0);

  await openView(page, 'Data');
  await page.getByRole('tab', { name: 'Samples' }).click();
  await page.locator('input[type=file]').last().setInputFiles(sums);
  await expect(page.getByText(/sums\.jsonl holds neither generations .* nor forgetting records/)).toBeVisible();
  await openView(page, 'Run');
  await expect(preview).toContainText('sums.jsonl: 400 usable records of 400');

  // Twelve questions with a right and a wrong answer: too few for sampled ones alone, so the solution is chosen.
  await drop(page, twelve);
  await page.getByRole('button', { name: 'Make preference pairs' }).click();
  await expect(preview).toContainText('twelve.pairs.jsonl: 12 usable records of 12');
  await expect(preview).toContainText('Ready pairs');
});

test('bad files are refused by name, line and field, and the file in use stays', async () => {
  const { page } = studio;
  await choose(page, sums);
  await page.getByRole('button', { name: 'Use this file' }).click();
  for (const { what, file, says } of unusable) {
    await test.step(what, async () => {
      await choose(page, file);
      await expect(page.getByText(says).first()).toBeVisible();
      await expect(page.getByText(/Trains on sums\.jsonl/)).toBeVisible();
    });
  }
});

test('a file over the limit is refused by its size', async () => {
  // A sparse blob: 65 MB that nobody has to type.
  await studio.page.evaluate(() => {
    const data = new DataTransfer();
    const megabyte = `${'x'.repeat(1023)}\n`.repeat(1024);
    data.items.add(new File(Array(65).fill(megabyte), 'large.jsonl'));
    document
      .querySelector('main')
      ?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await expect(studio.page.getByText(/large\.jsonl is larger than 64 MB/).first()).toBeVisible({ timeout: 30_000 });
});

test('a partly bad file is used, with every fault named', async () => {
  const { page } = studio;
  await choose(page, partlyBad.file);
  const preview = page.getByRole('region', { name: 'Imported file' });
  await expect(preview).toContainText('partly.jsonl: 60 usable records of 63');
  for (const says of partlyBad.says) await expect(preview).toContainText(says);
});
