// The shipped checkpoints: manifest schema, loading with SHA-256 check, and how they are written (f16 safetensors).
import * as v from 'valibot';
import { openSafetensors, writeSafetensors } from '../safetensors';
import { sha256 } from '../sha256';
import { type ModelConfig, sizeOf, tensorSpecs } from './config';
import type { Weights } from './model';

export const STARTER_MODELS = ['base', 'sft', 'reward'] as const;
export type StarterModel = (typeof STARTER_MODELS)[number];

const fileSchema = v.object({
  file: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  steps: v.number(),
  tokens: v.number(),
  seconds: v.number(),
});
const percentages = v.record(v.string(), v.number());
export const manifestSchema = v.object({
  version: v.literal(1),
  command: v.string(),
  seed: v.number(),
  sizes: v.object({
    architecture: v.picklist(['llama', 'gpt2']),
    layers: v.number(),
    width: v.number(),
    heads: v.number(),
    mlpWidth: v.number(),
  }),
  models: v.object({ base: fileSchema, sft: fileSchema, reward: fileSchema }),
  /** Held-out accuracy of the SFT model, percent. */
  greedy: percentages,
  sampled: percentages,
  heldOutPrompts: v.number(),
  /** Of the reward model's 1 − p against the oracle's wrong tokens, per family. */
  rewardAuroc: percentages,
});
export type StarterManifest = v.InferOutput<typeof manifestSchema>;

/** Fetches a file below the starter folder. */
export type StarterLoader = (path: string) => Promise<ArrayBuffer>;

/** The shipped file is missing, damaged or not what the manifest says. */
export class StarterError extends Error {
  override readonly name = 'StarterError';
}

/** Reads and checks `<preset>/manifest.json`. Throws StarterError naming file and field. */
export async function loadManifest(preset: string, load: StarterLoader): Promise<StarterManifest> {
  const path = `${preset}/manifest.json`;
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(await load(path)));
  } catch (error) {
    throw new StarterError(
      `The starter's ${path} could not be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const result = v.safeParse(manifestSchema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new StarterError(`The starter's ${path}, field “${v.getDotPath(issue) ?? ''}”: ${issue.message}`);
  }
  return result.output;
}

const SIZES = { architecture: 'architecture', layers: 'layers', width: 'width', heads: 'heads', mlpWidth: 'MLP width' };

/** Shapes alone do not tell: a model with other heads would load and compute nonsense. */
function checkSizes(preset: string, { sizes }: StarterManifest, config: ModelConfig): void {
  for (const name of Object.keys(SIZES) as (keyof typeof SIZES)[]) {
    if (sizes[name] !== config[name])
      throw new StarterError(
        `The shipped ${preset} starter has ${SIZES[name]} ${sizes[name]}, but the settings ask for ${config[name]}. Put the setting back, or choose a preset that trains from scratch.`,
      );
  }
}

/** Reads a file below the starter folder. Throws StarterError naming it. */
async function readFile(path: string, load: StarterLoader): Promise<Uint8Array> {
  try {
    return new Uint8Array(await load(path));
  } catch (error) {
    throw new StarterError(
      `The starter's ${path} could not be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function readTensors(path: string, data: Uint8Array, config: ModelConfig): Weights {
  const weights: Weights = new Map();
  try {
    const opened = openSafetensors(data);
    for (const { name } of tensorSpecs(config)) weights.set(name, opened.readFloats(name));
  } catch (error) {
    throw new StarterError(`The starter's ${path}: ${error instanceof Error ? error.message : error}`);
  }
  return weights;
}

/**
 * Loads one checkpoint as float32. Throws StarterError when the file is missing, when its size, digest, names or shapes are not the
 * manifest's, or when the settings ask for another model than the shipped one.
 */
export async function loadStarterModel(
  preset: string,
  which: StarterModel,
  manifest: StarterManifest,
  config: ModelConfig,
  load: StarterLoader,
): Promise<Weights> {
  checkSizes(preset, manifest, config);
  const { file, sha256: expected, bytes } = manifest.models[which];
  const path = `${preset}/${file}`;
  const data = await readFile(path, load);
  if (data.length !== bytes)
    throw new StarterError(
      `The starter's ${path} has ${data.length} bytes, expected ${bytes}: it is cut or damaged. Reload the page, or build it again with “npm run make-starter”.`,
    );
  const got = sha256(data);
  if (got !== expected) {
    throw new StarterError(
      `The starter's ${path} is damaged (SHA-256 ${got.slice(0, 12)}…, expected ${expected.slice(0, 12)}…). Reload the page, or build it again with “npm run make-starter”.`,
    );
  }
  const weights = readTensors(path, data, config);
  for (const spec of tensorSpecs(config)) {
    const values = weights.get(spec.name)!;
    if (values.length !== sizeOf(spec))
      throw new StarterError(
        `The starter's ${path}: tensor “${spec.name}” has ${values.length} values, expected ${sizeOf(spec)}.`,
      );
  }
  return weights;
}

/** Encodes a checkpoint under its Hugging Face names. */
export function encodeCheckpoint(config: ModelConfig, weights: Weights, dtype: 'F16' | 'F32'): Uint8Array<ArrayBuffer> {
  const tensors = tensorSpecs(config).map((spec) => ({
    name: spec.name,
    shape: spec.shape,
    dtype,
    values: weights.get(spec.name)!,
  }));
  return writeSafetensors(tensors, { metadata: { format: 'pt' } });
}

/** Encodes a mask as U8 0/1 under the checkpoint's names. */
export function encodeMask(config: ModelConfig, mask: ReadonlyMap<string, Uint8Array>): Uint8Array<ArrayBuffer> {
  const tensors = tensorSpecs(config).map((spec) => ({
    name: spec.name,
    shape: spec.shape,
    dtype: 'U8' as const,
    values: mask.get(spec.name)!,
  }));
  return writeSafetensors(tensors);
}
