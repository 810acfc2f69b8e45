// `npm run bench:inspect`: the inspect worker on pairs of checkpoints in a real Chromium, through real files: how fast, in how much memory,
// and what that says of larger models.
//   --sizes 256,512,1024  MiB of each file   --dir DIR  where the files lie meanwhile   --repeat 1   --json
// Exits with 1 when a pair fails; an unmet target is reported only.
import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from '@playwright/test';
import { build } from 'vite';
import { chromiumArgs, ensureChromium } from '../../scripts/chromium.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import type { InspectMeasured, InspectWindow } from './inspectPage/main';
import { writePair } from './inspectPair';
import { describeMachine, machineLine } from './machine';

const MIB = 2 ** 20;
const TARGET = { megabytesPerSecond: 250, peakMegabytes: 600 };
/** 7 B parameters in bfloat16, before and after. */
const PREDICTED = { name: '2 × 13.5 GB', bytes: 2 * 13.5e9 };
const SAMPLE_MS = 50;

interface Measured extends InspectMeasured {
  /** Of both files. */
  bytes: number;
  /** Resident memory of the renderer that the worker lives in: before the files were opened, and at most. */
  startBytes: number;
  peakBytes: number;
  /** Of all of the browser's processes, for everything that is timed. */
  processorSeconds: number;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const DIST = here('../../node_modules/.cache/bench-inspect');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      sizes: { type: 'string', default: '256,512,1024' },
      dir: { type: 'string', default: tmpdir() },
      repeat: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const sizes = values.sizes.split(',').map(Number);
  console.log(machineLine(describeMachine()));
  const executablePath = ensureChromium();
  await build({
    ...{ configFile: here('vite.config.ts'), root: here('inspectPage'), logLevel: 'error' },
    build: { outDir: DIST, emptyOutDir: true },
  });
  const server = createStaticServer({ root: DIST, guarded: false });
  const port = await listen(server, { port: 4640 });
  const results: Measured[] = [];
  try {
    for (const size of sizes) {
      const folder = mkdtempSync(join(values.dir, 'allo-inspect-'));
      try {
        checkRoom(folder, 2 * size * MIB);
        const paths = [join(folder, 'before.safetensors'), join(folder, 'after.safetensors')] as const;
        writePair(...paths, size * MIB);
        for (let i = 0; i < Number(values.repeat); i++) {
          const browser = await chromium.launch({ executablePath, args: chromiumArgs });
          try {
            const measured = await measurePair(browser, `http://localhost:${port}/`, paths, 2 * size * MIB);
            results.push(measured);
            console.log(lineOf(measured));
          } finally {
            await browser.close();
          }
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  } finally {
    server.close();
  }
  report(results);
  if (values.json) console.log(JSON.stringify(results));
}

function checkRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < bytes * 1.2) {
    throw new Error(`${folder} has ${(free / 1e9).toFixed(1)} GB free; the pair takes ${(bytes / 1e9).toFixed(1)} GB.`);
  }
}

async function measurePair(
  browser: Browser,
  address: string,
  [before, after]: readonly [string, string],
  bytes: number,
): Promise<Measured> {
  const page = await browser.newPage();
  await page.goto(address);
  await page.waitForFunction(() => (window as InspectWindow).measureInspect !== undefined);
  await page.setInputFiles('#before', before);
  await page.setInputFiles('#after', after);
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const processorTime = async () =>
    (await session.send('SystemInfo.getProcessInfo')).processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  const startTime = await processorTime();
  const renderers = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const largest = () => Math.max(...renderers.map(residentBytes));
  const startBytes = largest();
  let peakBytes = startBytes;
  const sampling = setInterval(() => (peakBytes = Math.max(peakBytes, largest())), SAMPLE_MS);
  try {
    const measured = await page.evaluate(() => (window as InspectWindow).measureInspect!());
    return { ...measured, bytes, startBytes, peakBytes, processorSeconds: (await processorTime()) - startTime };
  } finally {
    clearInterval(sampling);
  }
}

/** 0 once it has gone. */
function residentBytes(process: number): number {
  try {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'));
    return found ? Number(found[1]) * 1024 : 0;
  } catch {
    return 0;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
/** Bytes of both files over the wall time of both passes. */
const speedOf = ({ bytes, selectMs }: Measured): number => bytes / 1000 / selectMs;

const lineOf = (measured: Measured): string =>
  [
    `2 × ${measured.bytes / 2 / MIB} MiB`,
    `opened in ${measured.openMs.toFixed(0)} ms`,
    `selected ${measured.selection.summary.selected} of ${measured.selection.summary.total} in ${seconds(measured.selectMs)} (${measured.selection.passes} passes)`,
    `${speedOf(measured).toFixed(0)} MB/s (each pass ${measured.selection.pace.megabytesPerSecond.toFixed(0)})`,
    `another share ${seconds(measured.againMs)}`,
    `${measured.pictures} pictures ${seconds(measured.picturesMs)}`,
    `groups ${seconds(measured.groupsMs)}, two masks compared ${seconds(measured.agreementMs)}`,
    `a tile ${measured.tileMs.toFixed(0)} ms, a cell ${measured.cellMs.toFixed(0)} ms`,
    `${measured.processorSeconds.toFixed(1)} s of processors, load ${(loadavg()[0] ?? 0).toFixed(1)}`,
    `memory ${megabytes(measured.peakBytes)} (${megabytes(measured.startBytes)} before)`,
  ].join(' · ');

function report(results: readonly Measured[]): void {
  const largest = results.toSorted((a, b) => b.bytes - a.bytes)[0]!;
  const of = results.filter(({ bytes }) => bytes === largest.bytes);
  const speed = Math.max(...of.map(speedOf));
  const peak = Math.max(...results.map(({ peakBytes }) => peakBytes));
  const said = (isMet: boolean) => (isMet ? 'met' : 'NOT met');
  console.log(
    `${speed.toFixed(0)} MB/s, ${TARGET.megabytesPerSecond} wanted: ${said(speed >= TARGET.megabytesPerSecond)}; ` +
      `${megabytes(peak)}, ${TARGET.peakMegabytes} MB wanted: ${said(peak < TARGET.peakMegabytes * 1e6)}.`,
  );
  if (new Set(results.map(({ bytes }) => bytes)).size < 2) return;
  const { intercept, slope } = fitted(results.map(({ bytes, selectMs }) => [bytes / 1e9, selectMs / 1000]));
  const predicted = intercept + (slope * PREDICTED.bytes) / 1e9;
  console.log(
    `Both passes take ${intercept.toFixed(2)} s + ${slope.toFixed(2)} s per GB of both files; ${PREDICTED.name}: ` +
      `${seconds(predicted * 1000)} (${(predicted / 60).toFixed(1)} minutes).`,
  );
}

/** The line of least squares. */
function fitted(points: readonly (readonly [x: number, y: number])[]): { intercept: number; slope: number } {
  const mean = (of: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([first]) => first), mean(([, second]) => second)];
  const slope = mean((point) => (point[0] - x) * (point[1] - y)) / mean((point) => (point[0] - x) ** 2);
  return { slope, intercept: y - slope * x };
}

await main();
