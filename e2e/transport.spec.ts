// Pause, step, resume and stop, by button and by keyboard alone.
import type { Page } from '@playwright/test';
import { openStudio, type Studio, waitForPhase } from './studio';
import { expect, test } from './test';

/** Few prompts and measurements, many small steps: long enough to be interrupted. */
const SHORT =
  '?preset=tiny&backend=wasm&seed=7&prompts=32&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&batchTokens=512&warmupSteps=40&forgettingSteps=3&improvingSteps=3';

let studio: Studio;
test.beforeEach(async ({ browser }) => {
  studio = await openStudio(browser, SHORT);
});
test.afterEach(() => studio.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first();
const stepCount = async () => (await studio.heard()).runs.at(-1)?.steps.length ?? 0;
const untilSteps = (count: number) =>
  studio.page.waitForFunction((n) => (window.heard.runs.at(-1)?.steps.length ?? 0) >= n, count, { timeout: 60_000 });

/** Waits until nothing more comes in: events travel up to 100 ms behind the worker. */
async function settledSteps(): Promise<number> {
  let before = -1;
  for (let now = await stepCount(); now !== before; now = await stepCount()) {
    before = now;
    await studio.page.waitForTimeout(400);
  }
  return before;
}

test('pauses, steps one at a time, resumes and ends as the uninterrupted run does', async () => {
  const { page } = studio;
  await button(page, 'Run ALLO').click();
  await untilSteps(5);
  await button(page, 'Pause').click();
  await waitForPhase(studio, 'paused');
  await expect(page.getByRole('status')).toContainText('Paused');
  const paused = await settledSteps();
  expect(paused).toBeLessThan(40);

  await button(page, 'Step').click();
  await expect.poll(stepCount).toBe(paused + 1);
  expect(await settledSteps()).toBe(paused + 1);

  await button(page, 'Resume').click();
  const interrupted = await waitForPhase(studio, 'done');

  await button(page, 'Restart').click();
  const straight = await waitForPhase(studio, 'done', { runs: 2 });
  expect(interrupted.steps).toEqual(straight.steps);
  expect(interrupted.summary?.evaluation).toEqual(straight.summary?.evaluation);
});

test('stops, keeps what is there, and starts again', async () => {
  const { page } = studio;
  await button(page, 'Run ALLO').click();
  await untilSteps(3);
  await button(page, 'Stop').click();
  await waitForPhase(studio, 'stopped');
  await expect(page.getByRole('status')).toContainText('Stopped');
  await expect(page.getByRole('figure', { name: 'Warm-up loss', exact: true })).toBeVisible();
  const kept = await settledSteps();
  await button(page, 'Restart').click();
  await page.waitForFunction((n) => (window.heard.runs[1]?.steps.length ?? 0) >= n, kept, { timeout: 60_000 });
  const [stopped, again] = (await studio.heard()).runs;
  expect(again?.steps.slice(0, kept)).toEqual(stopped?.steps.slice(0, kept));
});

test('runs by keyboard alone', async () => {
  const { page } = studio;
  await button(page, 'Run ALLO').waitFor();
  await page.keyboard.press('Space');
  await untilSteps(2);
  await page.keyboard.press('Space');
  await waitForPhase(studio, 'paused');
  const paused = await settledSteps();
  await page.keyboard.press('ArrowRight');
  await expect.poll(stepCount).toBe(paused + 1);
  await page.keyboard.press('Space');
  await untilSteps(paused + 3);

  // By Tab to a control that is used with Enter: every view, and Stop.
  await page.keyboard.press('Space');
  await waitForPhase(studio, 'paused');
  await tabTo(page, 'Neurons');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: 'Neurons', exact: true })).toHaveAttribute('aria-current', 'page');
  await tabTo(page, 'Stop');
  await page.keyboard.press('Enter');
  await waitForPhase(studio, 'stopped');
});

/** Presses Tab until the focused control has this name; the focus must be visible there. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      return {
        name: activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim() ?? '',
        outlined: activeElement ? getComputedStyle(activeElement).outlineStyle !== 'none' : false,
      };
    });
    if (focused.name !== name) continue;
    expect(focused.outlined, `focus on ${name} is visible`).toBe(true);
    return;
  }
  throw new Error(`Tab never reached “${name}”.`);
}
