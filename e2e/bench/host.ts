// Runs jobs: builds and serves the bench page, and starts a fresh Chromium for every job, so that none inherits another's
// memory, compiled kernels or heat of the caches.
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from '@playwright/test';
import { build } from 'vite';
import { chromiumArgs, ensureChromium, webgpuArgs } from '../../scripts/chromium.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import type { BenchWindow } from './page/main';
import type { Job, ResultOf } from './protocol';
import { BENCH_DIST } from './vite.config';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** As on the software adapter, but with whatever GPU the machine has. */
const realGpuArgs = webgpuArgs.filter((flag) => !flag.startsWith('--use-webgpu-adapter='));
/** WebGL without a GPU has to be asked for. */
const webglArgs = ['--enable-unsafe-swiftshader'];

export interface Host {
  run<J extends Job>(job: J): Promise<ResultOf[J['kind']]>;
  /** A browser with the host's flags and more; the caller closes it. */
  launch(more?: readonly string[]): Promise<Browser>;
  close(): Promise<void>;
}

/** `gpu`: the machine's own WebGPU adapter instead of the software one. */
export async function startHost({ gpu }: { gpu: boolean }): Promise<Host> {
  const executablePath = ensureChromium();
  await build({ configFile: here('vite.config.ts'), logLevel: 'error' });
  const server = createStaticServer({ root: BENCH_DIST, guarded: false });
  const port = await listen(server, { port: 4630 });
  const args = [...chromiumArgs, ...webglArgs, ...(gpu ? realGpuArgs : webgpuArgs)];
  const launch = (more: readonly string[] = []) => chromium.launch({ executablePath, args: [...args, ...more] });
  return {
    launch,
    async run<J extends Job>(job: J) {
      const browser = await launch();
      try {
        const page = await browser.newPage();
        await page.goto(`http://localhost:${port}/`);
        await page.waitForFunction(() => (window as BenchWindow).runJob !== undefined);
        const { result, error } = await page.evaluate((given) => (window as BenchWindow).runJob!(given), job as Job);
        if (error !== undefined) throw new Error(error);
        return result as ResultOf[J['kind']];
      } finally {
        await browser.close();
      }
    },
    close: async () => {
      await new Promise((done) => server.close(done));
    },
  };
}
