// What the specs share: opening the studio with its guards, listening in on its worker, waiting for a run, reading tables.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, expect, type Locator, type Page } from '@playwright/test';
import type { FieldName } from '../src/core/config';
import type { RunSummary } from '../src/core/events';
import { FIELDS } from '../src/core/fields';
import { PORTS } from './setting';

export const ROOT_URL = `http://localhost:${PORTS.studio}/`;
export const VIEWS = [
  'Run',
  'Curves',
  'Data',
  'Neurons',
  'Inspect',
  'Tokens',
  'Samples',
  'Try',
  'Lab',
  'Compare',
  'Learn',
  'System',
] as const;

/** A run through all stages in a few seconds: cut numbers, otherwise Tiny. */
export const QUICK =
  'preset=tiny&backend=wasm&seed=7&prompts=32&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&warmupSteps=3&forgettingSteps=3&improvingSteps=3';

const TINY_TABLE = /(\btiny:\{[^{}]*\bsamplesPerPrompt:[^{}]*)\}/;
const FEWER =
  'prompts:24,samplesPerPrompt:4,batchTokens:512,warmupSteps:6,forgettingSteps:4,improvingSteps:6,heldOutPrompts:16,otherPrompts:4,klPrompts:8';

/**
 * A built script with a Tiny of fewer prompts and steps: the lab takes no settings from the address, and a job of the real Tiny takes seconds. Scripts
 * without the table of presets stay as they are. Keys of jobs stay too: they are made of what differs from the preset.
 */
export const cutTinyIn = (script: string): string => script.replace(TINY_TABLE, `$1,${FEWER}}`);

/** One run as heard on the page's side of the worker, in full precision. */
export interface HeardRun {
  id: string;
  phase: string;
  /** [series, step, loss] */
  steps: [string, number, number][];
  summary: RunSummary | null;
  error: string | null;
}

interface Heard {
  runs: HeardRun[];
  /** [start, duration] in ms since the page began. */
  longTasks: [number, number][];
  ready: number | null;
}

declare global {
  interface Window {
    heard: Heard;
  }
}

/** Runs in the page before anything else: keeps what the worker says, and the long tasks of the main thread. */
function listenIn(): void {
  const heard: Heard = { runs: [], longTasks: [], ready: null };
  window.heard = heard;
  const runOf = (id: string): HeardRun => {
    const known = heard.runs.find((run) => run.id === id);
    if (known) return known;
    const run: HeardRun = { id, phase: 'starting', steps: [], summary: null, error: null };
    heard.runs.push(run);
    return run;
  };
  window.Worker = class extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'ready') heard.ready = performance.now();
        if (data?.type === 'run.phase') runOf(data.runId).phase = data.phase;
        if (data?.type === 'run.failed')
          Object.assign(runOf(data.runId), { phase: 'failed', error: data.error.detail });
        if (data?.type !== 'run.events') return;
        const run = runOf(data.runId);
        for (const event of data.events) {
          if (event.type === 'step') run.steps.push([event.series, event.step, event.metrics.loss]);
          if (event.type === 'run.done') run.summary = event.summary;
        }
      });
    }
  };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) heard.longTasks.push([startTime, duration]);
  }).observe({ type: 'longtask', buffered: true });
}

export interface Studio {
  page: Page;
  /** One more tab of the same browser, at the same or another query. */
  another(query?: string): Promise<Page>;
  heard(): Promise<Heard>;
  /** Closes the page; fails when something went wrong unheard. */
  close(): Promise<void>;
}

export interface StudioOptions extends BrowserContextOptions {
  origin?: string;
  /** Code that runs in the page, or in the training worker, before the studio's own. */
  beforePage?: string;
  beforeWorker?: string;
  /** Page and workers have a Tiny of fewer prompts and steps: `cutTinyIn`. */
  cutTiny?: boolean;
  /** Console errors and failures that the test provokes. */
  expectedErrors?: RegExp;
  /** 'commit' where the page may reload itself before it has loaded. */
  waitUntil?: 'load' | 'commit';
}

