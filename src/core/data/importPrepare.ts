// From a parsed file to token ids: tokenizer, questions, split, and what does not fit. Shared by the preview and the data set.
import { createBpeTokenizer } from '../tokenizer/bpe';
import { trainBpe } from '../tokenizer/bpeTraining';
import { createOwnTokenizer, type PromptTokenizer } from '../tokenizer/promptTokenizer';
import { extractAnswer } from './answers';
import type { Question, Split } from './dataset';
import { ImportError, type ParsedFile } from './importCollector';
import type { ImportProblem } from './importRecord';
import { questionId } from './questionId';
import { splitHash, splitOf } from './split';

export const DEFAULT_VOCABULARY_SIZE = 1024;
/** With fewer different prompts than this nothing can be learnt or measured. */
export const MIN_QUESTIONS = 10;

export interface ImportOptions {
  /** Shown to people, and the name of the only family. */
  readonly name: string;
  /** Most tokens of the byte-level BPE that is trained on the file; a small file may give fewer. Unused with `tokenizer`. */
  readonly vocabularySize: number;
  /** A model's own tokenizer, for a data set that this model is to learn; without it one is trained on the file. */
  readonly tokenizer?: PromptTokenizer;
  /** Most tokens of a sequence (special tokens + prompt + response + EOS); longer ones are dropped. */
  readonly maxSequence: number;
  /** The longest sequence that the model can read, where it is known; rewriting prompts over it are left out. */
  readonly maxPositions?: number;
}

/** One prompt of the file with everything the file says about it. Responses hold their EOS. */
export interface ImportedQuestion {
  readonly question: Question;
  readonly split: Split;
  /** The gold answer has the marker `The answer is`, so that responses can be checked. */
  readonly checkable: boolean;
  /** What SFT learns: outputs, or the chosen sides of pairs. */
  readonly responses: readonly (readonly number[])[];
  readonly pairs: readonly { readonly chosen: readonly number[]; readonly rejected: readonly number[] }[];
}

export interface PreparedImport {
  readonly tokenizer: PromptTokenizer;
  readonly questions: readonly ImportedQuestion[];
  /** Token counts (with special tokens) of every record, the dropped ones too; of responses, only those that are kept. */
  readonly promptTokens: readonly number[];
  readonly responseTokens: readonly number[];
  readonly sequenceTokens: readonly number[];
  readonly dropped: readonly ImportProblem[];
  /** Records that repeat an earlier one word for word. */
  readonly repeated: number;
}

interface Encoded {
  readonly line: number;
  readonly text: string;
  readonly prompt: readonly number[];
  /** [output] or [chosen, rejected]. */
  readonly responses: readonly (readonly number[])[];
  readonly checkable: boolean;
}

interface Group {
  readonly first: Encoded;
  readonly members: Encoded[];
  /** What the members' responses are, as text keys: finds repetitions in constant time. */
  readonly seen: Set<string>;
}

function textsOf(file: ParsedFile): { line: number; prompt: string; responses: string[] }[] {
  if (file.kind === 'answers')
    return file.records.map(({ line, prompt, output }) => ({ line, prompt, responses: [output] }));
  return file.records.map(({ line, prompt, chosen, rejected }) => ({ line, prompt, responses: [chosen, rejected] }));
}

function* trainingTexts(records: readonly { prompt: string; responses: readonly string[] }[]): Generator<string> {
  for (const { prompt, responses } of records) {
    if (splitOf(prompt) !== 'train') continue;
    yield prompt;
    yield* responses;
  }
}

function groupByPrompt(records: readonly Encoded[]): { groups: Group[]; repeated: number } {
  const groups = new Map<string, Group>();
  let repeated = 0;
  for (const record of records) {
    const group = groups.get(record.text) ?? { first: record, members: [], seen: new Set<string>() };
    groups.set(record.text, group);
    const key = record.responses.join(';');
    if (group.seen.has(key)) repeated++;
    else group.members.push(record);
    group.seen.add(key);
  }
  return { groups: [...groups.values()], repeated };
}

/**
 * The hash's split. Where it leaves held-out or validation without a question to measure on, the training prompt with the lowest
 * hash moves there.
 */
