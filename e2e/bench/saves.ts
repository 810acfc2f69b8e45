// `npm run bench:saves -- tiny default large`: for how long saving keeps a run from its units, and what of a run's time it takes, in the built studio in a
// real Chromium. Runs with saving and without take turns. `large`: its first warm-up steps only, on a model that has hardly learned anything.
//   --runs N  with and without each (3; 1 for large)   --backend wasm|webgpu   --threads N (2; 0: a page without threads)
//   --steps N  warm-up steps of large (12)   --gpu  the machine's own adapter   --json  one JSON object
// Exits with 1 when a run fails.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { ensureBuilt } from '../../scripts/build.mjs';
import { chromiumArgs, ensureChromium, webgpuArgs } from '../../scripts/chromium.mjs';
import { createStaticServer, listen } from '../../scripts/serve.mjs';
import { median } from './stats';
import { fixed, megabytes, NONE, percent, table } from './table';

const PRESETS = ['tiny', 'default', 'scratch', 'large'] as const;
type Preset = (typeof PRESETS)[number];

interface Save {
  /** ms. */
  longest: number;
  sum: number;
  bytes: number;
  stage: string | null;
}

interface Outcome {
  /** Of the run, or of its warm-up steps but the first. */
  seconds: number;
  saves: Save[];
  troubles: string[];
}

/** Before the page's own code, as text, so that nothing is compiled into it: keeps what the trainer says, and starts runs that are not saved. */
const listenIn = (isSaved: boolean, steps: number | null): string => `
  window.heard = null;
  const found = { saves: [], troubles: [], at: 0 };
  window.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (data?.type === 'run.saved') found.saves.push({ ...data.held, bytes: data.bytes, stage: data.place?.stage ?? null });
        if (data?.type === 'run.saveTrouble') found.troubles.push(data.error.message);
        if (data?.type === 'run.failed') window.heard = { error: data.error.message };
        if (data?.type !== 'run.events') return;
        for (const event of data.events) {
          if (event.type === 'run.done') window.heard = { ...found, seconds: event.summary.seconds };
          if (${steps} === null || event.type !== 'step' || event.series !== 'warm-up') continue;
          if (event.step === 1) found.at = performance.now();
          if (event.step === ${steps}) window.heard = { ...found, seconds: (performance.now() - found.at) / 1000 };
        }
      });
    }
    postMessage(message, ...more) {
      super.postMessage(message?.type === 'run.start' && !${isSaved} ? { ...message, saved: null } : message, ...more);
    }
  };`;

const pretendCores = (count: number): string =>
  `Object.defineProperty(navigator, 'hardwareConcurrency', { value: ${count} });`;
const TIMEOUT_MS = 3_600_000;
const PORT = 4655;

/** What comes before Large's warm-up, as short as it can be. */
const LARGE =
  'copySteps=1&sftSteps=1&prompts=48&samplesPerPrompt=4&heldOutPrompts=8&otherPrompts=0&klPrompts=4&rewardSteps=0';

interface Settings {
  backend: string;
  threads: number;
  steps: number;
  gpu: boolean;
}

