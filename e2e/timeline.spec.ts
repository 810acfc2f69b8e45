// The time line: scrubbed by keyboard and pointer, carried by the address, followed by the views; and the transport's rarer actions.
import type { Page } from '@playwright/test';
import { judge } from './clock';
import {
  expectAccessible,
  expectFineLooks,
  expectNoSidewaysScroll,
  openStudio,
  openView,
  QUICK,
  type Studio,
  tableRows,
  waitForPhase,
} from './studio';
import { expect, test } from './test';

let studio: Studio;

const slider = (page: Page) => page.getByRole('slider', { name: 'Moment of the run' });
const title = (page: Page) => page.getByRole('heading', { level: 2 }).first();
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first();

/** Where the slider stands. */
const place = async (page: Page) => Number(await slider(page).getAttribute('aria-valuenow'));

test.describe('a finished run', () => {
  test.beforeAll(async ({ browser }) => {
    studio = await openStudio(browser, `?${QUICK}&autostart=1`);
    await waitForPhase(studio, 'done');
  });
  // Each begins at the end of the run, in a window of the usual size.
  test.beforeEach(async () => {
    const { page } = studio;
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
    await page.setViewportSize({ width: 1440, height: 900 });
    await openView(page, 'Samples');
    await button(page, 'Latest').click();
  });
  test.afterAll(() => studio.close());

  test('is scrubbed by keyboard; samples, title and address follow', async () => {
    const { page } = studio;
    await openView(page, 'Samples');
    // Entry, steps 1 and 3 of three steps: three moments a stage, three stages.
    await expect(slider(page)).toHaveAttribute('aria-valuetext', 'Improving, step 3 of 3, the latest');
    const last = await place(page);
    expect(last).toBeGreaterThanOrEqual(8);
    await expect(title(page)).toHaveText(/^\d+ of \d+ held-out prompts answered right at Improving, step 3 of 3$/);

    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect(slider(page)).toHaveAttribute('aria-valuetext', 'Warm-up, step 0 of 3');
    await expect(title(page)).toContainText('at Warm-up, step 0 of 3');
    await expect(page).toHaveURL(/[?&]at=warm-up-0/);
    await page.keyboard.press('ArrowRight');
    expect(await place(page)).toBe(1);
    await page.keyboard.press('PageUp');
    await expect(slider(page)).toHaveAttribute('aria-valuetext', 'Forgetting, step 0 of 3');
    // The warm-up's weights are thrown away: forgetting begins with the very answers of the warm-up's entry.
    const answers = async () => {
      const table = page.getByRole('table');
      if (!(await table.isVisible())) await page.getByText('Show as table').click();
      return (await tableRows(table)).slice(1).map((row) => row.slice(1, 5));
    };
    const atForgetting = await answers();
    expect(atForgetting.length).toBeGreaterThanOrEqual(8);
    await page.keyboard.press('Escape');
    await slider(page).focus();
    await page.keyboard.press('Home');
    expect(await answers()).toEqual(atForgetting);

    await slider(page).focus();
    await page.keyboard.press('End');
    await expect(slider(page)).toHaveAttribute('aria-valuetext', /the latest$/);
    await expect(page).not.toHaveURL(/[?&]at=/);
  });

  test('is scrubbed from anywhere with [ and ], within 100 ms a move', { tag: '@timed' }, async () => {
    const { page } = studio;
    await openView(page, 'Samples');
    await expect(slider(page)).toBeVisible();
    const last = await place(page);
    await page.locator('body').press('[');
    expect(await place(page)).toBe(last - 1);
    await page.locator('body').press(']');
    expect(await place(page)).toBe(last);
    await expect(button(page, 'Latest')).toHaveAttribute('aria-pressed', 'true');

    await judge(page, async () => {
      const measured = await page.evaluate(async () => {
        const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        let longest = 0;
        for (let move = 0; move < 12; move++) {
          const began = performance.now();
          document.dispatchEvent(new KeyboardEvent('keydown', { key: move % 4 < 2 ? '[' : ']', bubbles: true }));
          await painted();
          longest = Math.max(longest, performance.now() - began);
        }
        return longest;
      });
      return [{ what: 'The longest of twelve moves, ms', measured, atMost: 100 }];
    });
  });

  test('is scrubbed with the pointer, which also shows what it points at', async () => {
    const { page } = studio;
    await openView(page, 'Samples');
    const ticks = page.locator('.timeline-tick');
    await ticks.nth(1).hover();
    await expect(page.locator('.timeline-pointed')).toHaveText('Warm-up, step 1 of 3');
    await page.mouse.down();
    expect(await place(page)).toBe(1);
    const box = (await ticks.nth(4).boundingBox())!;
    await page.mouse.move(box.x, box.y + 5, { steps: 4 });
    expect(await place(page)).toBe(4);
    await page.mouse.up();
    await button(page, 'Latest').click();
    await expect(slider(page)).toHaveAttribute('aria-valuetext', /the latest$/);
  });

  test('shows in Neurons what had moved by then, and what entered and left since the moment before', async () => {
    const { page } = studio;
    await openView(page, 'Neurons');
    await page.getByLabel('Layer of the picture').selectOption('moved-most');
    const sentence = page.getByRole('status').filter({ hasText: 'have moved most up to' });
    await expect(sentence).toContainText(/up to Improving, step 3 of 3\. Since Improving, step \d of 3.*stayed\./);
    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect(sentence).toContainText('up to Warm-up, step 0 of 3.');
    const large = page.locator('.neurons-large figcaption .caption');
    await expect(large).toContainText(', 0 of ');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect(sentence).toContainText(/Since Warm-up, step \d of 3.* stayed\./);
    await expect(large).not.toContainText(', 0 of ');
    await page.getByLabel('Layer of the picture').selectOption('entered');
    await expect(page.getByText('entered', { exact: true })).toBeVisible();
    await expect(page).toHaveURL(/layer=entered.*at=warm-up-\d|at=warm-up-\d.*layer=entered/);
  });

  test('shows in Tokens the strip of the moment: its terms, and how they changed', async () => {
    const { page } = studio;
    await openView(page, 'Tokens');
    const inspector = page.locator('.tokens-context');
    const strip = page.locator('.tokens-figure [role="listbox"]').first();
    const numbers = () => strip.locator('.strip-under').allTextContents();
    await expect(inspector).toContainText('improving, step 3 of 3');
    const atEnd = await numbers();
    expect(atEnd.some((text) => text !== '0' && text !== '≈0')).toBe(true);
    await slider(page).focus();
    await page.keyboard.press('Home');
    await expect(inspector).toContainText('warm-up, step 0 of 3');
    // Policy and reference are the same weights there: no token adds anything.
    await expect.poll(async () => [...new Set(await numbers())]).toEqual(['0']);
    await page.keyboard.press('PageUp');
    await expect(inspector).toContainText('forgetting, step 0 of 3');
    await expect(page.getByRole('listbox', { name: 'Wrong answer, token by token' })).toBeVisible();
    await page.keyboard.press('End');
    await expect.poll(numbers).toEqual(atEnd);
  });

  test('is accessible and fits, in both looks', async () => {
    const { page } = studio;
    await expectFineLooks(page, 'Time line,', async (fine) => {
      await openView(page, 'Neurons');
      await expect(slider(page)).toBeVisible();
      await fine('Neurons');
      await openView(page, 'Samples');
      await fine('Samples');
    });
    await openView(page, 'System');
    await expect(page.getByRole('heading', { name: /^Time line: \d+ moments$/ })).toBeVisible();
  });

  test('runs one stage of it again, alone: the very same losses, in the place of the last pass', async () => {
    const { page } = studio;
    const before = (await studio.heard()).runs[0]!.steps;
    await button(page, 'One stage alone').click();
    await button(page, 'Forgetting alone').click();
    await expect
      .poll(async () => (await studio.heard()).runs[0]!.steps.length, { timeout: 60_000 })
      .toBe(before.length + 3);
    await waitForPhase(studio, 'done');
    const after = (await studio.heard()).runs[0]!.steps;
    expect(after.slice(before.length)).toEqual(before.filter(([series]) => series === 'forgetting'));
    await openView(page, 'Samples');
    await expect(slider(page)).toHaveAttribute('aria-valuetext', 'Forgetting, step 3 of 3, the latest');
    await expect(page.locator('.timeline-stage')).toHaveText(['Warm-up', 'Improving', 'Forgetting']);
  });
});

