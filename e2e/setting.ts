// What every Playwright configuration of this project shares: how Chromium starts, and the two servers.
import { fileURLToPath } from 'node:url';
import type { PlaywrightTestConfig } from '@playwright/test';
import { chromiumArgs, webgpuArgs } from '../scripts/chromium.mjs';

/** The first of two ports in a row: with `ALLO_PORT` two clones can be tested side by side. */
const FIRST_PORT = Number(process.env.ALLO_PORT ?? 4610);
/** `studio`: at the root, isolated as `npm start` does it. `bare`: any static host: a sub-path and no isolation headers. */
export const PORTS = { studio: FIRST_PORT, bare: FIRST_PORT + 1 };
export const BARE_BASE = '/some/where/';
/** A name that is no localhost, so an insecure origin; Chromium is told where it is. */
export const INSECURE_HOST = 'studio.test';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const serve = (port: number, ...more: string[]) => ({
  cwd: ROOT,
  command: ['node', 'scripts/serve.mjs', '--root', 'dist', '--port', String(port), ...more].join(' '),
  port,
  reuseExistingServer: false,
});

export const servers: PlaywrightTestConfig['webServer'] = [
  serve(PORTS.studio),
  serve(PORTS.bare, '--base', BARE_BASE, '--no-isolation'),
];

/** Chromium with or without a (software) WebGPU adapter. */
export const browser = (engine: 'wasm' | 'webgpu'): PlaywrightTestConfig['use'] => ({
  viewport: { width: 1440, height: 900 },
  launchOptions: {
    executablePath: process.env.ALLO_CHROMIUM || undefined,
    args: [
      ...chromiumArgs,
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
      ...(engine === 'webgpu' ? webgpuArgs : []),
    ],
  },
});
