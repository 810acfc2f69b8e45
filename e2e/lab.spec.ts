// The Lab in a page of its own on made-up results: the frontier by pointer and by keyboard, experiments with their verdicts, the queue, what is
// kept, and every state, in light and dark, wide and on a phone.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { bundle, serveBundle } from './harness/bundle';
import type { LabPageWindow } from './harness/labPage';
import { expectFine, LOOKS, tableRows, take } from './studio';
import { judgeTasks } from './tasks';
import { expect, test } from './test';

let code: Awaited<ReturnType<typeof bundle>>;
test.beforeAll(async () => {
  code = await bundle('./labPage.tsx');
});

const frontier = (page: Page) => page.getByRole('figure', { name: 'Reward–KL frontier' });
const plot = (page: Page) => frontier(page).getByRole('application');
const experiment = (page: Page, title: string) =>
  page.getByRole('list', { name: 'Experiments' }).getByRole('button', { name: new RegExp(title) });
const asked = (page: Page) => page.evaluate(() => (window as LabPageWindow).asked!);

async function open(page: Page, query: string): Promise<void> {
  await serveBundle(page, 'lab', code);
  await page.goto(`lab/?${query}`);
  await expect(page.getByRole('list', { name: 'Experiments' }).getByRole('listitem').first()).toBeVisible();
}

async function openFull(page: Page, id = 'frontier'): Promise<void> {
  await open(page, `scene=full&experiment=${id}`);
  await expect(plot(page).locator('svg')).toBeVisible();
  await expect(page.getByText('Its claims are being judged.')).toHaveCount(0);
}

test('the title gives the key number, and the frontier is walked by keyboard', async ({ page }) => {
  await openFull(page);
  await expect(page.getByRole('heading', { level: 2 })).toHaveText(
    /most changed tenth of the weights reaches 9\d\.\d\s%, a random tenth 6\d\.\d\s%, all of them 9\d\.\d\s%/,
  );
  await page.getByText('All distances', { exact: true }).click();
  await plot(page).focus();
  await page.keyboard.press('Home');
  await expect(plot(page)).toHaveAttribute('data-at', 'SFT model');
  await expect(plot(page).locator('[aria-live]')).toContainText('KL 0');
  const seen = new Set<string>();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('ArrowRight');
    seen.add((await plot(page).getAttribute('data-at'))!);
  }
  expect(seen.size).toBe(12);
  await page.keyboard.press('End');
  await expect(plot(page)).toHaveAttribute('data-at', 'DPO, top 10 %, lr × 10');
  await page.keyboard.press('Enter');
  await expect(frontier(page)).toContainText('Selected, here and in Compare: DPO, top 10 %, lr × 10');
});

test('a point tells its numbers under the pointer, and a click selects its arm', async ({ page }) => {
  await openFull(page);
  await page.getByText('All distances', { exact: true }).click();
  await plot(page).focus();
  await page.keyboard.press('End');
  const ring = await plot(page).locator('.spot-ring').boundingBox();
  await page.mouse.move(5, 5);
  await page.mouse.move(ring!.x + ring!.width / 2 + 3, ring!.y + ring!.height / 2 + 3);
  await expect(plot(page).locator('.spot-readout')).toContainText(/accuracy .* %.*KL to SFT/);
  await page.mouse.down();
  await page.mouse.up();
  await expect(frontier(page)).toContainText('Selected, here and in Compare: DPO, top 10 %, lr × 10');
});

test('table and CSV hold what is drawn; a hidden arm is gone from all', async ({ page }) => {
  await openFull(page);
  await frontier(page).getByRole('button', { name: 'Show as table: Reward–KL frontier' }).click();
  const table = frontier(page).getByRole('table');
  const rows = await tableRows(table);
  expect(rows[0]).toEqual(['Arm', 'accuracy, %', 'its sd', 'KL', 'its sd', 'seeds']);
  expect(rows[1]?.slice(0, 1)).toEqual(['SFT']);
  expect(rows.some(([name]) => name === 'Best of n, n = 16')).toBe(true);
  expect(rows.some(([name]) => name === 'SimPO')).toBe(true);
  await page.getByText(/^\d+ arms$/).click();
  await page.getByRole('checkbox', { name: 'SimPO' }).uncheck();
  await expect(page.getByText(/^\d+ arms, 1 hidden$/)).toBeVisible();
  expect((await tableRows(table)).some(([name]) => name === 'SimPO')).toBe(false);
  await frontier(page).getByRole('button', { name: 'Save Reward–KL frontier' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save Reward–KL frontier as SVG' }).click(),
  ]);
  const svg = readFileSync((await file.path())!, 'utf8');
  expect(svg).toContain('n = 4');
  expect(svg).not.toContain('var(--');
  expect(svg).not.toContain('SimPO');
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect(page.locator('summary', { hasText: /^\d+ arms$/ })).toBeFocused();
});

