// `npm run shots`: pictures of every view for people to look at, in shots/. Tests nothing.
import { defineConfig } from '@playwright/test';
import { chromiumPath } from '../scripts/chromium.mjs';
import { browser, servers } from './setting';

process.env.ALLO_CHROMIUM ??= chromiumPath() ?? '';

export default defineConfig({
  testDir: '.',
  testMatch: /shots\.ts$/,
  globalSetup: './globalSetup.ts',
  workers: 1,
  timeout: 300_000,
  reporter: [['list']],
  use: { ...browser('wasm'), actionTimeout: 15_000 },
  webServer: servers,
});
