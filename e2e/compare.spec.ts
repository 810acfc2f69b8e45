// The Compare view on made-up results, in a page of its own: what it shows is what its files hold, thousands of results never stop the page, and
// everything is reached by keyboard on any width. In the studio: its address.
import { readFileSync } from 'node:fs';
import type { Download, Page } from '@playwright/test';
import { findExperiment, jobsOf } from '../src/core/study/experiments';
import { parseResult } from '../src/core/study/result';
import { resultsOf } from '../src/testing/studyWorld';
import { cell, open, row, serve, shownArms, table, whole } from './compareTable';
import type { ComparePageWindow } from './harness/comparePage';
import { answerWith } from './recordedStudy';
import { expectFine, LOOKS, openStudio, tableRows, take } from './studio';
import { judgeTasks } from './tasks';
import { expect, test } from './test';

const contentOf = async (download: Promise<Download>): Promise<string> =>
  readFileSync(await (await download).path(), 'utf8');

async function download(page: Page, kind: 'CSV' | 'JSON' | 'LaTeX' | 'PNG' | 'SVG'): Promise<Download> {
  const begun = page.waitForEvent('download');
  await page.getByRole('button', { name: `Save the table as ${kind}` }).click();
  return begun;
}

const save = (page: Page, kind: 'CSV' | 'JSON' | 'LaTeX' | 'SVG'): Promise<string> => contentOf(download(page, kind));

const csvRows = (text: string): string[][] =>
  text
    .trim()
    .split('\r\n')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
        quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
      ),
    );

test('shows every arm with mean, spread, seeds, interval and the paper’s number', async ({ page }) => {
  await open(page, 'full');
  await whole(page);
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(
    /^(Most accurate|No clear winner) on math: RFT \(96\.\d\u202f%\)/,
  );
  // 94.5, 93 and 95.5: mean 94.33, sd 1.26.
  await expect(cell(page, 'ALLO', 'accuracy')).toHaveText('94.3 ± 1.33 seeds');
  await expect(cell(page, 'ALLO', 'difference')).toHaveText(/^\+0\.5 −\d+\.\d … \+\d+\.\d3 seeds × 200 prompts$/);
  await expect(cell(page, 'DPO, all weights', 'difference')).toHaveText('baseline');
  await expect(cell(page, 'ALLO', 'updates')).toHaveText('16050 + 30 + 80');
  await expect(cell(page, 'ALLO', 'paper')).toHaveText('52.6');
  await expect(cell(page, 'ALLO', 'paper-difference')).toHaveText('+0.6');
  await expect(cell(page, 'DPO, top 10 %', 'paper')).toContainText('not measured');
  await expect(cell(page, 'DPO, all weights', 'verdict')).toContainText('ALLO above it: too close to call');
  // Further down, on the second page.
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(cell(page, 'RFT', 'verdict')).toHaveText('✕ ALLO above it: not reproduced');
  await expect(cell(page, 'RFT', 'accuracy').locator('strong')).toHaveText('96.3 ± 0.3');
  await expect(row(page, 'NPO')).toContainText('failed');
  // Another order begins with its first rows.
  await expect(page.getByRole('button', { name: 'Previous' })).toBeEnabled();
  await page.getByRole('button', { name: 'Accuracy %' }).click();
  await expect(page.getByRole('button', { name: 'Previous' })).toBeDisabled();
});

test('the files hold what is shown', async ({ page }) => {
  await open(page, 'full');
  await whole(page);
  await page.getByRole('searchbox', { name: 'Search' }).fill('dpo');
  await page.getByRole('button', { name: 'Accuracy %' }).click();
  await expect(table(page).getByRole('columnheader', { name: 'Accuracy %' })).toHaveAttribute(
    'aria-sort',
    'descending',
  );
  await whole(page);
  const arms = await shownArms(page);
  expect(arms.length).toBeGreaterThan(10);

  const [head, ...lines] = csvRows(await save(page, 'CSV'));
  expect(lines.map(([arm]) => arm)).toEqual(arms);
  const at = (name: string) => head!.indexOf(name);
  const shownAccuracy = await table(page).locator('tbody [data-column="accuracy"]').allTextContents();
  expect(shownAccuracy).toHaveLength(lines.length);
  for (const [i, line] of lines.entries()) {
    const shown = shownAccuracy[i];
    const mean = Number(line[at('Accuracy, %: mean')]).toFixed(1);
    const sd = line[at('Accuracy, %: sd')];
    const seeds = line[at('Accuracy, %: seeds')];
    const spread = sd === '' ? '' : ` ± ${Number(sd).toFixed(1)}`;
    expect(shown).toBe(`${mean}${spread}${seeds} ${seeds === '1' ? 'seed' : 'seeds'}`);
  }

  const results = (JSON.parse(await save(page, 'JSON')) as unknown[]).map(parseResult);
  const all = await page.evaluate(() => (window as ComparePageWindow).compare!.results);
  expect(results.length).toBeGreaterThan(arms.length);
  const known = new Map(all.map((result) => [result.key, result]));
  for (const result of results) expect(result).toEqual(known.get(result.key));

  const latex = await save(page, 'LaTeX');
  expect(latex).toContain('\\toprule');
  for (const arm of arms.slice(0, 3))
    expect(latex).toContain(`${arm.replaceAll('%', '\\%').replaceAll('×', '$\\times$')} & $`);
});