async function runOnce(preset: Preset, isSaved: boolean, settings: Settings): Promise<Outcome> {
  const { backend, threads, steps, gpu } = settings;
  const server = createStaticServer({ root: 'dist', isolated: threads > 0 });
  const port = await listen(server, { port: PORT });
  const own = gpu ? webgpuArgs.filter((flag) => !flag.startsWith('--use-webgpu-adapter=')) : webgpuArgs;
  const args = [...chromiumArgs, ...(backend === 'webgpu' ? own : [])];
  // A profile of its own: nothing that is stored or compiled is there before. No private window: what those keep goes through the browser's process.
  const profile = mkdtempSync(join(tmpdir(), 'allo-saves-'));
  const browser = await chromium.launchPersistentContext(profile, {
    ...{ executablePath: ensureChromium(), args, viewport: { width: 1440, height: 900 } },
  });
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    await page.addInitScript({ content: listenIn(isSaved, preset === 'large' ? steps : null) });
    await page.route(/trainer\.worker[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${pretendCores(Math.max(1, threads))}\n${await response.text()}` });
    });
    const more = preset === 'large' ? `&${LARGE}&warmupSteps=${steps}` : '';
    await page.goto(`http://localhost:${port}/?preset=${preset}&backend=${backend}&seed=1${more}&autostart=1`);
    const heard = await page.waitForFunction(() => (window as { heard?: unknown }).heard, undefined, {
      timeout: TIMEOUT_MS,
    });
    const outcome = (await heard.jsonValue()) as Outcome & { error?: string };
    if (outcome.error !== undefined) throw new Error(`${preset}: ${outcome.error}`);
    if (isSaved && outcome.troubles.length > 0) throw new Error(`${preset}: ${outcome.troubles.join(' ')}`);
    return outcome;
  } finally {
    await browser.close();
    rmSync(profile, { recursive: true, force: true });
    server.close();
  }
}

interface Row {
  preset: Preset;
  runs: number;
  saves: Save[];
  withSaving: number[];
  without: number[];
}

async function measure(preset: Preset, runs: number, settings: Settings): Promise<Row> {
  const row: Row = { preset, runs, saves: [], withSaving: [], without: [] };
  for (let i = 0; i < runs; i++)
    // Whoever is first changes from pair to pair.
    for (const isSaved of i % 2 === 0 ? [true, false] : [false, true]) {
      const { seconds, saves } = await runOnce(preset, isSaved, settings);
      (isSaved ? row.withSaving : row.without).push(seconds);
      row.saves.push(...saves);
      process.stderr.write(
        `${preset} ${isSaved ? 'saved' : 'not saved'}: ${seconds.toFixed(1)} s, ${saves.length} saves, longest stretch ${Math.max(0, ...saves.map(({ longest }) => longest)).toFixed(1)} ms\n`,
      );
    }
  return row;
}

function rowText({ preset, runs, saves, withSaving, without }: Row): string[] {
  const of = (what: (save: Save) => number, pick: (values: number[]) => number): number | null =>
    saves.length === 0 ? null : pick(saves.map(what));
  const most = (values: number[]): number => Math.max(...values);
  const [saved, plain] = [median(withSaving), median(without)];
  return [
    ...[preset, fixed(saves.length / runs, 0)],
    ...[of(({ longest }) => longest, median), of(({ longest }) => longest, most)].map((ms) => fixed(ms, 1)),
    ...[of(({ sum }) => sum, median), of(({ sum }) => sum, most)].map((ms) => fixed(ms, 0)),
    megabytes(of(({ bytes }) => bytes, most)),
    ...[saved, plain].map((seconds) => fixed(seconds, 1)),
    plain > 0 ? percent(saved / plain - 1, 1) : NONE,
  ];
}

const HEAD = [
  ...['preset', 'saves a run', 'stretch ms (median)', '(most)', 'held a save ms (median)', '(most)', 'MB kept'],
  ...['s with saving', 's without', 'cost'],
];

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    backend: { type: 'string', default: 'wasm' },
    threads: { type: 'string', default: '2' },
    steps: { type: 'string', default: '12' },
    gpu: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const presets = (positionals.length > 0 ? positionals : ['tiny', 'default', 'large']).map((name): Preset => {
  const preset = PRESETS.find((one) => one === name);
  if (!preset) throw new Error(`There is no preset “${name}”: ${PRESETS.join(', ')}.`);
  return preset;
});
if (!ensureBuilt()) throw new Error('The studio could not be built: see above.');
const settings = {
  ...{ backend: flags.backend, threads: Number(flags.threads), steps: Number(flags.steps), gpu: flags.gpu },
};
const rows: Row[] = [];
for (const preset of presets)
  rows.push(await measure(preset, Number(flags.runs ?? (preset === 'large' ? 1 : 3)), settings));
if (flags.json) console.log(JSON.stringify({ ...settings, rows }));
else console.log(`\n${table(HEAD, rows.map(rowText))}`);
