// `npm run build:simd`: compiles assembly/index.ts twice (for the heap of one thread and for a shared one) into
// src/core/ops/simd/bytes.ts, and assembly/changes.ts into src/core/inspect/changesWasm.ts. The results are committed, so that nobody
// needs the compiler to run the project; `--check` fails when one is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const OPTIONS = [
  '-O3',
  '--noAssert',
  '--enable',
  'simd',
  '--runtime',
  'stub',
  '--importMemory',
  '--noExportMemory',
  '--use',
  'abort=',
];
/** As TensorFlow.js declares its shared heap: 4 GiB at most. */
const SHARED = ['--enable', 'threads', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'];

/**
 * @param {string} entry
 * @param {string[]} more
 */
async function compile(entry, more) {
  /** @type {Uint8Array | null} */
  let bytes = null;
  const { error, stderr } = await asc.main([`assembly/${entry}`, '--outFile', 'simd.wasm', ...OPTIONS, ...more], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) bytes = /** @type {Uint8Array} */ (contents);
    },
  });
  if (error || !bytes) throw new Error(`assembly/ does not compile: ${error?.message}\n${stderr.toString()}`);
  return Buffer.from(bytes).toString('base64');
}

const HEADER = '// Made by `npm run build:simd` from assembly/. Do not edit.';
const outputs = {
  'src/core/ops/simd/bytes.ts': `${HEADER}
export const SIMD_MODULE =
  '${await compile('index.ts', [])}';
export const SIMD_MODULE_SHARED =
  '${await compile('index.ts', SHARED)}';
`,
  'src/core/inspect/changesWasm.ts': `${HEADER}
export const CHANGES_MODULE =
  '${await compile('changes.ts', [])}';
`,
};
for (const [path, text] of Object.entries(outputs)) {
  const file = new URL(`../${path}`, import.meta.url);
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is not what assembly/ compiles to: run “npm run build:simd” and commit the result.`);
    process.exit(1);
  }
}
