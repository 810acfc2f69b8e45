// One run in several tabs of one browser: one trains it, the others look on, are kept at its last save without losing their place, and take it over when
// its tab is gone.
import { expect, type Locator, type Page } from '@playwright/test';
import {
  expectAccessible,
  expectNoSidewaysScroll,
  type HeardRun,
  openStudio,
  openView,
  QUICK,
  type Studio,
} from './studio';
import { test } from './test';

test.describe.configure({ mode: 'serial', timeout: 240_000 });

const WARMUP = 100;
const QUERY = `?${QUICK.replace(/warmupSteps=\d+/, `warmupSteps=${WARMUP}`)}`;
let studio: Studio;
let [first, second, third]: Page[] = [];
/** Of the tab that is killed, and of the one that goes on. */
let heard: HeardRun['steps'] = [];

const saved = (page: Page) => page.getByRole('region', { name: 'Saved runs' });
const row = (page: Page) => saved(page).getByRole('listitem').first();
const note = (page: Page) => page.locator('.saved-viewer');
const button = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole('button', { name, exact: typeof name === 'string' });
/** A background tab is painted seldom: it comes to the front, and its keyboard is used. */
async function press(page: Page, what: Locator): Promise<void> {
  await page.bringToFront();
  await what.press('Enter');
}
const lastRun = (page: Page) => page.evaluate(() => window.heard.runs.at(-1));
const stepsOf = async (page: Page) => (await lastRun(page))?.steps ?? [];
/** Warm-up steps that the rail tells. */
async function toldSteps(page: Page): Promise<number> {
  const text = await page.getByRole('complementary', { name: 'Stages' }).innerText();
  const found = new RegExp(`Warm-up\\D*(\\d+)\\s*/\\s*${WARMUP}`).exec(text);
  return found ? Number(found[1]) : -1;
}
const phaseIs = (page: Page, phase: string, timeout = 120_000) =>
  page.waitForFunction((wanted) => window.heard.runs.at(-1)?.phase === wanted, phase, { timeout });

test.beforeAll(async ({ browser }) => {
  studio = await openStudio(browser, QUERY);
  first = studio.page;
});
test.afterAll(() => studio.close());

test('a second tab is told that another one trains the run, and watches it', async () => {
  await press(first!, button(first!, 'Run ALLO'));
  await first!.waitForFunction(() =>
    window.heard.runs.at(-1)?.steps.some(([series, step]) => series === 'warm-up' && step >= 3),
  );
  await expect(row(first!)).toContainText('In this tab');
  second = await studio.another();
  const card = second.getByRole('region', { name: 'Run in another tab' });
  await expect(card).toContainText(/^Run [a-z]+-[a-z]+ is in another tab/);
  await expect(row(second)).toContainText('In another tab');
  await expect(button(row(second), /^Continue/)).toHaveCount(0);
  await expectAccessible(second, 'a run in another tab');
  await press(second, button(card, 'Watch it here'));
  await expect(note(second)).toContainText(
    /Another tab trains this run\. You see it as of its last save, (just now|\d+ s ago)/,
  );
  await expect(button(note(second), 'Continue here')).toHaveCount(0);
  await expect(card).toHaveCount(0);
  expect(await lastRun(second)).toBeUndefined();
});

test('what it shows goes on with the saves, and its place stays', async () => {
  const page = second!;
  const before = await toldSteps(page);
  await openView(page, 'Samples');
  const slider = page.getByRole('slider', { name: 'Moment of the run' });
  await slider.focus();
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', `Warm-up, step 0 of ${WARMUP}`);
  const moments = Number(await slider.getAttribute('aria-valuemax'));
  await press(first!, button(first!, 'Pause'));
  await phaseIs(first!, 'paused');
  await page.bringToFront();
  await expect.poll(() => toldSteps(page), { timeout: 30_000 }).toBeGreaterThan(before);
  const reached = (await stepsOf(first!)).filter(([series]) => series === 'warm-up').length;
  await expect.poll(() => toldSteps(page), { timeout: 30_000 }).toBe(reached);
  await expect(slider).toHaveAttribute('aria-valuetext', `Warm-up, step 0 of ${WARMUP}`);
  await expect(slider).toBeFocused();
  expect(Number(await slider.getAttribute('aria-valuemax'))).toBeGreaterThanOrEqual(moments);
  await openView(page, 'Run');
  await expect(note(page)).toContainText('Another tab has this run, paused.');
  await expectNoSidewaysScroll(page, 'a watched run');
  await expectAccessible(page, 'a watched run');
});

