// `--model DIR`: a model of one's own for a headless run. Opened and measured against the memory there is before anything is allocated, and
// written as it came when the run is over.
import { createWriteStream, realpathSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RunConfig } from '../core/config';
import type { ImportOptions } from '../core/data/importPrepare';
import type { ImportPreview } from '../core/data/importPreview';
import type { BackendReport } from '../core/events';
import type { OutFile } from '../core/files/writeCheckpoint';
import { fitText } from '../core/memoryFit';
import { type OpenedModel, openModel } from '../core/model/openModel';
import { broughtSettings, IMPORT_SEQUENCE } from '../core/presets';
import { estimateSeconds, fitOf } from '../state/estimate';
import { type FileSources, openFileSources } from './fileSource';

export interface BroughtFolder extends FileSources {
  readonly path: string;
  readonly model: OpenedModel;
}

/** Throws FileError naming what is missing or not supported. The files stay open until `close`. */
export async function openModelFolder(path: string): Promise<BroughtFolder> {
  const files = await openFileSources([path]);
  try {
    return { ...files, path, model: await openModel(files.sources, basename(resolve(path))) };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** How the data of a run on the model are read: in its tokens, no longer than it can take. */
export function importOptionsFor({ config, tokenizer }: OpenedModel, name: string): ImportOptions {
  const { maxPositions } = config;
  return { name, vocabularySize: 0, tokenizer, maxSequence: Math.min(IMPORT_SEQUENCE, maxPositions), maxPositions };
}

/** The settings that fit model and data. */
export const settingsFor = ({ summary }: OpenedModel, preview: ImportPreview): Partial<RunConfig> =>
  broughtSettings(summary, {
    longestAnswer: preview.responseTokens.max,
    longestPrompt: preview.promptTokens.max,
    sequence: preview.sequenceTokens.median,
  });

export interface FitRequest {
  config: RunConfig;
  preview: ImportPreview;
  backend: BackendReport;
  gpuBytes: number;
  /** Make the changes that it needs, instead of asking for them. */
  shrinks: boolean;
}

/** The settings with which the run fits, and what is to be said of it. Throws Error saying what would have to shrink. */
export function fitted(
  { summary }: OpenedModel,
  { config, preview, backend, gpuBytes, shrinks }: FitRequest,
): { config: RunConfig; text: string } {
  const { promptTokens, responseTokens } = preview;
  const file = {
    ...{ vocabularySize: summary.config.vocabularySize, kind: preview.kind, records: preview.records },
    promptTokens: { median: promptTokens.median, longest: promptTokens.max },
    responseTokens: { median: responseTokens.median, longest: responseTokens.max },
  };
  const fit = fitOf(config, file, backend, { model: summary, gpuBytes });
  const text = fitText(fit, config);
  if (fit.status === 'too large') throw new Error(text!);
  if (fit.status === 'shrinks' && !shrinks) throw new Error(`${text} Say --fit to run it like that.`);
  const chosen = fit.status === 'shrinks' ? { ...config, ...fit.changes } : config;
  const { total, phase } = fit.status === 'shrinks' ? fit.fitted : fit.estimate;
  const minutes = estimateSeconds(chosen, backend, null, { model: summary, file }) / 60;
  const time = minutes < 1 ? 'less than a minute' : `about ${Math.ceil(minutes)} minutes`;
  const needs = `needs about ${Math.round(total / 1e6)} MB on ${backend.label} (most in ${phase}) and, very roughly, ${time}`;
  return { config: chosen, text: text ? `${text}\n${needs}` : needs };
}

/** Throws Error where the result would overwrite what is being read. */
export function checkOutFolder({ path }: Pick<BroughtFolder, 'path'>, out: string): void {
  let isSame = resolve(out) === resolve(path);
  try {
    isSame ||= realpathSync(out) === realpathSync(path);
  } catch {
    // Not there yet: it is another one.
  }
  if (isSame)
    throw new Error('--out is the folder of --model: its files are read until the run is over. Choose another.');
}

export interface Results {
  weights: ReadonlyMap<string, Float32Array>;
  /** Purpose → mask file. */
  masks: Readonly<Record<string, Uint8Array>>;
  metrics: string;
}

/**
 * The model's folder once more with the trained weights, and masks and metrics in `allo` below it, where no loader of models looks. Gives one
 * sentence on what has changed.
 */
export async function writeModelFolder({ model }: BroughtFolder, out: string, results: Results): Promise<string> {
  const plan = await model.plan(results.weights);
  const beside = join(out, 'allo');
  await mkdir(beside, { recursive: true });
  for (const file of [...plan.files, ...model.carried]) await writeOut(out, file);
  for (const [purpose, mask] of Object.entries(results.masks)) {
    await writeFile(join(beside, `mask-${purpose}.safetensors`), mask);
  }
  await writeFile(join(beside, 'metrics.csv'), results.metrics);
  const { parameters } = model.summary;
  const share = ((100 * plan.changed) / parameters).toFixed(2);
  const rounded = plan.roundedAway > 0 ? `, of which ${plan.roundedAway} are too little for its number format` : '';
  return `${plan.changed} of ${parameters} weights (${share} %) have changed${rounded}`;
}

/** Under another name until it is whole. */
async function writeOut(folder: string, file: OutFile): Promise<void> {
  const path = join(folder, file.name);
  await pipeline(Readable.from(file.chunks()), createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
}
