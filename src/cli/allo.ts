// `npm run allo`: one headless run of the same core, with a progress line on stderr. See `--help` for the options.
import { closeSync, createReadStream, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Family, RunConfig } from '../core/config';
import type { Dataset } from '../core/data/dataset';
import { isLarge, type RunEvent, type RunSummary } from '../core/events';
import { parseConfig } from '../core/parseConfig';
import { IMPORT_SEQUENCE, importedSettings } from '../core/presets';
import { headlessBackend } from './backend';
import type { Recorder } from './bundle';
import { runCommand } from './fail';
import { readOptions, readSettings } from './options';
import { loadStarterFile } from './starterFiles';

const USAGE = `npm run allo -- [--preset tiny|default|scratch|large] [--family math|qa|instruct] [--style-bias] [--seed N]
  [--backend wasm|cpu|webgpu] [--arm allo|dpo-full|dpo-top10|dpo-random10|dpo-last10] [--data FILE] [--set name=value,…]
  [--out DIR] [--record FILE] [--bundle FILE.zip] [--json]`;

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

const DEFAULTS = {
  ...{ preset: 'default', family: 'math', styleBias: '', seed: '1', backend: 'wasm', arm: 'allo' },
  ...{
    data: null as string | null,
    set: null as string | null,
    out: null as string | null,
    record: null as string | null,
    bundle: null as string | null,
    json: '',
    help: '',
  },
};

interface LoadedData {
  dataset: Dataset;
  /** Of the built-in families: another one's data. */
  datasetFor?: (family: Family) => Dataset;
  /** Settings that fit the data. */
  settings: Partial<RunConfig>;
}

async function loadData(config: RunConfig, path: string | null): Promise<LoadedData> {
  if (path === null) {
    const { createBuiltinDataset } = await import('../core/data/builtin');
    const datasetFor = (family: Family) => createBuiltinDataset(family, config);
    return { dataset: datasetFor(config.family), datasetFor, settings: {} };
  }
  const { parseImport } = await import('../core/data/importFile');
  const { previewImport } = await import('../core/data/importPreview');
  const { createImportedDataset } = await import('../core/data/imported');
  const name = basename(path);
  const file = await parseImport(createReadStream(path), name);
  const preview = previewImport(file, { name, vocabularySize: config.vocabularySize, maxSequence: IMPORT_SEQUENCE });
  for (const { line, field, message } of file.problems) {
    process.stderr.write(`${name}:${line}${field ? `, field ${field}` : ''}: ${message}\n`);
  }
  const dataset = createImportedDataset(file, {
    name,
    vocabularySize: config.vocabularySize,
    maxSequence: IMPORT_SEQUENCE,
  });
  return { dataset, settings: importedSettings(preview.responseTokens.max) };
}

function progressLine(event: RunEvent): string | null {
  if (event.type === 'step') {
    const { loss, accuracy, tokens } = event.metrics;
    return `${event.series} ${event.step}/${event.total}  loss ${loss.toFixed(4)}${accuracy === undefined ? '' : `  accuracy ${(100 * accuracy).toFixed(0)} %`}  ${tokens} tokens`;
  }
  if (event.type === 'stage.progress') return `${event.stage} · ${event.label} ${event.done}/${event.total}`;
  return null;
}

/** Into a pipe or a log file, a progress line this often. */
const PIPED_LINE_MS = 5000;
let lastLineAt = 0;

function report(event: RunEvent): void {
  const line = progressLine(event);
  const isTerminal = process.stderr.isTTY;
  if (line !== null) {
    if (isTerminal) process.stderr.write(`\r\x1b[2K${line}`);
    else if (performance.now() - lastLineAt > PIPED_LINE_MS) {
      lastLineAt = performance.now();
      process.stderr.write(`${line}\n`);
    }
    return;
  }
  const newLine = isTerminal ? '\n' : '';
  if (event.type === 'run.started') {
    const { total, phase } = event.memory;
    process.stderr.write(
      `needs about ${Math.round(total / 1e6)} MB on ${event.backend.label}, most of it in ${phase}\n`,
    );
  }
  if (event.type === 'notice') process.stderr.write(`${newLine}${event.text}\n`);
  if (event.type === 'stage.done') {
    const { name, seconds, firstLoss, lastLoss } = event.summary;
    const loss =
      firstLoss === null || lastLoss === null ? '' : `  loss ${firstLoss.toFixed(4)} → ${lastLoss.toFixed(4)}`;
    process.stderr.write(`${newLine}${name} done in ${seconds.toFixed(1)} s${loss}\n`);
  }
  if (event.type === 'drift')
    for (const danger of event.dangers)
      process.stderr.write(`${newLine}${event.stage} step ${event.step}: ${danger}\n`);
}

