// Importing files: a good one runs to the end, bad ones are refused with file, line and field, and nothing loaded is lost.
import { expect, type Page, test } from '@playwright/test';
import { partlyBad, readyPairs, sums, type UploadFile, unusable } from './files';
import { changeSettings, openStudio, type Studio, waitForPhase } from './studio';

/** From scratch, in the sizes of Tiny, and short: the pipeline, not the skill, is tested. */
const SMALL = {
  ...{ sftSteps: 40, batchTokens: 512 },
  ...{ prompts: 32, samplesPerPrompt: 4, maxNewTokens: 16, heldOutPrompts: 20, klPrompts: 10 },
  ...{ warmupSteps: 3, rewardSteps: 5, forgettingSteps: 3, improvingSteps: 3 },
};

let studio: Studio;
test.beforeEach(async ({ browser }) => {
  studio = await openStudio(browser, '?preset=tiny&backend=wasm&seed=7&vocabularySize=320');
});
test.afterEach(() => studio.close());

const choose = (page: Page, file: UploadFile) => page.locator('input[type=file]').first().setInputFiles(file);

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

test('a dropped file is read too', async () => {
  const { page } = studio;
  const transfer = await page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      return data;
    },
    [sums.name, sums.buffer.toString()] as const,
  );
  await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
  await expect(page.getByRole('region', { name: 'Imported file' })).toContainText(
    'sums.jsonl: 400 usable records of 400',
  );
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
