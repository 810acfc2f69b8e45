// Hugging Face config.json → ModelConfig: which models are taken, and by which field the others are refused. Tensor names are in nameMap.ts.
import * as v from 'valibot';
import { FileError } from '../files/byteSource';
import { headWidthOf, type ModelConfig, rotaryWidthOf } from './config';
import { neoxRopeSchema, type RopeFields, ropeOf, ropeSchema } from './hfRope';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000));
/** Every layer is a dozen tensors, all of which are listed. */
const layerCount = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000));
const epsilon = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const flag = (fallback: boolean) => v.nullish(v.boolean(), fallback);

const gpt2Schema = v.object({
  vocab_size: positive,
  n_positions: positive,
  n_embd: positive,
  n_head: positive,
  n_layer: layerCount,
  n_inner: v.nullish(positive),
  layer_norm_epsilon: v.optional(epsilon, 1e-5),
  tie_word_embeddings: flag(true),
});

/** Sizes of all models with RoPE. */
const sizes = {
  vocab_size: positive,
  hidden_size: positive,
  intermediate_size: positive,
  num_hidden_layers: layerCount,
  num_attention_heads: positive,
  tie_word_embeddings: flag(false),
  ...ropeSchema,
};
const sizesSchema = v.object(sizes);
type Sizes = v.InferOutput<typeof sizesSchema>;
const llamaSchema = v.object({
  ...sizes,
  num_key_value_heads: v.nullish(positive),
  head_dim: v.nullish(positive),
  max_position_embeddings: v.optional(positive, 2048),
  rms_norm_eps: v.optional(epsilon, 1e-6),
  attention_bias: flag(false),
  mlp_bias: flag(false),
});
/** Null is none; where it is left out transformers takes 4096. */
const slidingWindow = v.optional(v.nullable(positive), 4096);
const mistralSchema = v.object({
  ...v.omit(llamaSchema, ['attention_bias', 'mlp_bias']).entries,
  max_position_embeddings: v.optional(positive, 131072),
  sliding_window: slidingWindow,
});
/** Which layers have the window does not matter, see `withinWindow`. */
const qwenWindow = { sliding_window: slidingWindow, use_sliding_window: flag(false) };
const qwen2Schema = v.object({
  ...v.omit(llamaSchema, ['attention_bias', 'mlp_bias']).entries,
  ...qwenWindow,
  max_position_embeddings: v.optional(positive, 32768),
});
const qwen3Schema = v.object({
  ...v.omit(llamaSchema, ['mlp_bias']).entries,
  ...qwenWindow,
  head_dim: v.optional(positive, 128),
  max_position_embeddings: v.optional(positive, 32768),
});
const gptNeoxSchema = v.object({
  ...sizes,
  ...neoxRopeSchema,
  max_position_embeddings: v.optional(positive, 2048),
  layer_norm_eps: v.optional(epsilon, 1e-5),
  use_parallel_residual: flag(true),
});

/** A field that is taken with these values only; the first stands for a field that is left out. */
type Only = Readonly<Record<string, readonly unknown[]>>;

/** What turns any of these models into one that is computed in another way. */
const EVERYWHERE: Only = {
  quantization_config: [null],
  is_encoder_decoder: [false, null],
  add_cross_attention: [false],
  is_causal: [true],
  per_layer_config: [null],
};
const LLAMA_ONLY: Only = { ...EVERYWHERE, hidden_act: ['silu', 'swish'], partial_rotary_factor: [1, null] };
const ONLY = {
  llama: LLAMA_ONLY,
  mistral: LLAMA_ONLY,
  qwen2: LLAMA_ONLY,
  qwen3: LLAMA_ONLY,
  gpt2: {
    ...EVERYWHERE,
    activation_function: ['gelu_new'],
    scale_attn_weights: [true],
    scale_attn_by_inverse_layer_idx: [false],
  },
  gpt_neox: { ...EVERYWHERE, hidden_act: ['gelu'], attention_bias: [true] },
} satisfies Record<string, Only>;

type ModelType = keyof typeof ONLY;
/** Values of `model_type` that are taken. */
export const MODEL_TYPES = Object.keys(ONLY) as readonly ModelType[];

const FILE = 'config.json';
const isModelType = (value: unknown): value is ModelType => typeof value === 'string' && Object.hasOwn(ONLY, value);

/** A value in a message, at most so long. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const list = (values: readonly unknown[]): string => values.map(shown).join(', ');

const refusal = (field: string, value: unknown, supported: string): FileError =>
  new FileError(FILE, `${shown(value)} is not supported; supported: ${supported}.`, `field “${field}”`);

function readFields<Schema extends v.GenericSchema>(schema: Schema, json: object): v.InferOutput<Schema> {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new FileError(FILE, issue.message, `field “${v.getDotPath(issue) ?? 'model_type'}”`);
}

function refuseOthers(json: object, type: ModelType): void {
  const fields = json as Readonly<Record<string, unknown>>;
  for (const [field, values] of Object.entries<readonly unknown[]>(ONLY[type])) {
    const value = Object.hasOwn(json, field) ? fields[field] : values[0];
    if (!values.includes(value)) throw refusal(field, value, `${list(values)} (in a ${type} model)`);
  }
  const layerTypes = Object.hasOwn(json, 'layer_types') ? fields.layer_types : null;
  if (!Array.isArray(layerTypes)) return;
  const other: unknown = layerTypes.find((layer) => layer !== 'full_attention');
  const hasWindow = type === 'mistral' || (type.startsWith('qwen') && fields.use_sliding_window === true);
  if (other !== undefined && !(hasWindow && other === 'sliding_attention'))
    throw refusal('layer_types', other, '"full_attention" in every layer');
}

/**
 * Parses an untrusted config.json object. Throws FileError naming the field that is wrong, or the field by which the model differs from those that are
 * supported (architecture, activation, scaling of RoPE, sliding window, quantisation), its value and what is supported.
 */
