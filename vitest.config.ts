// Unit tests, in Node. The end-to-end tests are Playwright's (playwright.config.ts).
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'e2e/bench/*.test.ts'],
    // A tfjs backend and its kernels are process-wide: one process a file, as many as there are cores.
    pool: 'forks',
    testTimeout: 30_000,
  },
});
