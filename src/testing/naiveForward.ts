// Every architecture's forward pass as plain loops in float64, one token row after the other: the specification that models are held against. Slow,
// without tensors, cache or gradient; one sequence at a time.
import { erfc } from '../core/math';
import type { ModelConfig } from '../core/model/config';

/** Values by our names, row-major. */
export type NaiveWeights = ReadonlyMap<string, ArrayLike<number>>;
/** Rows of a matrix. */
type Rows = Float64Array[];

/** Logits [T][V] of one sequence of token ids. */
export function naiveForward(config: ModelConfig, weights: NaiveWeights, ids: readonly number[]): Rows {
  const forward = { llama: naiveLlama, gpt2: naiveGpt2, gpt_neox: naiveGptNeox }[config.architecture];
  return forward(config, new Reader(weights), ids);
}

/** log p of `ids[t + 1]` after the rows before it, [T − 1]. */
export function naiveLogps(logits: Rows, ids: readonly number[]): number[] {
  return ids.slice(1).map((id, t) => {
    const row = logits[t]!;
    const highest = Math.max(...row);
    return row[id]! - highest - Math.log(row.reduce((sum, x) => sum + Math.exp(x - highest), 0));
  });
}

class Reader {
  constructor(private readonly weights: NaiveWeights) {}

  get(name: string): ArrayLike<number> {
    const values = this.weights.get(name);
    if (!values) throw new Error(`no weight “${name}”`);
    return values;
  }

  has = (name: string): boolean => this.weights.has(name);

  /** Row `id` of a table of rows of `width` numbers. */
  row = (name: string, id: number, width: number): Float64Array =>
    Float64Array.from({ length: width }, (_, c) => this.get(name)[id * width + c]!);

  /** x · Wᵀ + b with W [out, in]; without a bias where there is none. */
  linear(x: Rows, name: string): Rows {
    const weight = this.get(`${name}.weight`);
    const bias = this.has(`${name}.bias`) ? this.get(`${name}.bias`) : null;
    return x.map((row) =>
      Float64Array.from({ length: weight.length / row.length }, (_, o) => {
        let sum = bias ? bias[o]! : 0;
        for (let i = 0; i < row.length; i++) sum += row[i]! * weight[o * row.length + i]!;
        return sum;
      }),
    );
  }

  /** x · W + b with W [in, out], as GPT-2 stores it. */
  linearInOut(x: Rows, name: string): Rows {
    const [weight, bias] = [this.get(`${name}.weight`), this.get(`${name}.bias`)];
    return x.map((row) =>
      Float64Array.from({ length: bias.length }, (_, o) => {
        let sum = bias[o]!;
        for (let i = 0; i < row.length; i++) sum += row[i]! * weight[i * bias.length + o]!;
        return sum;
      }),
    );
  }

  rmsNorm(x: Rows, name: string, epsilon: number): Rows {
    const weight = this.get(`${name}.weight`);
    return x.map((row) => {
      const meanSquare = row.reduce((sum, value) => sum + value * value, 0) / row.length;
      return row.map((value, c) => (value / Math.sqrt(meanSquare + epsilon)) * weight[c]!);
    });
  }

  layerNorm(x: Rows, name: string, epsilon: number): Rows {
    const [weight, bias] = [this.get(`${name}.weight`), this.get(`${name}.bias`)];
    return x.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
      const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
      return row.map((value, c) => ((value - mean) / Math.sqrt(variance + epsilon)) * weight[c]! + bias[c]!);
    });
  }
}

const added = (a: Rows, b: Rows): Rows => a.map((row, t) => row.map((value, c) => value + b[t]![c]!));
const mapped = (x: Rows, f: (value: number) => number): Rows => x.map((row) => row.map(f));
const columns = (x: Rows, from: number, count: number): Rows => x.map((row) => row.slice(from, from + count));
/** One head's numbers after the other's in each row. */
const sideBySide = (parts: readonly Rows[]): Rows =>
  parts[0]!.map((_, t) => Float64Array.from(parts.flatMap((part) => [...part[t]!])));

const silu = (x: number): number => x / (1 + Math.exp(-x));
const geluTanh = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
const geluErf = (x: number): number => 0.5 * x * erfc(-x / Math.SQRT2);

/** One head's causal attention: rows of D numbers each. */
function attend(q: Rows, k: Rows, v: Rows): Rows {
  return q.map((query, t) => {
    const scores = k
      .slice(0, t + 1)
      .map((key) => key.reduce((sum, value, d) => sum + value * query[d]!, 0) / Math.sqrt(query.length));
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - highest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return query.map((_, d) => weights.reduce((sum, weight, j) => sum + weight * v[j]![d]!, 0) / total);
  });
}

/** Radians a position of pair i of the `width` numbers that turn. */
function frequency(i: number, width: number, { ropeTheta, ropeScaling }: ModelConfig): number {
  const plain = ropeTheta ** ((-2 * i) / width);
  if (!ropeScaling) return plain;
  if (ropeScaling.kind === 'linear') return plain / ropeScaling.factor;
  const { factor, lowFactor, highFactor, originalPositions } = ropeScaling;
  const wavelength = (2 * Math.PI) / plain;
  if (wavelength < originalPositions / highFactor) return plain;
  if (wavelength > originalPositions / lowFactor) return plain / factor;
  const smooth = (originalPositions / wavelength - lowFactor) / (highFactor - lowFactor);
  return ((1 - smooth) * plain) / factor + smooth * plain;
}

