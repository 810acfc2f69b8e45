// The Curves view in a page of its own, on made-up runs: it stays quick at ten thousand updates a stage, what is not finite is marked and
// said, and every picture has its table, CSV, PNG and SVG. On a real run: the view's place among the others.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { bundle, serveBundle } from './harness/bundle';
import type { CurvesPageWindow } from './harness/curvesPage';
import { expectFineLooks, openStudio, openView, QUICK, tableRows, waitForPhase } from './studio';
import { judgeTasks } from './tasks';
import { expect, test } from './test';

let code: Awaited<ReturnType<typeof bundle>>;
test.beforeAll(async () => {
  code = await bundle('./curvesPage.tsx');
});

const FIGURES = 13;
const plots = (page: Page) => page.getByRole('application');
const figure = (page: Page, name: string): Locator => page.getByRole('figure', { name, exact: true });

async function open(page: Page, scene: string): Promise<void> {
  await serveBundle(page, 'curves', code);
  await page.goto(`curves/?scene=${scene}`);
  await expect(plots(page)).toHaveCount(FIGURES);
  if (scene === 'empty') return;
  // Every figure has had its turn.
  for (const plot of await plots(page).all()) await expect(plot.locator('svg')).toBeVisible();
  await page.waitForTimeout(1500);
}

const expectQuick = (page: Page, what: string, act: () => Promise<void>): Promise<void> =>
  judgeTasks(page, async (part) => {
    await part(what);
    await act();
    await page.waitForTimeout(300);
  });

async function boxOf(plot: Locator) {
  await plot.scrollIntoViewIfNeeded();
  return (await plot.boundingBox())!;
}

const AT_10_000 = 'hovering, brushing and zooming over 13 charts of 10 000 updates a stage stay under 50 ms';
test(AT_10_000, { tag: '@timed' }, async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1700 });
  await open(page, 'long');
  const box = await boxOf(plots(page).first());
  await expectQuick(page, 'hovering', async () => {
    for (let i = 0; i <= 60; i++) await page.mouse.move(box.x + 60 + i * 4, box.y + 100 + (i % 7));
  });
  await expectQuick(page, 'brushing', async () => {
    await page.mouse.move(box.x + 100, box.y + 100);
    await page.mouse.down();
    for (let i = 0; i <= 20; i++) await page.mouse.move(box.x + 100 + i * 4, box.y + 100);
    await page.mouse.up();
    await page.waitForTimeout(1200);
    await page.mouse.dblclick(box.x + 200, box.y + 60);
    await page.waitForTimeout(1200);
  });
  await expectQuick(page, 'zooming by keys', async () => {
    await plots(page).nth(4).focus();
    for (const key of ['+', '+', '-', '0']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(700);
    }
  });
});

test('a running run adds its updates in frames under 50 ms', { tag: '@timed' }, async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 1700 });
  await open(page, 'long');
  await expectQuick(page, 'going on with the run', async () => {
    for (let i = 0; i < 20; i++) {
      await page.evaluate(() => (window as CurvesPageWindow).goOn!(10));
      await page.waitForTimeout(50);
    }
  });
  await expect(page.getByRole('heading', { level: 2 })).toContainText(/: 3[01]\u202f[02468]00 updates/);
});

test('one cursor goes through all pictures, and says step and values', async ({ page }) => {
  await open(page, 'broken');
  const box = await boxOf(plots(page).first());
  // A third of 180 updates is the first of forgetting, give or take a pixel.
  await page.mouse.move(box.x + 46 + (box.width - 56) * 0.5, box.y + 120);
  const readouts = page.locator('.plot-readout');
  await expect(readouts.nth(0)).toContainText(/Forgetting step (29|30|31)/);
  const head = (await readouts.nth(0).innerText()).split('\n')[0]!;
  for (const at of [4, 7, 12]) await expect(readouts.nth(at)).toContainText(head);
  await expect(readouts.nth(4)).toContainText('rejected −2');
  await expect(page.locator('.plot-cursor line')).toHaveCount(FIGURES);
  await page.mouse.move(2, 2);
  await expect(readouts.nth(0)).toBeHidden();
});

