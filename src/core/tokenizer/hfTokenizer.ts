// A real model's tokenizer from its untrusted files, over @huggingface/tokenizers: text to ids and back. What a user writes never becomes a
// special token; only what is marked as a template's own text may. Chat templates are chatTemplate.ts, prompts hfPrompts.ts.
import { Tokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { FileError } from '../files/byteSource';
import { displayOf } from './bpe';
import { createHfDecoder } from './hfDecoder';
import { type HfTokenizerFiles, MAX_TOKENIZER_BYTES, readConfigs, readJson, type TokenizerConfig } from './hfFiles';
import { type HfModel, MAX_IDS, readModel, tokenizerSchema } from './hfModel';
import { type Parts, PLACES, type Place, readParts, type Step } from './hfParts';
import { createSpecialFinder, findSpecials, type Specials, specialTokens } from './hfSpecials';
import { checkSpeed, LAST_LENGTH } from './hfSpeed';
import { encodeUtf8 } from './utf8';

/** Longer texts are encoded piece by piece, so that a pattern that takes quadratic time stays bearable (hfSpeed.ts). */
const MAX_PIECE = 2 * LAST_LENGTH;

/** A stretch of a prompt: a template's own text, or what somebody wrote, in which nothing is special. */
export interface PromptPart {
  readonly text: string;
  readonly isTemplate: boolean;
}

export interface HfTokenizer {
  /** The file it was read from. */
  readonly file: string;
  /** id → text as shown to people: `␣` for a space, `↵` for a line end, `⇥` for a tab, `<0xE2>` for a byte that is no character by itself. */
  readonly vocabulary: readonly string[];
  readonly specials: Specials;
  /** The tokenizer puts its start token before every text. */
  readonly addsBos: boolean;
  readonly config: TokenizerConfig;
  /**
   * Ids of a text, without start and end token; never a special id, except the one for unknown characters where that means nothing else.
   * `place`: where the text stands ('start' by default).
   */
  encode(text: string, place?: Place): number[];
  /** Ids of a prompt as its template writes it; parts are encoded together, so that tokens may reach across their borders. */
  encodePrompt(parts: readonly PromptPart[], place?: Place): number[];
  /** Text of ids; special tokens stand for no text, broken characters and ids without a token become U+FFFD. */
  decode(ids: readonly number[]): string;
}

export interface HfTokenizerOptions {
  /** Rows of the model's embedding: the vocabulary is filled up to it, and a tokenizer with larger ids is refused. */
  readonly vocabularySize?: number;
}

/** One tokenizer of the library for each place; they share the model, which is large. */
function buildTokenizers(file: string, model: HfModel, parts: Parts): Record<Place, Tokenizer> {
  // Special tokens are found by us, so the library never hears of them.
  const added_tokens = model.added.filter(({ special }) => !special);
  const sequence = (steps: readonly Step[], list: string): object | null =>
    steps.length === 0 ? null : { type: 'Sequence', [list]: steps };
  const empty = { type: 'BPE', vocab: {}, merges: [] };
  let shared: Tokenizer['model'] = null;
  const build = (place: Place): Tokenizer => {
    const json = {
      ...{ added_tokens, decoder: null, post_processor: null, model: shared ? empty : model.step },
      normalizer: sequence(parts.normalizers[place], 'normalizers'),
      pre_tokenizer: sequence(parts.preTokenizers[place], 'pretokenizers'),
    };
    const tokenizer = new Tokenizer(json, {});
    if (shared) tokenizer.model = shared;
    else shared = tokenizer.model;
    return tokenizer;
  };
  try {
    const [start, section, continuation] = PLACES.map(build) as [Tokenizer, Tokenizer, Tokenizer];
    checkSpeed(file, start, parts);
    return { start, section, continuation };
  } catch (error) {
    if (error instanceof FileError) throw error;
    const why = error instanceof Error ? error.message.slice(0, 200) : String(error);
    throw new FileError(file, `is not a tokenizer this page can use (${why}).`);
  }
}

/** Cuts a text into pieces of bounded length, before white space where there is some. Together they are the text. */
function* piecesOf(text: string): Generator<string> {
  let start = 0;
  while (text.length - start > MAX_PIECE) {
    const most = start + MAX_PIECE;
    const cut = Math.max(text.lastIndexOf(' ', most), text.lastIndexOf('\n', most));
    const isPair = text.charCodeAt(most) >= 0xdc00 && text.charCodeAt(most) < 0xe000;
    const end = cut > start + MAX_PIECE / 2 ? cut : isPair ? most - 1 : most;
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}

/** Cuts a text inside every special token that it spells, so that none can be found in it. */
function brokenAtSpecials(text: string, find: ReturnType<typeof createSpecialFinder>): string[] {
  const pieces: string[] = [''];
  for (const { text: stretch, special } of find(text, () => true)) {
    const first = special ? String.fromCodePoint(stretch.codePointAt(0)!).length : stretch.length;
    pieces[pieces.length - 1] += stretch.slice(0, first);
    if (special) pieces.push(stretch.slice(first));
  }
  return pieces.filter((piece) => piece !== '');
}

function createEncoder(file: string, model: HfModel, parts: Parts, specials: Specials): HfTokenizer['encodePrompt'] {
  const tokenizers = buildTokenizers(file, model, parts);
  const find = createSpecialFinder(specialTokens(model, specials));
  const { unkId } = model;
  const isUnknown = (id: number): boolean =>
    id === unkId && ![specials.eosId, specials.padId, specials.bosId].includes(id);
  const isForbidden = (id: number): boolean => specials.ids.has(id) && !isUnknown(id);
  const encodeOnce = (text: string, place: Place): number[] => tokenizers[place].encode(text).ids;
  const encodePiece = (text: string, place: Place): number[] => {
    const ids = encodeOnce(text, place);
    if (!ids.some(isForbidden)) return ids;
    // The model itself knows the special token as a word (`ignore_merges`): it is spelt out instead.
    const broken = brokenAtSpecials(text, find);
    return broken
      .flatMap((piece, i) => encodeOnce(piece, i === 0 ? place : 'continuation'))
      .filter((id) => !isForbidden(id));
  };
  const encodePlain = (text: string, place: Place): number[] => {
    const ids: number[] = [];
    let first = true;
    for (const piece of piecesOf(text)) {
      for (const id of encodePiece(piece, first ? place : 'continuation')) ids.push(id);
      first = false;
    }
    return ids;
  };
  return (promptParts, place = 'start') => {
    const ids: number[] = [];
    let here = place;
    for (const { text, special } of find(joined(promptParts), freePlaces(promptParts))) {
      if (special) ids.push(special.id);
      else for (const id of encodePlain(text, here)) ids.push(id);
      here = special ? 'section' : 'continuation';
    }
    return ids;
  };
}

const joined = (parts: readonly PromptPart[]): string => parts.map(({ text }) => text).join('');

/** Whether a stretch of the joined text is all a template's. */
function freePlaces(parts: readonly PromptPart[]): (at: number, end: number) => boolean {
  const written: { from: number; to: number }[] = [];
  let at = 0;
  for (const { text, isTemplate } of parts) {
    if (!isTemplate && text !== '') written.push({ from: at, to: at + text.length });
    at += text.length;
  }
  return (from, to) => !written.some((one) => one.from < to && from < one.to);
}

const postProcessor = v.looseObject({
  type: v.string(),
  single: v.optional(v.array(v.looseObject({ SpecialToken: v.optional(v.looseObject({ id: v.string() })) }))),
  processors: v.optional(v.array(v.unknown())),
});

/** Whether tokenizer.json's last step puts the start token first. */
function putsBosFirst(raw: unknown, bos: string | undefined): boolean {
  const parsed = v.safeParse(postProcessor, raw);
  if (!parsed.success || bos === undefined) return false;
  const { single, processors } = parsed.output;
  // A sequence holds plain steps only; deeper ones are not looked into.
  const steps = [
    single,
    ...(processors ?? [])
      .map((step) => v.safeParse(postProcessor, step))
      .map((step) => (step.success ? step.output.single : undefined)),
  ];
  return steps.some((list) => list?.[0]?.SpecialToken?.id === bos);
}

function vocabularyOf(
  { tokens, added }: HfModel,
  specials: Specials,
  bytesOf: (id: number) => readonly number[],
  size: number,
): string[] {
  const contents = new Map(added.map(({ id, content }) => [id, content]));
  return Array.from({ length: size }, (_, id) => {
    const token = tokens[id];
    if (token === undefined) return `<id ${id}>`;
    const content = contents.get(id) ?? (specials.ids.has(id) ? token : null);
    return displayOf(content === null ? bytesOf(id) : [...encodeUtf8(content)]);
  });
}

/** Ids a tokenizer may have for a model of `wanted` rows. Throws FileError when it has more. */
function vocabularySize(file: string, tokens: number, wanted: number | undefined): number {
  if (wanted === undefined) return tokens;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_IDS)
    throw new RangeError(`A vocabulary has 1 to ${MAX_IDS} tokens, got ${wanted}`);
  if (tokens <= wanted) return wanted;
  const problem = `has ${tokens} ids, but the model only ${wanted}. Take the tokenizer.json of the same model.`;
  throw new FileError(file, problem, 'model.vocab');
}

/**
 * Opens the tokenizer of a model folder. Throws FileError for a file that is too large, broken, of another form or with a step that is not
 * supported, naming it; RangeError for an impossible `vocabularySize`.
 */
export async function openHfTokenizer(files: HfTokenizerFiles, options: HfTokenizerOptions = {}): Promise<HfTokenizer> {
  const file = files.tokenizer.name;
  const json = await readJson(files.tokenizer, tokenizerSchema, MAX_TOKENIZER_BYTES);
  const configs = await readConfigs(files);
  const model = readModel(file, json);
  const size = vocabularySize(file, model.tokens.length, options.vocabularySize);
  const parts = readParts(file, json);
  const specials = findSpecials(files.tokenizerConfig?.name ?? file, model, configs);
  const encodePrompt = createEncoder(file, model, parts, specials);
  const decoder = createHfDecoder(model, parts, specials.ids);
  return {
    file,
    vocabulary: vocabularyOf(model, specials, decoder.bytesOf, size),
    specials,
    addsBos:
      specials.bosId !== null &&
      (configs.config.add_bos_token ?? putsBosFirst(json.post_processor, specials.texts.bos_token)),
    config: configs.config,
    encode: (text, place) => encodePrompt([{ text, isTemplate: false }], place),
    encodePrompt,
    decode: decoder.decode,
  };
}
