// Whole model folders in memory: the tiny checkpoints that PyTorch made (golden), in any dtype, with a byte-level tokenizer of fitting size. What
// it can spell: sums such as “3+4?” and “The answer is 7”.
import { type ByteSource, bytesSource } from '../core/files/byteSource';
import { openSafetensors, writeSafetensors } from '../core/safetensors';
import { goldenBytes, goldenText } from './golden';
import { jsonSource } from './tokenizerFixtures';

export type TinyName = 'llama_tiny' | 'gpt2_tiny';

const CHARACTERS = [...'Ġ', 'Ċ', ...'0123456789', ...'abcdefghilmnoprstuwy', ...'+?T'];
const MERGES = ['T h', 'Th e', 'Ġ a', 'n s', 'w e', 'Ġa ns', 'we r', 'Ġans wer', 'i s', 'Ġ is'];

interface Special {
  content: string;
  id: number;
}

/** GPT-2 starts and ends with its last token; Llama has three special ones at the beginning. */
const SPECIALS: Record<TinyName, { list: Special[]; config: object }> = {
  llama_tiny: {
    list: ['<unk>', '<s>', '</s>'].map((content, id) => ({ content, id })),
    config: { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>', add_bos_token: true },
  },
  gpt2_tiny: {
    list: [{ content: '<|endoftext|>', id: 60 }],
    config: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>', add_bos_token: true },
  },
};

function tokenizerJson(name: TinyName): object {
  const specials = SPECIALS[name].list;
  const vocab: Record<string, number> = Object.fromEntries(specials.map(({ content, id }) => [content, id]));
  const taken = new Set(specials.map(({ id }) => id));
  let next = 0;
  for (const token of [...CHARACTERS, ...MERGES.map((merge) => merge.replace(' ', ''))]) {
    while (taken.has(next)) next++;
    vocab[token] = next++;
  }
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    added_tokens: specials.map((special) => ({ ...special, ...flags })),
    normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel] },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      unk_token: specials[0]!.content,
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: MERGES,
    },
  };
}

/** config.json of a golden model, a fresh copy. */
export const tinyConfig = (name: TinyName): Record<string, unknown> =>
  (JSON.parse(goldenText(`${name}.json`)) as { config: Record<string, unknown> }).config;

export interface FolderOptions {
  dtype?: 'F32' | 'F16' | 'BF16';
  /** Names of the bare model, as some files have them. */
  prefix?: boolean;
  /** The tied head once more, under its own name. */
  secondHead?: boolean;
  /** What is computed, not learned, among the weights, as older files have it: GPT-2's causal masks, RoPE's frequencies. */
  buffers?: boolean;
  /** Fields of config.json to change. */
  config?: Record<string, unknown>;
}

const EMBEDDING = { llama_tiny: 'model.embed_tokens.weight', gpt2_tiny: 'transformer.wte.weight' };

const BUFFERS = {
  llama_tiny: [
    { name: 'model.layers.0.self_attn.rotary_emb.inv_freq', shape: [4], values: Float32Array.of(1, 0.5, 0.25, 0.125) },
  ],
  gpt2_tiny: [0, 1].flatMap((layer) => [
    {
      name: `transformer.h.${layer}.attn.bias`,
      shape: [1, 1, 4, 4],
      values: Float32Array.from({ length: 16 }, (_, i) => Number(i % 4 <= i >> 2)),
    },
    { name: `transformer.h.${layer}.attn.masked_bias`, shape: [], values: Float32Array.of(-10000) },
  ]),
};

/** config.json, tokenizer.json, tokenizer_config.json, generation_config.json and model.safetensors. */
export function tinyFolder(name: TinyName, options: FolderOptions = {}): ByteSource[] {
  const { dtype = 'F32', prefix = true, secondHead = false, buffers = false, config = {} } = options;
  const golden = openSafetensors(goldenBytes(`${name}.safetensors`));
  const shown = (tensor: string): string => (prefix ? tensor : tensor.replace(/^(model|transformer)\./, ''));
  const tensors = golden.entries.map((entry) => ({
    ...{ name: shown(entry.name), shape: entry.shape, dtype },
    values: golden.readFloats(entry.name),
  }));
  if (secondHead) {
    const head = tensors.find((tensor) => tensor.name === shown(EMBEDDING[name]))!;
    tensors.push({ ...head, name: 'lm_head.weight' });
  }
  // Where they stand in such files: before what follows them by name.
  if (buffers) tensors.splice(1, 0, ...BUFFERS[name].map((one) => ({ ...one, name: shown(one.name), dtype })));
  const json = { ...tinyConfig(name), ...config };
  return [
    jsonSource('config.json', json),
    jsonSource('tokenizer.json', tokenizerJson(name)),
    jsonSource('tokenizer_config.json', { ...SPECIALS[name].config, tokenizer_class: 'PreTrainedTokenizerFast' }),
    jsonSource('generation_config.json', { eos_token_id: json.eos_token_id }),
    bytesSource('model.safetensors', writeSafetensors(tensors, { metadata: { format: 'pt', step: '0' } })),
  ];
}

/** Sums of one digit each as {prompt, chosen, rejected}, or as {input, output}. */
export function sumsFile(kind: 'pairs' | 'answers'): string {
  const records = Array.from({ length: 25 }, (_, i) => {
    const [a, b] = [i % 5, Math.floor(i / 5)];
    const [prompt, right, wrong] = [`${a}+${b}?`, `The answer is ${a + b}`, `The answer is ${(a + b + 3) % 10}`];
    return kind === 'pairs' ? { prompt, chosen: right, rejected: wrong } : { input: prompt, output: right };
  });
  return records.map((record) => JSON.stringify(record)).join('\n');
}
