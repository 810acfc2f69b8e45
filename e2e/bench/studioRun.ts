// The whole run by stage, in the built studio as a visitor has it: WASM, the bench's number of threads, seed 1.
import type { Browser } from '@playwright/test';
import { ensureBuilt } from '../../scripts/build.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import { openStudio, waitForPhase } from '../studio';
import { THREADS } from './plan';

export interface StudioRun {
  preset: string;
  seconds: number;
  stages: { name: string; steps: number; seconds: number }[];
  /** Greedy accuracy in percent on held-out prompts of the aligned family. */
  before: number | null;
  after: number | null;
}

const TIMEOUT_MS = 900_000;

/** Throws Error when the studio cannot be built or the run does not end well. */
export async function runStudio(launch: () => Promise<Browser>, preset: 'tiny' | 'default'): Promise<StudioRun> {
  if (!ensureBuilt()) throw new Error('The studio could not be built: see above.');
  const server = createStaticServer({ root: 'dist' });
  const port = await listen(server, { port: 4650 });
  const browser = await launch();
  try {
    const studio = await openStudio(browser, `?preset=${preset}&backend=wasm&seed=1&autostart=1`, {
      origin: `http://localhost:${port}/`,
      beforeWorker: `Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${THREADS} });`,
    });
    const { summary } = await waitForPhase(studio, 'done', { timeout: TIMEOUT_MS });
    await studio.close();
    if (!summary) throw new Error('The run ended without a summary.');
    const { before, after } = summary.evaluation;
    return {
      preset,
      seconds: summary.seconds,
      stages: summary.stages.map(({ name, steps, seconds }) => ({ name, steps, seconds })),
      before: before[summary.family] ?? null,
      after: after[summary.family] ?? null,
    };
  } finally {
    await browser.close();
    await new Promise((done) => server.close(done));
  }
}
