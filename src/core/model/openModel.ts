// Opens a model that somebody brings, from the files of its folder: configuration, tokenizer and checkpoint are read and checked against each other before
// any weight is. Reading weights and writing them back under the file's names is here too; running the model is run.ts.
import { type ByteSource, FileError } from '../files/byteSource';
import type { Checkpoint, CheckpointTensor, TensorDtype } from '../files/checkpoint';
import { BYTES_OF } from '../files/checkpoint';
import { accompanyingFiles } from '../files/modelFolder';
import { openCheckpoint } from '../files/openCheckpoint';
import { listNames } from '../files/quote';
import { type CheckpointPlan, type OutFile, planCheckpoint, type WriteOptions } from '../files/writeCheckpoint';
import { type HfTokenizerFiles, readText } from '../tokenizer/hfFiles';
import { type ModelTokenizer, openModelTokenizer } from '../tokenizer/hfPrompts';
import { type ModelConfig, parameterCount, sizeOf, type TensorSpec, tensorSpecs } from './config';
import { parseHfConfig } from './hf';
import type { Weights } from './model';
import type { ModelSummary } from './modelSummary';
import { type NameMap, nameMap, nameProblem } from './nameMap';

export interface ReadOptions {
  /** Parameters read so far, of all. */
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

export interface OpenedModel {
  readonly summary: ModelSummary;
  readonly config: ModelConfig;
  readonly tokenizer: ModelTokenizer;
  /** Nothing of it is held. */
  readonly checkpoint: Checkpoint;
  /** What else of the folder goes along when the model is written. */
  readonly carried: readonly OutFile[];
  /**
   * All weights as float32 under our names, read tensor by tensor; beside them a few MB are held. Throws FileError where a file cannot be read or
   * holds a value that is no finite number, or where a tied head is not the embedding; the signal's reason when it is aborted.
   */
  weights(options?: ReadOptions): Promise<Weights>;
  /**
   * How weights (under our names, all or some) are written as this checkpoint: its names, dtypes, shapes and order; a head that is stored beside the
   * embedding it is tied to follows it. Throws as `planCheckpoint`.
   */
  plan(weights: ReadonlyMap<string, Float32Array>, options?: WriteOptions): Promise<ModelPlan>;
}

export interface ModelPlan extends CheckpointPlan {
  /** Parameters whose values are not those that were read, each storage once. */
  changed: number;
  /** How many of these are written with the bits they had, since the dtype is too coarse for so small a change. */
  roundedAway: number;
}

const MOST_CONFIG_BYTES = 4 * 1024 * 1024;
/** Elements of a tensor that are read at once. */
const CHUNK = 1 << 20;
const EXAMPLE = 'Unbelievable: 12 + 34 = 46!';
const FLOATS: readonly TensorDtype[] = ['F32', 'F16', 'BF16', 'F64'];

/**
 * Opens a model folder's files. `name`: what people know it by; else what config.json says. Throws FileError saying which file is missing, which
 * field of the configuration is not supported, which tensors are missing, left over or of another shape, or what is wrong with the tokenizer.
 */
export async function openModel(files: readonly ByteSource[], name: string | null = null): Promise<OpenedModel> {
  const configFile = required(files, 'config.json', 'It says which model the weights belong to.');
  const json = await readConfig(configFile);
  const config = parseHfConfig(json);
  const tokenizerFiles = tokenizerFilesOf(files, configFile);
  const shownName = name ?? nameIn(json) ?? 'model';
  const checkpoint = await openCheckpoint(files, { name: shownName });
  const names = nameMap(config, namesOf(checkpoint));
  const problem = nameProblem(names);
  if (problem) throw new FileError(checkpoint.name, problem);
  checkTensors(config, checkpoint, names);
  const tokenizer = await openModelTokenizer(tokenizerFiles, { vocabularySize: config.vocabularySize });
  const carried = accompanyingFiles(files);
  const modelType = String((json as { model_type?: unknown }).model_type);
  const summary = summarise({ name: shownName, config, modelType, checkpoint, names, tokenizer, carried });
  return {
    ...{ summary, config, tokenizer, checkpoint, carried },
    weights: (options) => readWeights(config, checkpoint, names, options),
    async plan(weights, options) {
      const plan = await planCheckpoint(checkpoint, underFileNames(weights, names), options);
      const parameters = new Set(names.names.values());
      const counted = plan.changes.filter((change) => parameters.has(change.name));
      return {
        ...plan,
        changed: counted.reduce((sum, change) => sum + change.changed, 0),
        roundedAway: counted.reduce((sum, change) => sum + change.roundedAway, 0),
      };
    },
  };
}

/** The one file of that name. Throws FileError when there is none, or more than one. */
function required(files: readonly ByteSource[], name: string, why: string): ByteSource {
  const found = optional(files, name);
  if (found) return found;
  const here = files.length === 0 ? 'No file was given' : `There are only ${listNames(files.map((file) => file.name))}`;
  throw new FileError(name, `is missing. ${why} ${here}: choose the model’s whole folder.`);
}

function optional(files: readonly ByteSource[], name: string): ByteSource | null {
  const found = files.filter((file) => file.name === name);
  if (found.length > 1) throw new FileError(name, `is there ${found.length} times. Choose the folder of one model.`);
  return found[0] ?? null;
}

function tokenizerFilesOf(files: readonly ByteSource[], modelConfig: ByteSource): HfTokenizerFiles {
  const isOld = ['vocab.json', 'tokenizer.model', 'spiece.model'].some((name) => optional(files, name));
  const why = isOld
    ? 'The tokenizer is here only in an older form, which is not read: AutoTokenizer.from_pretrained(folder).save_pretrained(folder) writes it.'
    : 'Without it no text can be turned into tokens.';
  return {
    tokenizer: required(files, 'tokenizer.json', why),
    tokenizerConfig: optional(files, 'tokenizer_config.json'),
    specialTokensMap: optional(files, 'special_tokens_map.json'),
    generationConfig: optional(files, 'generation_config.json'),
    chatTemplate: optional(files, 'chat_template.jinja'),
    modelConfig,
  };
}

async function readConfig(source: ByteSource): Promise<unknown> {
  const text = await readText(source, MOST_CONFIG_BYTES);
  try {
    return JSON.parse(text);
  } catch {
    throw new FileError(source.name, 'is not valid JSON. Download it again.');
  }
}

/** Where the model was loaded from when its configuration was saved: a hub's id, or a folder. */
function nameIn(json: unknown): string | null {
  const path = (json as { _name_or_path?: unknown } | null)?._name_or_path;
  const last = typeof path === 'string' ? path.split(/[\\/]/).findLast((part) => part !== '') : undefined;
  return last?.slice(0, 80) ?? null;
}

const namesOf = ({ tensors }: Checkpoint): string[] => tensors.map(({ name }) => name);

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Throws FileError naming a parameter that is stored in another shape, or not as floating-point numbers. */
function checkTensors(config: ModelConfig, checkpoint: Checkpoint, { names, copies }: NameMap): void {
  const specs = new Map(tensorSpecs(config).map((spec) => [spec.name, spec]));
  const check = (fileName: string, spec: TensorSpec): void => {
    const { file, dtype, shape } = checkpoint.tensor(fileName);
    const where = `tensor “${fileName}”`;
    if (!FLOATS.includes(dtype)) {
      const what = `is stored as ${dtype}: quantised or whole-number weights cannot be trained.`;
      throw new FileError(file, `${what} Take the model in F32, F16 or BF16.`, where);
    }
    if (shape.length !== spec.shape.length || shape.some((extent, i) => extent !== spec.shape[i])) {
      const what = `has the shape ${shapeText(shape)}; by config.json it is ${shapeText(spec.shape)}.`;
      throw new FileError(file, `${what} Are both of the same model?`, where);
    }
  };
  for (const [ours, theirs] of names) check(theirs, specs.get(ours)!);
  for (const [theirs, ours] of copies) check(theirs, specs.get(ours)!);
}

async function readWeights(
  config: ModelConfig,
  checkpoint: Checkpoint,
  { names, copies }: NameMap,
  { onProgress, signal }: ReadOptions = {},
): Promise<Weights> {
  const total = parameterCount(config);
  const weights: Weights = new Map();
  let done = 0;
  for (const spec of tensorSpecs(config)) {
    const name = names.get(spec.name)!;
    const values = new Float32Array(sizeOf(spec));
    for (let begin = 0; begin < values.length; begin += CHUNK) {
      signal?.throwIfAborted();
      const end = Math.min(values.length, begin + CHUNK);
      const some = await checkpoint.readFloats(name, begin, end);
      const wrong = some.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) {
        const what = `holds ${some[wrong]} at ${begin + wrong}: not a weight one can go on from. Fetch it again.`;
        throw new FileError(checkpoint.tensor(name).file, what, `tensor “${name}”`);
      }
      values.set(some, begin);
      onProgress?.(done + end, total);
    }
    done += values.length;
    weights.set(spec.name, values);
  }
  for (const [name, ours] of copies) await checkCopy(checkpoint, name, weights.get(ours)!, signal);
  return weights;
}