/** Opens the studio at `?query`. */
export async function openStudio(browser: Browser, query: string, options: StudioOptions = {}): Promise<Studio> {
  const {
    origin = ROOT_URL,
    beforePage,
    beforeWorker,
    cutTiny,
    expectedErrors,
    waitUntil,
    ...contextOptions
  } = options;
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...contextOptions });
  const trouble: string[] = [];
  const report = (text: string) => {
    if (!expectedErrors?.test(text)) trouble.push(text);
  };
  const newTab = async (): Promise<Page> => {
    const tab = await context.newPage();
    tab.on('pageerror', (error) => report(`uncaught: ${error.stack ?? error.message}`));
    tab.on('console', (message) => {
      if (message.type() === 'error') report(`console: ${message.text()} (${message.location().url})`);
    });
    await tab.addInitScript(listenIn);
    if (beforePage) await tab.addInitScript(beforePage);
    return tab;
  };
  const page = await newTab();
  if (beforeWorker) {
    await context.route(/trainer\.worker[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${beforeWorker}\n${await response.text()}` });
    });
  }
  let isCut = false;
  if (cutTiny) {
    await context.route(/\/assets\/[^/]+\.js$/, async (route) => {
      const response = await route.fetch();
      const text = await response.text();
      const body = cutTinyIn(text);
      isCut ||= body !== text;
      await route.fulfill({ response, body });
    });
  }
  await page.goto(`${origin}${query}`, { waitUntil });
  return {
    page,
    async another(other = query) {
      const tab = await newTab();
      await tab.goto(`${origin}${other}`, { waitUntil });
      return tab;
    },
    heard: () => page.evaluate(() => window.heard),
    async close() {
      // A file may be on its way through a route just now; that its page goes is no failure.
      await context.unrouteAll({ behavior: 'ignoreErrors' });
      await context.close();
      expect(trouble).toEqual([]);
      expect(isCut, 'the presets were found').toBe(cutTiny ?? false);
    },
  };
}

/** Waits for the latest run to reach one of the phases; a failed run fails at once, with its reason. */
export async function waitForPhase(
  studio: Studio,
  phase: string,
  { runs = 1, timeout = 120_000 } = {},
): Promise<HeardRun> {
  await studio.page.waitForFunction(
    ([wanted, count]) => {
      const run = window.heard.runs.at(-1);
      return window.heard.runs.length >= count && (run?.phase === wanted || run?.phase === 'failed');
    },
    [phase, runs] as const,
    { timeout },
  );
  const run = (await studio.heard()).runs.at(-1);
  expect(run, 'a run was heard').toBeDefined();
  expect({ phase: run?.phase, error: run?.error }).toEqual({ phase, error: null });
  return run as HeardRun;
}

/** Goes to a view by its name in the navigation. */
export const openView = (page: Page, name: (typeof VIEWS)[number]): Promise<void> =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name, exact: true }).click();

/** Opens the settings and types in what is given, by label. */
export async function changeSettings(page: Page, values: Partial<Record<FieldName, number>>): Promise<Locator> {
  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const panel = page.getByRole('complementary', { name: 'Settings' });
  await panel.locator('details').evaluateAll((groups) => {
    for (const group of groups) group.setAttribute('open', '');
  });
  for (const [name, value] of Object.entries(values))
    await panel.getByLabel(FIELDS[name as FieldName].label, { exact: true }).fill(String(value));
  return panel;
}

/** The rows of a table, cell by cell, heading row included. Waits for the table. */
export async function tableRows(table: Locator): Promise<string[][]> {
  await expect(table).toBeVisible();
  return table
    .getByRole('row')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('th, td')].map((cell) => cell.textContent?.trim() ?? '')),
    );
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  violations: { id: string; help: string; nodes: { target: string[]; failureSummary?: string }[] }[];
}

/** Fails with every accessibility fault that axe finds in the page as it stands. */
export async function expectAccessible(page: Page, where: string): Promise<void> {
  await page.evaluate(AXE);
  const result = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResult;
  const faults = result.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
  expect(faults, `accessibility of ${where}`).toEqual([]);
}

/** Nothing makes the page wider than its window. */
export async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const { scroll, window: width } = await page.evaluate(() => ({
    scroll: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }));
  expect(scroll, `width of ${where}`).toBeLessThanOrEqual(width);
}

/** Colours hang on the theme and places on the width: two looks meet them all. */
export const LOOKS = [
  { colorScheme: 'light', width: 1440 },
  { colorScheme: 'dark', width: 390 },
] as const;
export type Look = (typeof LOOKS)[number];

/** Without motion nothing is caught halfway between two colours. */
export async function take(page: Page, { colorScheme, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize({ width, height: 900 });
}

/** Accessible, and no wider than its window. */
export async function expectFine(page: Page, where: string): Promise<void> {
  await expectAccessible(page, where);
  await expectNoSidewaysScroll(page, where);
}

/** Fine in each look; the first one stays. `reach`: what is looked at, where it is more than the page as it stands. */
export async function expectFineLooks(
  page: Page,
  where: string,
  reach: (fine: (place: string) => Promise<void>, look: Look) => Promise<void> = (fine) => fine(''),
): Promise<void> {
  for (const look of LOOKS) {
    await take(page, look);
    await reach((place) => expectFine(page, `${where} ${place}, ${look.colorScheme} at ${look.width}`), look);
  }
  await take(page, LOOKS[0]);
}

/** What both models answer in Try to the first prompt on offer, as text. */
export async function askFirst(page: Page): Promise<string> {
  await openView(page, 'Try');
  await page.locator('.try-offer').first().click();
  const answers = page.locator('.try-answers:not(.try-stale)');
  await expect(answers).toContainText('Asked:');
  return (await answers.innerText()).replaceAll(/\s+/g, ' ');
}

/** All that a view says, as text. */
export const textOf = async (page: Page): Promise<string> =>
  (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');
