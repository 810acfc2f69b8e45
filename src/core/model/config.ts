// What a model is, without any tensor: its sizes, and its tensors' names and shapes in Hugging Face layout.

export interface ModelConfig {
  architecture: 'llama' | 'gpt2';
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
  /** Llama: biases on q, k, v (and o). GPT-2 always has its biases. */
  attentionBias: boolean;
  /** GPT-2: size of the learned position table; Llama: longest sequence the model is meant for. */
  maxPositions: number;
}

export interface TensorSpec {
  name: string;
  shape: readonly number[];
}

/** All parameters in model order (embedding first, layers, final norm, head), each storage once. */
export function tensorSpecs(config: ModelConfig): TensorSpec[] {
  return config.architecture === 'llama' ? llamaSpecs(config) : gpt2Specs(config);
}

function llamaSpecs(c: ModelConfig): TensorSpec[] {
  const headWidth = c.width / c.heads;
  const kvWidth = c.kvHeads * headWidth;
  const specs: TensorSpec[] = [{ name: 'model.embed_tokens.weight', shape: [c.vocabularySize, c.width] }];
  for (let i = 0; i < c.layers; i++) {
    const at = `model.layers.${i}.`;
    const linear = (name: string, out: number, inn: number, bias: boolean) => {
      specs.push({ name: `${at}${name}.weight`, shape: [out, inn] });
      if (bias) specs.push({ name: `${at}${name}.bias`, shape: [out] });
    };
    linear('self_attn.q_proj', c.width, c.width, c.attentionBias);
    linear('self_attn.k_proj', kvWidth, c.width, c.attentionBias);
    linear('self_attn.v_proj', kvWidth, c.width, c.attentionBias);
    linear('self_attn.o_proj', c.width, c.width, c.attentionBias);
    linear('mlp.gate_proj', c.mlpWidth, c.width, false);
    linear('mlp.up_proj', c.mlpWidth, c.width, false);
    linear('mlp.down_proj', c.width, c.mlpWidth, false);
    specs.push({ name: `${at}input_layernorm.weight`, shape: [c.width] });
    specs.push({ name: `${at}post_attention_layernorm.weight`, shape: [c.width] });
  }
  specs.push({ name: 'model.norm.weight', shape: [c.width] });
  if (!c.tiedHead) specs.push({ name: 'lm_head.weight', shape: [c.vocabularySize, c.width] });
  return specs;
}

function gpt2Specs(c: ModelConfig): TensorSpec[] {
  const specs: TensorSpec[] = [
    { name: 'transformer.wte.weight', shape: [c.vocabularySize, c.width] },
    { name: 'transformer.wpe.weight', shape: [c.maxPositions, c.width] },
  ];
  for (let i = 0; i < c.layers; i++) {
    const at = `transformer.h.${i}.`;
    const pair = (name: string, weight: number[], bias: number) => {
      specs.push({ name: `${at}${name}.weight`, shape: weight }, { name: `${at}${name}.bias`, shape: [bias] });
    };
    pair('ln_1', [c.width], c.width);
    pair('attn.c_attn', [c.width, 3 * c.width], 3 * c.width);
    pair('attn.c_proj', [c.width, c.width], c.width);
    pair('ln_2', [c.width], c.width);
    pair('mlp.c_fc', [c.width, c.mlpWidth], c.mlpWidth);
    pair('mlp.c_proj', [c.mlpWidth, c.width], c.width);
  }
  specs.push(
    { name: 'transformer.ln_f.weight', shape: [c.width] },
    { name: 'transformer.ln_f.bias', shape: [c.width] },
  );
  if (!c.tiedHead) specs.push({ name: 'lm_head.weight', shape: [c.vocabularySize, c.width] });
  return specs;
}

export const sizeOf = (spec: TensorSpec): number => spec.shape.reduce((product, n) => product * n, 1);

/** Number of parameters N, each storage counted once. */
export const parameterCount = (config: ModelConfig): number =>
  tensorSpecs(config).reduce((sum, spec) => sum + sizeOf(spec), 0);
