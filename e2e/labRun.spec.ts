// The methods lab in the built page with its real worker on wasm: a small empirical study that is paused, reloaded, stopped and run to its end;
// its files; recorded results.
import { readFileSync } from 'node:fs';
import type { Download, Page } from '@playwright/test';
import { type ArmResult, parseResult, type StudyResult } from '../src/core/study/result';
import {
  kept,
  labQuery,
  news,
  openLab,
  queue,
  queueHead,
  resultsSaid,
  runButton,
  toGo,
  waitForMidJob,
  waitForResults,
} from './labStudio';
import { openView, tableRows } from './studio';
import { expect, test } from './test';

test.describe.configure({ mode: 'serial' });

const fileInput = (page: Page) => kept(page).getByLabel('File of results');
const armTable = (page: Page) => page.getByRole('region', { name: 'Arms, table' }).getByRole('table');

const textOf = async (download: Promise<Download>): Promise<string> =>
  readFileSync(await (await download).path(), 'utf8');

async function save(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: button }).click();
  return textOf(download);
}

/** The table of Compare when every interval is there. */
async function compareRows(page: Page): Promise<string[][]> {
  await openView(page, 'Compare');
  await expect(page.getByRole('button', { name: 'Save the table as CSV' })).toBeEnabled({ timeout: 60_000 });
  return tableRows(armTable(page));
}

const greedy = ({ after, family }: ArmResult): number => after.families[family]!.greedy!;

/** Mean and sd by arm, worked out here. */
function meansOf(results: readonly StudyResult[]): Map<string, { mean: number; sd: number }> {
  const arms = results.filter((result) => result.kind === 'arm');
  const means = new Map<string, { mean: number; sd: number }>();
  for (const arm of new Set(arms.map((result) => result.arm))) {
    const [a, b, ...more] = arms.filter((result) => result.arm === arm).map(greedy);
    expect(more).toEqual([]);
    // Of two numbers the sample standard deviation is their distance over √2.
    means.set(arm, { mean: (a! + b!) / 2, sd: Math.abs(a! - b!) / Math.SQRT2 });
  }
  return means;
}

const LABELS: Readonly<Record<string, string>> = {
  'dpo-full': 'DPO, all weights',
  'dpo-top10': 'DPO, top 10 %',
  'dpo-random10': 'DPO, random 10 %',
  'dpo-last10': 'DPO, last 10 %',
  'warm-up-only': 'Warm-up only',
};

let found: StudyResult[] = [];
let exported = '';
let shown: string[][] = [];

