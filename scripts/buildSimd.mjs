// `npm run build:simd`: compiles assembly/ twice (for the heap of one thread and for a shared one) into src/core/ops/simd/bytes.ts.
// The result is committed, so that nobody needs the compiler to run the project; `--check` fails when it is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const OUTPUT = new URL('../src/core/ops/simd/bytes.ts', import.meta.url);
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

/** @param {string[]} more */
async function compile(more) {
  /** @type {Uint8Array | null} */
  let bytes = null;
  const { error, stderr } = await asc.main(['assembly/index.ts', '--outFile', 'simd.wasm', ...OPTIONS, ...more], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) bytes = /** @type {Uint8Array} */ (contents);
    },
  });
  if (error || !bytes) throw new Error(`assembly/ does not compile: ${error?.message}\n${stderr.toString()}`);
  return Buffer.from(bytes).toString('base64');
}

const text = `// Made by \`npm run build:simd\` from assembly/. Do not edit.
export const SIMD_MODULE =
  '${await compile([])}';
export const SIMD_MODULE_SHARED =
  '${await compile(SHARED)}';
`;
if (process.argv.includes('--check')) {
  if (readFileSync(OUTPUT, 'utf8') !== text) {
    console.error(
      'src/core/ops/simd/bytes.ts is not what assembly/ compiles to: run “npm run build:simd” and commit the result.',
    );
    process.exit(1);
  }
} else writeFileSync(OUTPUT, text);