test.describe('a run of its own', () => {
  test.afterEach(() => studio.close());

  test('the address brings the moment back, and names one that is none', async ({ browser }) => {
    studio = await openStudio(browser, `?${QUICK}&autostart=1&view=samples&at=forgetting-1`);
    const { page } = studio;
    await waitForPhase(studio, 'done');
    await expect(slider(page)).toHaveAttribute('aria-valuetext', 'Forgetting, step 1 of 3');
    await expect(page).toHaveURL(/[?&]at=forgetting-1/);
    await studio.close();

    studio = await openStudio(browser, '?view=samples&at=yesterday');
    await expect(studio.page.getByRole('region', { name: 'Settings in the address' })).toContainText(
      '“yesterday” is no moment',
    );
    await expect(studio.page.getByRole('region', { name: 'Time line' })).toContainText('fills while a run trains');
  });

  test('runs to the end of a stage and rests there', async ({ browser }) => {
    studio = await openStudio(browser, `?${QUICK}`);
    const { page } = studio;
    await button(page, 'Run ALLO').waitFor();
    const stepsOf = async (series: string) =>
      (await studio.heard()).runs.at(-1)?.steps.filter(([name]) => name === series).length ?? 0;
    for (let presses = 0; presses < 12 && (await stepsOf('warm-up')) < 3; presses++) {
      await button(page, 'To the end of the stage').click();
      await page.waitForTimeout(300);
      await waitForPhase(studio, 'paused');
    }
    expect(await stepsOf('warm-up')).toBe(3);
    expect(await stepsOf('forgetting')).toBe(0);
  });

  test('slow motion takes one update apart, with the numbers of that step', async ({ browser }) => {
    studio = await openStudio(browser, `?${QUICK}`, { reducedMotion: 'reduce' });
    const { page } = studio;
    await button(page, 'Slow motion').click();
    const card = page.getByRole('region', { name: 'Slow motion' });
    await expect(card).toContainText('the next update is taken apart');
    await button(page, 'Start').click();
    // What lies before the warm-up runs through; then one update, and the next a few seconds later.
    await expect(card.getByRole('listitem')).toHaveCount(4, { timeout: 60_000 });
    await expect(card).toContainText('Warm-up, step 1 of 3');
    await expect(card.locator('[data-lit="false"]')).toHaveCount(0);
    const [, , loss] = (await studio.heard()).runs.at(-1)!.steps.find(([series]) => series === 'warm-up')!;
    await expect(card.locator('.slow-fact', { hasText: /loss of the batch$/ })).toContainText(loss.toPrecision(3));
    await expectAccessible(page, 'slow motion');
    await expect(card).toContainText('Warm-up, step 2 of 3', { timeout: 20_000 });
    await button(page, 'Pause').click();
    await page.setViewportSize({ width: 390, height: 844 });
    await expectNoSidewaysScroll(page, 'slow motion on a phone');
  });

  test('learning rate and β hold from the next update on; all else says that it waits for a restart', async ({
    browser,
  }) => {
    studio = await openStudio(browser, `?${QUICK}&warmupSteps=40`.replace('&warmupSteps=3', ''));
    const { page } = studio;
    await button(page, 'Run ALLO').click();
    await page.waitForFunction(() => (window.heard.runs.at(-1)?.steps.length ?? 0) >= 3, undefined, {
      timeout: 60_000,
    });
    await button(page, 'Pause').click();
    await waitForPhase(studio, 'paused');
    await button(page, 'Change at once').click();
    const panel = page.getByRole('region', { name: 'Changed at once' });
    await expect(panel).toContainText('Applies from the next update. Every other setting applies at restart.');
    await panel.getByLabel('Learning rate ×').fill('0.5');
    await panel.getByLabel('Learning rate ×').press('Enter');
    await expect(panel.getByRole('status')).toHaveText('Waits for the next update.');
    await panel.getByLabel('β').fill('20');
    await expect(panel).toContainText('A number from 0.001 to 10, please.');
    await panel.getByLabel('β').fill('0.2');
    await panel.getByLabel('β').press('Enter');
    // A step may be a measurement; the focus stays in the panel, which would close without it.
    await expect(async () => {
      await page.evaluate(() => document.querySelector<HTMLButtonElement>('[aria-label="Step"]')?.click());
      const told = /^Since Warm-up, step \d+ of 40: learning rate × 0\.5, β 0\.2\.$/;
      await expect(panel.getByRole('status')).toHaveText(told, { timeout: 2000 });
    }).toPass({ timeout: 20_000 });
  });
});
