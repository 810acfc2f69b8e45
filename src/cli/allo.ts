// `npm run allo`: one headless run of the same core, with a progress line on stderr. See `--help` for the options.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Family, RunConfig } from '../core/config';
import type { Dataset } from '../core/data/dataset';
import type { ImportPreview } from '../core/data/importPreview';
import { type BackendReport, isLarge, type RunEvent, type RunSummary } from '../core/events';
import { parseConfig } from '../core/parseConfig';
import { IMPORT_SEQUENCE, importedSettings } from '../core/presets';
import { headlessBackend } from './backend';
import type { BroughtFolder } from './broughtModel';
import type { Recorder } from './bundle';
import { runCommand } from './fail';
import { readOptions, readSettings, refuseProblems } from './options';
import { prepareFile, prepareFolder } from './outFiles';
import { loadStarterFile } from './starterFiles';

const USAGE = `npm run allo -- [--preset tiny|default|scratch|large] [--family math|qa|instruct] [--style-bias] [--seed N]
  [--backend wasm|cpu|webgpu] [--arm allo|dpo-full|dpo-top10|dpo-random10|dpo-last10] [--data FILE [--map prompt=COLUMN,…]]
  [--set name=value,…] [--out DIR] [--record FILE] [--bundle FILE.zip] [--json]
With a model of your own (a folder with config.json, tokenizer.json and safetensors or torch files), on your data:
npm run allo -- --model DIR --data FILE [--out DIR] [--fit] [--gpu-memory GB] [--set sftStart=base,…] [--seed N] [--backend …]
  --fit: change what must shrink for the memory there is; --gpu-memory: what the GPU has (8). The model is aligned as it is;
  sftStart=base fine-tunes it on the file first. --out gets the model's folder with new weights, masks and metrics in allo/.`;

type EventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

