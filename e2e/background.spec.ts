// A run that nobody looks at: in a background tab, in a tab that the browser freezes, after one that it threw away; and the screen that stays on meanwhile.
import type { Page } from '@playwright/test';
import { openRawTab, type RawTab } from './rawTab';
import { expectAccessible, expectNoSidewaysScroll, openStudio, QUICK, ROOT_URL, waitForPhase } from './studio';
import { expect, test } from './test';

const STEPS = 250;
const LONG = `?${QUICK.replace(/warmupSteps=\d+/, `warmupSteps=${STEPS}`)}&batchTokens=512`;

/** Keeps what the worker says, run by run: `series step loss`. */
const LISTEN = `
  window.told = [];
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'run.phase' && data.phase === 'done') told.at(-1).isDone = true;
        if (data?.type !== 'run.events') return;
        if (told.at(-1)?.id !== data.runId) told.push({ id: data.runId, isDone: false, steps: [] });
        for (const event of data.events)
          if (event.type === 'step') told.at(-1).steps.push([event.series, event.step, event.metrics.loss].join(' '));
      });
    }
  };`;

const stepsOf = (tab: RawTab): Promise<number> => tab.evaluate('told.at(-1)?.steps.length ?? 0');
const titleOf = (tab: RawTab): Promise<string> => tab.evaluate(`document.getElementById('run-title').textContent`);
const LINE = `document.querySelector('.run-background')`;
const lineOf = (tab: RawTab): Promise<string | null> => tab.evaluate(`${LINE}?.textContent ?? null`);
const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('goes on in a background tab, stands still in a frozen one, goes on from there, and says so', async ({
  browser,
}) => {
  const tab = await openRawTab(browser);
  await tab.before(LISTEN);
  await tab.goto(`${ROOT_URL}${LONG}&autostart=1`);
  await tab.until(`told.at(-1)?.steps.length >= 40`, 90_000);
  expect(await lineOf(tab)).toContain('Trains on in a background tab');

  const other = await openRawTab(browser);
  await other.activate();
  await tab.until(`document.visibilityState === 'hidden'`);
  const [hidden, title] = [await stepsOf(tab), await titleOf(tab)];
  await wait(5500);
  const behind = await stepsOf(tab);
  expect(behind).toBeGreaterThan(hidden);
  // A page that is not painted takes up what comes all the same.
  expect(await titleOf(tab)).not.toBe(title);

  await tab.ask('Page.setWebLifecycleState', { state: 'frozen' });
  await wait(5000);
  await tab.ask('Page.setWebLifecycleState', { state: 'active' });
  await tab.activate();
  await tab.until(`${LINE}?.textContent.includes('stood still')`);
  const line = await lineOf(tab);
  const said =
    /^While you were away: (\d+) steps in (\d+) s.* This tab stood still for (\d+) s; the run went on from there\.$/;
  const [, steps, , still] = said.exec(line ?? '') ?? [];
  expect(Number(steps), line ?? '').toBeGreaterThanOrEqual(behind - hidden);
  expect(Number(still), line ?? '').toBeGreaterThanOrEqual(4);

  const back = await stepsOf(tab);
  await tab.until(`told.at(-1).isDone || told.at(-1).steps.length > ${back} + 20`, 60_000);
  // The same run, looked at all the time.
  await tab.click('button', 'Restart');
  await tab.until('told.length === 2 && (told[1].isDone || told[1].steps.length >= told[0].steps.length)', 120_000);
  const [left, watched] = await tab.evaluate<{ steps: string[] }[]>('told');
  expect(left!.steps.length).toBeGreaterThan(back);
  expect(watched!.steps.slice(0, left!.steps.length)).toEqual(left!.steps);
  await other.close();
  await tab.close();
});

const screenSwitch = (page: Page) => page.getByRole('checkbox', { name: /Keep the screen on while a run is on/ });
/** Counts the browser's own locks that are held. */
const COUNT_LOCKS = `
  window.locks = 0;
  const request = WakeLock.prototype.request;
  WakeLock.prototype.request = async function (type) {
    const lock = await request.call(this, type);
    window.locks++;
    lock.addEventListener('release', () => window.locks--);
    return lock;
  };`;
const locksHeld = (page: Page): Promise<number> => page.evaluate(() => (window as Window & { locks?: number }).locks!);

test('keeps the screen on while a run is on, where somebody wants it', async ({ browser }) => {
  const studio = await openStudio(browser, LONG, { beforePage: COUNT_LOCKS });
  const { page } = studio;
  await expect(screenSwitch(page)).not.toBeChecked();
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await page.waitForFunction(() => (window.heard.runs.at(-1)?.steps.length ?? 0) > 3);
  expect(await locksHeld(page)).toBe(0);
  await screenSwitch(page).check();
  await expect.poll(() => locksHeld(page)).toBe(1);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await waitForPhase(studio, 'paused');
  await expect.poll(() => locksHeld(page)).toBe(0);
  await page.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect.poll(() => locksHeld(page)).toBe(1);
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await waitForPhase(studio, 'stopped');
  await expect.poll(() => locksHeld(page)).toBe(0);
  await page.reload();
  await expect(screenSwitch(page)).toBeChecked();
  await studio.close();
});

test('says where the screen cannot be kept on', async ({ browser }) => {
  const without = await openStudio(browser, LONG, { beforePage: 'delete Navigator.prototype.wakeLock;' });
  await expect(screenSwitch(without.page)).toBeDisabled();
  await expect(without.page.getByText('this browser cannot, or only on https pages')).toBeVisible();
  await expectAccessible(without.page, 'the Run view without a wake lock');
  await without.close();

  const refuse = `WakeLock.prototype.request = () => Promise.reject(new DOMException('low', 'NotAllowedError'));`;
  const refused = await openStudio(browser, LONG, { beforePage: refuse, viewport: { width: 390, height: 844 } });
  await screenSwitch(refused.page).check();
  await refused.page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await expect(refused.page.getByText('refused for now, the battery may be low')).toBeVisible();
  await expectNoSidewaysScroll(refused.page, 'a refused wake lock');
  await refused.close();
});

test('offers the run of a tab that the browser threw away', { tag: '@long' }, async ({ browser }) => {
  const studio = await openStudio(browser, LONG);
  const { page } = studio;
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await page.waitForFunction(() => (window.heard.runs.at(-1)?.steps.length ?? 0) > 3);
  await expect(page.getByText(/^Saved (just now|\d+ s ago)/)).toBeVisible();
  // What the browser says of such a page when it is loaded again.
  await page.addInitScript(() => Object.defineProperty(document, 'wasDiscarded', { value: true }));
  await page.reload();
  const card = page.getByRole('region', { name: 'Unfinished run' });
  await expect(card).toContainText('The browser closed this tab to save memory');
  await card.getByRole('button', { name: 'Continue', exact: true }).click();
  await waitForPhase(studio, 'done');
  await studio.close();
});
