// Uses the studio as somebody does who leaves it on for a day: run after run with views looked at and old runs deleted, or one run of many steps.
import { expect, type Page } from '@playwright/test';
import { openView } from '../studio';
import type { Phase, Sample } from './judge';
import type { Probe } from './probe';

/** What the page is told, counted; as text, so that nothing is compiled into it. */
export const COUNT = `
  window.counted = { steps: 0, done: 0, failed: null };
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'run.failed') counted.failed = data.error.detail;
        if (data?.type === 'run.phase' && data.phase === 'done') counted.done++;
        if (data?.type !== 'run.events') return;
        for (const event of data.events) if (event.type === 'step') counted.steps++;
      });
    }
  };`;

interface Counted {
  steps: number;
  done: number;
  failed: string | null;
}
type CountingWindow = Window & { counted: Counted };

/** A Tiny run of few prompts: seconds, so that many of them fit. */
const FEW = 'prompts=32&samplesPerPrompt=4&heldOutPrompts=10&otherPrompts=0&klPrompts=10&batchTokens=512';
export const QUERIES: Readonly<Record<Phase, string>> = {
  runs: `preset=tiny&seed=7&${FEW}&warmupSteps=20&forgettingSteps=10&improvingSteps=10`,
  steps: `preset=tiny&seed=7&${FEW}&warmupSteps=5000&forgettingSteps=5000&improvingSteps=5000`,
};

/** Looked at during each run. */
const LOOKED_AT = ['Curves', 'Neurons', 'Tokens', 'Samples', 'Data', 'System', 'Learn', 'Compare'] as const;
/** Saved runs that stay in the list. */
const KEPT = 2;
const [LOOK_MS, EVERY_MS] = [300, 5000];
const LONGEST_RUN_MS = 600_000;

const counted = async (page: Page): Promise<Counted> => {
  const now = await page.evaluate(() => (window as unknown as CountingWindow).counted);
  if (now.failed !== null) throw new Error(`A run failed: ${now.failed}`);
  return now;
};

export interface Drive {
  page: Page;
  probe: Probe;
  /** `performance.now()` at which it is over. */
  until: number;
  onSample(sample: Sample): void;
}

function sampler({ page, probe, onSample }: Drive) {
  const began = performance.now();
  return async (): Promise<void> => {
    const values = await probe.look();
    const { steps } = await counted(page);
    onSample({ seconds: (performance.now() - began) / 1000, steps, values });
  };
}

const saved = (page: Page) => page.getByRole('region', { name: 'Saved runs' });

/** Deletes the oldest of the saved runs; they are gone for good ten seconds later. */
async function deleteOld(page: Page): Promise<void> {
  const rows = saved(page).locator('.saved-row');
  await expect.poll(() => rows.count(), { timeout: 30_000 }).toBeGreaterThan(0);
  for (let count = await rows.count(); count > KEPT; count--) {
    await rows
      .last()
      .getByRole('button', { name: /^More for/ })
      .click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await expect(rows).toHaveCount(count - 1, { timeout: 30_000 });
  }
}

/** Run after run; a sample between two of them. */
export async function driveRuns(drive: Drive): Promise<void> {
  const { page, until } = drive;
  const sample = sampler(drive);
  for (let run = 0; performance.now() < until; run++) {
    const { done } = await counted(page);
    await page.getByRole('button', { name: run === 0 ? 'Run ALLO' : 'Restart', exact: true }).click();
    // All of them each time, so that every sample is taken behind the same clicks.
    for (const view of LOOKED_AT) {
      await openView(page, view);
      await page.waitForTimeout(LOOK_MS);
    }
    await page.waitForFunction(
      (before) => {
        const now = (window as unknown as CountingWindow).counted;
        return now.done > before || now.failed !== null;
      },
      done,
      { timeout: LONGEST_RUN_MS },
    );
    await openView(page, 'Run');
    await deleteOld(page);
    await page.waitForTimeout(500);
    await sample();
  }
}

/** One run of many steps, and where it ends another; a sample every few seconds, always from the Run view. */
export async function driveSteps(drive: Drive): Promise<void> {
  const { page, until } = drive;
  const isOver = async (done: number) => (await counted(page)).done > done;
  const stepsBefore = (await counted(page)).steps;
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await expect
    .poll(async () => (await counted(page)).steps, { timeout: LONGEST_RUN_MS })
    .toBeGreaterThan(stepsBefore + 10);
  const sample = sampler(drive);
  for (let look = 0; performance.now() < until && !(await isOver(0)); look++) {
    if (look % 4 === 3) {
      await openView(page, LOOKED_AT[(look >> 2) % LOOKED_AT.length]!);
      await page.waitForTimeout(1000);
      await openView(page, 'Run');
    }
    await page.waitForTimeout(EVERY_MS);
    await sample();
  }
}
