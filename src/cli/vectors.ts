// `npm run vectors -- [--backend cpu|wasm|webgpu] [DIR …]`: every golden case through the project's real functions. Prints a line
// per failing case, closes with "N passed, N failed", and exits with 1 on any failure. WebGPU runs in Chromium, all directories in one page: what has been
// compiled for one need not be for the next.
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import { chromiumArgs, ensureChromium, webgpuArgs } from '../../scripts/chromium.mjs';
import { tf } from '../core/tf';
import type { PageVectors } from '../core/vectors/page';
import { runVectors, type VectorReport } from '../core/vectors/runVectors';

const OWN_COPY = fileURLToPath(new URL('../testing/golden', import.meta.url));
const PAGE_ENTRY = fileURLToPath(new URL('../core/vectors/page.ts', import.meta.url));
const BACKENDS = ['cpu', 'wasm', 'webgpu'];

type JsonFiles = { name: string; text: string }[];

async function readJsonFiles(directory: string): Promise<JsonFiles> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.json')).sort();
  if (names.length === 0) throw new Error(`${directory} holds no golden .json files.`);
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(resolve(directory, name), 'utf8') })));
}

/** A name inside the directory only: golden files come from anywhere. */
function pathInside(directory: string, name: string): string {
  if (!/^[\w.-]+$/.test(name) || name.startsWith('.')) throw new Error(`"${name}" is no file name.`);
  return resolve(directory, name);
}

async function runHere(directory: string): Promise<VectorReport> {
  const json = await readJsonFiles(directory);
  const load = async (name: string): Promise<Uint8Array> => {
    const path = pathInside(directory, name);
    return readFile(path).catch(() => Promise.reject(new Error(`the file "${name}" is missing`)));
  };
  return runVectors({ json, load }, 'f32');
}

async function bundlePage(): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, target: 'es2022', lib: { entry: PAGE_ENTRY, formats: ['es'] } },
  });
  for (const result of Array.isArray(output) ? output : [output]) {
    if (!('output' in result)) continue;
    const entry = result.output.find((chunk) => chunk.type === 'chunk' && chunk.isEntry);
    if (entry?.type === 'chunk') return entry.code;
  }
  throw new Error('The page for the browser could not be built.');
}

/** A page on localhost, since WebGPU needs a secure origin. */
async function serve(script: string): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/vectors.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript
        ? script
        : '<!doctype html><title>golden vectors</title><script type="module" src="vectors.js"></script>',
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

async function pageVectors(directory: string): Promise<PageVectors> {
  const others = (await readdir(directory)).filter((name) => name.endsWith('.safetensors'));
  const contents = others.map(
    async (name) => [name, (await readFile(resolve(directory, name))).toString('base64')] as const,
  );
  return { json: await readJsonFiles(directory), binary: Object.fromEntries(await Promise.all(contents)) };
}

async function runInChromium(backend: string, directories: readonly string[]): Promise<VectorReport[]> {
  const vectors = await Promise.all(directories.map(pageVectors));
  const server = await serve(await bundlePage());
  const browser = await chromium.launch({ executablePath: ensureChromium(), args: [...chromiumArgs, ...webgpuArgs] });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    // WebGPU reports invalid commands here and drops them: without this a wrong number would be all there is to see.
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') console.error(message.text());
    });
    await page.goto(server.url);
    await page
      .waitForFunction(() => globalThis.runGoldenVectors !== undefined, undefined, { timeout: 60_000 })
      .catch(() => {
        throw new Error(`The page did not load: ${errors.join('; ') || 'no error reported'}`);
      });
    const reports: VectorReport[] = [];
    for (const files of vectors)
      reports.push(
        await page.evaluate(([name, given]) => globalThis.runGoldenVectors!(name, given), [backend, files] as const),
      );
    return reports;
  } finally {
    await browser.close();
    server.close();
  }
}

async function runAll(backend: string, directories: readonly string[]): Promise<VectorReport[]> {
  if (backend === 'webgpu') return runInChromium(backend, directories);
  if (!(await tf.setBackend(backend))) throw new Error(`The backend "${backend}" did not start.`);
  const reports: VectorReport[] = [];
  for (const directory of directories) reports.push(await runHere(directory));
  return reports;
}

async function main(): Promise<VectorReport> {
  const { values, positionals } = parseArgs({
    options: { backend: { type: 'string', default: 'wasm' } },
    allowPositionals: true,
  });
  if (!BACKENDS.includes(values.backend))
    throw new Error(`--backend takes ${BACKENDS.join(', ')}, got "${values.backend}".`);
  const directories = (positionals.length > 0 ? positionals : [OWN_COPY]).map((path) => resolve(path));
  const reports = await runAll(values.backend, directories);
  const empty = directories.filter((_, i) => reports[i]!.passed + reports[i]!.failed === 0);
  if (empty.length > 0) throw new Error(`No golden case in ${empty.join(', ')}.`);
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.reduce((sum, { failed }) => sum + failed, 0),
    failures: reports.flatMap(({ failures }) => failures),
  };
}

const report = await main().catch((error: unknown): VectorReport => {
  const message = error instanceof Error ? error.message : String(error);
  return { passed: 0, failed: 1, failures: [`FAILED ${message}`] };
});
for (const line of report.failures) console.log(line);
console.log(`${report.passed} passed, ${report.failed} failed`);
process.exitCode = report.failed > 0 || report.passed === 0 ? 1 : 0;
