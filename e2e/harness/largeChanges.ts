// Moves the controls of the mask lab on the page of largePage.tsx and says what came of each change.
import type { Page } from '@playwright/test';
import type { Change, Control, LargePageWindow } from './largePage';

export interface LabChange extends Control {
  name: string;
}

export interface LargeRow extends Change {
  name: string;
}

const slid = (label: 'Upper' | 'Lower', value: number, name = `${label.toLowerCase()} ${value} %`): LabChange => ({
  ...{ name, value },
  label: `${label} percent`,
});
const ruled = (name: string, value: string): LabChange => ({ name, label: 'Rule', value });

/** The presets whose models' shapes the lab is measured on. */
export const LAB_PRESETS = ['tiny', 'default', 'large'] as const;
export type LabPreset = (typeof LAB_PRESETS)[number];

/** Each with what was there before: another band, rule, scope. */
export const CHANGES: readonly LabChange[] = [
  slid('Upper', 7.5, 'first change, upper 7.5 %'),
  slid('Upper', 8),
  { ...slid('Upper', 20, 'upper 20 %, after a drag'), dragged: [9, 10, 11, 12, 13, 14, 15, 16, 17, 18] },
  slid('Lower', 2, 'lower 2 % (a band)'),
  slid('Lower', 0),
  ruled('least changed', 'least'),
  ruled('random', 'random'),
  slid('Upper', 10, 'random, upper 10 %'),
  ruled('per-tensor quota', 'per-tensor'),
  ruled('reference script', 'reference'),
  ruled('most changed', 'most'),
  { name: 'without embeddings', label: 'Embeddings', value: null },
];

/** Waits until the run's pictures are there, those out of sight too. */
export async function waitForPictures(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as LargePageWindow).large !== undefined, undefined, { timeout: 120_000 });
  await page.evaluate(() => (window as LargePageWindow).large!.seeAll());
}

export const changeLab = async (page: Page, change: LabChange): Promise<LargeRow> => ({
  name: change.name,
  ...(await page.evaluate((given) => (window as LargePageWindow).large!.change(given), change)),
});

/** Bytes of the atlas worker, once garbage is gone; null where the browser does not tell. */
export const workerBytes = (page: Page): Promise<number | null> =>
  page.evaluate(async () => {
    const own = performance as Performance & {
      measureUserAgentSpecificMemory?(): Promise<{ breakdown: { bytes: number; attribution: { scope: string }[] }[] }>;
    };
    if (!crossOriginIsolated || !own.measureUserAgentSpecificMemory) return null;
    const { breakdown } = await own.measureUserAgentSpecificMemory();
    return breakdown
      .filter(({ attribution }) => attribution.some(({ scope }) => scope === 'DedicatedWorkerGlobalScope'))
      .reduce((sum, { bytes }) => sum + bytes, 0);
  });
