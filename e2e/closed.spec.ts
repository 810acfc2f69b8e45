// Closed to others: what the page's Content Security Policy refuses, in the page and in its workers, on a host that sends no headers at
// all; and names and texts from outside that look like code are shown as they are, everywhere. That no spec asks anybody: test.ts.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { unzipSync, zipSync } from 'fflate';
import { jsonl, type UploadFile } from './files';
import { llamaFolder, writeFolder } from './modelFolder';
import { BARE_BASE, PORTS } from './setting';
import { changeSettings, expectNoSidewaysScroll, openStudio, openView, VIEWS, waitForPhase } from './studio';
import { expect, test } from './test';

declare global {
  interface Window {
    /** Set by code that must never run. */
    struck?: boolean;
  }
}

test.describe('the policy', () => {
  const refused =
    /Content Security Policy|TrustedScript|TrustedHTML|ERR_BLOCKED_BY_CSP|asked for http:\/\/127\.0\.0\.1:/;
  test.use({ provoked: refused });
  let server: Server;
  let other: string;
  let asked: string[] = [];
  test.beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response
        .writeHead(200, { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
        .end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    other = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  test.afterAll(() => {
    server.close();
  });

  test('lets neither page nor workers ask anybody else, nor text become code', async ({ browser }) => {
    // The same question from outside of the page is answered, so silence below is the policy's.
    expect((await fetch(`${other}hello`)).status).toBe(200);
    expect(asked).toEqual(['/hello']);
    asked = [];
    const studio = await openStudio(browser, '?backend=wasm&view=inspect', {
      origin: `http://localhost:${PORTS.bare}${BARE_BASE}`,
      serviceWorkers: 'block',
      expectedErrors: refused,
    });
    const { page } = studio;
    await expect(page.getByRole('button', { name: 'Backend: WASM ×1' })).toBeVisible();
    expect(await page.evaluate(tryOut, other)).toEqual({
      fetch: 'TypeError',
      xhr: 'error',
      eventSource: 'error',
      webSocket: 'error',
      image: 'error',
      script: 'TypeError',
      worker: 'TypeError',
      html: 'TypeError',
      write: 'TypeError',
      timeout: 'refused',
    });
    const workers = page.workers();
    expect(workers.length).toBeGreaterThan(0);
    for (const worker of workers) {
      expect(worker.url()).toMatch(/^blob:/);
      const [own, others] = await worker.evaluate(async (address) => {
        const ask = (url: string) =>
          fetch(url, { mode: 'no-cors' }).then(
            () => 'answered',
            () => 'refused',
          );
        return [await ask(`${location.origin}/`), await ask(`${address}worker`)];
      }, other);
      expect([own, others]).toEqual(['answered', 'refused']);
    }
    expect(await page.evaluate(() => window.struck)).toBeUndefined();
    expect(asked).toEqual([]);
    await studio.close();
  });

  /** Runs in the page: all ways to reach another origin or to make code of text that a script has. */
  async function tryOut(other: string): Promise<Record<string, string>> {
    const nameOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));
    const attempt = (work: () => unknown): string => {
      try {
        work();
        return 'done';
      } catch (error) {
        return nameOf(error);
      }
    };
    const heard = (target: EventTarget, ...events: string[]): Promise<string> =>
      new Promise((resolve) => {
        for (const event of events) target.addEventListener(event, () => resolve(event));
        setTimeout(resolve, 3000, 'silence');
      });
    const xhr = new XMLHttpRequest();
    xhr.open('GET', `${other}xhr`);
    const xhrHeard = heard(xhr, 'load', 'error');
    xhr.send();
    const image = new Image();
    const imageHeard = heard(image, 'load', 'error');
    image.src = `${other}image`;
    navigator.sendBeacon(`${other}beacon`, 'x');
    const frame = document.createElement('iframe');
    frame.src = `${other}frame`;
    const style = document.createElement('link');
    Object.assign(style, { rel: 'stylesheet', href: `${other}style` });
    const form = document.createElement('form');
    Object.assign(form, { action: `${other}form`, target: '_self' });
    document.body.append(frame, style, form);
    form.submit();
    const div = document.createElement('div');
    const script = document.createElement('script');
    const timeout = new Promise<string>((resolve) => {
      // Called from a timer: what a test evaluates may use eval, whatever the policy says.
      setTimeout(() => {
        try {
          setTimeout('window.struck = true', 0);
        } catch {
          // Refused at once or when it is due.
        }
        setTimeout(() => resolve(window.struck ? 'ran' : 'refused'), 100);
      }, 0);
    });
    const found = {
      fetch: await fetch(`${other}fetch`).then(() => 'done', nameOf),
      xhr: await xhrHeard,
      eventSource: await heard(new EventSource(`${other}events`), 'open', 'error'),
      webSocket: await heard(new WebSocket(other.replace('http', 'ws')), 'open', 'error'),
      image: await imageHeard,
      script: attempt(() => {
        script.src = `${other}script`;
      }),
      worker: attempt(() => new Worker('assets/any.js')),
      html: attempt(() => {
        div.innerHTML = '<img src=x onerror="window.struck = true">';
      }),
      write: attempt(() => document.write('<p>')),
      timeout: await timeout,
    };
    for (const element of [frame, style, form]) element.remove();
    return found;
  }
});

