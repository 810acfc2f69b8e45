// The built studio at its lab: opened with an ear to the study worker, and the parts of the view that the tests press and read.
import type { Browser, Page } from '@playwright/test';
import { parseResult, type StudyResult } from '../src/core/study/result';
import { openStudio, type Studio, type StudioOptions } from './studio';

type StudyNews = { type: string; key?: string; share?: number; result?: StudyResult };
type LabWindow = Window & { news: StudyNews[] };

/** Runs in the page: keeps what the study worker says, its results over reloads. */
const HEAR = `window.news = [];
window.Worker = class extends window.Worker {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      if (String(data && data.type).startsWith('study.')) window.news.push(data);
      if (data && data.type === 'study.result')
        sessionStorage.setItem('results', (sessionStorage.getItem('results') || '') + JSON.stringify(data.result) + '\\n');
    });
  }
};`;

export const labQuery = (seeds: string, more = 'preset=tiny&backend=wasm') =>
  `?${more}&view=lab&experiment=study&scope=tiny&seeds=${seeds}`;

export const openLab = (browser: Browser, query: string, options: StudioOptions = {}): Promise<Studio> =>
  openStudio(browser, query, { beforePage: HEAR, ...options });

export const news = (page: Page): Promise<StudyNews[]> => page.evaluate(() => (window as unknown as LabWindow).news);

/** All of this tab, those before a reload too. */
export const resultsSaid = async (page: Page): Promise<StudyResult[]> =>
  (await page.evaluate(() => sessionStorage.getItem('results') ?? ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => parseResult(JSON.parse(line)));

export const waitForResults = (page: Page, count: number) =>
  page.waitForFunction(
    (wanted) => (window as unknown as LabWindow).news.filter(({ type }) => type === 'study.result').length >= wanted,
    count,
    { timeout: 120_000 },
  );

/** A job has begun and is far from its end: what is clicked now meets it. */
export const waitForMidJob = (page: Page) =>
  page.waitForFunction(() => {
    const { type, share = 0 } = (window as unknown as LabWindow).news.at(-1) ?? {};
    return type === 'study.progress' && share > 0.02 && share < 0.5;
  });

export const toGo = (jobs: number) => (jobs === 1 ? '1 job to go' : `${jobs} jobs to go`);

export const queue = (page: Page) => page.locator('.lab-queue');
export const queueHead = (page: Page) => queue(page).getByRole('heading', { level: 3 });
export const kept = (page: Page) => page.getByRole('region', { name: 'Results', exact: true });
export const runButton = (page: Page) =>
  page
    .getByRole('region', { name: 'Run The empirical study' })
    .getByRole('button', { name: /^(Run|Counting)/ })
    .first();