/**
 * Throws FileError where a head that is tied by config.json has values of its own: older versions of transformers put the embedding in its place, newer
 * ones use it as it is.
 */
async function checkCopy(
  checkpoint: Checkpoint,
  name: string,
  wanted: Float32Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let begin = 0; begin < wanted.length; begin += CHUNK) {
    signal?.throwIfAborted();
    const some = await checkpoint.readFloats(name, begin, Math.min(wanted.length, begin + CHUNK));
    if (some.every((value, i) => value === wanted[begin + i])) continue;
    const what =
      'is not the embedding, though config.json ties the two (tie_word_embeddings). Set that to false to use the head as it is, or take the head out.';
    throw new FileError(checkpoint.tensor(name).file, what, `tensor “${name}”`);
  }
}

/** Our names → the file's; of tied ones both. */
function underFileNames(
  weights: ReadonlyMap<string, Float32Array>,
  { names, copies }: NameMap,
): ReadonlyMap<string, Float32Array> {
  const renamed = new Map<string, Float32Array>();
  for (const [ours, values] of weights) {
    const theirs = names.get(ours);
    if (theirs === undefined) throw new RangeError(`The model has no parameter “${ours}”.`);
    renamed.set(theirs, values);
  }
  for (const [theirs, ours] of copies) {
    const values = weights.get(ours);
    if (values) renamed.set(theirs, values);
  }
  return renamed;
}

