// The bench page's own build: no part of the studio's. What repairs TensorFlow.js' threaded glue code is the studio's.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import studio from '../../vite.config';

/** Out of the way of type checks and lint. */
export const BENCH_DIST = fileURLToPath(new URL('../../node_modules/.cache/bench', import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('page', import.meta.url)),
  base: './',
  publicDir: false,
  worker: studio.worker,
  build: {
    ...studio.build,
    outDir: BENCH_DIST,
    emptyOutDir: true,
    rolldownOptions: {},
  },
});
