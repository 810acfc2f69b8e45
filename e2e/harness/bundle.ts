// Bundles a page of the harness as one script and one style sheet, and serves it to a test's page.
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { build } from 'vite';

interface Bundle {
  script: string;
  style: string;
}

/** `entry`: relative to this folder. Throws when it became more than one chunk. */
export async function bundle(entry: string): Promise<Bundle> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rolldownOptions: {
        input: fileURLToPath(new URL(entry, import.meta.url)),
        // What the page loads later comes along: one script is served.
        output: { codeSplitting: false },
      },
    },
  });
  const [output] = [result].flat();
  if (!output || !('output' in output)) throw new Error(`${entry} could not be bundled.`);
  const chunks = output.output.filter((part) => part.type === 'chunk');
  if (chunks.length !== 1) throw new Error(`${entry} became ${chunks.length} chunks, expected one.`);
  const styles = output.output.filter((part) => part.type === 'asset' && part.fileName.endsWith('.css'));
  return {
    script: chunks[0]!.code,
    style: styles.map((part) => (part.type === 'asset' ? String(part.source) : '')).join('\n'),
  };
}

/** So that the page may measure memory. */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** The page with its bundle, at `<name>/` of any origin, with any query. */
export async function serveBundle(page: Page, name: string, { script, style }: Bundle): Promise<void> {
  const html = `<!doctype html><html lang="en"><head><title>${name}</title><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><link rel="stylesheet" href="page.css"></head><body><div id="root"></div><script type="module" src="page.js"></script></body></html>`;
  await page.route(new RegExp(`/${name}/(\\?.*)?$`), (route) =>
    route.fulfill({ contentType: 'text/html', body: html, headers: ISOLATED }),
  );
  await page.route(`**/${name}/page.js`, (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  await page.route(`**/${name}/page.css`, (route) => route.fulfill({ contentType: 'text/css', body: style }));
}