interface Parts {
  name: string;
  config: ModelConfig;
  modelType: string;
  checkpoint: Checkpoint;
  names: NameMap;
  tokenizer: ModelTokenizer;
  carried: readonly OutFile[];
}

function summarise({ name, config, modelType, checkpoint, names, tokenizer, carried }: Parts): ModelSummary {
  const { vocabulary, bosId, endIds, form } = tokenizer;
  const shown = (id: number): string => vocabulary[id] ?? `#${id}`;
  return {
    ...{ name, config, modelType, parameters: parameterCount(config) },
    checkpoint: {
      format: checkpoint.format,
      files: new Set(checkpoint.tensors.map(({ file }) => file)).size,
      bytes: checkpoint.tensors.reduce((sum, { dtype, size }) => sum + size * BYTES_OF[dtype], 0),
      dtypes: dtypesOf([...names.names.values()].map((theirs) => checkpoint.tensor(theirs))),
    },
    tokenizer: {
      tokens: config.vocabularySize,
      form,
      startToken: bosId === null ? null : shown(bosId),
      endTokens: endIds.map(shown),
      example: tokenizer.encode(EXAMPLE).map(shown),
    },
    notes: [...tokenizer.notes, ...nameNotes(names)],
    carried: carried.map((file) => file.name),
  };
}

function dtypesOf(tensors: readonly CheckpointTensor[]): ModelSummary['checkpoint']['dtypes'] {
  const counts = new Map<TensorDtype, number>();
  for (const { dtype, size } of tensors) counts.set(dtype, (counts.get(dtype) ?? 0) + size);
  return [...counts].map(([dtype, parameters]) => ({ dtype, parameters })).sort((a, b) => b.parameters - a.parameters);
}

function nameNotes({ copies, ignored }: NameMap): string[] {
  const notes = [...copies.keys()].map(
    (name) =>
      `The output head “${name}” is stored beside the embedding that it is tied to; both are written with the same values.`,
  );
  if (ignored.length > 0) notes.push(`${ignored.length} buffers that hold no weights are copied as they are.`);
  return notes;
}
