// A model of one's own: dropped or from a hub, aligned on a data file, saved as it came, and opened again.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { openSafetensors } from '../src/core/safetensors';
import { readyPairs } from './files';
import { type HubServer, startHub } from './hubServer';
import { llamaFolder, sharded, writeFolder } from './modelFolder';
import {
  askFirst,
  changeSettings,
  expectFineLooks,
  openStudio,
  openView,
  type Studio,
  textOf,
  waitForPhase,
} from './studio';
import { expect, test } from './test';

const FEW = {
  ...{ batchTokens: 256, warmupSteps: 4, forgettingSteps: 4, improvingSteps: 4 },
  ...{ heldOutPrompts: 10, klPrompts: 10 },
};
const QUERY = '?backend=wasm&seed=7';
const files = llamaFolder();

const panel = (page: Page) => page.locator('.model-panel');
const runButton = (page: Page) => page.locator('.launch-run');
const chooseOwn = (page: Page) => page.getByRole('radio', { name: 'Your own' }).check({ force: true });
const fact = (page: Page, label: string) =>
  panel(page)
    .locator('.facts > div')
    .filter({ has: page.getByText(label, { exact: true }) })
    .locator('.facts-value');

async function dropFiles(page: Page, contents: ReadonlyMap<string, Buffer>): Promise<void> {
  const transfer = await page.evaluateHandle(
    (list) => {
      const data = new DataTransfer();
      for (const [name, base64] of list) {
        data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name));
      }
      return data;
    },
    [...contents].map(([name, bytes]) => [name, bytes.toString('base64')] as const),
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

async function expectFacts(page: Page): Promise<void> {
  await expect(fact(page, 'Architecture')).toHaveText('llama');
  await expect(fact(page, 'Layers × width')).toHaveText('2 × 64');
  await expect(fact(page, 'Attention heads')).toHaveText('4');
  await expect(fact(page, 'Vocabulary')).toHaveText('448');
  await expect(fact(page, 'Stored as')).toHaveText('F32');
  await expect(fact(page, 'Prompts')).toHaveText('chat template');
}

/** Saves once more, into a folder of the browser's own in place of one that is picked; its files. */
async function savedInFolder(page: Page): Promise<Map<string, Buffer>> {
  await page.evaluate(() => {
    const pick = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('aligned', { create: true });
    Object.assign(window, { showDirectoryPicker: pick });
  });
  await page.getByRole('button', { name: 'Save into a folder' }).click();
  await expect(page.getByText('Saved to the folder aligned: 5 files')).toBeVisible();
  const found = await page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('aligned');
    const files: [string, number[]][] = [];
    for await (const handle of folder.values()) {
      if (handle.kind !== 'file') continue;
      const file = await handle.getFile();
      files.push([handle.name, [...new Uint8Array(await file.arrayBuffer())]]);
    }
    return files;
  });
  return new Map(found.map(([name, bytes]) => [name, Buffer.from(bytes)]));
}

/** The run as a file, in a browser that has neither model nor data: its sub-words, and what both models answer. */
async function expectSameElsewhere(page: Page, browser: Browser): Promise<void> {
  const button = page.getByRole('button', { name: 'Save run', exact: true });
  const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
  const there = await openStudio(browser, '?backend=wasm');
  await there.page.getByLabel('Run bundle', { exact: true }).setInputFiles(await download.path());
  await expect(there.page.getByText(/Opened from /)).toBeVisible();
  for (const view of ['Tokens', 'Data'] as const) {
    for (const one of [page, there.page]) await openView(one, view);
    await expect.poll(async () => (await textOf(page)).length).toBeGreaterThan(200);
    await expect.poll(async () => (await textOf(there.page)) === (await textOf(page))).toBe(true);
  }
  expect(await askFirst(there.page)).toBe(await askFirst(page));
  await there.close();
}