/** One head's rows, their first `width` numbers turned by position: pairs (i, i + width/2). */
function turned(head: Rows, width: number, config: ModelConfig): Rows {
  return head.map((row, position) => {
    const out = row.slice();
    for (let i = 0; i < width / 2; i++) {
      const angle = position * frequency(i, width, config);
      const [first, second] = [row[i]!, row[i + width / 2]!];
      out[i] = first * Math.cos(angle) - second * Math.sin(angle);
      out[i + width / 2] = second * Math.cos(angle) + first * Math.sin(angle);
    }
    return out;
  });
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Llama and its relatives: RMSNorm, grouped heads, RoPE, SwiGLU. */
function naiveLlama(c: ModelConfig, w: Reader, ids: readonly number[]): Rows {
  const headWidth = c.headWidth ?? c.width / c.heads;
  let x = ids.map((id) => w.row('model.embed_tokens.weight', id, c.width));
  for (const layer of numbers(c.layers)) {
    const at = `model.layers.${layer}`;
    const inner = w.rmsNorm(x, `${at}.input_layernorm`, c.normEpsilon);
    const [q, k, v] = ['q', 'k', 'v'].map((name) => w.linear(inner, `${at}.self_attn.${name}_proj`)) as Rows[];
    const headOf = (rows: Rows, head: number, norm?: string): Rows => {
      const own = columns(rows, head * headWidth, headWidth);
      return norm && c.qkNorm ? w.rmsNorm(own, `${at}.self_attn.${norm}`, c.normEpsilon) : own;
    };
    const heads = numbers(c.heads).map((head) => {
      const kvHead = Math.floor((head * c.kvHeads) / c.heads);
      return attend(
        turned(headOf(q!, head, 'q_norm'), headWidth, c),
        turned(headOf(k!, kvHead, 'k_norm'), headWidth, c),
        headOf(v!, kvHead),
      );
    });
    x = added(x, w.linear(sideBySide(heads), `${at}.self_attn.o_proj`));
    const second = w.rmsNorm(x, `${at}.post_attention_layernorm`, c.normEpsilon);
    const up = w.linear(second, `${at}.mlp.up_proj`);
    const gate = mapped(w.linear(second, `${at}.mlp.gate_proj`), silu);
    const gated = gate.map((row, t) => row.map((value, i) => value * up[t]![i]!));
    x = added(x, w.linear(gated, `${at}.mlp.down_proj`));
  }
  return w.linear(w.rmsNorm(x, 'model.norm', c.normEpsilon), c.tiedHead ? 'model.embed_tokens' : 'lm_head');
}

/** GPT-2: LayerNorm, learned positions, fused projection [q | k | v], tanh-GELU. */
function naiveGpt2(c: ModelConfig, w: Reader, ids: readonly number[]): Rows {
  const headWidth = c.width / c.heads;
  const tokens = ids.map((id) => w.row('transformer.wte.weight', id, c.width));
  let x = added(
    tokens,
    ids.map((_, t) => w.row('transformer.wpe.weight', t, c.width)),
  );
  for (const layer of numbers(c.layers)) {
    const at = `transformer.h.${layer}`;
    const fused = w.linearInOut(w.layerNorm(x, `${at}.ln_1`, c.normEpsilon), `${at}.attn.c_attn`);
    const heads = numbers(c.heads).map((head) => {
      const [q, k, v] = numbers(3).map((part) => columns(fused, part * c.width + head * headWidth, headWidth));
      return attend(q!, k!, v!);
    });
    x = added(x, w.linearInOut(sideBySide(heads), `${at}.attn.c_proj`));
    const inner = w.linearInOut(w.layerNorm(x, `${at}.ln_2`, c.normEpsilon), `${at}.mlp.c_fc`);
    x = added(x, w.linearInOut(mapped(inner, geluTanh), `${at}.mlp.c_proj`));
  }
  return w.linear(w.layerNorm(x, 'transformer.ln_f', c.normEpsilon), c.tiedHead ? 'transformer.wte' : 'lm_head');
}

/** GPT-NeoX: LayerNorm, fused projection head by head, RoPE on a part of each head, exact GELU, both halves of a block side by side or in turn. */
function naiveGptNeox(c: ModelConfig, w: Reader, ids: readonly number[]): Rows {
  const headWidth = c.width / c.heads;
  const rotaryWidth = c.rotaryWidth ?? headWidth;
  let x = ids.map((id) => w.row('gpt_neox.embed_in.weight', id, c.width));
  for (const layer of numbers(c.layers)) {
    const at = `gpt_neox.layers.${layer}`;
    const normed = w.layerNorm(x, `${at}.input_layernorm`, c.normEpsilon);
    const fused = w.linear(normed, `${at}.attention.query_key_value`);
    const heads = numbers(c.heads).map((head) => {
      const [q, k, v] = numbers(3).map((part) => columns(fused, (3 * head + part) * headWidth, headWidth));
      return attend(turned(q!, rotaryWidth, c), turned(k!, rotaryWidth, c), v!);
    });
    const middle = added(x, w.linear(sideBySide(heads), `${at}.attention.dense`));
    const second = w.layerNorm(c.parallelResidual ? x : middle, `${at}.post_attention_layernorm`, c.normEpsilon);
    const inner = mapped(w.linear(second, `${at}.mlp.dense_h_to_4h`), geluErf);
    x = added(middle, w.linear(inner, `${at}.mlp.dense_4h_to_h`));
  }
  const last = w.layerNorm(x, 'gpt_neox.final_layer_norm', c.normEpsilon);
  return w.linear(last, c.tiedHead ? 'gpt_neox.embed_in' : 'embed_out');
}
