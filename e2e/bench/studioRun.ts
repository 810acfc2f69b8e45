// The whole run by stage, in the built studio as a visitor has it: WASM, the bench's number of threads, seed 1.
import type { Browser } from '@playwright/test';
import { ensureBuilt } from '../../scripts/build.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import type { RunSummary } from '../../src/core/events';
import { THREADS } from './plan';

export interface StudioRun {
  preset: string;
  seconds: number;
  stages: { name: string; steps: number; seconds: number }[];
  /** Greedy accuracy in percent on held-out prompts of the aligned family. */
  before: number | null;
  after: number | null;
}

interface Heard {
  summary?: RunSummary;
  error?: string;
}

/** Runs in the page before its own code: keeps how the run ended. As text, so that nothing is compiled into it. */
const LISTEN_IN = `
  window.heard = null;
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'run.failed') window.heard = { error: data.error.detail };
        if (data?.type !== 'run.events') return;
        for (const event of data.events) if (event.type === 'run.done') window.heard = { summary: event.summary };
      });
    }
  };`;

const PRETEND_CORES = `Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${THREADS} });`;
const TIMEOUT_MS = 900_000;

async function summaryOf(browser: Browser, url: string): Promise<RunSummary> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript({ content: LISTEN_IN });
  await page.route(/trainer\.worker[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${PRETEND_CORES}\n${await response.text()}` });
  });
  await page.goto(url);
  const heard = await page.waitForFunction(() => (window as { heard?: unknown }).heard, undefined, {
    timeout: TIMEOUT_MS,
  });
  const { summary, error } = (await heard.jsonValue()) as Heard;
  if (!summary) throw new Error(error ?? 'The run ended without a summary.');
  return summary;
}

/** Throws Error when the studio cannot be built or the run does not end well. */
export async function runStudio(launch: () => Promise<Browser>, preset: 'tiny' | 'default'): Promise<StudioRun> {
  if (!ensureBuilt()) throw new Error('The studio could not be built: see above.');
  const server = createStaticServer({ root: 'dist' });
  const port = await listen(server, { port: 4650 });
  const browser = await launch();
  try {
    const query = `?preset=${preset}&backend=wasm&seed=1&autostart=1`;
    const { seconds, stages, evaluation, family } = await summaryOf(browser, `http://localhost:${port}/${query}`);
    return {
      preset,
      seconds,
      stages: stages.map(({ name, steps, seconds }) => ({ name, steps, seconds })),
      before: evaluation.before[family] ?? null,
      after: evaluation.after[family] ?? null,
    };
  } finally {
    await browser.close();
    server.close();
  }
}