test.describe('a folder', () => {
  let studio: Studio;
  test.beforeEach(async ({ browser }) => {
    studio = await openStudio(browser, QUERY, { acceptDownloads: true });
  });
  test.afterEach(() => studio.close());

  test('is dropped, aligned on a file, saved as it came, and opened again', async ({ browser }) => {
    const { page } = studio;
    await dropFiles(page, files);
    await expectFacts(page);
    await expect(page.getByRole('heading', { name: 'tiny', exact: true })).toBeFocused();
    await expect(panel(page)).toContainText('the built-in word tasks have words of their own');
    await expect(panel(page)).toContainText('WebAssembly can hold 4.00');
    await expect(runButton(page)).toBeDisabled();
    await expectFineLooks(page, 'opened');

    await page
      .getByLabel(/^Data file/)
      .first()
      .setInputFiles(readyPairs);
    const preview = page.getByRole('region', { name: 'Imported file' });
    await expect(preview).toContainText('200 usable records of 200');
    // Counted by the model’s tokenizer, chat template included; the vocabulary is the model’s.
    await expect(preview).toContainText('Vocabulary, your model’s448');
    await expect(preview).toContainText('Tokens per prompt28 (longest 29)');
    await preview.getByRole('button', { name: 'Use this file' }).click();
    await expect(runButton(page)).toBeEnabled();
    await changeSettings(page, FEW);
    await page.getByRole('button', { name: 'Settings', exact: true }).click();
    await runButton(page).click();
    const run = await waitForPhase(studio, 'done');
    expect(run.summary?.stages.map(({ name }) => name)).toContain('improving');
    // Policy and reference are the same model at first.
    expect(run.steps[0]![2]).toBeCloseTo(Math.LN2, 4);

    const save = page.getByRole('button', { name: 'Save aligned model' });
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    const name = download.suggestedFilename();
    expect(name).toMatch(/-allo\.zip$/);
    await expect(page.getByText(/^Saved to .*: 5 files/)).toBeVisible();
    await expectFineLooks(page, 'saved');
    const zip = unzipSync(readFileSync(await download.path()));
    const saved = new Map(Object.entries(zip).map(([path, bytes]) => [path.slice(path.indexOf('/') + 1), bytes]));
    expect([...saved.keys()].toSorted()).toEqual([...files.keys()].toSorted());
    for (const [file, bytes] of files)
      if (file !== 'model.safetensors') expect(Buffer.from(saved.get(file)!).equals(bytes), file).toBe(true);
    const [before, after] = [files, saved].map((all) =>
      openSafetensors(Uint8Array.from(all.get('model.safetensors')!)),
    );
    expect(after!.entries).toEqual(before!.entries);
    const moved = before!.entries.filter((entry) => {
      const [a, b] = [before!.readFloats(entry.name), after!.readFloats(entry.name)];
      return b.some((value, i) => value !== a[i]);
    });
    expect(moved.length).toBeGreaterThan(5);

    const inFolder = await savedInFolder(page);
    expect([...inFolder.keys()].toSorted()).toEqual([...saved.keys()].toSorted());
    for (const [file, bytes] of saved) expect(inFolder.get(file)!.equals(bytes), file).toBe(true);

    await expectSameElsewhere(page, browser);
    await openView(page, 'Run');
    const folder = writeFolder(test.info().outputPath('tiny-aligned'), saved);
    await expect(panel(page)).toHaveCount(0);
    await page.getByRole('button', { name: 'Own model' }).click();
    await panel(page).getByText('Open another model').click();
    await page.getByLabel('Model folder').setInputFiles(folder);
    await expect(page.getByRole('heading', { name: 'tiny-aligned' })).toBeVisible();
    await expectFacts(page);
  });

  test('that is not supported is refused by what is missing, and loses nothing', async () => {
    const { page } = studio;
    await chooseOwn(page);
    await expectFineLooks(page, 'empty');
    await dropFiles(page, files);
    await expectFacts(page);
    await dropFiles(page, llamaFolder({ model_type: 'mamba2' }));
    await expect(panel(page).getByRole('alert')).toContainText('“model_type”');
    await expect(panel(page).getByRole('alert')).toContainText('mamba2');
    await expectFacts(page);
    await expectFineLooks(page, 'refused');
    await panel(page).getByRole('button', { name: 'Dismiss' }).click();
    const lacking = new Map([...files].filter(([name]) => name !== 'tokenizer.json'));
    await dropFiles(page, lacking);
    await expect(panel(page).getByRole('alert')).toContainText('tokenizer.json: is missing');
    await expectFacts(page);
  });

  test('is closed and had back by keyboard, and reached from Data', async () => {
    const { page } = studio;
    await openView(page, 'Data');
    await page.getByRole('button', { name: 'Bring your own model' }).press('Enter');
    await expect(panel(page)).toContainText('A model of your own');
    await page.getByLabel('Model folder').setInputFiles(writeFolder(test.info().outputPath('tiny'), files));
    await expect(page.getByRole('heading', { name: 'tiny', exact: true })).toBeVisible();
    await panel(page).getByRole('button', { name: 'Close model' }).press('Enter');
    await expect(page.getByText('The model tiny is closed.')).toBeVisible();
    await page.getByRole('button', { name: 'Undo' }).press('Enter');
    await expectFacts(page);
    await page.getByRole('radio', { name: 'Built in' }).check({ force: true });
    await expect(panel(page)).toHaveCount(0);
    await expect(runButton(page)).toBeEnabled();
  });
});

