// Unit tests, in Node. The end-to-end tests are Playwright's (playwright.config.ts).
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// A GPU that counts, put in before TensorFlow.js loads, and kernels measured for it, stay for the rest of a process.
const ALONE = ['src/core/{backend,memory}.test.ts', 'src/core/ops/linear/tuning.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    // One more than there are cores: some tests wait.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 30_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['src/**/*.test.{ts,tsx}', 'scripts/**/*.test.ts', 'e2e/{bench,leak,soak}/*.test.ts'],
          exclude: ALONE,
          // Most of such a file's time would be the start of its process and of TensorFlow.js.
          isolate: false,
        },
      },
    ],
  },
});
