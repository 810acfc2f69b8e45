// Pictures of every view: 1440 and 390 px wide, light and dark, empty and after a Tiny run.
import { type Browser, test } from '@playwright/test';
import { openStudio, openView, type Studio, VIEWS, waitForPhase } from './studio';

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