const DEFAULTS = {
  ...{ preset: 'default', family: 'math', styleBias: '', seed: '1', backend: 'wasm', arm: 'allo' },
  ...{
    data: null as string | null,
    map: null as string | null,
    model: null as string | null,
    fit: '',
    gpuMemory: '8',
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
  /** Of a file. */
  preview?: ImportPreview;
}

async function loadData(
  config: RunConfig,
  { data: path, map }: Pick<Options, 'data' | 'map'>,
  folder: BroughtFolder | null,
): Promise<LoadedData> {
  if (path === null) {
    const { createBuiltinDataset } = await import('../core/data/builtin');
    const datasetFor = (family: Family) => createBuiltinDataset(family, config);
    return { dataset: datasetFor(config.family), datasetFor, settings: {} };
  }
  const { readDataFile } = await import('./dataFile');
  const { previewImport } = await import('../core/data/importPreview');
  const { createImportedDataset } = await import('../core/data/imported');
  const name = basename(path);
  const file = await readDataFile(path, map);
  const brought = folder && (await import('./broughtModel'));
  const own = { name, vocabularySize: config.vocabularySize, maxSequence: IMPORT_SEQUENCE };
  const importOptions = brought ? brought.importOptionsFor(folder.model, name) : own;
  const preview = previewImport(file, importOptions);
  for (const { line, field, message } of file.problems) {
    process.stderr.write(`${name}:${line}${field ? `, field ${field}` : ''}: ${message}\n`);
  }
  const dataset = createImportedDataset(file, importOptions);
  const settings = brought ? brought.settingsFor(folder.model, preview) : importedSettings(preview.responseTokens.max);
  return { dataset, settings, preview };
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
  refuseProblems(problems);
  if (options.data !== null) {
    if (config.styleBias) throw new Error('--style-bias is about the built-in families: leave it out with --data.');
    if (!statSync(options.data, { throwIfNoEntry: false })?.isFile())
      throw new Error(`There is no file “${options.data}”.`);
  }
  const folder = await openBrought(options);
  const backend = await headlessBackend(backendName);
  const { settings, preview, ...data } = await loadData(config, options, folder);
  if (options.out) prepareFolder('--out', options.out);
  if (options.record) prepareFile('--record', options.record);
  if (options.bundle) prepareFile('--bundle', options.bundle);
  const { createRun } = await import('../core/run');
  const wanted = parseConfig({ ...given, ...settings, ...extra }).config;
  const brought = folder && preview ? await broughtRun(folder, wanted, preview, backend, options) : null;
  const fitted = brought?.config ?? wanted;
  // The time line is told for the bundle alone; losses and weights are the same without.
  const snapshots = options.bundle !== null;
  const givenModel = brought && { given: brought.given };
  const run = createRun({ config: fitted, ...data, ...givenModel, backend, loadStarter: loadStarterFile, snapshots });
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
  if (options.out) await writeResults(options.out, run, only('step'), folder);
  await folder?.close();
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

type Options = typeof DEFAULTS;

/** The folder of `--model`; null without one. Throws Error for options that do not go with it. */
async function openBrought({ model, data, out, preset, family, styleBias }: Options): Promise<BroughtFolder | null> {
  if (model === null) return null;
  if (data === null) throw new Error('--model needs --data FILE: the built-in tasks have words of their own.');
  if (preset !== DEFAULTS.preset || family !== DEFAULTS.family || styleBias)
    throw new Error('--preset, --family and --style-bias are about the built-in models: leave them out with --model.');
  const { checkOutFolder, openModelFolder } = await import('./broughtModel');
  if (out !== null) checkOutFolder({ path: model }, out);
  const folder = await openModelFolder(model);
  const { name, modelType, parameters, checkpoint, notes } = folder.model.summary;
  const dtypes = checkpoint.dtypes.map(({ dtype }) => dtype).join(', ');
  process.stderr.write(`${name}: ${modelType}, ${parameters} parameters in ${dtypes}\n`);
  for (const note of notes) process.stderr.write(`${note}\n`);
  return folder;
}

/** Says what the run needs, or throws Error where it does not fit; only then are the weights read. */
async function broughtRun(
  { model }: BroughtFolder,
  config: RunConfig,
  preview: ImportPreview,
  backend: BackendReport,
  { fit, gpuMemory }: Options,
) {
  const gpuBytes = Number(gpuMemory) * 1e9;
  if (!(gpuBytes > 0)) throw new Error(`--gpu-memory: “${gpuMemory}” is no number of gigabytes.`);
  const { fitted } = await import('./broughtModel');
  const { config: chosen, text } = fitted(model, { config, preview, backend, gpuBytes, shrinks: fit !== '' });
  process.stderr.write(`${text}\n`);
  const given = { name: model.summary.name, config: model.config, weights: await model.weights() };
  return { config: chosen, given };
}

const newRecorder = async (): Promise<Recorder> => (await import('./bundle')).createRecorder();

async function writeResults(
  folder: string,
  run: { checkpoints: import('../core/run').Run['checkpoints'] },
  steps: readonly EventOf<'step'>[],
  model: BroughtFolder | null,
): Promise<void> {
  const { encodeCheckpoint, encodeMask } = await import('../core/model/starter');
  mkdirSync(folder, { recursive: true });
  const { config, model: weights, sft, masks } = await run.checkpoints();
  const { metricsCsv } = await import('../core/bundle/metricsCsv');
  if (model) {
    const { writeModelFolder } = await import('./broughtModel');
    const files = Object.fromEntries(
      Object.entries(masks).map(([purpose, mask]) => [purpose, encodeMask(config, mask)]),
    );
    const said = await writeModelFolder(model, folder, { weights, masks: files, metrics: metricsCsv(steps) });
    process.stderr.write(`${said}; the model is in ${folder}\n`);
    return;
  }
  writeFileSync(join(folder, 'model.safetensors'), encodeCheckpoint(config, weights, 'F32'));
  writeFileSync(join(folder, 'sft.safetensors'), encodeCheckpoint(config, sft, 'F32'));
  for (const [purpose, mask] of Object.entries(masks))
    writeFileSync(join(folder, `mask-${purpose}.safetensors`), encodeMask(config, mask));
  writeFileSync(join(folder, 'metrics.csv'), metricsCsv(steps));
}

await runCommand(main);
