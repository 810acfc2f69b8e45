// Pictures of every view: 1440 and 390 px wide, light and dark, empty and after a Tiny run; and of every failure's card.
import { type Browser, test } from '@playwright/test';
import type { FailureCause } from '../src/worker/protocol';
import { openStudio, openView, QUICK, type Studio, VIEWS, waitForPhase } from './studio';
import { KEEP_PORT, sayAsTrainer } from './trainerPort';

const WIDTHS = [1440, 390];
const THEMES = ['light', 'dark'] as const;

async function shoot(studio: Studio, state: string): Promise<void> {
  const { page } = studio;
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width > 1000 ? 900 : 844 });
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      for (const view of VIEWS) {
        await openView(page, view);
        // Heatmaps are drawn when they come into sight: scroll through once.
        await page.evaluate(async () => {
          for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
            scrollTo(0, y);
            await new Promise(requestAnimationFrame);
          }
          scrollTo(0, 0);
          await new Promise((done) => setTimeout(done, 1200));
        });
        const name = `${state}-${view.toLowerCase()}-${width}-${theme}.png`;
        await page.screenshot({ path: `shots/${name}`, fullPage: true });
      }
    }
  }
}

async function photograph(browser: Browser, query: string, state: string, ready: (studio: Studio) => Promise<unknown>) {
  const studio = await openStudio(browser, query);
  await ready(studio);
  await shoot(studio, state);
  await studio.close();
}

test('empty', ({ browser }) =>
  photograph(browser, '?preset=tiny&backend=wasm', 'empty', ({ page }) =>
    page.getByRole('button', { name: 'Run ALLO' }).waitFor(),
  ));

test('after a Tiny run', ({ browser }) =>
  photograph(browser, '?preset=tiny&backend=wasm&seed=7&autostart=1', 'done', (studio) =>
    waitForPhase(studio, 'done'),
  ));

const DETAIL =
  'Error: as the engine said it\n    at step (trainer.worker.js:1:2345)\n    at next (trainer.worker.js:1:6789)';
const SAID: Readonly<Record<FailureCause, string>> = {
  'not finite': 'The loss became NaN.',
  'zero loss': 'The loss of 12 pairs is exactly 0 at step 4.',
  'zero gradients': 'All gradients are exactly 0 at step 4, at a loss of 0.693.',
  diverged: 'The model has diverged: every gradient is exactly 0 in 32-bit numbers.',
  'device lost': 'The GPU device was lost.',
  'out of memory': 'There is not enough memory for this run.',
  'worker crash': 'The training worker crashed.',
  storage: 'The browser did not store or read the run (The operation failed).',
  'self-check': 'WebGPU computes wrong numbers here: matmul is off by 3.1e-1.',
  'damaged save': 'The save of 2026-11-22T07:30:00.000Z cannot be read. A file of the saved run is damaged.',
  file: 'starter/tiny/model.safetensors could not be loaded (HTTP 404).',
  other: 'Cannot read properties of undefined (reading “data”).',
};

test('cards of failures', async ({ browser }) => {
  const query = `?${QUICK.replace('warmupSteps=3', 'warmupSteps=40')}`;
  const studio = await openStudio(browser, query, { beforePage: KEEP_PORT });
  const { page } = studio;
  await page.getByRole('button', { name: 'Run ALLO', exact: true }).click();
  await page.waitForFunction(() => (window.heard.runs.at(-1)?.steps.length ?? 0) >= 4);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const { id: runId } = await waitForPhase(studio, 'paused');
  await page.getByText(/^Saved (just now|\d+ s ago)/).waitFor();
  const { savedId } = await page.evaluate(
    () =>
      new Promise<{ savedId: string }>((resolve) => {
        window.trainerPort.addEventListener('message', ({ data }) => data.type === 'run.saved' && resolve(data));
        [...document.querySelectorAll('button')].find(({ innerText }) => innerText === 'Save now')!.click();
      }),
  );
  // The pause has a save of its own, which would take back what is said below.
  await page.waitForTimeout(2000);
  const photograph = async (name: string, view: 'Run' | 'Curves' = 'Run'): Promise<void> => {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width > 1000 ? 700 : 844 });
      for (const theme of THEMES) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
        await openView(page, view);
        await page.screenshot({ path: `shots/failure-${name}-${width}-${theme}.png` });
      }
    }
  };
  for (const kind of ['full', 'refused'] as const) {
    const message =
      kind === 'full'
        ? 'The browser’s storage is full: this takes 4.1 MB, 0.3 MB are left. What was saved before is whole.'
        : 'The browser did not store or read the run (Access is denied).';
    const error = { message, next: 'Delete saved runs or cached models.', detail: message };
    await sayAsTrainer(page, { type: 'run.saveTrouble', runId, savedId, kind, error });
    await photograph(kind);
    if (kind === 'full') {
      await page.getByRole('button', { name: 'Make room' }).click();
      await photograph('full-room');
    }
  }
  for (const resumable of [true, false])
    for (const [cause, message] of Object.entries(SAID) as [FailureCause, string][]) {
      const error = { cause, message, next: 'What to do next, in the engine’s words.', detail: DETAIL };
      await sayAsTrainer(page, { type: 'run.failed', runId, error, resumable });
      await photograph(`${cause.replaceAll(' ', '-')}-${resumable ? 'resumable' : 'lost'}`);
    }
  await page.getByText('Details for an issue report').click();
  await photograph('details');
  await photograph('elsewhere', 'Curves');
  await studio.close();
});
