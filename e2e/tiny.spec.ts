// The Tiny run on WASM, through all stages, in one page: what it shows, that it leaves the page responsive, that it is the
// same run again on Restart; and that Node computes what a page does.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RunSummary } from '../src/core/events';
import { broken, type Judged } from './clock';
import {
  expectFineLooks,
  type HeardRun,
  openStudio,
  openView,
  QUICK,
  type Studio,
  tableRows,
  VIEWS,
  waitForPhase,
} from './studio';
import { longestTasks } from './tasks';
import { expect, test } from './test';

test.describe.configure({ mode: 'serial' });

const STAGES = ['sampling', 'pairs', 'warm-up', 'mask', 'token-rewards', 'forgetting', 'improving', 'evaluation'];
const CURVES = [
  ['Warm-up loss', 'warm-up'],
  ['Forgetting loss', 'forgetting'],
  ['Improving loss', 'improving'],
] as const;

let studio: Studio;
let first: HeardRun;
let summary: RunSummary;
/** While it ran. */
let tasks: Judged;

test.beforeAll(async ({ browser }) => {
  studio = await openStudio(browser, '?preset=tiny&backend=wasm&seed=7');
});
test.afterAll(() => studio.close());

test('runs through all stages and improves by at least 10 points', async () => {
  tasks = await longestTasks(
    studio.page,
    async (part) => {
      await part('a Tiny run');
      await studio.page.getByRole('button', { name: 'Run ALLO', exact: true }).press('Enter');
      first = await waitForPhase(studio, 'done');
    },
    100,
  );
  expect(first.summary).not.toBeNull();
  summary = first.summary as RunSummary;
  console.log(`Tiny on WASM in the page: ${summary.seconds.toFixed(1)} s`);
  expect(summary).toMatchObject({ preset: 'tiny', family: 'math', seed: 7, backend: 'wasm', arm: 'allo' });
  expect(summary.stages.map(({ name }) => name)).toEqual(STAGES);
  expect(summary.evaluation.after.math).toBeGreaterThanOrEqual((summary.evaluation.before.math ?? 100) + 10);
  expect(summary.tokenRewardAuroc).toBeGreaterThan(0.5);
  await expect(studio.page.getByRole('status')).toContainText(/is done\. Greedy accuracy on math rose from/);
});

test('shows the three loss curves, each with its table', async () => {
  const { page } = studio;
  await openView(page, 'Run');
  for (const [name, series] of CURVES) {
    const heard = first.steps.filter(([of]) => of === series);
    expect(heard.length, series).toBeGreaterThan(0);
    for (const [, , loss] of heard) expect(Number.isFinite(loss)).toBe(true);
    const figure = page.getByRole('figure', { name, exact: true });
    await expect(figure).toBeVisible();
    await figure.getByRole('button', { name: `Show as table: ${name}` }).click();
    const rows = await tableRows(figure.getByRole('table'));
    // The heading, then one row a step.
    expect(rows.length).toBe(heard.length + 1);
    expect(Number(rows[1]?.[0])).toBe(heard[0]?.[1]);
    await figure.getByRole('button', { name: `Hide the table: ${name}` }).click();
  }
});

test('shows before and after per task family, and the share that moved', async () => {
  await openView(studio.page, 'Run');
  const table = studio.page.getByRole('region', { name: 'Before and after, table' }).getByRole('table');
  await expect(table).toBeVisible();
  const text = (await tableRows(table)).map((row) => row.join(' | ')).join('\n');
  for (const family of ['math', 'qa', 'instruct']) expect(text.toLowerCase()).toContain(family);
  expect(summary.movedPercent).toBeGreaterThan(0);
  // Forgetting and improving may move at most their masks.
  expect(summary.movedPercent).toBeLessThanOrEqual(15);
});

test('shows examples, answers and pairs', async () => {
  const { page } = studio;
  await openView(page, 'Data');
  const panel = page.getByRole('tabpanel');
  for (const tab of ['Examples', 'Samples', 'Pairs']) {
    await page.getByRole('tab', { name: tab }).click();
    expect(await panel.getByRole('listitem').count(), tab).toBeGreaterThan(5);
  }
  await expect(panel.getByText('chosen', { exact: false }).first()).toBeVisible();
  await expect(panel.getByText('rejected', { exact: false }).first()).toBeVisible();
});