test('NaN and infinity are marked at their step and said; the chart lives', async ({ page }) => {
  await open(page, 'broken');
  const loss = figure(page, 'Loss');
  await expect(loss).toContainText('NaN at Forgetting step 12. ∞ at Forgetting step 20.');
  // A cross of two lines, and a triangle that points up.
  await expect(loss.locator('.plot-signs polyline[stroke="var(--danger)"]')).toHaveCount(2);
  await expect(loss.locator('.plot-signs polygon[fill="var(--danger)"]')).toHaveCount(1);
  await expect(loss.locator('[data-run] polyline').first()).toBeVisible();
  await page.getByRole('radio', { name: 'Improving' }).check({ force: true });
  await expect(loss).not.toContainText('NaN at');
  await expect(loss).toContainText('min 0.3');
});

test('a logarithmic axis says what it has no place for', async ({ page }) => {
  await open(page, 'broken');
  const margin = figure(page, 'Margin');
  await margin.getByRole('button', { name: 'log axis of Margin' }).click();
  await expect(margin).toContainText(
    /Values ≤ 0 have no place on a logarithmic axis: at \d+ updates, first at Warm-up step/,
  );
  const logProbs = figure(page, 'Log-probs');
  await logProbs.getByRole('button', { name: 'log axis of Log-probs' }).click();
  await expect(logProbs).toContainText('All values in sight are ≤ 0');
  // The layout is kept.
  await page.reload();
  await expect(margin.getByRole('button', { name: 'log axis of Margin' })).toHaveAttribute('aria-pressed', 'true');
});

test('keys move the cursor, zoom and reset, and set the moment', async ({ page }) => {
  await open(page, 'broken');
  const plot = plots(page).first();
  await plot.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(plot.locator('[aria-live]')).toHaveText(/^Warm-up step 2: 0\.\d+ \(smoothed 0\.\d+\)$/);
  await page.keyboard.press('Enter');
  const momentOf = () => page.evaluate(() => (window as CurvesPageWindow).studio!.store.getState().moment);
  const chosen = await momentOf();
  expect(chosen).not.toBeNull();
  await expect(page.locator('.plot-moment')).toHaveCount(FIGURES);
  await page.keyboard.press('+');
  await expect(page.getByRole('radio', { name: '1 to 91' })).toBeChecked();
  await page.keyboard.press('0');
  await expect(page.getByRole('radio', { name: 'All updates' })).toBeChecked();
  const box = await boxOf(plot);
  await page.mouse.click(box.x + 46 + (box.width - 56) * 0.75, box.y + 100);
  await expect.poll(momentOf).toBeGreaterThan(chosen!);
});

test('runs lie over each other; the legend hides one and lets one stand out', async ({ page }) => {
  await open(page, 'runs');
  const loss = figure(page, 'Loss');
  await expect(loss.locator('[data-run]')).toHaveCount(4);
  await page.getByRole('checkbox', { name: 'Draw brave-heron' }).uncheck();
  await expect(loss.locator('[data-run]')).toHaveCount(3);
  await page.getByRole('button', { name: 'late-lynx' }).click();
  await page.mouse.move(2, 2);
  await expect(page.locator('.curves-grid')).toHaveAttribute('data-lit', '2');
  await page.getByRole('button', { name: '13 of 13 quantities shown' }).click();
  await page.getByRole('checkbox', { name: 'Speed' }).uncheck();
  await expect(plots(page)).toHaveCount(FIGURES - 1);
});

test('every picture has its table, CSV, PNG and SVG', async ({ page }) => {
  await open(page, 'runs');
  const save = async (what: Locator): Promise<{ name: string; data: Buffer }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), what.click()]);
    return { name: download.suggestedFilename(), data: readFileSync(await download.path()) };
  };
  for (const name of ['Loss', 'Rewards', 'Held-out accuracy']) {
    const own = figure(page, name);
    await own.getByRole('button', { name: `Save ${name}`, exact: true }).click();
    const csv = await save(own.getByRole('button', { name: `Save ${name} as CSV` }));
    const lines = csv.data.toString().trim().split('\r\n');
    expect(lines[0]).toMatch(/^Run,Stage,Step,Update,/);
    expect(lines.length).toBeGreaterThan(70);
    const svg = (await save(own.getByRole('button', { name: `Save ${name} as SVG` }))).data.toString();
    for (const text of [name, 'updates', 'quiet-otter', 'plain-crane', 'Warm-up', 'Improving'])
      expect(svg).toContain(text);
    expect(svg).not.toContain('var(');
    expect(svg).not.toContain('NaN');
    const png = await save(own.getByRole('button', { name: `Save ${name} as PNG` }));
    expect(png.data.subarray(1, 4).toString()).toBe('PNG');
    await page.keyboard.press('Escape');
    await own.getByRole('button', { name: `Show as table: ${name}` }).click();
    const rows = await tableRows(own.getByRole('table'));
    expect(rows[0]!.slice(0, 4)).toEqual(['Run', 'Stage', 'Step', 'Update']);
    expect(rows.length).toBeGreaterThan(70);
  }
});

