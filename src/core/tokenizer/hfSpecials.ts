// Which of a real tokenizer's tokens start, end and pad a sequence, and finding special tokens in a text that a template wrote.
import { FileError } from '../files/byteSource';
import type { GenerationConfig, SpecialToken, SpecialTokensMap, TokenizerConfig } from './hfFiles';
import type { AddedToken, HfModel } from './hfModel';

export interface Specials {
  readonly bosId: number | null;
  readonly eosId: number;
  readonly padId: number;
  /** All ids that end an answer, `eosId` first (generation_config.json may name several). */
  readonly endIds: readonly number[];
  /** Stand for no text: every added token marked special, and the ones above. The token for unknown characters is one of them. */
  readonly ids: ReadonlySet<number>;
  /** bos_token, eos_token, pad_token, unk_token as texts, for templates; those there are. */
  readonly texts: Readonly<Record<string, string>>;
  /** What had to be guessed, as sentences for people. */
  readonly notes: readonly string[];
}

const NAMES = ['bos_token', 'eos_token', 'pad_token', 'unk_token'] as const;
type Name = (typeof NAMES)[number];

const contentOf = (token: SpecialToken): string | null => (typeof token === 'string' ? token : token?.content) ?? null;

const idsOf = (value: number | readonly number[] | null | undefined): readonly number[] =>
  value === null || value === undefined ? [] : typeof value === 'number' ? [value] : value;

/** The token's text by name: tokenizer_config.json first, then special_tokens_map.json. Throws FileError when no token is so written. */
function textOf(
  file: string,
  name: Name,
  model: HfModel,
  config: TokenizerConfig,
  map: SpecialTokensMap,
): string | null {
  const text = contentOf(config[name]) ?? contentOf(map[name]);
  if (text === null || text === '' || model.idOf(text) !== null) return text || null;
  // Names without a token are common for unknown characters and padding, and do no harm there.
  if (name === 'unk_token' || name === 'pad_token') return null;
  throw new FileError(
    file,
    `the ${name} “${text.slice(0, 40)}” is no token of the tokenizer. Is the file from another model?`,
    name,
  );
}

/**
 * The special tokens by the names the configuration gives them, else by the ids in generation_config.json and config.json; padding falls back to the
 * end token. Throws FileError when no token ends an answer.
 */
export function findSpecials(
  file: string,
  model: HfModel,
  { config, map, generation }: { config: TokenizerConfig; map: SpecialTokensMap; generation: GenerationConfig },
): Specials {
  const notes: string[] = [];
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of NAMES) {
    const text = textOf(file, name, model, config, map);
    if (text !== null) texts[name] = text;
  }
  const named = (name: Name): number | null => (texts[name] === undefined ? null : model.idOf(texts[name]));
  const listed = (key: 'bos_token_id' | 'eos_token_id' | 'pad_token_id'): readonly number[] =>
    idsOf(generation[key]).filter((id) => model.tokens[id] !== undefined);
  const ends = listed('eos_token_id');
  const eosId = named('eos_token') ?? ends[0] ?? null;
  if (eosId === null) {
    const problem =
      'no token is named that ends an answer (eos_token). Add tokenizer_config.json, generation_config.json or config.json of the same model.';
    throw new FileError(file, problem, 'eos_token');
  }
  const padId = named('pad_token') ?? listed('pad_token_id')[0] ?? eosId;
  if (padId === eosId && named('pad_token') === null)
    notes.push(
      `The model has no padding token; its end token “${model.tokens[eosId]}” pads, and is never learnt as padding.`,
    );
  const bosId = named('bos_token') ?? listed('bos_token_id')[0] ?? null;
  texts.eos_token ??= model.tokens[eosId]!;
  if (bosId !== null) texts.bos_token ??= model.tokens[bosId]!;
  const ids = new Set([eosId, padId, ...ends]);
  if (bosId !== null) ids.add(bosId);
  if (model.unkId !== null) ids.add(model.unkId);
  for (const token of model.added) if (token.special) ids.add(token.id);
  return { bosId, eosId, padId, endIds: [...new Set([eosId, ...ends])], ids, texts, notes };
}

/** A stretch of a text: `special` is the token it is, null for plain text. */
export interface Section {
  readonly text: string;
  readonly special: AddedToken | null;
}

/** All tokens that a template may write as special ones: also those that are only named, and were never added. */
export function specialTokens(model: HfModel, { ids }: Specials): AddedToken[] {
  const added = model.added.filter(({ special }) => special);
  const known = new Set(added.map(({ id }) => id));
  const named = [...ids].filter((id) => !known.has(id) && id !== model.unkId);
  return [...added, ...named.map((id) => ({ id, content: model.tokens[id]! }))];
}

/** A finder of special tokens: the longest one at each place, as Rust's tokenizers do it. */
export function createSpecialFinder(
  tokens: readonly AddedToken[],
): (text: string, isFree: (at: number, end: number) => boolean) => Section[] {
  const byFirst = new Map<string, AddedToken[]>();
  for (const token of tokens) {
    const list = byFirst.get(token.content[0]!) ?? [];
    byFirst.set(token.content[0]!, list);
    list.push(token);
  }
  for (const list of byFirst.values()) list.sort((a, b) => b.content.length - a.content.length);
  return (text, isFree) => {
    const sections: Section[] = [];
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const found = byFirst
        .get(text[at]!)
        ?.find(({ content }) => text.startsWith(content, at) && isFree(at, at + content.length));
      if (!found) {
        at++;
        continue;
      }
      if (at > start) sections.push({ text: text.slice(start, at), special: null });
      sections.push({ text: found.content, special: found });
      at += found.content.length;
      start = at;
    }
    if (start < text.length) sections.push({ text: text.slice(start), special: null });
    return trimmed(sections);
  };
}

/** A token may say that it takes the white space before or after it away (`lstrip`, `rstrip`). */
function trimmed(sections: readonly Section[]): Section[] {
  return sections
    .map((section, i): Section => {
      if (section.special) return section;
      let { text } = section;
      if (sections[i - 1]?.special?.rstrip) text = text.trimStart();
      if (sections[i + 1]?.special?.lstrip) text = text.trimEnd();
      return { text, special: null };
    })
    .filter(({ text }) => text !== '');
}
