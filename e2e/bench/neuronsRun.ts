// The Neurons view at a preset's size: how long a change of the mask lab takes until mask and pictures are there, and what the
// atlas worker holds. The run behind it is made up (e2e/harness/largeRun.ts), store, worker and view are the studio's.
import type { Browser } from '@playwright/test';
import { bundle, serveBundle } from '../harness/bundle';
import {
  CHANGES,
  changeLab,
  type LabPreset,
  type LargeRow,
  waitForPictures,
  workerBytes,
} from '../harness/largeChanges';

export interface NeuronsRun {
  preset: LabPreset;
  /** In the order they were made. */
  changes: LargeRow[];
  workerBytes: number | null;
}

/** Makes the first `most` changes. */
export async function runNeurons(
  launch: (more: readonly string[]) => Promise<Browser>,
  preset: LabPreset,
  most: number,
): Promise<NeuronsRun> {
  const code = await bundle('./largePage.tsx');
  // Else the browser measures memory when it likes.
  const browser = await launch(['--enable-blink-features=ForceEagerMeasureMemory']);
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await serveBundle(page, 'large', code);
    await page.goto(`http://localhost:4670/large/?preset=${preset}`);
    await waitForPictures(page);
    const changes: LargeRow[] = [];
    for (const change of CHANGES.slice(0, most)) changes.push(await changeLab(page, change));
    return { preset, changes, workerBytes: await workerBytes(page) };
  } finally {
    await browser.close();
  }
}