interface Pixels {
  width: number;
  height: number;
  /** Share of pixels that are not as the first. */
  inked: number;
}

/** Decodes a PNG in the page. */
async function pixelsOf(page: Page, file: Download): Promise<Pixels> {
  const bytes = readFileSync(await file.path()).toString('base64');
  return page.evaluate(async (data): Promise<Pixels> => {
    const blob = await (await fetch(`data:image/png;base64,${data}`)).blob();
    const image = await createImageBitmap(blob);
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(image, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
    return { width, height, inked: pixels.filter((pixel) => pixel !== pixels[0]).length / pixels.length };
  }, bytes);
}

for (const theme of ['light', 'dark'] as const) {
  test(`the table as a picture, ${theme}`, async ({ page }) => {
    await open(page, 'full', `&theme=${theme}`);
    await page.getByRole('combobox', { name: 'Experiment' }).selectOption('The empirical study');
    await expect.poll(() => shownArms(page)).toHaveLength(5);
    await whole(page);
    const title = await page.getByRole('heading', { level: 2 }).textContent();
    const svg = await save(page, 'SVG');
    const texts = [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text!);
    expect(texts[0]).toBe(title);
    const arms = await shownArms(page);
    expect(texts.filter((text) => arms.includes(text))).toEqual(arms);
    for (const arm of arms) {
      const shown = (await cell(page, arm, 'accuracy').textContent())!.replace(/\d seeds?$/, '');
      expect(texts[texts.indexOf(arm) + 1]).toBe(shown);
    }
    const paper = await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--paper'));
    expect(svg).toContain(`fill="${paper.trim()}"`);

    // At two pixels a unit, with something on it, and less ink than paper.
    const [, width, height] = /^<svg [^>]*width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
    const pixels = await pixelsOf(page, await download(page, 'PNG'));
    expect([pixels.width, pixels.height]).toEqual([Math.ceil(2 * Number(width)), Math.ceil(2 * Number(height))]);
    expect(pixels.width).toBeGreaterThan(800);
    expect(pixels.inked).toBeGreaterThan(0.01);
    expect(pixels.inked).toBeLessThan(0.3);
  });
}

test('curves of the selected arms have tables and pictures', async ({ page }) => {
  await open(page, 'full');
  await whole(page);
  const losses = page.getByRole('figure', { name: 'Training loss' });
  await losses.getByRole('button', { name: 'Save Training loss' }).click();
  const svg = page.waitForEvent('download');
  await losses.getByRole('button', { name: 'Save Training loss as SVG' }).click();
  expect(await contentOf(svg)).toContain('DPO, top 10 %');
  const csv = page.waitForEvent('download');
  await losses.getByRole('button', { name: 'Save Training loss as CSV' }).click();
  // ALLO 160, two of DPO 110 each, and the head.
  expect((await contentOf(csv)).trim().split('\r\n')).toHaveLength(1 + 160 + 110 + 110);
});

const MANY = 'thousands of results never stop the page';
test(MANY, { tag: '@timed' }, async ({ page }) => {
  await serve(page);
  const act = async (part: (name: string) => Promise<void>) => {
    // By selectors and in the page alone: roles are looked up, and a failing expectation is described, in the thread that is measured, and
    // take it tens of milliseconds over a page of thousands of elements.
    await page.goto('compare/?scene=many');
    await page.waitForFunction(() => document.querySelector('.compare-table tbody tr'));
    await page.waitForFunction(() =>
      /Computing intervals… [1-9]/.test(document.querySelector('.caption')!.textContent!),
    );
    await page.waitForTimeout(3000);
    await part('sorting');
    await page.locator('.compare-head-button', { hasText: 'Accuracy %' }).click();
    await page.waitForTimeout(500);
    await part('searching');
    await page.locator('.compare-field input[type=search]').pressSequentially('ipo mean', { delay: 60 });
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.compare-open')].some(
        ({ textContent }) => textContent === 'IPO (mean), lr ×\u00a00.25',
      ),
    );
    await page.waitForTimeout(500);
  };
  await judgeTasks(page, act);
  await expect(table(page)).toBeVisible();
  expect(await shownArms(page)).toContain('IPO (mean), lr × 0.25');
  expect(await page.evaluate(() => (window as ComparePageWindow).compare!.results.length)).toBeGreaterThan(3000);
});