function assignSplits(groups: readonly Group[]): Map<string, Split> {
  const splits = new Map(groups.map(({ first }) => [first.text, splitOf(first.text)] as const));
  const isCheckable = ({ members }: Group): boolean => members.some(({ checkable }) => checkable);
  const measurable = groups.some(isCheckable) ? groups.filter(isCheckable) : groups;
  const byHash = measurable
    .map(({ first }) => ({ text: first.text, hash: splitHash(first.text) }))
    .sort((a, b) => a.hash - b.hash || (a.text < b.text ? -1 : 1));
  for (const split of ['held-out', 'validation'] as const) {
    if (byHash.some(({ text }) => splits.get(text) === split)) continue;
    const training = byHash.filter(({ text }) => splits.get(text) === 'train');
    if (training.length > 1) splits.set(training[0]!.text, split);
  }
  return splits;
}

function toQuestion(group: Group, split: Split, kind: ParsedFile['kind'], family: string): ImportedQuestion {
  const { first, members } = group;
  // Where the file gives one prompt several outputs, a checkable one is the gold answer.
  const gold = members.find((member) => member.checkable) ?? first;
  return {
    question: {
      id: questionId(family, first.text),
      family,
      text: first.text,
      prompt: first.prompt,
      gold: kind === 'answers' ? gold.responses[0]! : null,
    },
    split,
    checkable: gold.checkable,
    responses: members.map((member) => member.responses[0]!),
    pairs: kind === 'pairs' ? members.map(({ responses }) => ({ chosen: responses[0]!, rejected: responses[1]! })) : [],
  };
}

const longest = (record: Encoded): number => Math.max(...record.responses.map((response) => response.length));
const lengthOf = (record: Encoded): number => record.prompt.length + longest(record);

/** Throws ImportError saying what to do when too little is left. */
function requireEnough(groups: number, dropped: number, options: ImportOptions): void {
  if (groups >= MIN_QUESTIONS) return;
  const found = `${options.name} has ${groups} different usable prompt${groups === 1 ? '' : 's'}; at least ${MIN_QUESTIONS} are needed.`;
  if (dropped === 0) throw new ImportError(`${found} Import a larger file.`);
  const reason = `${dropped} lines are longer than ${options.maxSequence} tokens`;
  throw new ImportError(`${found} ${reason}: raise the longest sequence, or shorten the texts.`);
}

/**
 * Trains a tokenizer on the training split where none is given, encodes everything, drops what is too long and splits by the hash of the
 * prompt.
 * Throws ImportError when fewer than 10 different prompts are left, RangeError for an impossible vocabulary size.
 */
export function prepareImport(file: ParsedFile, options: ImportOptions): PreparedImport {
  const texts = textsOf(file);
  const tokenizer =
    options.tokenizer ?? createOwnTokenizer(createBpeTokenizer(trainBpe(trainingTexts(texts), options.vocabularySize)));
  const encoded = texts.map(({ line, prompt, responses }): Encoded => {
    const checkable = file.kind === 'answers' && extractAnswer(responses[0]!, 'default') !== null;
    const ids = responses.map((response) => [...tokenizer.encodeResponse(response), tokenizer.eosId]);
    return { line, text: prompt, prompt: tokenizer.wrapPrompt(prompt), responses: ids, checkable };
  });
  const fits = (record: Encoded): boolean => lengthOf(record) <= options.maxSequence;
  const dropped = encoded.filter((record) => !fits(record));
  const { groups, repeated } = groupByPrompt(encoded.filter(fits));
  requireEnough(groups.length, dropped.length, options);
  const splits = assignSplits(groups);
  return {
    tokenizer,
    questions: groups.map((group) => toQuestion(group, splits.get(group.first.text)!, file.kind, options.name)),
    promptTokens: encoded.map(({ prompt }) => prompt.length),
    responseTokens: encoded.filter(fits).map(longest),
    sequenceTokens: encoded.map(lengthOf),
    dropped: dropped.map((record) => ({
      line: record.line,
      field: null,
      message: `Prompt and response have ${lengthOf(record)} tokens, more than ${options.maxSequence}. The line is left out.`,
    })),
    repeated,
  };
}