test('opening, judging and hiding an arm never stop the page', { tag: '@timed' }, async ({ page }) => {
  await serveBundle(page, 'lab', code);
  await judgeTasks(page, async (part) => {
    // By selectors and in the page alone: what looks up roles takes its time of the thread that is measured.
    await page.goto('lab/?scene=full&experiment=frontier');
    await page.waitForFunction(
      () =>
        document.querySelector('[role="application"] svg') &&
        !document.body.textContent!.includes('Its claims are being judged.'),
    );
    await page.waitForTimeout(1000);
    await part('opening an experiment');
    await page.locator('button[aria-expanded]', { hasText: 'The empirical study' }).click();
    await page.waitForTimeout(1500);
    await part('hiding an arm');
    await page.locator('summary', { hasText: /^\d+ arms$/ }).click();
    await page.locator('label', { hasText: /^SimPO$/ }).click();
    await page.waitForFunction(() => / arms, 1 hidden/.test(document.body.textContent!));
    await page.waitForTimeout(500);
  });
});

test('every experiment opens with its pictures and verdicts', async ({ page }) => {
  await openFull(page, 'study');
  const figures: Record<string, string[]> = {
    'The empirical study': ['Training loss', 'Accuracy by family'],
    'Ratio sweep': ['Accuracy by ratio', 'The other families', 'KL to SFT by ratio'],
    Ablations: ['What each part is worth'],
    'The methods table': ['Methods'],
    'Mask transfer': ['Masks from elsewhere', 'Agreement by change', 'Agreement by gradient'],
    'Superficial style': ['Accuracy and style'],
    'Where the change sits': ['Where the change sits', 'In which tensors'],
    'Tax between relatives': ['Tax between relatives'],
  };
  for (const [title, names] of Object.entries(figures)) {
    const head = experiment(page, title);
    if ((await head.getAttribute('aria-expanded')) !== 'true') await head.click();
    for (const name of names) {
      const figure = page.getByRole('figure', { name, exact: true });
      await expect(figure.getByRole('application').locator('svg')).toBeVisible();
      await expect(figure.getByRole('button', { name: `Show as table: ${name}` })).toBeEnabled();
    }
    const claims = page.getByRole('list', { name: `Claims about ${title}, on math` });
    await expect(claims.getByText('being judged')).toHaveCount(0);
    const count = await claims.getByRole('listitem').count();
    expect(await claims.getByText(/^[✓✕≈–] (reproduced|not reproduced|too close to call|not measured)$/).count()).toBe(
      count,
    );
  }
  await experiment(page, 'The methods table').click();
  // The paper's own numbers stand beside.
  await expect(page.getByRole('list', { name: /Claims about The methods table/ })).toContainText(
    'math 52.6 against 52 %',
  );
  const rows = page.getByRole('figure', { name: 'Methods', exact: true }).locator('svg').last();
  await expect(rows).toContainText('paper 52.6');
});

test('a run is told before it is started, and what is known is not computed again', async ({ page }) => {
  await open(page, 'scene=running&experiment=tax');
  const run = page.getByRole('region', { name: 'Run Tax between relatives' });
  await expect(run).toContainText(/^.*4 jobs; they take about .* at this machine’s pace/);
  await run.getByRole('checkbox', { name: 'qa' }).check();
  await run.getByLabel('Seeds').fill('1–3');
  await run.getByLabel('Seeds').press('Enter');
  await expect(run).toContainText('24 jobs');
  await run.getByLabel('Seeds').fill('three');
  await expect(run).toContainText('Whole numbers such as “1–3, 7”');
  await run.getByLabel('Seeds').fill('2');
  await run.getByLabel('Seeds').blur();
  await run.getByRole('button', { name: 'Run this experiment' }).click();
  const [name, given] = (await asked(page)).at(-1)!;
  expect(name).toBe('run');
  expect((given[0] as unknown[]).length).toBe(8);
});