test('says why there is nothing, and what to do', async ({ page }) => {
  await open(page, 'empty');
  await expect(page.getByText('No arm has results on math with the default preset yet')).toBeVisible();
  await page.getByRole('button', { name: 'Run ALLO and plain DPO' }).click();
  expect(await page.evaluate(() => (window as ComparePageWindow).compare!.ran)).toEqual([
    { labels: ['allo math 1', 'dpo-full math 1'], again: false },
  ]);
  await open(page, 'loading');
  await expect(page.getByText('Loading the recorded results…')).toBeVisible();
  await open(page, 'failed');
  await expect(page.getByRole('alert')).toContainText('HTTP 500. Try again. Load again');
  await open(page, 'full');
  await page.getByRole('searchbox', { name: 'Search' }).fill('poem');
  await expect(page.getByText(/None of the \d+ arms match/)).toBeVisible();
  await page.getByRole('button', { name: 'Show all arms' }).click();
  await expect(table(page)).toBeVisible();
});

for (const look of LOOKS) {
  test(`is accessible and fits, ${look.colorScheme} at ${look.width}`, async ({ page }) => {
    await take(page, look);
    await open(page, 'full');
    await whole(page);
    await row(page, 'DPO, all weights').getByRole('button').click();
    await expectFine(page, 'Compare');
    // The arm stays in sight when its numbers scroll.
    const region = page.getByRole('region', { name: 'Arms, table' });
    await region.evaluate((element) => element.scrollTo({ left: 400 }));
    const { x } = (await row(page, 'ALLO').getByRole('rowheader').boundingBox())!;
    expect(x).toBeGreaterThanOrEqual(0);
  });
}

test('a copied link shows the same table', async ({ browser }) => {
  const results = ['study', 'ratio'] as const;
  const beforePage = answerWith(
    resultsOf(
      results.flatMap((id) => jobsOf(findExperiment(id))),
      {},
    ),
  );
  const permissions = ['clipboard-read', 'clipboard-write'];
  const studio = await openStudio(browser, '?view=compare', { beforePage, permissions });
  const { page } = studio;
  await whole(page);
  // The paper's number and the verdict stand in sight.
  const region = page.getByRole('region', { name: 'Arms, table' });
  const { x, width } = (await region.boundingBox())!;
  for (const name of ['Paper %', 'Paper’s claim']) {
    const head = (await table(page).getByRole('columnheader', { name }).first().boundingBox())!;
    expect(head.x + head.width, name).toBeLessThanOrEqual(x + width);
  }
  await expect(page).toHaveURL(/\?view=compare$/);

  await page.getByRole('combobox', { name: 'Experiment' }).selectOption('Ratio sweep');
  await page.getByRole('combobox', { name: 'Group' }).selectOption('DPO and masks');
  await page.getByRole('combobox', { name: 'Baseline' }).selectOption('DPO, top 10 %');
  await page.getByRole('searchbox', { name: 'Search' }).fill('top');
  await page.getByRole('checkbox', { name: 'Keep groups together' }).uncheck();
  await page.getByRole('button', { name: 'Arm', exact: true }).click();
  await page.getByRole('button', { name: 'Arm', exact: true }).click();
  await page.getByRole('button', { name: /^Columns: / }).click();
  await page
    .getByRole('region', { name: /^Columns: / })
    .getByRole('checkbox', { name: 'KL to SFT' })
    .uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('checkbox', { name: 'Select DPO, top 2.5 %, lr × 3.3', exact: true }).check();
  await whole(page);
  const shown = await tableRows(table(page));
  expect(shown.length).toBeGreaterThan(5);
  const settings = page.getByRole('region', { name: /selected arms differ in/ }).getByRole('table');
  const differing = await tableRows(settings);

  await page.getByRole('button', { name: 'Copy link: Training loss' }).click();
  await expect(page.getByText('Link copied')).toBeVisible();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  expect(link.hash).toBe('#curve-compare-loss');
  await expect(page).toHaveURL(new RegExp(`${link.search.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`));

  const other = await openStudio(browser, `${link.search}${link.hash}`, { beforePage });
  await whole(other.page);
  expect(await tableRows(table(other.page))).toEqual(shown);
  expect(
    await tableRows(other.page.getByRole('region', { name: /selected arms differ in/ }).getByRole('table')),
  ).toEqual(differing);
  await expect(other.page.getByRole('searchbox', { name: 'Search' })).toHaveValue('top');
  await expect(other.page.getByRole('figure', { name: 'Training loss' })).toHaveAttribute('aria-current', 'location');
  await other.close();
  await studio.close();
});
