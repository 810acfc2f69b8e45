// The small files that lie beside a checkpoint: config.json says how wide a head is, which no tensor's shape does, and tokenizer.json what the rows of
// embeddings are. They are only for labels; nothing fails without them.
import { FileError } from '../core/files/byteSource';
import { parseHfConfig } from '../core/model/hf';
import type { Labels } from './inspectState';

const CONFIG = 'config.json';
const TOKENIZER = 'tokenizer.json';
const MOST_BYTES = 4 * 1024 * 1024;
/** Larger ones would hold the page up; their rows are told by number. */
const MOST_TOKENIZER_BYTES = 16 * 1024 * 1024;
const MOST_TOKENS = 1_000_000;

/** Never throws. */
export async function labelsBeside(files: readonly File[]): Promise<Labels> {
  const [{ model, why }, vocabulary] = await Promise.all([readConfig(files), readVocabulary(files)]);
  return { model, why, vocabulary };
}

async function readConfig(files: readonly File[]): Promise<Pick<Labels, 'model' | 'why'>> {
  const file = files.find(({ name }) => name === CONFIG);
  if (!file) return { model: null, why: null };
  if (file.size > MOST_BYTES) return { model: null, why: `${CONFIG} is too large to be one.` };
  try {
    const json: unknown = JSON.parse(await file.text());
    return { model: parseHfConfig(json), why: null };
  } catch (error) {
    if (error instanceof FileError) return { model: null, why: error.message };
    return { model: null, why: `${CONFIG} is not valid JSON.` };
  }
}

/** By token's number, as the file writes them: the signs for a space before a word become spaces. */
async function readVocabulary(files: readonly File[]): Promise<readonly string[]> {
  const file = files.find(({ name }) => name === TOKENIZER);
  if (!file || file.size > MOST_TOKENIZER_BYTES) return [];
  try {
    const json: unknown = JSON.parse(await file.text());
    const words: string[] = [];
    const put = (word: unknown, at: unknown) => {
      if (typeof word !== 'string' || typeof at !== 'number') return;
      if (Number.isInteger(at) && at >= 0 && at < MOST_TOKENS) words[at] = word.replace(/[Ġ▁]/g, ' ');
    };
    const vocabulary = field(field(json, 'model'), 'vocab');
    if (Array.isArray(vocabulary)) for (const [at, entry] of vocabulary.entries()) put(field(entry, '0'), at);
    else if (isObject(vocabulary)) for (const [word, at] of Object.entries(vocabulary)) put(word, at);
    const added = field(json, 'added_tokens');
    if (Array.isArray(added)) for (const token of added) put(field(token, 'content'), field(token, 'id'));
    return words;
  } catch {
    return [];
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const field = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
