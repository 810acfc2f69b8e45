// Which tensor of a checkpoint is which parameter of ours. Our names are those of transformers' models with a head; files also come without the prefix
// of the bare model, with the tied head stored twice, or with buffers that hold no weights. Shapes and values are for whoever reads the file.
import { embeddingName, type ModelConfig, NAME_PREFIX, ownHeadName, tensorSpecs } from './config';

export interface NameMap {
  /** Our name → the file's, in model order, of every parameter that the file has. */
  readonly names: ReadonlyMap<string, string>;
  /** Names in the file that repeat a parameter (a tied head of its own) → our name of it. To be written back with the same values. */
  readonly copies: ReadonlyMap<string, string>;
  /** Names in the file of buffers that are computed, not learned: GPT-2's causal mask, RoPE's frequencies. */
  readonly ignored: readonly string[];
  /** Our names of parameters that the file lacks. */
  readonly missing: readonly string[];
  /** Names in the file that the model has no use for. */
  readonly unexpected: readonly string[];
}

const BUFFERS: Readonly<Record<ModelConfig['architecture'], RegExp>> = {
  llama: /^(model\.)?(layers\.\d{1,4}\.self_attn\.)?rotary_emb\.inv_freq$/,
  gpt2: /^(transformer\.)?h\.\d{1,4}\.attn\.(bias|masked_bias)$/,
  gpt_neox: /^(gpt_neox\.)?(layers\.\d{1,4}\.attention\.(bias|masked_bias|rotary_emb\.inv_freq)|rotary_emb\.inv_freq)$/,
};

/** GPT-NeoX's head as transformers 5 calls it within a model; its files have the older name, unless they are told to have this one. */
const OTHER_NAMES: Readonly<Record<string, string>> = { 'embed_out.weight': 'lm_head.weight' };

/** Maps a checkpoint's names to ours. What is left over or lacking is in `missing` and `unexpected`, see `nameProblem`. */
export function nameMap(config: ModelConfig, namesInFile: Iterable<string>): NameMap {
  const left = new Set(namesInFile);
  const names = new Map<string, string>();
  const copies = new Map<string, string>();
  const missing: string[] = [];
  const prefix = NAME_PREFIX[config.architecture];
  const inFile = (name: string): string | undefined => {
    const bare = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    return [name, bare, OTHER_NAMES[name]].find((candidate) => candidate !== undefined && left.has(candidate));
  };
  for (const { name } of tensorSpecs(config)) {
    const own = inFile(name);
    // Of a tied pair some tools keep the head instead of the embedding.
    const found = own ?? (config.tiedHead && name === embeddingName(config) ? inFile(ownHeadName(config)) : undefined);
    if (found === undefined) {
      missing.push(name);
      continue;
    }
    names.set(name, found);
    left.delete(found);
  }
  const secondHead = config.tiedHead ? inFile(ownHeadName(config)) : undefined;
  if (secondHead !== undefined) {
    copies.set(secondHead, embeddingName(config));
    left.delete(secondHead);
  }
  const isBuffer = (name: string): boolean => BUFFERS[config.architecture].test(name);
  const ignored = [...left].filter(isBuffer);
  return { names, copies, ignored, missing, unexpected: [...left].filter((name) => !isBuffer(name)) };
}

const SHOWN = 3;
const some = (names: readonly string[]): string => {
  const quoted = names.slice(0, SHOWN).map((name) => `“${name.length > 80 ? `${name.slice(0, 80)}…` : name}”`);
  return names.length > SHOWN ? `${quoted.join(', ')} and ${names.length - SHOWN} more` : quoted.join(', ');
};

/** What is wrong with a checkpoint's names, as a sentence; null when every parameter is there and nothing is left over. */
export function nameProblem({ missing, unexpected }: NameMap): string | null {
  const parts = [
    ...(missing.length > 0 ? [`lacks ${some(missing)}`] : []),
    ...(unexpected.length > 0 ? [`has ${some(unexpected)}, which the model of config.json does not`] : []),
  ];
  return parts.length > 0 ? `The checkpoint ${parts.join(' and ')}.` : null;
}