export function parseHfConfig(json: unknown): ModelConfig {
  const fields = typeof json === 'object' && json !== null ? json : {};
  const modelType = 'model_type' in fields ? fields.model_type : undefined;
  if (!isModelType(modelType)) throw refusal('model_type', modelType, list(MODEL_TYPES));
  refuseOthers(fields, modelType);
  const config = READERS[modelType](fields);
  checkSizes(config);
  return config;
}

const READERS: Readonly<Record<ModelType, (json: object) => ModelConfig>> = {
  gpt2: readGpt2,
  gpt_neox: readGptNeox,
  llama(json) {
    const c = readFields(llamaSchema, json);
    return llamaLike(c, { attentionBias: c.attention_bias, ...(c.mlp_bias && { mlpBias: true }) });
  },
  mistral(json) {
    const c = readFields(mistralSchema, json);
    return llamaLike(c, withinWindow(c, c.sliding_window));
  },
  qwen2(json) {
    const c = readFields(qwen2Schema, json);
    return llamaLike(c, { attentionBias: 'qkv', ...withinWindow(c, c.use_sliding_window ? c.sliding_window : null) });
  },
  qwen3(json) {
    const c = readFields(qwen3Schema, json);
    const window = withinWindow(c, c.use_sliding_window ? c.sliding_window : null);
    return llamaLike(c, { attentionBias: c.attention_bias, qkNorm: true, ...window });
  },
};

/** No sequence of ours is longer than `maxPositions`, and within a window's length a window hides nothing. */
const withinWindow = (
  c: { max_position_embeddings: number },
  window: number | null,
): Pick<ModelConfig, 'maxPositions'> => ({
  maxPositions: Math.min(c.max_position_embeddings, window ?? Number.POSITIVE_INFINITY),
});

function readGpt2(json: object): ModelConfig {
  const c = readFields(gpt2Schema, json);
  return {
    architecture: 'gpt2',
    vocabularySize: c.vocab_size,
    width: c.n_embd,
    layers: c.n_layer,
    heads: c.n_head,
    kvHeads: c.n_head,
    mlpWidth: c.n_inner ?? 4 * c.n_embd,
    normEpsilon: c.layer_norm_epsilon,
    ropeTheta: 0,
    tiedHead: c.tie_word_embeddings,
    attentionBias: true,
    maxPositions: c.n_positions,
  };
}

function readGptNeox(json: object): ModelConfig {
  const c = readFields(gptNeoxSchema, json);
  // It has no `rope_theta` of its own: one that is there means nothing.
  const { theta, scaling, rotaryShare } = ropeOf({ ...c, rope_theta: c.rotary_emb_base });
  const config: ModelConfig = {
    ...commonOf(c),
    architecture: 'gpt_neox',
    kvHeads: c.num_attention_heads,
    normEpsilon: c.layer_norm_eps,
    ropeTheta: theta,
    attentionBias: true,
    maxPositions: c.max_position_embeddings,
    parallelResidual: c.use_parallel_residual,
    ...(scaling && { ropeScaling: scaling }),
  };
  const rotaryWidth = Math.floor(headWidthOf(config) * (rotaryShare ?? c.rotary_pct ?? 0.25));
  return rotaryWidth === headWidthOf(config) ? config : { ...config, rotaryWidth };
}

const commonOf = (c: Sizes) => ({
  vocabularySize: c.vocab_size,
  width: c.hidden_size,
  layers: c.num_hidden_layers,
  heads: c.num_attention_heads,
  mlpWidth: c.intermediate_size,
  tiedHead: c.tie_word_embeddings,
});

function llamaLike(
  c: Omit<v.InferOutput<typeof qwen2Schema>, keyof typeof qwenWindow> & RopeFields,
  changes: Partial<ModelConfig>,
): ModelConfig {
  const { theta, scaling, rotaryShare } = ropeOf(c);
  if (rotaryShare !== null && rotaryShare !== 1) {
    throw refusal('rope_parameters.partial_rotary_factor', rotaryShare, 'the whole head (1)');
  }
  const isOwnWidth = c.head_dim && c.head_dim * c.num_attention_heads !== c.hidden_size;
  return {
    ...commonOf(c),
    architecture: 'llama',
    kvHeads: c.num_key_value_heads ?? c.num_attention_heads,
    normEpsilon: c.rms_norm_eps,
    ropeTheta: theta,
    attentionBias: false,
    maxPositions: c.max_position_embeddings,
    ...(isOwnWidth && { headWidth: c.head_dim! }),
    ...(scaling && { ropeScaling: scaling }),
    ...changes,
  };
}

function checkSizes(config: ModelConfig): void {
  const { architecture, width, heads, kvHeads } = config;
  if (!config.headWidth && width % heads !== 0)
    throw new FileError(FILE, `width ${width} is no multiple of ${heads} heads`);
  if (heads % kvHeads !== 0) {
    throw new FileError(FILE, `${heads} heads are no multiple of ${kvHeads} key/value heads`);
  }
  const turned = rotaryWidthOf(config);
  if (architecture === 'gpt2' || (turned % 2 === 0 && turned > 0)) return;
  const what = config.rotaryWidth === undefined ? `head width ${turned} is odd` : `${turned} numbers of a head turn`;
  throw new FileError(FILE, `${what}; RoPE turns pairs`);
}
