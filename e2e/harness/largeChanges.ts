// Moves the controls of the mask lab on the page of largePage.tsx and says what came of each change.
import type { Page } from '@playwright/test';
import type { Change, LargePageWindow } from './largePage';

/** Sets a control as a user's input does. */
async function changed(page: Page, label: string, value: string | null): Promise<Change> {
  return page.evaluate(
    ([name, wanted]) =>
      (window as LargePageWindow).change!(() => {
        const label = [...document.querySelectorAll('label')].find(({ textContent }) => textContent?.trim() === name);
        const input = label?.querySelector('input') ?? (label?.control as HTMLInputElement | null);
        if (!input) throw new Error(`There is no control “${name}”.`);
        if (wanted === null) {
          input.click();
          return;
        }
        Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!.call(input, wanted);
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }),
    [label, value] as const,
  );
}

export interface LargeRow extends Change {
  name: string;
}

/** Each with what was there before: another band, rule, scope. */
const CHANGES: readonly [name: string, label: string, value: string | null][] = [
  ['first change: upper 7.5 %', 'Upper percent', '7.5'],
  ['upper 8 %', 'Upper percent', '8'],
  ['upper 20 %', 'Upper percent', '20'],
  ['lower 2 % (a band)', 'Lower percent', '2'],
  ['lower 0 %', 'Lower percent', '0'],
  ['least changed', 'Least changed', null],
  ['random', 'Random', null],
  ['per-tensor quota', 'Per-tensor quota', null],
  ['reference script', 'Reference script', null],
  ['most changed again', 'Most changed', null],
  ['without embeddings', 'Embeddings', null],
];

/** Waits for the run to be there, then makes one change after another. */
export async function changeLab(page: Page, changes = CHANGES): Promise<LargeRow[]> {
  await page.waitForFunction(() => (window as LargePageWindow).settled !== undefined, undefined, { timeout: 120_000 });
  await page.evaluate(async () => {
    const own = window as LargePageWindow;
    await own.settled!();
    // A thumbnail is drawn from when it was first near the window.
    for (let top = 0; top < document.body.scrollHeight; top += innerHeight) {
      scrollTo(0, top);
      await own.settled!();
    }
    scrollTo(0, 0);
    await own.settled!();
  });
  const rows: LargeRow[] = [];
  for (const [name, label, value] of changes) rows.push({ name, ...(await changed(page, label, value)) });
  return rows;
}

/** Bytes that page and workers hold, once garbage is gone; null where the browser does not tell. */
export const memoryOf = (page: Page): Promise<{ scope: string; bytes: number }[] | null> =>
  page.evaluate(async () => {
    const own = performance as Performance & {
      measureUserAgentSpecificMemory?(): Promise<{ breakdown: { bytes: number; attribution: { scope: string }[] }[] }>;
    };
    if (!crossOriginIsolated || !own.measureUserAgentSpecificMemory) return null;
    const { breakdown } = await own.measureUserAgentSpecificMemory();
    return breakdown
      .filter(({ bytes }) => bytes > 0)
      .map(({ bytes, attribution }) => ({ scope: attribution[0]?.scope ?? 'shared', bytes }));
  });
