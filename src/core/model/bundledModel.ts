// The models of a bundle's run, before and after it, with what their answers are read and judged by: everything is checked against the run, nothing is trained.
// Showing the run itself: bundle/readRun.ts.

import { type Bundle, openBundle } from '../bundle/openBundle';
import { type BundledRun, readRun } from '../bundle/readRun';
import { PATHS } from '../bundle/runParts';
import { isRightAnswer, typedPrompt } from '../data/answers';
import { createBuiltinDataset } from '../data/builtin';
import type { AnswerData, Question } from '../data/dataset';
import type { PromptRecord } from '../events';
import { type ByteSource, bytesSource, FileError } from '../files/byteSource';
import { readDeltas } from '../masks/maskFile';
import { createBpeTokenizer } from '../tokenizer/bpe';
import { openModelTokenizer } from '../tokenizer/hfPrompts';
import { createOwnTokenizer, type PromptTokenizer } from '../tokenizer/promptTokenizer';
import { MERGES, readMerges } from '../tokenizer/tokenizerFiles';
import { type ModelConfig, tensorSpecs } from './config';
import { parseHfConfig } from './hf';
import type { Weights } from './model';

export interface BundledModel {
  config: ModelConfig;
  /** Float32, under the names of `tensorSpecs(config)`. */
  before: Weights;
  after: Weights;
  data: AnswerData;
  maxNewTokens: number;
}

/**
 * Throws FileError where the bundle lacks one of the two models or the tokenizer, and where they do not fit the run. Holds both models' weights.
 */
export async function openBundledModel(source: ByteSource): Promise<BundledModel> {
  const bundle = await openBundle(source);
  const run = await readRun(bundle);
  const config = await configOf(bundle, run);
  const data = await answerData(bundle, run, config);
  const before = await weightsOf(bundle, config, PATHS.weights('sft'), 'the model before the run');
  const after = await weightsOf(bundle, config, PATHS.checkpoint, 'the aligned model');
  return { config, before, after, data, maxNewTokens: run.started.config.maxNewTokens };
}

const own = (bundle: Bundle, path: string, bytes: Uint8Array): ByteSource =>
  bytesSource(`${bundle.file}, ${path}`, bytes);

async function configOf(bundle: Bundle, { started }: BundledRun): Promise<ModelConfig> {
  const path = PATHS.checkpointConfig;
  if (!bundle.has(path))
    throw new FileError(bundle.file, 'has no aligned model: the run was saved before there was one.');
  const text = new TextDecoder().decode(await bundle.read(path));
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new FileError(bundle.file, 'is not valid JSON.', path);
  }
  const config = parseHfConfig(json);
  const shown = (specs: readonly { name: string; shape: readonly number[] }[]): string =>
    specs.map(({ name, shape }) => `${name} ${shape.join()}`).join('\n');
  if (shown(tensorSpecs(config)) !== shown(started.tensors))
    throw new FileError(bundle.file, 'is of another model than the run’s.', path);
  return config;
}

async function weightsOf(bundle: Bundle, config: ModelConfig, path: string, what: string): Promise<Weights> {
  if (!bundle.has(path)) throw new FileError(bundle.file, `does not hold ${what}: large models do not tell it.`);
  const { tensors, mismatches } = readDeltas(await bundle.read(path), tensorSpecs(config));
  const [first] = mismatches;
  if (first) throw new FileError(bundle.file, `${first.detail}.`, `${path}, tensor “${first.name}”`);
  for (const [name, values] of tensors) {
    if (!values.every(Number.isFinite))
      throw new FileError(bundle.file, 'holds what is no finite number.', `${path}, tensor “${name}”`);
  }
  return new Map(tensors);
}

async function answerData(bundle: Bundle, { started, log }: BundledRun, config: ModelConfig): Promise<AnswerData> {
  const builtin = createBuiltinDataset(started.config.family, started.config);
  if (isSame(builtin.vocabulary, started.vocabulary)) return builtin;
  const tokenizer = await tokenizerOf(bundle, config);
  if (!isSame(tokenizer.vocabulary, started.vocabulary))
    throw new FileError(bundle.file, 'has another tokenizer than its run was made with.');
  const events = log.flatMap((entry) => ('event' in entry ? [entry.event] : []));
  const inspected = events.findLast((event) => event.type === 'inspected');
  return textAnswers(tokenizer, started, inspected?.prompts ?? [], config);
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((text, id) => text === b[id]);

async function tokenizerOf(bundle: Bundle, config: ModelConfig): Promise<PromptTokenizer> {
  const source = async (name: string): Promise<ByteSource | null> => {
    const path = PATHS.checkpointFile(name);
    return bundle.has(path) ? own(bundle, path, await bundle.read(path)) : null;
  };
  const merges = await source(MERGES);
  if (merges) return createOwnTokenizer(createBpeTokenizer(await readMerges(merges)));
  const tokenizer = await source('tokenizer.json');
  if (!tokenizer) {
    const next = 'Bundles of runs on one’s own data hold it since version 2: save the run again.';
    throw new FileError(bundle.file, `does not hold the tokenizer of its model. ${next}`);
  }
  const files = {
    tokenizer,
    tokenizerConfig: await source('tokenizer_config.json'),
    specialTokensMap: await source('special_tokens_map.json'),
    generationConfig: await source('generation_config.json'),
    chatTemplate: await source('chat_template.jinja'),
    modelConfig: await source('config.json'),
  };
  return openModelTokenizer(files, { vocabularySize: config.vocabularySize });
}

/** The data themselves are not in a bundle; the prompts that the time line followed are, with their right answers. */
function textAnswers(
  tokenizer: PromptTokenizer,
  { alignedFamily, hasAnswers }: BundledRun['started'],
  prompts: readonly PromptRecord[],
  { maxPositions }: ModelConfig,
): AnswerData {
  const { vocabulary, padId, endIds, decode } = tokenizer;
  const questions = prompts.map(
    ({ id, family, text, tokens, gold }): Question => ({ id: String(id), family, text, prompt: tokens, gold }),
  );
  return {
    ...{ vocabulary, padId, endIds, decode, alignedFamily },
    families: [alignedFamily],
    teacher: null,
    evaluationQuestions: (_, __, count) => questions.slice(0, count),
    check: ({ gold }, response) => (gold && hasAnswers ? isRightAnswer(tokenizer, gold, response) : null),
    encodePrompt: (text) => typedPrompt(tokenizer, text, maxPositions),
  };
}
