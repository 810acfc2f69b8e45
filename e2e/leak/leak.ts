// `npm run leak`: does anything grow while the studio is used for hours? Measured in minutes in a real Chromium, each quantity against a stated limit.
//   --minutes 20      in all: 60 % run after run, 40 % one run of many steps
//   --backend wasm    or webgpu (on the software adapter; --gpu: on the machine's own)
//   --only runs|steps one of both phases, with all the time
//   --plant           keeps 100 kB more in the page with every sample: the verdict must say so
//   --json FILE       all samples
// Exits with 1 unless every quantity is shown to stay within its limit.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Browser, chromium } from '@playwright/test';
import { ensureBuilt } from '../../scripts/build.mjs';
import { chromiumArgs, ensureChromium, webgpuArgs } from '../../scripts/chromium.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import { openRawTab } from '../rawTab';
import { COUNT, driveRuns, driveSteps, QUERIES } from './drive';
import { judge, PHASES, type Phase, type Sample, tableOf, verdictLine } from './judge';
import { openProbe } from './probe';

/** Of the whole time. */
const SHARES: Readonly<Record<Phase, number>> = { runs: 0.6, steps: 0.4 };
const PORT = Number(process.env.ALLO_PORT ?? 4690);

const { values: flags } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    backend: { type: 'string', default: 'wasm' },
    only: { type: 'string' },
    json: { type: 'string' },
    gpu: { type: 'boolean', default: false },
    plant: { type: 'boolean', default: false },
  },
});
const minutes = Number(flags.minutes);
const { backend } = flags;
const phases = PHASES.filter((phase) => flags.only === undefined || flags.only === phase);
if (!(minutes > 0) || phases.length === 0 || (backend !== 'wasm' && backend !== 'webgpu'))
  throw new Error('--minutes needs a number above 0, --only is runs or steps, --backend wasm or webgpu.');

/** 100 kB that nobody lets go of. */
const PLANT = `(window.planted ??= []).push(Array.from({ length: 2500 }, (_, i) => ({ i }))), null`;
/** Without compiled code, which is a cache that the engine fills for as long as it finds something new to be quick at: a heap is what the studio holds. */
const CODELESS = '--js-flags=--no-opt --no-maglev --no-sparkplug --no-flush-bytecode';

async function measure(browser: Browser, origin: string, phase: Phase, seconds: number): Promise<Sample[]> {
  const tab = await openRawTab(browser);
  const probe = await openProbe(browser, tab);
  await tab.before(COUNT);
  await tab.goto(`${origin}?${QUERIES[phase]}&backend=${backend}`);
  const samples: Sample[] = [];
  const drive = phase === 'runs' ? driveRuns : driveSteps;
  const until = performance.now() + 1000 * seconds;
  const onSample = (sample: Sample): void => {
    samples.push(sample);
    if (flags.plant) void tab.evaluate(PLANT);
    const heap = ((sample.values['page heap'] ?? 0) / 1e6).toFixed(1);
    process.stderr.write(`${phase}: sample ${samples.length}, ${sample.steps} steps, page heap ${heap} MB\n`);
  };
  await drive({ tab, probe, until, onSample });
  return samples;
}

if (!ensureBuilt()) throw new Error('The studio could not be built: see above.');
const server = createStaticServer({ root: 'dist' });
const origin = `http://localhost:${await listen(server, { port: PORT })}/`;
const args = backend === 'wasm' ? [] : webgpuArgs.filter((flag) => !flags.gpu || !flag.startsWith('--use-webgpu'));
const measured = new Map<Phase, Sample[]>();
const began = performance.now();
try {
  for (const phase of phases) {
    const seconds = 60 * minutes * (phases.length === 1 ? 1 : SHARES[phase]);
    // A browser of its own each: the last one's pages leave pieces in the allocator.
    const browser = await chromium.launch({
      executablePath: ensureChromium(),
      args: [...chromiumArgs, CODELESS, ...args],
    });
    try {
      measured.set(phase, await measure(browser, origin, phase, seconds));
    } finally {
      await browser.close();
    }
  }
} finally {
  server.close();
}
if (flags.json) writeFileSync(flags.json, JSON.stringify(Object.fromEntries(measured)));
const rows = [...measured].flatMap(([phase, samples]) => judge(phase, samples));
for (const [phase, samples] of measured)
  console.log(
    `\n${tableOf(phase, rows)}\n${samples.length} samples, ${samples.at(-1)?.steps ?? 0} steps on ${backend}`,
  );
console.log(`\n${verdictLine(rows, (performance.now() - began) / 60_000)}`);
process.exitCode = rows.every(({ verdict }) => verdict === 'holds') ? 0 : 1;
