// The build: static, relative, no request to another origin; TensorFlow.js only in the worker's bundle.
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { enforcePolicy } from './scripts/policyPlugin.ts';
import { ISOLATION_HEADERS } from './scripts/serve.mjs';

/** Where src/isolation/bringIsolation.ts looks for it: at the top, for its scope is its folder; the same name in every build. */
const SERVICE_WORKER = 'serviceWorker.js';

/**
 * Repairs of the threaded WASM backend's glue code:
 * - It hands its threads the text of its own factory function (`toString()`), which reads a variable of the surrounding
 *   scope; minified, that name does not exist in the thread. What it holds is never needed in a worker.
 * - Its binary allows at most half of the logical cores, hence one thread on a two-core machine: it is told twice as
 *   many, so that `setThreadsCount` alone decides.
 * - It starts eight threads on every machine, of which those beyond the logical cores would never be asked for anything.
 * - The threads' own script imports a blob: by an address that is text, which Trusted Types refuse where no policy takes
 *   it, and reads files by `eval` in Node.
 */
function repairThreads(): Plugin {
  return {
    name: 'repair-threads',
    enforce: 'pre',
    transform: {
      filter: { id: /tfjs-backend-wasm-threaded-simd(\.worker)?\.js$/ },
      handler(code, id) {
        if (id.endsWith('.worker.js')) return { code: repairThreadScript(code, (why) => this.error(why)), map: null };
        const declared = /^ *var _scriptDir = .*\n *if \(typeof __filename .*$/m;
        const cores = 'return navigator["hardwareConcurrency"]';
        const pool = 'pthreadPoolSize=8;';
        if (!declared.test(code) || !code.includes(cores) || !code.includes(pool))
          this.error('@tensorflow/tfjs-backend-wasm has changed: look at repairThreads in vite.config.ts.');
        const repaired = code
          .replace(declared, '')
          .replaceAll('_scriptDir', 'undefined')
          .replace(cores, `${cores}*2`)
          .replace(pool, 'pthreadPoolSize=Math.min(8,navigator.hardwareConcurrency||1);');
        return { code: repaired, map: null };
      },
    },
  };
}

function repairThreadScript(code: string, fail: (why: string) => never): string {
  const begin = '`"use strict";';
  const inNode = '(0,eval)(fs.readFileSync(f,"utf8")+"//# sourceURL="+f)';
  if (!code.includes(begin) || !code.includes(inNode))
    fail('@tensorflow/tfjs-backend-wasm has changed: look at repairThreadScript in vite.config.ts.');
  const takesBlobs = 'self.trustedTypes?.createPolicy("default",{createScriptURL:(u)=>u.startsWith("blob:")?u:null});';
  return code.replace(begin, `${begin}${takesBlobs}`).replace(inNode, '');
}

/** Fails the build when the page's own bundle (not the worker's) holds TensorFlow.js. */
function keepTensorsInWorker(): Plugin {
  return {
    name: 'keep-tensors-in-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle)) {
        const found = chunk.type === 'chunk' && chunk.moduleIds.find((id) => /node_modules\/@tensorflow\//.test(id));
        if (found)
          this.error(`The page must not load TensorFlow.js on its main thread, but ${chunk.fileName} holds ${found}.`);
      }
    },
  };
}

/** The service worker is registered as a classic script: it must be one file that neither imports nor exports anything. */
function keepServiceWorkerAlone(): Plugin {
  return {
    name: 'keep-service-worker-alone',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunk = bundle[SERVICE_WORKER];
      if (chunk?.type !== 'chunk') this.error(`The build makes no ${SERVICE_WORKER}.`);
      const ties = [...chunk.imports, ...chunk.dynamicImports, ...chunk.exports];
      if (ties.length > 0) this.error(`${SERVICE_WORKER} must stand alone, but it is tied to ${ties.join(', ')}.`);
    },
  };
}

/** Big libraries in files of their own: they change less often than the studio, so browsers keep them. */
function libraryOf(id: string): string | null {
  if (/node_modules\/(react|react-dom|scheduler)\//.test(id)) return 'react';
  if (/node_modules\/(recharts|d3-|victory-|@reduxjs|redux|immer|reselect|es-toolkit|decimal)/.test(id))
    return 'charts';
  return null;
}

export default defineConfig({
  base: './',
  plugins: [react(), keepTensorsInWorker(), keepServiceWorkerAlone(), enforcePolicy()],
  worker: { format: 'es', plugins: () => [repairThreads()] },
  optimizeDeps: { rolldownOptions: { plugins: [repairThreads()] } },
  build: {
    target: 'es2022',
    sourcemap: false,
    // Nothing as data: in styles, which the policy refuses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 3000,
    rolldownOptions: {
      input: { index: 'index.html', hub: 'hub.html', serviceWorker: 'src/isolation/serviceWorker.ts' },
      output: {
        entryFileNames: ({ name }) => (name === 'serviceWorker' ? SERVICE_WORKER : 'assets/[name]-[hash].js'),
        codeSplitting: { groups: [{ name: libraryOf, debugName: 'libraries' }] },
      },
    },
  },
  server: { headers: ISOLATION_HEADERS },
  preview: { headers: ISOLATION_HEADERS },
});