test('the empirical study is paused, reloaded, stopped and run to its end, and nothing is computed twice', async ({
  browser,
}) => {
  test.setTimeout(300_000);
  const studio = await openLab(browser, labQuery('1+2'), { cutTiny: true });
  const { page } = studio;
  await expect(kept(page)).toContainText('None of your own yet.');
  await expect(page.getByRole('region', { name: 'Run The empirical study' })).toContainText('10 jobs');
  await runButton(page).click();

  // Progress, then time left from the first job's pace.
  await expect(queueHead(page)).toHaveText('Running: 10 jobs to go');
  await expect(queue(page)).toContainText('The time left is known after the first job.');
  await expect(queue(page).locator('.lab-running')).toContainText(/DPO, all weights.*math.*seed 1.*\d+ %: \S+/);
  await waitForResults(page, 1);
  await expect(queueHead(page)).toHaveText(/^Running: [1-9] jobs to go$/);
  await expect(queue(page)).toContainText(/About \d+ (s|min).* left\./);
  const [share, all] = await queue(page)
    .getByRole('progressbar')
    .evaluate((bar) => [(bar as HTMLProgressElement).value, (bar as HTMLProgressElement).max]);
  expect(all).toBe(10);
  expect(share).toBeGreaterThanOrEqual(1);

  // A pause is one: after the unit of work under way nothing more is heard.
  await waitForMidJob(page);
  await queue(page).getByRole('button', { name: 'Pause' }).click();
  await expect(queueHead(page)).toHaveText(/^Paused: [1-9] jobs to go$/);
  await page.waitForTimeout(1000);
  const heard = (await news(page)).length;
  const before = (await resultsSaid(page)).length;
  await expect(queueHead(page)).toHaveText(`Paused: ${toGo(10 - before)}`);
  await page.waitForTimeout(2000);
  expect((await news(page)).length).toBe(heard);
  await queue(page).getByRole('button', { name: 'Go on' }).click();
  await waitForResults(page, before + 1);

  // A reload in mid-job: what is done is kept, the rest is offered, and begins only when asked.
  await waitForMidJob(page);
  await page.reload();
  found = await resultsSaid(page);
  await expect(queueHead(page)).toHaveText(`Paused: ${toGo(10 - found.length)}`);
  await expect(kept(page)).toContainText(`${found.length} of your own.`);
  // From the pace of what is kept.
  await expect(queue(page)).toContainText(/About .* left once it goes on\./);
  await page.waitForTimeout(1000);
  expect(await news(page)).toEqual([]);
  await queue(page).getByRole('button', { name: 'Go on' }).click();
  await waitForResults(page, 1);
  await waitForMidJob(page);
  await queue(page).getByRole('button', { name: 'Stop' }).click();
  await expect(queueHead(page)).toBeFocused();
  const done = (await resultsSaid(page)).length - found.length;
  found = await resultsSaid(page);
  await expect(kept(page)).toContainText(`${found.length} of your own.`);
  await expect(queueHead(page)).toHaveText(done === 1 ? '1 job done' : `${done} jobs done`);

  // Stopped and reloaded: nothing waits; the experiment offers what is missing.
  await page.reload();
  await expect(kept(page)).toContainText(`${found.length} of your own.`);
  await expect(queue(page)).toHaveCount(0);
  expect(found.length).toBeLessThan(9);
  await expect(runButton(page)).toHaveText(`Run the ${10 - found.length} that are missing`);
  await runButton(page).click();
  await waitForResults(page, 10 - found.length);
  await expect(queueHead(page)).toHaveText(/jobs done$/);
  await expect(queue(page).getByRole('status')).toHaveText(/jobs done\.$/);
  found = await resultsSaid(page);
  expect(found.length).toBe(10);
  expect(new Set(found.map(({ key }) => key)).size).toBe(10);
  for (const result of found) expect(result).toMatchObject({ preset: 'tiny', family: 'math', backend: 'wasm' });
  await expect(runButton(page)).toBeDisabled();
  await expect(page.getByRole('heading', { level: 2 })).toContainText(/most changed tenth .* reaches \d+\.\d\s%/);

  // Mean ± sd of two seeds.
  shown = await compareRows(page);
  const means = meansOf(found);
  expect([...means.keys()].sort()).toEqual(Object.keys(LABELS).sort());
  for (const [arm, { mean, sd }] of means) {
    const row = page.getByRole('row', { name: `Select ${LABELS[arm]} ${LABELS[arm]}` });
    await expect(row.locator('[data-column="accuracy"]')).toHaveText(`${mean.toFixed(1)} ± ${sd.toFixed(1)}2 seeds`);
  }

  // Files hold what is shown.
  const byKey = (results: readonly StudyResult[]) => [...results].sort((a, b) => (a.key < b.key ? -1 : 1));
  const json = JSON.parse(await save(page, 'Save the table as JSON')) as unknown[];
  expect(byKey(json.map(parseResult))).toEqual(byKey(found));
  const [head = '', ...lines] = (await save(page, 'Save the table as CSV')).trim().split('\r\n');
  expect(head).toMatch(/^"?Arm/);
  for (const [arm, { mean, sd }] of means) {
    const line = lines.find((one) => one.includes(LABELS[arm]!))!;
    const [, , readMean, readSd, seeds] = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
      ([, quoted, plain]) => quoted ?? plain,
    );
    expect([Number(readMean), seeds]).toEqual([mean, '2']);
    expect(Number(readSd)).toBeCloseTo(sd, 10);
  }
  await openView(page, 'Lab');
  exported = await save(page, 'Export own');
  expect(
    byKey(
      exported
        .trim()
        .split('\n')
        .map((line) => parseResult(JSON.parse(line))),
    ),
  ).toEqual(byKey(found));
  await studio.close();
});