function describe(summary: RunSummary, evaluations: readonly EventOf<'evaluation'>[]): string {
  const lines = [
    `${summary.preset} · ${summary.arm} · seed ${summary.seed} · ${summary.backend} · ${summary.seconds.toFixed(1)} s`,
  ];
  for (const { moment, result } of evaluations) {
    const families = Object.entries(result.families).map(
      ([family, { greedy, sampled }]) =>
        `${family} ${greedy?.toFixed(1) ?? '–'}${sampled === null ? '' : ` (T=1 ${sampled.toFixed(1)})`}`,
    );
    lines.push(
      `${moment.padEnd(6)} ${families.join(', ')} %  KL ${result.klToSft.toFixed(4)}  moved ${result.movedPercent.toFixed(2)} %${result.stylePercent === null ? '' : `  style ${result.stylePercent.toFixed(1)} %`}`,
    );
    lines.push(...result.dangers.map((danger) => `       ! ${danger}`));
  }
  if (summary.tokenRewardAuroc !== null) lines.push(`token-reward AUROC ${summary.tokenRewardAuroc.toFixed(3)}`);
  return lines.join('\n');
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), DEFAULTS);
  if (options.help) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const extra = readSettings(options.set);
  const { preset, family, arm, seed, backend: backendName } = options;
  const given = { preset, family, arm, seed, backend: backendName, styleBias: options.styleBias || '0', ...extra };
  const { config, problems } = parseConfig(given);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(' '));
  if (options.data !== null) {
    if (config.styleBias) throw new Error('--style-bias is about the built-in families: leave it out with --data.');
    if (!statSync(options.data, { throwIfNoEntry: false })?.isFile())
      throw new Error(`There is no file “${options.data}”.`);
  }
  const backend = await headlessBackend(backendName);
  const { settings, ...data } = await loadData(config, options.data);
  // Before the run, so that a path that cannot be written costs nothing.
  if (options.out) mkdirSync(options.out, { recursive: true });
  for (const file of [options.record, options.bundle]) if (file) closeSync(openSync(file, 'a'));
  const { createRun } = await import('../core/run');
  const fitted = parseConfig({ ...given, ...settings, ...extra }).config;
  // The time line is told for the bundle alone; losses and weights are the same without.
  const snapshots = options.bundle !== null;
  const run = createRun({ config: fitted, ...data, backend, loadStarter: loadStarterFile, snapshots });
  const recorder = snapshots ? await newRecorder() : null;
  const events: RunEvent[] = [];
  for await (const event of run.events()) {
    report(event);
    recorder?.add(event);
    // The weights on the way are for pictures: here they would only take memory.
    if (!isLarge(event)) events.push(event);
  }
  const only = <T extends RunEvent['type']>(type: T) =>
    events.filter((event): event is EventOf<T> => event.type === type);
  const { summary } = only('run.done')[0]!;
  if (options.out) await writeResults(options.out, run, only('step'));
  if (options.record) {
    const { recordRun } = await import('../state/recorded');
    writeFileSync(options.record, JSON.stringify(recordRun(events)));
  }
  if (options.bundle && recorder) {
    const { writeBundleFile } = await import('./bundle');
    await writeBundleFile(options.bundle, recorder, run);
  }
  process.stdout.write(`${describe(summary, only('evaluation'))}\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  run.dispose();
}

const newRecorder = async (): Promise<Recorder> => (await import('./bundle')).createRecorder();

async function writeResults(
  folder: string,
  run: { checkpoints: import('../core/run').Run['checkpoints'] },
  steps: readonly EventOf<'step'>[],
): Promise<void> {
  const { encodeCheckpoint, encodeMask } = await import('../core/model/starter');
  mkdirSync(folder, { recursive: true });
  const { config, model, sft, masks } = await run.checkpoints();
  writeFileSync(join(folder, 'model.safetensors'), encodeCheckpoint(config, model, 'F32'));
  writeFileSync(join(folder, 'sft.safetensors'), encodeCheckpoint(config, sft, 'F32'));
  for (const [purpose, mask] of Object.entries(masks))
    writeFileSync(join(folder, `mask-${purpose}.safetensors`), encodeMask(config, mask));
  const { metricsCsv } = await import('../core/bundle/metricsCsv');
  writeFileSync(join(folder, 'metrics.csv'), metricsCsv(steps));
}

await runCommand(main);