test('the queue shows what runs, and can be paused and stopped', async ({ page }) => {
  await open(page, 'scene=running');
  const queue = page.getByRole('region', { name: /^Running: 7 jobs to go/ });
  await expect(queue).toContainText('About 12 min 34 s left');
  await expect(queue).toContainText('42 %: Improving 46/110');
  await expect(queue.getByRole('list', { name: 'Latest results' }).getByRole('listitem')).toHaveCount(3);
  await queue.getByRole('button', { name: 'Pause' }).click();
  await queue.getByRole('button', { name: 'Stop' }).click();
  expect((await asked(page)).map(([name]) => name)).toEqual(['pause', 'stop']);
});

test('failures are told with the next step; results are removed with undo, and read from files', async ({ page }) => {
  await open(page, 'scene=failed');
  await expect(page.getByRole('alert')).toContainText('could not be loaded: HTTP 404. Try again.');
  await page.getByRole('button', { name: 'Load again' }).click();
  await expect(page.getByRole('heading', { level: 2 })).toBeFocused();
  const queue = page.getByRole('region', { name: 'Done, but 1 job failed' });
  await expect(queue).toContainText('The loss was not finite at update 12. Try a smaller learning rate.');
  await queue.getByRole('button', { name: /^Try again: DPO, last 10 %/ }).click();
  expect((await asked(page)).map(([name]) => name)).toEqual(['loadRecorded', 'retry']);
  const kept = page.getByRole('region', { name: 'Results', exact: true });
  const before = await kept.textContent();
  await kept.getByText('Own results', { exact: true }).click();
  await kept
    .getByRole('button', { name: /^Remove / })
    .first()
    .click();
  await expect(kept).toContainText('Removed 1 results.');
  await kept.getByRole('button', { name: 'Undo' }).click();
  await expect(kept).toContainText(/\d+ of your own/);
  expect((await kept.textContent())!.match(/(\d+) of your own/)![1]).toBe(before!.match(/(\d+) of your own/)![1]);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    kept.getByRole('button', { name: 'Export own' }).click(),
  ]);
  const lines = readFileSync((await file.path())!, 'utf8')
    .trim()
    .split('\n');
  expect(String(lines.length)).toBe(before!.match(/(\d+) of your own/)![1]);
  const upload = (text: string) =>
    kept
      .getByLabel('File of results')
      .setInputFiles({ name: 'lab.jsonl', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await upload('{}');
  await expect(kept).toContainText('lab.jsonl: 2 new results, 1 known already.');
  await upload('bad');
  await expect(kept.getByRole('alert').last()).toContainText('lab.jsonl, line 1: “bad” is no JSON.');
});

test('empty and loading say what will be there', async ({ page }) => {
  await open(page, 'scene=empty&experiment=study');
  await expect(page.getByText(/No result of this size is known yet/)).toBeVisible();
  await expect(page.getByText('Three loss curves will stand here')).toBeVisible();
  await expect(page.getByText('None of its 45 planned results is there yet.')).toBeVisible();
  await open(page, 'scene=loading');
  await expect(page.getByRole('status')).toContainText('Reading the results');
});

/** Of the second look the first and the widest pictures are enough. */
const TITLES = {
  light: ['The empirical study', 'Ratio sweep', 'Ablations', 'Mask transfer', 'Where the change sits'],
  dark: ['The empirical study', 'Where the change sits'],
} as const;

for (const look of LOOKS) {
  test(`is accessible and fits, ${look.colorScheme} at ${look.width}`, async ({ page }) => {
    test.slow();
    await take(page, look);
    await openFull(page, 'study');
    for (const title of TITLES[look.colorScheme]) {
      const head = experiment(page, title);
      if ((await head.getAttribute('aria-expanded')) !== 'true') await head.click();
      const claims = page.getByRole('list', { name: `Claims about ${title}, on math` });
      await expect(claims.getByRole('listitem').first()).toBeVisible();
      await expect(page.getByText('being judged')).toHaveCount(0);
      await expectFine(page, title);
    }
    for (const scene of ['empty', 'failed', 'running']) {
      await open(page, `scene=${scene}&experiment=style`);
      await expect(page.getByText('being judged')).toHaveCount(0);
      await expectFine(page, scene);
    }
  });
}
