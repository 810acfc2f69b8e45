// A model = its configuration and its parameters under Hugging Face names. What is specific to an architecture stands in
// llama.ts and gpt2.ts; decoding in generate.ts.

import { attention, packedAttention } from '../ops/attention/op';
import { linear } from '../ops/linear/op';
import { tokenLogps } from '../ops/tokenLogps/op';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { type ModelConfig, sizeOf, tensorSpecs } from './config';
import { gpt2Layers } from './gpt2';
import { createLlamaTables, llamaLayers } from './llama';

export type Weights = Map<string, Float32Array>;

/** Sequences laid end to end: all arrays are [N]. Nothing is padded but the tail, whose tokens are sequences of their own. */
export interface PackedBatch {
  readonly ids: Int32Array;
  /** Position within its own sequence, from 0. */
  readonly positions: Int32Array;
  /** Row of the first token of the same sequence. */
  readonly starts: Int32Array;
}

/** What is scored: per slot of a [B, R] rectangle the response token (−1 = none) and the packed row that predicts it. */
export interface ScoredSlots {
  readonly batchSize: number;
  readonly width: number;
  readonly labels: Int32Array;
  readonly rows: Int32Array;
}

/** Called with every layer's keys and values [N, Hkv·D] (after RoPE), to fill a cache. */
export type KeyValueSink = (layer: number, keys: tf.Tensor2D, values: tf.Tensor2D) => void;

export class Model {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** RoPE table [P, D] for Llama. */
  readonly tables: { rope: tf.Tensor2D } | null;
  /** Stands for the present values of all weights: another object after every change, the same for the same given `Weights`. */
  state: object;

  constructor(
    readonly config: ModelConfig,
    weights: Weights,
  ) {
    this.state = weights;
    const parameters = new Map<string, tf.Variable>();
    for (const spec of tensorSpecs(config)) {
      const values = weights.get(spec.name);
      if (!values) throw new Error(`Checkpoint has no tensor “${spec.name}”.`);
      if (values.length !== sizeOf(spec)) {
        throw new Error(
          `Tensor “${spec.name}” has ${values.length} values, expected ${sizeOf(spec)} ([${spec.shape.join(', ')}]).`,
        );
      }
      const variable = tf.tidy(() => tf.variable(tf.tensor(values, [...spec.shape], 'float32')));
      parameters.set(spec.name, variable);
    }
    this.parameters = parameters;
    this.tables = config.architecture === 'llama' ? createLlamaTables(config) : null;
  }

  get(name: string): tf.Variable {
    const parameter = this.parameters.get(name);
    if (!parameter) throw new Error(`The model has no parameter “${name}”.`);
    return parameter;
  }

  /** Replaces a parameter's value and disposes the old and the given tensor. */
  assign(name: string, value: tf.Tensor): void {
    const parameter = this.get(name);
    parameter.assign(value);
    value.dispose();
    this.state = {};
  }

  /** Replaces all parameters' values. */
  load(weights: Weights): void {
    for (const { name, shape } of tensorSpecs(this.config))
      this.assign(name, tf.tensor(weights.get(name)!, [...shape]));
    this.state = weights;
  }

  /** Copies all parameters out (float32). */
  async weights(): Promise<Weights> {
    const out: Weights = new Map();
    for (const [name, parameter] of this.parameters) out.set(name, new Float32Array(await parameter.data()));
    return out;
  }

  dispose(): void {
    for (const parameter of this.parameters.values()) {
      parameter.dispose();
    }
    this.tables?.rope.dispose();
  }
}

/** A layer's queries [N, H·D], keys and values [N, Hkv·D]. */
export interface Heads {
  q: tf.Tensor2D;
  k: tf.Tensor2D;
  v: tf.Tensor2D;
}

/** How attention is done with a layer's heads, or with rows that hold all three side by side: over the batch, or against a cache. */
export type AttentionStep = (layer: number, heads: Heads | tf.Tensor2D) => tf.Tensor2D;

/** Queries, keys and values of their own. */
export function separateHeads(heads: Heads | tf.Tensor2D, { width, heads: count, kvHeads }: ModelConfig): Heads {
  if (!(heads instanceof tf.Tensor)) return heads;
  const kvWidth = (kvHeads * width) / count;
  const [q, k, v] = tf.split(heads, [width, kvWidth, kvWidth], 1) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  return { q, k, v };
}

/**
 * Token ids and positions (int32 [N]) through the architecture's layers and final norm → [N, C], or only the rows that are `wanted`
 * (int32 [S] → [S, C]): what follows the last attention is then done for those alone.
 */