test('the export shows the same in a fresh profile; a damaged file is refused by line and field', async ({
  browser,
}) => {
  const studio = await openLab(browser, labQuery('1+2'), { cutTiny: true });
  const { page } = studio;
  const upload = (name: string, text: string) =>
    fileInput(page).setInputFiles({ name, mimeType: 'application/jsonl', buffer: Buffer.from(text) });
  await upload('lab-own.jsonl', exported);
  await expect(kept(page)).toContainText('lab-own.jsonl: 10 new results.');
  expect(await compareRows(page)).toEqual(shown);
  await openView(page, 'Lab');

  const lines = exported.trim().split('\n');
  const damaged = JSON.stringify({ ...JSON.parse(lines[2]!), seconds: 'fast' });
  await upload('damaged.jsonl', [lines[0], lines[1], damaged].join('\n'));
  await expect(kept(page).getByRole('alert')).toContainText(/damaged\.jsonl, line 3: .*“seconds”/);
  await upload('cut.jsonl', exported.slice(0, -200));
  await expect(kept(page).getByRole('alert')).toContainText(/cut\.jsonl, line 10: .*is no JSON/);
  await expect(kept(page)).toContainText('10 of your own.');
  await upload('lab-own.jsonl', exported);
  await expect(kept(page)).toContainText('lab-own.jsonl: 0 new results, 10 known already.');

  // Removed and put back, for later visits too.
  const changed = { ...JSON.parse(lines[0]!) };
  changed.after.klToSft += 1;
  await upload('other.jsonl', `${JSON.stringify(changed)}\n${lines[1]}`);
  await expect(kept(page)).toContainText(
    'other.jsonl: 0 new results, 1 known already. One differs from what is here and was not taken.',
  );
  await kept(page).getByText('Own results', { exact: true }).click();
  const rows = kept(page).locator('.lab-own li');
  await expect(rows).toHaveCount(10);
  const names = await rows.getByRole('button').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')!));
  const removed = names.indexOf('Remove DPO, top 10 %, math, seed 1');
  await rows.getByRole('button').nth(removed).click();
  await expect(kept(page)).toContainText('9 of your own.');
  // The keyboard stays where it was: at the row that moved up, or at the last.
  const after = names.filter((_, row) => row !== removed);
  await expect(kept(page).getByRole('button', { name: after[removed] ?? after.at(-1)!, exact: true })).toBeFocused();
  await expect(runButton(page)).toHaveText('Run the one that is missing');
  const keptHead = kept(page).getByRole('heading', { level: 3 });
  await kept(page).getByRole('button', { name: 'Undo' }).click();
  await expect(keptHead).toBeFocused();
  await expect(kept(page)).toContainText('10 of your own.');
  await page.locator('body').click({ position: { x: 5, y: 5 } });
  await kept(page).getByRole('button', { name: 'Remove all own results' }).click();
  await expect(keptHead).toBeFocused();
  await expect(kept(page)).toContainText('None of your own yet.');
  await kept(page).getByRole('button', { name: 'Undo' }).click();
  await expect(kept(page)).toContainText('10 of your own.');
  await page.waitForTimeout(500);
  await page.reload();
  await expect(kept(page)).toContainText('10 of your own.');
  expect(await compareRows(page)).toEqual(shown);
  await studio.close();
});

test('recorded results fill Lab and Compare at once; without them both say so quietly', async ({ browser }) => {
  const open = async (manifest: string | null, expectedErrors?: RegExp) => {
    const studio = await openLab(browser, labQuery('1+2').replace('view=lab', 'view=run'), {
      ...{ cutTiny: true, expectedErrors },
    });
    await studio.page.route(/\/study\/(manifest\.json|results\.jsonl)$/, (route) => {
      if (manifest === null) return route.fulfill({ status: 404, body: 'Not found' });
      return route.fulfill({ body: route.request().url().endsWith('.json') ? manifest : exported });
    });
    await openView(studio.page, 'Lab');
    return studio;
  };
  const full = await open(JSON.stringify({ version: 1, engine: found[0]!.engine }));
  await expect(kept(full.page)).toContainText('10 recorded results. None of your own yet.');
  await expect(full.page.getByRole('figure', { name: 'Reward–KL frontier' }).locator('svg').first()).toBeVisible();
  await expect(full.page.getByRole('heading', { level: 2 })).toContainText(/most changed tenth/);
  await expect(runButton(full.page)).toBeDisabled();
  expect(await compareRows(full.page)).toEqual(shown);
  await full.close();

  const none = await open(null, /404/);
  await expect(kept(none.page)).toContainText('No recorded results yet');
  await expect(none.page.getByRole('alert')).toHaveCount(0);
  await openView(none.page, 'Compare');
  await expect(none.page.getByRole('main')).toContainText('No recorded results come with this copy of the studio');
  await expect(none.page.getByRole('alert')).toHaveCount(0);
  await none.close();

  const other = await open(JSON.stringify({ version: 1, engine: 99 }));
  await expect(other.page.getByRole('alert')).toContainText('of version 99 of the engine');
  await other.close();
});