test.describe('a hub', () => {
  // The one server beside the studio's own that any spec may ask.
  test.use({ provoked: /^asked for http:\/\/127\.0\.0\.1:\d+\/ada\// });
  let hub: HubServer;
  let studio: Studio;
  test.beforeEach(async ({ browser }) => {
    const served = { tiny: files, shards: sharded(files) };
    hub = await startHub(
      new Map(
        Object.entries(served).flatMap(([id, list]) => [...list].map(([name, bytes]) => [`ada/${id}/${name}`, bytes])),
      ),
    );
    // What the test makes this server refuse or break off.
    const expectedErrors = new RegExp(`console: .*\\(${hub.url.replaceAll('.', '\\.')}/`);
    studio = await openStudio(browser, QUERY, { expectedErrors });
  });
  test.afterEach(async () => {
    await studio.close();
    await hub.close();
  });

  async function ask(page: Page, base: string, id: string): Promise<void> {
    const form = panel(page).locator('.model-hub');
    if ((await form.getAttribute('open')) === null) await form.locator('summary').click();
    await form.getByLabel('Base address').fill(base);
    await form.getByLabel('Model id or address').fill(id);
    await form.getByRole('button', { name: 'Download' }).press('Enter');
  }

  test('slow, broken off, reloaded and resumed, then opened without it and deleted', async () => {
    const { page } = studio;
    await chooseOwn(page);
    expect(hub.requests).toEqual([]);
    const frame = page.locator('iframe');
    await expect(frame).toHaveCount(0);
    hub.manners.speed = 40_000;
    hub.manners.breakAfter = 120_000;
    await ask(page, hub.url, 'ada/tiny');
    const bar = panel(page).locator('.model-hub .long');
    await expect(bar).toContainText('model.safetensors from 127.0.0.1');
    await expect(bar).toContainText(/kB a second, \d+ s left/);
    await expect(frame).toHaveCount(1);
    await expectFineLooks(page, 'downloading');
    const weights = () => hub.requests.filter(({ file, method }) => file === 'model.safetensors' && method === 'GET');
    await expect.poll(() => weights().length, { timeout: 20_000 }).toBe(2);
    const firstOf = ({ range }: { range: string | null }): number => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1]);
    // What had arrived when the connection broke: all that was sent, or nearly.
    const resumedAt = firstOf(weights()[1]!);
    expect(resumedAt).toBeGreaterThan(60_000);
    expect(resumedAt).toBeLessThan(130_000);

    // A piece is stored at least every two seconds, and so slow a file is not whole before the reload, however busy the machine is.
    hub.manners.speed = 2_000;
    await page.waitForTimeout(2500);
    await page.reload();
    hub.manners.speed = null;
    await chooseOwn(page);
    const cached = panel(page).getByRole('region', { name: 'Downloaded models' });
    await expect(cached).toContainText('ada/tiny');
    await expect(cached).toContainText('not complete');
    expect(weights().length).toBe(2);
    await cached.getByRole('button', { name: 'Resume ada/tiny' }).click();
    await expectFacts(page);
    await expect(frame).toHaveCount(0);
    expect(weights().length).toBe(3);
    // From what was stored, which may be two seconds behind what had arrived.
    expect(firstOf(weights()[2]!)).toBeGreaterThan(40_000);
    expect(hub.requests.filter(({ file }) => file === 'config.json').length).toBe(1);

    await panel(page).getByText('Open another model').click();
    await expectShardsResumed(page);
    await hub.close();
    await page.reload();
    await chooseOwn(page);
    await expect(page.getByLabel('Base address')).toHaveValue(hub.url);
    await cached.getByRole('button', { name: 'Open ada/tiny' }).click();
    await expectFacts(page);
    await expect(page.getByRole('heading', { name: 'ada/tiny' })).toBeVisible();
    await panel(page).getByText('Open another model').click();
    // By keyboard: what is said of the opened model may still move the buttons.
    for (const id of ['ada/tiny', 'ada/shards']) {
      await cached.getByRole('button', { name: `Delete ${id}` }).press('Enter');
      await cached.getByRole('button', { name: /^Delete \d/ }).press('Enter');
      await expect(cached.getByRole('button', { name: `Open ${id}` })).toHaveCount(0);
    }
    await expect(cached).toHaveCount(0);
  });

  /** One shard breaks off and goes on by itself, the next one is cancelled and resumed; none of it is fetched twice. */
  async function expectShardsResumed(page: Page): Promise<void> {
    const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
    const ranges = (name: string) =>
      hub.requests.filter(({ file, method }) => file === name && method === 'GET').map(({ range }) => range);
    hub.manners.speed = 100_000;
    hub.manners.breakAfter = 60_000;
    await ask(page, hub.url, 'ada/shards');
    const form = panel(page).locator('.model-hub');
    await expect(form).toContainText(`${second} from`);
    await form.getByRole('button', { name: 'Cancel' }).click();
    await expect(form.getByRole('alert')).toContainText('was cancelled');
    hub.manners.speed = null;
    await panel(page).getByRole('button', { name: 'Resume ada/shards' }).click();
    await expect(page.getByRole('heading', { name: 'ada/shards' })).toBeVisible();
    await expectFacts(page);
    expect(ranges(first)).toEqual([null, expect.stringMatching(/^bytes=[56]\d{4}-$/)]);
    expect(ranges(second).length).toBe(2);
  }

  test('is cancelled, and refuses with words that say what to do', async () => {
    const { page } = studio;
    await chooseOwn(page);
    hub.manners.speed = 50_000;
    await ask(page, hub.url, 'ada/tiny');
    const form = panel(page).locator('.model-hub');
    await expect(form).toContainText('model.safetensors from');
    await form.getByRole('button', { name: 'Cancel' }).click();
    await expect(form.getByRole('alert')).toContainText('was cancelled');
    await expect(page.locator('iframe')).toHaveCount(0);
    await ask(page, hub.url, 'ada/nothing');
    await expect(form.getByRole('alert')).toContainText('no config.json of ada/nothing');
    await ask(page, 'ftp://hub.test', 'ada/tiny');
    await expect(form.getByRole('alert')).toContainText('begins with ftp:');
    await ask(page, hub.url, '../tiny');
    await expect(form.getByRole('alert')).toContainText('no id of a model');
    hub.manners.login = true;
    await ask(page, hub.url, 'ada/other');
    await expect(form.getByRole('alert')).toContainText('a web page instead of config.json');
    await expectFineLooks(page, 'login');
  });
});
