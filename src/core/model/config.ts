// What a model is, without any tensor: its sizes, and its tensors' names and shapes in Hugging Face layout.

/** How RoPE's frequencies are stretched for sequences longer than those the model was first trained on. */
export type RopeScaling =
  | { kind: 'linear'; factor: number }
  | { kind: 'llama3'; factor: number; lowFactor: number; highFactor: number; originalPositions: number };

export interface ModelConfig {
  /** `llama` is also Mistral, Qwen2 and Qwen3, which are Llama with one of the fields below; `gpt_neox` is also Pythia. */
  architecture: 'llama' | 'gpt2' | 'gpt_neox';
  vocabularySize: number;
  width: number;
  layers: number;
  heads: number;
  /** Key/value heads (grouped-query attention); equals heads without grouping. */
  kvHeads: number;
  mlpWidth: number;
  normEpsilon: number;
  ropeTheta: number;
  tiedHead: boolean;
  /** Llama: biases on q, k, v and o, or on the first three only (Qwen2). GPT-2 and GPT-NeoX always have their biases. */
  attentionBias: boolean | 'qkv';
  /** GPT-2: size of the learned position table; with RoPE the longest sequence the model is used for. */
  maxPositions: number;

  // What few models have. Without them a model is of the plain form, which is also how older records of runs are to be read.
  /** Llama: numbers in a head where they are not width / heads. */
  headWidth?: number;
  /** Llama: biases on gate, up and down. */
  mlpBias?: boolean;
  /** Llama: RMSNorm of every head's queries and keys before they are turned (Qwen3). */
  qkNorm?: boolean;
  ropeScaling?: RopeScaling;
  /** GPT-NeoX: the first numbers of a head that RoPE turns, where it does not turn all. */
  rotaryWidth?: number;
  /** GPT-NeoX: attention and feed-forward both read the block's input, and are added to it together. */
  parallelResidual?: boolean;
}

/** Numbers in a head, D. */
export const headWidthOf = (c: ModelConfig): number => c.headWidth ?? c.width / c.heads;
/** All heads' queries side by side, H·D: the width of the residual stream in most models. */
export const queryWidthOf = (c: ModelConfig): number => c.heads * headWidthOf(c);
/** All heads' keys (or values) side by side, Hkv·D. */
export const kvWidthOf = (c: ModelConfig): number => c.kvHeads * headWidthOf(c);
/** How many numbers of a head RoPE turns. */
export const rotaryWidthOf = (c: ModelConfig): number => c.rotaryWidth ?? headWidthOf(c);

/**
 * The same model for sequences of at most `positions` tokens: with RoPE nothing but the size of a table of cosines depends on it. GPT-2's position
 * table is a weight and stays as it is. Throws RangeError when the model is not meant for so many.
 */
export function forPositions(config: ModelConfig, positions: number): ModelConfig {
  if (positions > config.maxPositions) {
    throw new RangeError(`The model is meant for ${config.maxPositions} tokens at most; ${positions} are needed.`);
  }
  return config.architecture === 'gpt2' ? config : { ...config, maxPositions: positions };
}

export interface TensorSpec {
  name: string;
  shape: readonly number[];
}

/** What the names of all tensors but the head's begin with: the part that transformers' bare models leave out. */
export const NAME_PREFIX: Readonly<Record<ModelConfig['architecture'], string>> = {
  llama: 'model.',
  gpt2: 'transformer.',
  gpt_neox: 'gpt_neox.',
};

const EMBEDDING: Readonly<Record<ModelConfig['architecture'], string>> = {
  llama: 'model.embed_tokens.weight',
  gpt2: 'transformer.wte.weight',
  gpt_neox: 'gpt_neox.embed_in.weight',
};

/** Name of the token embedding. */
export const embeddingName = (c: Pick<ModelConfig, 'architecture'>): string => EMBEDDING[c.architecture];
/** What an output head of its own is called. */
export const ownHeadName = (c: Pick<ModelConfig, 'architecture'>): string =>
  c.architecture === 'gpt_neox' ? 'embed_out.weight' : 'lm_head.weight';
/** Name of the tensor that the output head reads: the embedding where the two are tied. */
export const headName = (c: Pick<ModelConfig, 'architecture' | 'tiedHead'>): string =>
  c.tiedHead ? embeddingName(c) : ownHeadName(c);

const SPECS: Readonly<Record<ModelConfig['architecture'], (c: ModelConfig) => TensorSpec[]>> = {
  llama: llamaSpecs,
  gpt2: gpt2Specs,
  gpt_neox: gptNeoxSpecs,
};