export function runLayers(
  model: Model,
  ids: tf.Tensor1D,
  positions: tf.Tensor1D,
  attend: AttentionStep,
  wanted?: tf.Tensor1D,
): tf.Tensor2D {
  const layers = model.config.architecture === 'llama' ? llamaLayers : gpt2Layers;
  return layers(model, ids, positions, attend, wanted);
}

/** Whole sequences, causal: last hidden state of all rows or of the `wanted`, [N or S, C]. Inside the caller's tidy. */
export function forwardHidden(model: Model, batch: PackedBatch, wanted?: Int32Array, sink?: KeyValueSink): tf.Tensor2D {
  const { heads, kvHeads } = model.config;
  const int32 = (values: Int32Array): tf.Tensor1D => tf.tensor1d(values, 'int32');
  const starts = int32(batch.starts);
  const attend: AttentionStep = (layer, given) => {
    if (given instanceof tf.Tensor && !sink) return packedAttention(given, starts, heads, kvHeads);
    const { q, k, v } = separateHeads(given, model.config);
    sink?.(layer, k, v);
    return attention(q, k, v, starts, heads, kvHeads);
  };
  return runLayers(model, int32(batch.ids), int32(batch.positions), attend, wanted && int32(wanted));
}

/** The output head of hidden rows [N, C] → logits [N, V]. */
export function headLogits(model: Model, hidden: tf.Tensor2D): tf.Tensor2D {
  const { architecture, tiedHead } = model.config;
  const name = !tiedHead
    ? 'lm_head.weight'
    : architecture === 'llama'
      ? 'model.embed_tokens.weight'
      : 'transformer.wte.weight';
  return linear(hidden, model.get(name) as unknown as tf.Tensor2D);
}

/** Logits of every token, or of the `wanted` rows: [N or S, V]. */
export const forwardLogits = (model: Model, batch: PackedBatch, wanted?: Int32Array): tf.Tensor2D =>
  headLogits(model, forwardHidden(model, batch, wanted));

/** log p of every scored slot, [B, R], in nats; 0 in empty slots. */
export function policyLogps(model: Model, batch: PackedBatch & ScoredSlots): tf.Tensor2D {
  const { wanted, rows } = scoredRows(batch);
  const logits = forwardLogits(model, batch, wanted); // [N or S, V]
  const logps = tokenLogps(logits, tf.tensor1d(batch.labels, 'int32'), tf.tensor1d(rows, 'int32')); // [B·R]
  return tf.reshape(logps, [batch.batchSize, batch.width]);
}

/** The number of scored rows is rounded up to a multiple of this, so that the runtime's buffer pool sees few sizes. */
const SCORED_BUCKET = 64;

/** The packed rows that predict something, and each slot's row among them; `wanted` is undefined where it would be (nearly) all. */
function scoredRows({ ids, labels, rows }: PackedBatch & ScoredSlots): { wanted?: Int32Array; rows: Int32Array } {
  const scored = rows.filter((_, slot) => labels[slot]! >= 0);
  const size = Math.ceil(scored.length / SCORED_BUCKET) * SCORED_BUCKET;
  if (size >= ids.length) return { rows };
  const wanted = new Int32Array(size);
  wanted.set(scored);
  let count = 0;
  return { wanted, rows: labels.map((label) => (label < 0 ? 0 : count++)) };
}

const INITIAL_SCALE = 0.02;

/**
 * Fresh weights: N(0, 0.02), norms 1, biases 0; GPT-2's residual projections scaled down by sqrt(2L), as its authors do. (Measured for
 * the built-in base: N(0, 1/fan-in) falls faster at first, but copying then forms after 1250 steps instead of 500.)
 */
export function initialWeights(config: ModelConfig, rng: Rng): Weights {
  const weights: Weights = new Map();
  for (const spec of tensorSpecs(config)) {
    const values = new Float32Array(sizeOf(spec));
    const isNorm = /(norm|ln_\w+)\.weight$/.test(spec.name);
    if (isNorm) values.fill(1);
    else if (!spec.name.endsWith('.bias')) {
      const scale = spec.name.endsWith('c_proj.weight') ? INITIAL_SCALE / Math.sqrt(2 * config.layers) : INITIAL_SCALE;
      const stream = rng.fork(spec.name);
      for (let i = 0; i < values.length; i++) values[i] = stream.normal() * scale;
    }
    weights.set(spec.name, values);
  }
  return weights;
}
