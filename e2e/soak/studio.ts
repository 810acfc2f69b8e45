// The studio under soak as a visitor has it: opened, a run started, and gone on with after a kill, by the page's own buttons and by keyboard.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { type SoakBrowser, startBrowser } from './browser';
import { createEar, type Ear } from './ear';
import type { SoakHost } from './host';
import type { PageWindow, Spoken } from './page/contract';

declare const window: PageWindow;

export interface SoakStudio {
  /** Opens the page, in a browser that is started if need be; what was open is closed. */
  open(query: string): Promise<void>;
  page(): Page;
  ear(): Ear;
  /** As a visitor does: the same page anew. */
  reload(): Promise<void>;
  /** What the soak's code in the page can do. */
  ask<K extends keyof Soak>(what: K, ...given: Parameters<Soak[K]>): Promise<Awaited<ReturnType<Soak[K]>>>;
  startRun(): Promise<void>;
  /** The run of that name goes on: by the card of the unfinished run, what a failed one offers, or its row among the saved runs. */
  goOn(name: string): Promise<void>;
  killBrowser(): Promise<void>;
  version(): string;
}

type Soak = PageWindow['soak'];

export interface StudioOptions {
  host: SoakHost;
  executablePath: string;
  hasWebgpu: boolean;
}

const PATIENCE = { timeout: 30_000 };

export function createStudio({ host, executablePath, hasWebgpu }: StudioOptions): SoakStudio {
  const profile = mkdtempSync(join(host.folder, 'profile-'));
  let browser: SoakBrowser | null = null;
  let page: Page | null = null;
  let ear = createEar();

  const start = async (): Promise<SoakBrowser> => {
    const started = await startBrowser({ executablePath, profile, hasWebgpu });
    const { context } = started;
    context.setDefaultTimeout(PATIENCE.timeout);
    await context.exposeFunction('soakHears', (text: string) => ear.hear(JSON.parse(text) as Spoken));
    await context.addInitScript({ content: host.pageScript });
    return started;
  };
  const present = (): Page => {
    if (!page) throw new Error('No page is open.');
    return page;
  };
  const press = async (button: Locator): Promise<void> => {
    await button.press('Enter');
  };

  const listenTo = (of: Page, mine: Ear): void => {
    of.once('crash', () => mine.gone('The page has crashed.'));
    of.once('close', () => mine.gone('The page is closed.'));
  };

  return {
    async open(query) {
      browser ??= await start();
      await page?.close().catch(() => {});
      ear = createEar();
      page = await browser.context.newPage();
      listenTo(page, ear);
      await page.goto(`${host.url}${query}`);
    },
    page: present,
    ear: () => ear,
    async reload() {
      // What the old page still says is not of the new one.
      ear = createEar();
      listenTo(present(), ear);
      await present().reload();
    },
    ask: (what, ...given) =>
      present().evaluate(([name, values]) => (window.soak[name] as (...all: unknown[]) => never)(...values), [
        what,
        given,
      ] as const),
    async startRun() {
      await press(
        present()
          .getByRole('button', { name: /^Run \S/ })
          .first(),
      );
    },
    async goOn(name) {
      const open = present();
      const card = open
        .getByRole('region', { name: 'Unfinished run' })
        .getByRole('button', { name: 'Continue', exact: true });
      const failed = open
        .getByRole('region', { name: 'What failed' })
        .getByRole('button', { name: /^(Resume|Try again|Continue)$/ });
      const row = open
        .getByRole('region', { name: 'Saved runs' })
        .getByRole('button', { name: `Continue ${name}`, exact: true });
      for (;;) {
        await row.or(card).or(failed).first().waitFor(PATIENCE);
        // What was there may have made way for another, where a tab that is being ended still had the run.
        for (const button of [card, failed, row]) if (await button.isVisible()) return press(button);
      }
    },
    async killBrowser() {
      await browser?.kill();
      ear.gone('The browser is gone.');
      browser = null;
      page = null;
    },
    version: () => browser?.version ?? 'not running',
  };
}