test('a table of thirty thousand values keeps the spikes', async ({ page }) => {
  await open(page, 'long');
  const loss = figure(page, 'Loss');
  await loss.getByRole('button', { name: 'Show as table: Loss' }).click();
  const rows = await tableRows(loss.getByRole('table'));
  expect(rows.length).toBeLessThan(220);
  expect(rows.filter(([, , , , value]) => value === '3.00').map(([, stage, step]) => [stage, step])).toEqual(
    ['Warm-up', 'Forgetting', 'Improving'].map((stage) => [stage, '3\u202f700']),
  );
});

test('a figure fills the screen and comes back; its link names run, view and figure', async ({ page, context }) => {
  await open(page, 'broken');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const loss = figure(page, 'Loss');
  await loss.getByRole('button', { name: 'Full screen: Loss' }).click();
  await expect(loss).toHaveAttribute('data-full');
  await expect.poll(async () => (await loss.getByRole('application').boundingBox())!.height).toBeGreaterThan(400);
  await loss.getByRole('button', { name: 'Leave full screen: Loss' }).click();
  await expect(loss).not.toHaveAttribute('data-full');
  await loss.getByRole('button', { name: 'Copy link: Loss' }).click();
  await expect(loss).toContainText('Link copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/preset=tiny&view=curves#curve-loss$/);
});

test('is accessible and fits, in both looks', async ({ page }) => {
  await expectFineLooks(page, 'Curves,', async (fine, { colorScheme }) => {
    // Of the second look the fullest pictures are enough.
    for (const scene of colorScheme === 'light' ? ['empty', 'broken', 'runs'] : ['runs']) {
      await open(page, scene);
      await fine(scene);
    }
    const loss = figure(page, 'Loss');
    await loss.getByRole('button', { name: 'Show as table: Loss' }).click();
    await loss.getByRole('button', { name: 'Save Loss', exact: true }).click();
    await fine('table and files');
  });
});

test('says what will appear, and when', async ({ page }) => {
  await open(page, 'empty');
  await expect(figure(page, 'KL to SFT')).toContainText('Appears when the warm-up begins');
  await expect(figure(page, 'Loss').getByRole('button', { name: 'Show as table: Loss' })).toBeDisabled();
});

test('shows a real run, and the moment that is looked at', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}&autostart=1`);
  const { page } = studio;
  await openView(page, 'Curves');
  await waitForPhase(studio, 'done');
  await expect(page.getByRole('heading', { level: 2 })).toContainText('9 updates');
  await expect(figure(page, 'Held-out accuracy')).toContainText(/n = \d+, greedy/);
  for (const name of ['Loss', 'KL to SFT', 'Held-out accuracy', 'Speed', 'Gradient norm']) {
    await expect(figure(page, name).locator('[data-run] polyline').first()).toBeAttached();
    await expect(figure(page, name)).not.toContainText('NaN');
  }
  await openView(page, 'Run');
  for (const name of ['Warm-up loss', 'Forgetting loss tokens', 'Improving margin']) {
    const own = figure(page, name);
    await own.getByRole('button', { name: `Save ${name}`, exact: true }).click();
    for (const kind of ['CSV', 'PNG', 'SVG']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        own.getByRole('button', { name: `Save ${name} as ${kind}` }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(
        new RegExp(`^[a-z]+-[a-z]+-${name.replaceAll(' ', '-')}\\.${kind.toLowerCase()}$`),
      );
    }
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'all curves' }).click();
  await page.locator('body').press('[');
  await expect(page).toHaveURL(/at=improving-\d/);
  await expect(page.locator('.plot-moment')).toHaveCount(FIGURES);
  await studio.close();
});

test('zoom and layout stay while other views are looked at, and through a reload', { tag: '@long' }, async ({
  browser,
}) => {
  const studio = await openStudio(browser, `?${QUICK}&view=curves&autostart=1`);
  const { page } = studio;
  await waitForPhase(studio, 'done');
  const stage = (name: string) => page.getByRole('radio', { name, exact: true });
  await stage('Forgetting').check({ force: true });
  await page.getByRole('radio', { name: 'Log updates' }).check({ force: true });
  await figure(page, 'Loss').getByRole('button', { name: 'log axis of Loss' }).click();
  await page.getByRole('button', { name: '13 of 13 quantities shown' }).click();
  await page.getByRole('checkbox', { name: 'Speed' }).uncheck();
  await page.keyboard.press('Escape');
  const expectKept = async () => {
    await expect(stage('Forgetting')).toBeChecked();
    await expect(page.getByRole('radio', { name: 'Log updates' })).toBeChecked();
    await expect(figure(page, 'Loss').getByRole('button', { name: 'log axis of Loss' })).toHaveAttribute(
      'aria-pressed',
      'true',
    );
    await expect(plots(page)).toHaveCount(FIGURES - 1);
    await expect(page).toHaveURL(/zoom=forgetting-0\+forgetting-3&axis=log&log=loss&hide=speed/);
  };
  await expectKept();
  await openView(page, 'Data');
  await expect(page).not.toHaveURL(/zoom/);
  await openView(page, 'Curves');
  await expectKept();
  // Another run over it: the stretch is the same.
  await page.getByRole('button', { name: 'Restart' }).click();
  await waitForPhase(studio, 'done', { runs: 2 });
  await expectKept();
  await page.reload();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await waitForPhase(studio, 'done');
  await expectKept();
  await studio.close();
});

test('a stretch without any update is given up when the run is over', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}&view=curves&zoom=sft-2+sft-9&autostart=1`);
  await waitForPhase(studio, 'done');
  await expect(studio.page.getByRole('radio', { name: 'All updates' })).toBeChecked();
  await expect(studio.page).not.toHaveURL(/zoom/);
  await studio.close();
});