/** All parameters in model order (embedding first, layers, final norm, head), each storage once. */
export function tensorSpecs(config: ModelConfig): TensorSpec[] {
  const specs = SPECS[config.architecture](config);
  if (!config.tiedHead) specs.push({ name: ownHeadName(config), shape: [config.vocabularySize, config.width] });
  return specs;
}

function llamaSpecs(c: ModelConfig): TensorSpec[] {
  const [queryWidth, kvWidth] = [queryWidthOf(c), kvWidthOf(c)];
  const qkvBias = c.attentionBias !== false;
  const mlpBias = c.mlpBias ?? false;
  const specs: TensorSpec[] = [{ name: embeddingName(c), shape: [c.vocabularySize, c.width] }];
  for (let i = 0; i < c.layers; i++) {
    const at = `model.layers.${i}.`;
    const linear = (name: string, out: number, inn: number, bias: boolean) => {
      specs.push({ name: `${at}${name}.weight`, shape: [out, inn] });
      if (bias) specs.push({ name: `${at}${name}.bias`, shape: [out] });
    };
    linear('self_attn.q_proj', queryWidth, c.width, qkvBias);
    linear('self_attn.k_proj', kvWidth, c.width, qkvBias);
    linear('self_attn.v_proj', kvWidth, c.width, qkvBias);
    linear('self_attn.o_proj', c.width, queryWidth, c.attentionBias === true);
    if (c.qkNorm) {
      for (const name of ['q_norm', 'k_norm'])
        specs.push({ name: `${at}self_attn.${name}.weight`, shape: [headWidthOf(c)] });
    }
    linear('mlp.gate_proj', c.mlpWidth, c.width, mlpBias);
    linear('mlp.up_proj', c.mlpWidth, c.width, mlpBias);
    linear('mlp.down_proj', c.width, c.mlpWidth, mlpBias);
    specs.push({ name: `${at}input_layernorm.weight`, shape: [c.width] });
    specs.push({ name: `${at}post_attention_layernorm.weight`, shape: [c.width] });
  }
  specs.push({ name: 'model.norm.weight', shape: [c.width] });
  return specs;
}

/** Weight and bias. */
const pair = (name: string, weight: number[], bias: number): TensorSpec[] => [
  { name: `${name}.weight`, shape: weight },
  { name: `${name}.bias`, shape: [bias] },
];

function gpt2Specs(c: ModelConfig): TensorSpec[] {
  const specs: TensorSpec[] = [
    { name: embeddingName(c), shape: [c.vocabularySize, c.width] },
    { name: 'transformer.wpe.weight', shape: [c.maxPositions, c.width] },
  ];
  for (let i = 0; i < c.layers; i++) {
    const at = `transformer.h.${i}.`;
    specs.push(
      ...pair(`${at}ln_1`, [c.width], c.width),
      ...pair(`${at}attn.c_attn`, [c.width, 3 * c.width], 3 * c.width),
      ...pair(`${at}attn.c_proj`, [c.width, c.width], c.width),
      ...pair(`${at}ln_2`, [c.width], c.width),
      ...pair(`${at}mlp.c_fc`, [c.width, c.mlpWidth], c.mlpWidth),
      ...pair(`${at}mlp.c_proj`, [c.mlpWidth, c.width], c.width),
    );
  }
  specs.push(...pair('transformer.ln_f', [c.width], c.width));
  return specs;
}

function gptNeoxSpecs(c: ModelConfig): TensorSpec[] {
  const specs: TensorSpec[] = [{ name: embeddingName(c), shape: [c.vocabularySize, c.width] }];
  for (let i = 0; i < c.layers; i++) {
    const at = `gpt_neox.layers.${i}.`;
    specs.push(
      ...pair(`${at}input_layernorm`, [c.width], c.width),
      ...pair(`${at}post_attention_layernorm`, [c.width], c.width),
      ...pair(`${at}attention.query_key_value`, [3 * c.width, c.width], 3 * c.width),
      ...pair(`${at}attention.dense`, [c.width, c.width], c.width),
      ...pair(`${at}mlp.dense_h_to_4h`, [c.mlpWidth, c.width], c.mlpWidth),
      ...pair(`${at}mlp.dense_4h_to_h`, [c.width, c.mlpWidth], c.width),
    );
  }
  specs.push(...pair('gpt_neox.final_layer_norm', [c.width], c.width));
  return specs;
}

export const sizeOf = (spec: TensorSpec): number => spec.shape.reduce((product, n) => product * n, 1);

/** Number of parameters N, each storage counted once. */
export const parameterCount = (config: ModelConfig): number =>
  tensorSpecs(config).reduce((sum, spec) => sum + sizeOf(spec), 0);
