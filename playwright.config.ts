// End-to-end tests in real Chromium on the built studio: numbers and DOM, not pixels.
// Two engines: WASM as on a machine without a GPU, and WebGPU on the software adapter.
import { defineConfig } from '@playwright/test';
import { browser, PORTS, servers } from './e2e/setting';
import { chromiumPath } from './scripts/chromium.mjs';

process.env.ALLO_CHROMIUM ??= chromiumPath() ?? '';

/**
 * Tests that look at the clock have the machine to themselves; the others may stand side by side (`--workers 2`). Those in the middle of a
 * chain that shares a page stay with it; all are judged by clock.ts.
 */
const TIMED = /@timed\b/;

export default defineConfig({
  testDir: 'e2e',
  testMatch: /\.spec\.ts$/,
  globalSetup: './e2e/globalSetup.ts',
  forbidOnly: Boolean(process.env.CI),
  // One at a time unless somebody asks for more: a run takes all cores, and timings are part of what is tested.
  workers: 1,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: { baseURL: `http://localhost:${PORTS.studio}/`, trace: 'off', actionTimeout: 15_000, navigationTimeout: 30_000 },
  webServer: servers,
  projects: [
    // First those that take longest: side by side with the others, none is left over at the end.
    { name: 'webgpu', testMatch: /\.webgpu\.spec\.ts$/, use: browser('webgpu') },
    { name: 'wasm', testIgnore: /\.(webgpu|big)\.spec\.ts$/, grepInvert: TIMED, use: browser('wasm') },
    { name: 'timed', testIgnore: /\.(webgpu|big)\.spec\.ts$/, grep: TIMED, use: browser('wasm') },
  ],
});