test('a copied link leads to its figure, marks it, and keeps its hash', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}&view=curves&hide=speed&autostart=1#curve-speed`);
  const { page } = studio;
  const speed = figure(page, 'Speed');
  await expect(speed).toHaveAttribute('aria-current', 'location');
  await expect(speed).toBeInViewport();
  await waitForPhase(studio, 'done');
  await expect(speed).toBeInViewport();
  await expect(page.locator('[aria-current="location"]')).toHaveCount(1);
  // Whatever is written into the address.
  await page.getByRole('radio', { name: 'Improving' }).check({ force: true });
  await expect(page).toHaveURL(/zoom=improving[^#]*#curve-speed$/);
  await page.evaluate(() => {
    location.hash = 'curve-loss';
  });
  await expect(figure(page, 'Loss')).toHaveAttribute('aria-current', 'location');
  await expect(figure(page, 'Loss')).toBeInViewport();
  await openView(page, 'Run');
  await expect(page).not.toHaveURL(/#/);
  await page.goBack();
  await expect(page).toHaveURL(/view=curves.*#curve-loss$/);
  await expect(figure(page, 'Loss')).toHaveAttribute('aria-current', 'location');
  await studio.close();
});

test('a link to a figure of the Run view leads there as soon as it is there', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}&autostart=1#curve-improving-margin`, {
    viewport: { width: 390, height: 844 },
  });
  await waitForPhase(studio, 'done');
  await expect(figure(studio.page, 'Improving margin')).toHaveAttribute('aria-current', 'location');
  await expect(figure(studio.page, 'Improving margin')).toBeInViewport();
  await expect(studio.page).toHaveURL(/#curve-improving-margin$/);
  await studio.close();
});

test('a NaN in a running run is marked and said; the charts and the run go on', async ({ browser }) => {
  const studio = await openStudio(browser, `?${QUICK}&autostart=1`, {
    // The worker tells NaN as the loss of forgetting's second update.
    beforeWorker: `{
      const post = self.postMessage.bind(self);
      self.postMessage = (message, transfer) => {
        for (const event of message.events ?? [])
          if (event.type === 'step' && event.series === 'forgetting' && event.step === 2)
            event.metrics.loss = event.metrics.gradientNorm = Number.NaN;
        post(message, transfer);
      };
    }`,
  });
  const { page } = studio;
  await openView(page, 'Curves');
  await waitForPhase(studio, 'done');
  for (const name of ['Loss', 'Gradient norm']) {
    await expect(figure(page, name)).toContainText('NaN at Forgetting step 2.');
    await expect(figure(page, name).locator('.plot-signs polyline[stroke="var(--danger)"]')).toHaveCount(2);
    await expect(figure(page, name).locator('[data-run] polyline').first()).toBeAttached();
  }
  await expect(figure(page, 'Speed')).not.toContainText('NaN');
  await studio.close();
});
