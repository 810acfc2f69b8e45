// The vocabulary, the merges and the added tokens of a tokenizer.json, checked before anything is built of them. BPE only.
import * as v from 'valibot';
import { FileError } from '../files/byteSource';
import { checked } from './hfFiles';
import type { Step } from './hfParts';

/** Most ids a vocabulary may have; the largest open models have about 262 000. */
export const MAX_IDS = 1 << 20;
const MAX_TOKEN = 4096;
const MAX_ADDED = 50_000;

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_IDS - 1));
const flag = v.nullish(v.boolean());
const noAffix = v.nullish(v.literal(''));
const addedSchema = v.looseObject({
  id,
  content: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TOKEN)),
  single_word: v.nullish(v.literal(false)),
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});
const modelSchema = v.looseObject({
  type: v.nullish(v.string()),
  unk_token: v.nullish(v.string()),
  continuing_subword_prefix: noAffix,
  end_of_word_suffix: noAffix,
  fuse_unk: flag,
  byte_fallback: flag,
  ignore_merges: flag,
  vocab: v.unknown(),
  merges: v.unknown(),
});
/** What tokenizer.json must be before its parts are looked at. */
export const tokenizerSchema = v.looseObject({
  added_tokens: v.nullish(v.pipe(v.array(v.unknown()), v.maxLength(MAX_ADDED)), []),
  normalizer: v.unknown(),
  pre_tokenizer: v.unknown(),
  post_processor: v.unknown(),
  decoder: v.unknown(),
  model: v.looseObject({}),
});

export type AddedToken = v.InferOutput<typeof addedSchema>;

export interface HfModel {
  /** The model as the library wants it. */
  readonly step: Step;
  /** id → token as the file writes it; undefined for ids without one. */
  readonly tokens: readonly (string | undefined)[];
  readonly added: readonly AddedToken[];
  readonly unkId: number | null;
  /** The id of a token by what it is in the file; null for none. */
  idOf(token: string): number | null;
}

// By hand and not by a schema: schemas leave out the keys “constructor” and “prototype”, which are words.
function readVocabulary(file: string, raw: unknown): Map<string, number> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new FileError(
      file,
      'has no vocabulary of tokens with ids. Only BPE tokenizers are supported.',
      'model.vocab',
    );
  const ids = new Map<string, number>();
  const used = new Uint8Array(MAX_IDS);
  for (const token of Object.keys(raw)) {
    const value: unknown = Reflect.get(raw, token);
    const where = `model.vocab, token “${token.slice(0, 40)}”`;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= MAX_IDS)
      throw new FileError(file, `an id must be a whole number from 0 to ${MAX_IDS - 1}.`, where);
    if (used[value] === 1) throw new FileError(file, `the id ${value} is given twice.`, where);
    if (token.length > MAX_TOKEN) throw new FileError(file, `a token is longer than ${MAX_TOKEN} characters.`, where);
    used[value] = 1;
    ids.set(token, value);
  }
  return ids;
}

function pairOf(raw: unknown): [string, string] | null {
  const parts: unknown = typeof raw === 'string' ? raw.split(' ') : raw;
  if (!Array.isArray(parts) || parts.length !== 2) return null;
  const [left, right]: unknown[] = parts;
  return typeof left === 'string' && typeof right === 'string' ? [left, right] : null;
}

function readMerges(file: string, raw: unknown, ids: ReadonlyMap<string, number>): [string, string][] {
  if (!Array.isArray(raw))
    throw new FileError(file, 'has no merges. Only BPE tokenizers are supported.', 'model.merges');
  return raw.map((merge: unknown, i) => {
    const pair = pairOf(merge);
    if (!pair) throw new FileError(file, 'a merge must be two tokens.', `model.merges.${i}`);
    const missing = [pair[0], pair[1], pair[0] + pair[1]].find((token) => !ids.has(token));
    if (missing === undefined) return pair;
    throw new FileError(file, `a merge uses “${missing.slice(0, 40)}”, which is no token.`, `model.merges.${i}`);
  });
}

function readAdded(file: string, raw: readonly unknown[], ids: Map<string, number>): AddedToken[] {
  const contents = new Map([...ids].map(([token, value]) => [value, token]));
  return raw.map((value, i) => {
    const token = checked(file, addedSchema, value, `added_tokens.${i}`);
    const [known, other] = [ids.get(token.content), contents.get(token.id)];
    if ((known !== undefined && known !== token.id) || (other !== undefined && other !== token.content)) {
      const problem = `the added token “${token.content.slice(0, 40)}” and the vocabulary do not agree about the id ${token.id}.`;
      throw new FileError(file, problem, `added_tokens.${i}`);
    }
    ids.set(token.content, token.id);
    contents.set(token.id, token.content);
    return token;
  });
}

function modelStep(file: string, raw: unknown): v.InferOutput<typeof modelSchema> {
  const { type } = checked(file, v.looseObject({ type: v.nullish(v.string()) }), raw, 'model');
  if (type !== 'BPE' && type !== undefined && type !== null)
    throw new FileError(file, `its model “${type.slice(0, 40)}” is not supported, only BPE is.`, 'model.type');
  return checked(file, modelSchema, raw, 'model');
}

/** Reads model and added tokens. Throws FileError naming the entry that is wrong. */
export function readModel(file: string, json: v.InferOutput<typeof tokenizerSchema>): HfModel {
  const model = modelStep(file, json.model);
  const ids = readVocabulary(file, model.vocab);
  if (ids.size === 0) throw new FileError(file, 'its vocabulary is empty.', 'model.vocab');
  const merges = readMerges(file, model.merges, ids);
  const vocab = model.vocab;
  const unk = model.unk_token ?? null;
  if (unk !== null && !ids.has(unk))
    throw new FileError(file, `the unknown token “${unk.slice(0, 40)}” is not in the vocabulary.`, 'model.unk_token');
  const added = readAdded(file, json.added_tokens ?? [], ids);
  const tokens: (string | undefined)[] = [];
  for (const [token, value] of ids) {
    while (tokens.length < value) tokens.push(undefined);
    tokens[value] = token;
  }
  const { fuse_unk, byte_fallback, ignore_merges } = model;
  return {
    step: {
      ...{ type: 'BPE', vocab, merges, unk_token: unk },
      ...{ fuse_unk: fuse_unk ?? false, byte_fallback: byte_fallback ?? false, ignore_merges: ignore_merges ?? false },
    },
    tokens,
    added,
    unkId: unk === null ? null : ids.get(unk)!,
    idOf: (token) => ids.get(token) ?? null,
  };
}
