// `npm run e2e:big`: what takes too long or too much memory for every `npm test`.
import { defineConfig } from '@playwright/test';
import { chromiumPath } from '../scripts/chromium.mjs';
import { browser, servers } from './setting';

process.env.ALLO_CHROMIUM ??= chromiumPath() ?? '';

export default defineConfig({
  testDir: '.',
  testMatch: /\.big\.spec\.ts$/,
  globalSetup: './globalSetup.ts',
  workers: 1,
  timeout: 600_000,
  reporter: [['list']],
  use: browser('wasm'),
  webServer: servers,
});