test('a rename in one tab shows in the other; a run that a tab has is not deleted in another', async () => {
  const page = second!;
  const name = (await row(page).locator('.saved-name').innerText()).trim();
  await press(page, button(row(page), `More for ${name}`));
  await expect(button(page, 'Delete (stop it in its tab first)')).toBeDisabled();
  await press(page, button(page, 'Rename'));
  await page.getByRole('textbox', { name: `New name of ${name}` }).fill('heron');
  await page.keyboard.press('Enter');
  await first!.bringToFront();
  await expect(row(first!).locator('.saved-name')).toHaveText('heron');
  await expect(button(first!, 'Run: heron')).toBeVisible();
  await expect(button(page, 'Run: heron')).toBeVisible();
});

test('a tab that is reloaded finds the run still with the other one', async () => {
  const page = second!;
  await page.bringToFront();
  await page.reload();
  const card = page.getByRole('region', { name: 'Run in another tab' });
  await expect(card).toContainText('Run heron is in another tab');
  third = await studio.another();
  // By the list, not by the card.
  await press(third, button(row(third), 'Watch heron'));
  await expect(note(third)).toContainText('Another tab has this run, paused.');
  await press(page, button(card, 'Watch it here'));
  await expect(note(page)).toContainText('Another tab has this run, paused.');
});

test('its tab is killed: the others are told, and of two that go on at the same moment one does', async () => {
  const [one, two] = [second!, third!];
  await press(first!, button(first!, 'Resume'));
  const soFar = (await stepsOf(first!)).length;
  await first!.waitForFunction((count) => (window.heard.runs.at(-1)?.steps.length ?? 0) > count + 5, soFar);
  heard = await stepsOf(first!);
  await first!.close();
  for (const page of [one, two]) {
    await page.bringToFront();
    await expect(note(page)).toContainText(/The tab that (trained|had) this run is gone\./, { timeout: 20_000 });
    await expect(button(note(page), 'Continue here')).toBeEnabled();
  }
  await Promise.all(
    [one, two].map((page) =>
      button(note(page), 'Continue here').evaluate((element) => (element as HTMLElement).click()),
    ),
  );
  const went = (page: Page) => page.evaluate(() => (window.heard.runs.at(-1)?.steps.length ?? 0) > 0);
  await expect.poll(async () => [await went(one), await went(two)].filter(Boolean).length, { timeout: 60_000 }).toBe(1);
  const [winner, loser] = (await went(one)) ? [one, two] : [two, one];
  await loser.bringToFront();
  await expect(note(loser)).toContainText(/Another tab (trains|has) this run/, { timeout: 20_000 });
  await expect(button(note(loser), 'Continue here')).toHaveCount(0);
  [second, third] = [winner, loser];
});

test('the one that goes on ends as if nothing had been, and the one that looks on says so', async () => {
  const [winner, loser] = [second!, third!];
  await winner.bringToFront();
  await phaseIs(winner, 'done');
  expect(await stepsOf(loser)).toEqual([]);
  heard.push(...(await stepsOf(winner)));
  await loser.bringToFront();
  await expect(note(loser)).toContainText('Another tab has finished this run.', { timeout: 20_000 });
  await expect(button(note(loser), 'Continue here')).toHaveCount(0);
  const headline = (page: Page) => page.locator('#run-title').innerText();
  await expect.poll(() => headline(loser)).toBe(await headline(winner));
  // The same run without a break.
  await press(winner, button(winner, 'Restart'));
  const isOver = () => window.heard.runs.length >= 2 && window.heard.runs.at(-1)?.phase === 'done';
  await winner.waitForFunction(isOver, null, { timeout: 120_000 });
  const losses = new Map((await stepsOf(winner)).map(([series, step, loss]) => [`${series} ${step}`, loss]));
  for (const [series, step, loss] of heard) expect(loss, `${series} ${step}`).toBe(losses.get(`${series} ${step}`));
  expect(new Set(heard.map(([series, step]) => `${series} ${step}`)).size).toBe(losses.size);
});

test('a run that is deleted in one tab is gone in the other, which keeps what it shows', async () => {
  const [winner, loser] = [second!, third!];
  await winner.bringToFront();
  await button(winner, 'More for heron').press('Enter');
  await press(winner, button(winner, 'Delete'));
  await loser.bringToFront();
  await expect(note(loser)).toContainText('This run was deleted.');
  await expect(saved(loser).getByText('heron', { exact: true })).toHaveCount(0);
  await press(winner, button(winner, 'Undo deleting heron'));
  await loser.bringToFront();
  await expect(saved(loser).getByText('heron', { exact: true })).toHaveCount(1);
  await expect(note(loser)).not.toContainText('This run was deleted.');
});
