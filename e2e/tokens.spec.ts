// The Tokens view: on a quick run its terms add up to the loss wherever the scrubber stands, what-if stays on the card, and everything is
// reached by keyboard; on a made-up run with 5 000 wrong answers the page never stops.
import { readFileSync } from 'node:fs';
import type { Download, Page } from '@playwright/test';
import { bundle, serveBundle } from './harness/bundle';
import type { TokensPageWindow } from './harness/tokensPage';
import { expectFineLooks, openStudio, openView, QUICK, type Studio, tableRows, waitForPhase } from './studio';
import { judgeTasks } from './tasks';
import { expect, test } from './test';

const contentOf = async (download: Promise<Download>): Promise<string> =>
  readFileSync(await (await download).path(), 'utf8');

/** The rows of a CSV without quoted line ends. */
const csvRows = (text: string): string[][] =>
  text
    .trim()
    .split(/\r?\n/)
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell ?? ''));

test.describe('on a quick run', () => {
  test.describe.configure({ mode: 'serial' });
  let studio: Studio;
  test.beforeAll(async ({ browser }) => {
    studio = await openStudio(browser, `?${QUICK}&autostart=1`, { acceptDownloads: true });
    await waitForPhase(studio, 'done');
    await openView(studio.page, 'Tokens');
  });
  test.afterAll(() => studio.close());

  const lossOf = (page: Page) =>
    page.locator('.tokens-loss').evaluate((element) => ({
      sum: Number((element as HTMLElement).dataset.sum),
      loss: Number((element as HTMLElement).dataset.loss),
      difference: Number((element as HTMLElement).dataset.difference),
    }));

  /** The terms of the file behind the table. */
  async function savedTerms(page: Page): Promise<number[]> {
    const figure = page.locator('.tokens-figure');
    const table = figure.getByRole('table', { name: 'Every token with all layers' });
    if (!(await table.isVisible())) await figure.getByText('Show as table').click();
    const download = page.waitForEvent('download');
    await figure.getByRole('button', { name: /as CSV/ }).click();
    const [head, ...rows] = csvRows(await contentOf(download));
    const at = head!.indexOf('loss term');
    expect(at).toBeGreaterThan(0);
    return rows.map((row) => Number(row[at]));
  }

  test('opens at the end with what improving learns from: a pair with loss and formula', async () => {
    const { page } = studio;
    await expect(page.getByRole('radio', { name: /^Pairs \(/ })).toBeChecked();
    await expect(page.getByLabel('Colour by')).toHaveValue('term');
    const { loss, difference } = await lossOf(page);
    expect(loss).toBeGreaterThan(0);
    expect(Math.abs(difference)).toBeLessThan(1e-4);
    await expect(page.locator('.tokens-formula')).toContainText('the token with the largest term');
    await expect(page.locator('.tokens-loss')).toBeInViewport();
  });

  test('every pair of the list has a loss: at the end measured, followed or not; before it as training last found it', async () => {
    const { page } = studio;
    const list = page.getByRole('listbox', { name: 'All pairs' });
    const losses = () => list.locator('.tokens-row-numbers').allTextContents();
    await page.getByLabel('Sort by').selectOption('loss');
    const lossAt = (text: string) => Number(/loss ([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
    await expect(page.locator('.tokens-row-earlier')).toHaveCount(0);
    const atEnd = (await losses()).map(lossAt);
    expect(atEnd.length).toBeGreaterThan(4);
    expect(atEnd).toEqual(atEnd.toSorted((a, b) => b - a));
    // The last row too, and its terms.
    await list.focus();
    await page.keyboard.press('End');
    expect((await losses()).every((text) => /loss \d/.test(text))).toBe(true);
    await expect(page.locator('.tokens-loss')).toContainText('The loss of this pair');
    const moment = page.getByRole('slider', { name: 'Moment of the run' });
    await moment.press('ArrowLeft');
    await expect(page.locator('.tokens-row-earlier').first()).toHaveText(/^loss [\d.]+ at step \d+$/);
    await expect(page.locator('.tokens-picker')).toContainText('Faint: not measured at this moment');
    expect((await losses()).every((text) => /loss \d/.test(text))).toBe(true);
    await moment.press('ArrowRight');
    await expect(page.locator('.tokens-row-earlier')).toHaveCount(0);
    await page.getByLabel('Sort by').selectOption('run');
    await list.focus();
    await page.keyboard.press('Home');
  });

  test('the terms of a wrong answer add up to the loss of forgetting', async () => {
    const { page } = studio;
    await page.getByText(/^Wrong answers \(/).click();
    await page.getByRole('button', { name: 'Show the end of forgetting' }).click();
    await expect(page.locator('.tokens-context')).toContainText('forgetting, step 3 of 3');
    const { sum, loss, difference } = await lossOf(page);
    expect(loss).toBeGreaterThan(0);
    expect(Math.abs(difference)).toBeLessThan(1e-4);
    const terms = await savedTerms(page);
    expect(Math.abs(terms.reduce((total, term) => total + term, 0) - sum)).toBeLessThan(1e-9);
    expect(Math.abs(sum - loss)).toBeLessThan(1e-4);
  });

  test('hover shows, click pins, arrows move, and the formula takes the token’s numbers', async () => {
    const { page } = studio;
    const strip = page.getByRole('listbox', { name: 'Wrong answer, token by token' });
    const unaligned = strip.locator('[role="option"].strip-outlined').first();
    await unaligned.hover();
    await expect(page.locator('.tokens-readout')).toContainText('loss weight 1');
    await unaligned.click();
    await expect(unaligned).toHaveAttribute('aria-selected', 'true');
    const card = page.locator('.tokens-formula');
    await expect(card).toContainText('descent lowers the probability of this token');
    await expect(card).toContainText('With the numbers of');
    await unaligned.press('ArrowRight');
    await expect(strip.locator('[role="option"]:focus')).toHaveCount(1);
    await expect(unaligned).not.toBeFocused();
    await page.keyboard.press('Escape');
    await expect(strip.locator('[aria-selected="true"]')).toHaveCount(0);
  });

  test('a what-if changes this card and the strip, and goes away again', async () => {
    const { page } = studio;
    const before = await lossOf(page);
    const beta = page.getByLabel(/^What if β/);
    await beta.focus();
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight');
    await expect(page.getByText(/^What if β .*the strip shows/)).toBeVisible();
    const { sum, loss } = await lossOf(page);
    expect(loss).not.toBe(before.loss);
    expect(Math.abs(sum - loss)).toBeLessThan(1e-4);
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await lossOf(page)).toEqual(before);
  });

  test('every layer that the run has colours the strip, by token, word and step', async () => {
    const { page } = studio;
    const select = page.getByLabel('Colour by');
    const options = select.locator('option:not([disabled])');
    const labels = await options.allTextContents();
    for (const needed of [
      'Token reward',
      'Loss weight',
      'Loss term',
      'Gradient',
      'Log-ratio',
      'Policy log-prob',
      'Known wrong tokens',
    ])
      expect(labels).toContain(needed);
    const strip = page.getByRole('listbox', { name: 'Wrong answer, token by token' });
    const tokens = await strip.getByRole('option').count();
    for (const label of labels) {
      await select.selectOption({ label });
      await expect(strip.locator('.strip-under').first()).toBeVisible();
    }
    await page.getByText('Word', { exact: true }).click();
    expect(await strip.getByRole('option').count()).toBeLessThan(tokens);
    await expect(page.locator('.tokens-legend')).toContainText(/a word shows the/);
    await page.getByText('Step', { exact: true }).click();
    await page.getByText('Token', { exact: true }).click();
    await select.selectOption({ label: 'Token reward' });
    expect(await strip.getByRole('option').count()).toBe(tokens);
  });

  test('shows the rewriter’s own rewrite with the differences marked', async () => {
    const { page } = studio;
    const panel = page.getByRole('region', { name: 'What the rewriter makes of it' });
    const rows = panel.getByRole('listbox', { name: /Wrong answer above its rewrite/ });
    await expect(rows).toBeVisible();
    const changed = Number((await panel.getByRole('heading').textContent())?.match(/(\d+) change/)?.[1] ?? 0);
    expect(await rows.locator('.strip-unequal').count()).toBe(changed);
  });

  test('a pair’s terms add up to β z at every moment of the stages that learn from pairs', async () => {
    const { page } = studio;
    await page.getByText(/^Pairs \(/).click();
    await page.getByRole('button', { name: 'Show the end of improving' }).click();
    await expect(page.locator('.tokens-context')).toContainText('improving, step 3 of 3');
    const kept = await page.locator('.tokens-loss').textContent();
    expect(kept).toMatch(/β · z/);
    const moments = new Set<string>();
    for (let i = 0; i < 12; i++) {
      moments.add((await page.locator('.tokens-context').textContent()) ?? '');
      if (await page.locator('.tokens-loss[data-sum]').isVisible()) {
        const { sum, loss, difference } = await lossOf(page);
        expect(Math.abs(difference)).toBeLessThan(1e-4);
        expect(Math.abs(Math.log(1 + Math.exp(-sum)) - loss)).toBeLessThan(1e-4);
      }
      // Also from the radio buttons, which only have arrows of their own.
      await page.getByRole('radio', { name: 'Token', exact: true }).focus();
      await page.keyboard.press('[');
      await page.waitForTimeout(100);
    }
    expect(moments.size).toBeGreaterThan(5);
    const strip = page.getByRole('listbox', { name: /Chosen above rejected/ });
    await expect(strip).toBeVisible();
    const first = strip.getByRole('option').first();
    await first.focus();
    await first.press('ArrowDown');
    await expect(strip.locator('[data-place^="1:"]:focus')).toHaveCount(1);
  });

  test('rewards: ROC of every weighting with table and files, and a miss is one click away', async () => {
    const { page } = studio;
    const roc = page.getByRole('figure', { name: 'ROC of the weightings' });
    await expect(roc.getByRole('listitem')).toHaveCount(4);
    await roc.getByText('Show as table').click();
    const rows = await tableRows(roc.getByRole('table'));
    expect(rows.length).toBeGreaterThan(8);
    for (const kind of ['PNG', 'SVG']) {
      for (const what of ['the ROC curves', 'the spread of rewards', 'the token strip']) {
        const download = page.waitForEvent('download');
        await page.getByRole('button', { name: `Save ${what} as ${kind}` }).click();
        expect((await contentOf(download)).length).toBeGreaterThan(500);
      }
    }
    const miss = page
      .getByRole('region', { name: /false alarms/ })
      .getByRole('button')
      .first();
    // Raw p takes the likeliest right tokens for wrong, the others the least likely ones.
    const rewardOf = async () => Number(/p = ([\d.e−]+)/.exec((await miss.textContent())!)![1]!.replace('−', '-'));
    const suspectsLow = await rewardOf();
    await page.getByText('raw p', { exact: true }).click();
    expect(await rewardOf()).toBeGreaterThan(0.9);
    expect(suspectsLow).toBeLessThan(0.5);
    await page.getByText('1 − p, 1[p < τ] and RLMEC').click();
    expect(await rewardOf()).toBe(suspectsLow);
    const said = await miss.textContent();
    await miss.click();
    const strip = page.getByRole('listbox', { name: 'Wrong answer, token by token' });
    await expect(strip.locator('[aria-selected="true"] .strip-text')).toHaveText(said?.match(/“(.+?)”/)?.[1] ?? '?');
  });

  test('the address brings kind, answer, layer, grouping and pinned token back', async ({ browser }) => {
    const { page } = studio;
    await page.getByText(/^Wrong answers \(/).click();
    const list = page.getByRole('listbox', { name: 'All wrong answers' });
    await list.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.getByLabel('Colour by').selectOption('reward');
    await page.getByLabel('Colour by').selectOption('wrong');
    await page.getByText('Word', { exact: true }).click();
    const pinned = page.locator('.tokens-figure').getByRole('listbox').first().getByRole('option').nth(1);
    await pinned.click();
    await expect(page).toHaveURL(/show=answers&answer=\d+&.*colour=wrong&group=word&token=answer-\d+/);
    const shown = (of: typeof page) => of.locator('.tokens-context').innerText();
    const { search } = new URL(page.url());
    const copy = await openStudio(browser, `${search}&autostart=1`);
    await waitForPhase(copy, 'done');
    await expect(copy.page.getByLabel('Colour by')).toHaveValue('wrong');
    await expect(copy.page.getByRole('radio', { name: 'Word' })).toBeChecked();
    await expect(copy.page.locator('.tokens-figure [aria-selected="true"]').first()).toHaveText(
      (await pinned.textContent()) ?? '?',
    );
    expect(await shown(copy.page)).toBe(await shown(page));
    await copy.close();
    await page.getByText('Token', { exact: true }).click();
    await page.getByLabel('Colour by').selectOption('reward');
  });

  test('forgetting records that the run saves open again with its tokens and numbers', async () => {
    const { page } = studio;
    await openView(page, 'Data');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save forgetting records' }).click();
    const file = await download;
    const lines = (await contentOf(Promise.resolve(file))).trim().split('\n');
    const records: { output: string; reward: number[]; ref_prob: number[]; probability: number[] }[] = lines.map(
      (line) => JSON.parse(line),
    );
    await page
      .locator('input[type=file]')
      .last()
      .setInputFiles(await file.path());
    await expect(page.getByText(/the vocabulary of run \S+ splits all outputs into as many tokens/)).toBeVisible();
    const scored = records.flatMap(({ probability }) => probability.slice(0, -1));
    const share = (scored.filter((p) => p < 0.5).length / scored.length) * 100;
    const title = await page.getByRole('heading', { level: 2 }).first().textContent();
    expect(title).toContain(`${records.length} wrong answers to forget`);
    expect(Number(/([\d.]+)\s%/.exec(title ?? '')?.[1])).toBeCloseTo(share, 1);
    const tokens = page.getByRole('listbox', { name: 'Wrong answer, token by token' }).getByRole('option');
    await expect(tokens).toHaveCount(records[0]!.reward.length);
    const words = await tokens.locator('.strip-text').allTextContents();
    expect(words.slice(0, -1).join(' ')).toBe(records[0]!.output);
    // Σ w · log 2 / D: the weights are 0 and 1, so that any of them makes it log 2.
    expect(records[0]!.reward).toContain(1);
    expect((await lossOf(page)).sum).toBeCloseTo(Math.LN2, 5);
    await page.getByText(/^This run \(/).click();
    await expect(page.getByText(/^Wrong answers \(/)).toBeVisible();
    await page.getByRole('button', { name: 'Close file' }).click();
  });

  test('is accessible and fits, in both looks', async () => {
    const { page } = studio;
    await expectFineLooks(page, 'Tokens,', async (fine) => {
      await page.getByText(/^Wrong answers \(/).click();
      // Colours take a moment to change.
      await page.waitForTimeout(400);
      await fine('answers');
      await page.getByText(/^Pairs \(/).click();
      await fine('pairs');
    });
  });
});

const AT_5_000 =
  '5 000 wrong answers: listing, sorting, searching, scrolling and scrubbing never stop the page for 50 ms';
test(AT_5_000, { tag: '@timed' }, async ({ page }) => {
  const code = await bundle('./tokensPage.tsx');
  await serveBundle(page, 'tokens', code);
  const list = page.getByRole('listbox', { name: 'All wrong answers' });
  const act = async (part: (name: string) => Promise<void>) => {
    const next = async (name: string) => {
      await page.waitForTimeout(400);
      await part(name);
    };
    await page.goto('tokens/');
    await page.waitForFunction(() => (window as TokensPageWindow).tokens !== undefined);
    await expect(page.getByRole('listbox', { name: 'All pairs' })).toBeVisible();
    expect(await page.evaluate(() => (window as TokensPageWindow).tokens!.responses)).toBeGreaterThan(5000);
    await next('changing to answers');
    await page.getByText(/^Wrong answers \(/).click();
    await expect(list).toBeVisible();
    expect(await list.getByRole('option').count()).toBeLessThan(40);
    await next('sorting');
    await page.getByLabel('Sort by').selectOption('loss');
    await next('searching');
    await page.getByRole('searchbox').fill('leo has 4');
    await expect(page.getByText(/^[\d\u202f]+ wrong answers$/)).toBeVisible();
    await next('going to the end');
    await page.getByRole('searchbox').fill('');
    await list.focus();
    await page.keyboard.press('End');
    await expect(list.locator('[aria-selected="true"]')).toHaveAttribute('aria-posinset', /^\d{4,}$/);
    await next('paging');
    for (let i = 0; i < 20; i++) await page.keyboard.press('PageUp');
    await next('scrolling');
    await list.evaluate(async (element) => {
      for (let i = 0; i < 60; i++) {
        element.scrollTop = (i * 7919) % element.scrollHeight;
        await new Promise(requestAnimationFrame);
      }
    });
    await next('scrubbing');
    for (let i = 0; i < 6; i++) {
      await page.evaluate(() => (window as TokensPageWindow).tokens!.moveMoment(-1));
      await page.waitForTimeout(50);
    }
    await page.waitForTimeout(400);
  };
  await judgeTasks(page, act);
});