test('shows a neuron mask for every tensor, exactly as large as asked', async () => {
  await openView(studio.page, 'Neurons');
  // Two layers of nine tensors, the embedding and the last norm.
  await expect(studio.page.getByRole('figure', { name: /^Neuron mask/ })).toHaveCount(20);
  for (const purpose of ['forgetting', 'improving'] as const) {
    const mask = summary.masks[purpose];
    expect(mask?.selected).toBe(Math.floor(((mask?.total ?? 0) * (mask?.requestedPercent ?? 0)) / 100));
  }
});

test('shows the token rewards', async () => {
  await openView(studio.page, 'Tokens');
  await expect(studio.page.getByRole('figure', { name: 'Pair inspector', exact: true })).toBeVisible();
  await expect(studio.page.getByText(/AUROC/).first()).toBeVisible();
});

test('answers a prompt with the SFT and the aligned model', async () => {
  const { page } = studio;
  await openView(page, 'Try');
  await page.getByRole('main').getByRole('listitem').first().getByRole('button').click();
  for (const name of [/SFT.* answer/, /ALLO.* answer/])
    await expect(page.getByRole('figure', { name })).toContainText(/\d+ tokens?, log p/);
  await page.getByLabel('Prompt', { exact: true }).fill('zebra');
  await page.getByRole('button', { name: 'Ask both' }).click();
  await expect(page.getByRole('alert')).toContainText('zebra');
});

test('every view is accessible after the run and fits, in both looks', async () => {
  await expectFineLooks(studio.page, 'After the run,', async (fine) => {
    for (const view of VIEWS) {
      await openView(studio.page, view);
      await fine(view);
    }
  });
});

test('Restart and Node compute the same run, bit for bit', async ({ browser }) => {
  const quick = await openStudio(browser, `?${QUICK}&autostart=1`);
  const { id, steps, summary: inPage } = await waitForPhase(quick, 'done');
  await quick.page.getByRole('button', { name: 'Restart', exact: true }).first().click();
  const second = await waitForPhase(quick, 'done', { runs: 2 });
  await quick.close();
  expect(second.id).not.toBe(id);
  expect(second.steps).toEqual(steps);
  expect(second.summary?.evaluation).toEqual(inPage!.evaluation);
  expect(second.summary?.klToSft).toBe(inPage!.klToSft);
  const out = mkdtempSync(join(tmpdir(), 'allo-'));
  const { preset, backend, seed, ...more } = Object.fromEntries(new URLSearchParams(QUICK));
  const set = Object.entries(more).map(([name, value]) => `${name}=${value}`);
  const args = [
    '--preset',
    preset!,
    '--backend',
    backend!,
    '--seed',
    seed!,
    '--set',
    set.join(),
    '--json',
    '--out',
    out,
  ];
  const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'allo', '--', ...args], {
    maxBuffer: 1 << 26,
  });
  const node: RunSummary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  const timeless = (stages: RunSummary['stages']) => stages.map(({ seconds, ...rest }) => rest);
  expect(timeless(node.stages)).toEqual(timeless(inPage!.stages));
  expect(node.masks).toEqual(inPage!.masks);
  expect(node.evaluation).toEqual(inPage!.evaluation);
  expect(node.tokenRewardAuroc).toBe(inPage!.tokenRewardAuroc);
  expect(node.klToSft).toBe(inPage!.klToSft);
  // Every step's loss, as written: stage, series, step, loss, …
  const [head = '', ...rows] = readFileSync(join(out, 'metrics.csv'), 'utf8').trim().split('\n');
  const column = (name: string) => head.split(',').indexOf(name);
  const written = rows.map((row) => {
    const cells = row.split(',');
    return [cells[column('series')], Number(cells[column('step')]), Number(cells[column('loss')])];
  });
  expect(written).toEqual(steps);
  rmSync(out, { recursive: true });
});

test('New seed is another run', async () => {
  await studio.page.getByRole('button', { name: 'New seed', exact: true }).first().click();
  await studio.page.waitForFunction((count) => (window.heard.runs[1]?.steps.length ?? 0) >= count, 5, {
    timeout: 60_000,
  });
  const other = (await studio.heard()).runs[1];
  // The first loss is log 2 in every run.
  expect(other?.steps[4]?.[2]).not.toBe(first.steps[4]?.[2]);
  await studio.page.getByRole('button', { name: 'Stop', exact: true }).first().click();
  await waitForPhase(studio, 'stopped', { runs: 2 });
});

// Last, so that it hides nothing above.
test('the run blocked the page for no more than 100 ms at a time', () => {
  expect(broken(tasks)).toEqual([]);
});