const STRIKE = '<img src=x onerror="window.struck=true">';
/** Turns what follows it from right to left. */
const TURN = '\u202e';

const hostile: UploadFile = jsonl(
  `${STRIKE.replaceAll('"', '')}${TURN}lnosj.jsonl`,
  Array.from({ length: 60 }, (_, i) => ({
    prompt: `${STRIKE} ${i}`,
    chosen: `javascript:window.struck=true // ${i}`,
    rejected: `${TURN}<script>window.struck=true</script> ${i} ${i === 7 ? 'x'.repeat(10_000) : ''}`,
  })),
);

/** Nothing of it became an element, an address or code. */
async function expectInert(page: Page, where: string): Promise<void> {
  const made = await page
    .locator('img, script:not([src]), [onerror], [href^="javascript:" i], [src^="javascript:" i]')
    .evaluateAll((elements) => elements.map((element) => element.outerHTML));
  expect(made, where).toEqual([]);
  expect(await page.evaluate(() => window.struck), where).toBeUndefined();
}

test('names and texts that look like code are shown as text in every view', async ({ browser }) => {
  const studio = await openStudio(browser, '?backend=wasm&preset=tiny&seed=7', { acceptDownloads: true });
  const { page } = studio;
  await page.locator('input[type=file]').first().setInputFiles(hostile);
  const preview = page.getByRole('region', { name: 'Imported file' });
  await expect(preview).toContainText('<img src=x onerror=window.struck=true>\ufffdlnosj.jsonl: ');
  await preview.getByRole('button', { name: 'Use this file' }).click();
  await changeSettings(page, {
    ...{ sftSteps: 3, warmupSteps: 3, forgettingSteps: 3, improvingSteps: 3 },
    ...{ heldOutPrompts: 5, klPrompts: 5 },
  });
  await page.getByRole('button', { name: 'Run ALLO' }).first().click();
  await waitForPhase(studio, 'done');
  for (const view of ['Data', 'Try'] as const) {
    await openView(page, view);
    await expect(page.locator('main')).toContainText('<img src=x onerror=');
    await expectInert(page, view);
  }

  await openView(page, 'Run');
  const save = page.getByRole('button', { name: 'Save run', exact: true });
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
  const files = unzipSync(readFileSync(await download.path()));
  const manifest = JSON.parse(Buffer.from(files['manifest.json']!).toString());
  manifest.name = `${STRIKE}${TURN}${'x'.repeat(400)}`;
  const bundle = zipSync({ ...files, 'manifest.json': Buffer.from(JSON.stringify(manifest)) }, { level: 0 });
  const named = { name: `${'y'.repeat(200)}.zip`, mimeType: 'application/zip', buffer: Buffer.from(bundle) };
  await page.getByLabel('Run bundle', { exact: true }).setInputFiles(named);
  await expect(page.getByText(/^Opened from y+\.zip/)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Run: <img src=x onerror' })).toBeVisible();
  await page.getByRole('button', { name: 'Close settings' }).click();
  await page.setViewportSize({ width: 390, height: 844 });
  for (const view of VIEWS) {
    await openView(page, view);
    await expectInert(page, `${view}, opened`);
    await expectNoSidewaysScroll(page, `${view}, opened`);
  }

  await openView(page, 'Run');
  await page.getByRole('button', { name: 'Own model' }).click();
  const folder = writeFolder(test.info().outputPath('<b>model onerror=1'), llamaFolder());
  await page.getByLabel('Model folder').setInputFiles(folder);
  await expect(page.getByRole('heading', { name: '<b>model onerror=1' })).toBeVisible();
  await expectInert(page, 'a model');
  await expectNoSidewaysScroll(page, 'a model');
  await studio.close();
});
