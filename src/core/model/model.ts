// A model = its configuration and its parameters under Hugging Face names. What is specific to an architecture stands in
// llama.ts, gpt2.ts and gptNeox.ts; decoding in generate.ts.

import { attention, packedAttention } from '../ops/attention/op';
import { type Held, holdParameters } from '../ops/held';
import { linear } from '../ops/linear/op';
import { takeRows } from '../ops/takeRows/op';
import { tokenLogps } from '../ops/tokenLogps/op';
import type { Rng } from '../rng';
import { tf } from '../tf';
import { headName, kvWidthOf, type ModelConfig, queryWidthOf, sizeOf, type TensorSpec, tensorSpecs } from './config';
import { gpt2 } from './gpt2';
import { gptNeox } from './gptNeox';
import { llama } from './llama';
import { recomputed } from './recompute';
import { modelRopeTable } from './rope';
import { scoredRows, type WantedRows } from './scored';

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

const int32 = (values: Int32Array): tf.Tensor1D => tf.tensor1d(values, 'int32');

/** Called with every layer's keys and values [N, Hkv·D] (after RoPE), to fill a cache. */
export type KeyValueSink = (layer: number, keys: tf.Tensor2D, values: tf.Tensor2D) => void;

export class Model {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** RoPE table [P, R] of the R numbers of a head that turn; null for GPT-2, which has learned positions. */
  readonly tables: { rope: tf.Tensor2D } | null;
  /** Stands for the present values of all weights: another object after every change, the same for the same given `Weights`. */
  state: object;

  constructor(
    readonly config: ModelConfig,
    weights: Weights,
  ) {
    this.state = weights;
    const parameters = new Map<string, tf.Variable>();
    try {
      for (const spec of tensorSpecs(config)) parameters.set(spec.name, variableOf(spec, weights.get(spec.name)));
      this.parameters = parameters;
      this.tables = config.architecture === 'gpt2' ? null : { rope: modelRopeTable(config) };
    } catch (error) {
      for (const made of parameters.values()) made.dispose();
      throw error;
    }
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
    this.changed();
  }

  /** To be told by whoever changes parameters in place. */
  changed(): void {
    this.state = {};
  }

  /** Replaces all parameters' values. */
  load(weights: Weights): void {
    for (const { name, shape } of tensorSpecs(this.config)) this.assign(name, ownTensor(weights.get(name)!, shape));
    this.state = weights;
  }

  /** All parameters as they are now, to be read later; what is held must be released. */
  hold(): Map<string, Held<Float32Array>> {
    return holdParameters(this.parameters);
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

function variableOf(spec: TensorSpec, values: Float32Array | undefined): tf.Variable {
  const { name, shape } = spec;
  if (!values) throw new Error(`Checkpoint has no tensor “${name}”.`);
  if (values.length !== sizeOf(spec))
    throw new Error(`Tensor “${name}” has ${values.length} values, expected ${sizeOf(spec)} ([${shape.join(', ')}]).`);
  return tf.tidy(() => tf.variable(ownTensor(values, shape)));
}

/** Weights on the device. The optimiser changes them in place, and all backends but wasm keep the array that they are given. */
const ownTensor = (values: Float32Array, shape: readonly number[]): tf.Tensor =>
  tf.tensor(tf.getBackend() === 'wasm' ? values : values.slice(), [...shape], 'float32');

/** A layer's queries [N, H·D], keys and values [N, Hkv·D]. */
export interface Heads {
  q: tf.Tensor2D;
  k: tf.Tensor2D;
  v: tf.Tensor2D;
}

/** How attention is done with a layer's heads, or with rows that hold all three side by side: over the batch, or against a cache. */
export type AttentionStep = (layer: number, heads: Heads | tf.Tensor2D) => tf.Tensor2D;

/** Queries, keys and values of their own. */
export function separateHeads(heads: Heads | tf.Tensor2D, config: ModelConfig): Heads {
  if (!(heads instanceof tf.Tensor)) return heads;
  const kvWidth = kvWidthOf(config);
  const [q, k, v] = tf.split(heads, [queryWidthOf(config), kvWidth, kvWidth], 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return { q, k, v };
}

/** Leaves only the rows that are wanted [S, C], or all of them. */
type TakeRows = (rows: tf.Tensor2D) => tf.Tensor2D;
const takeAll: TakeRows = (rows) => rows;

/** An architecture: token ids, positions (int32 [N]) and rows between blocks [N, C]. */
export interface Architecture {
  embed(model: Model, ids: tf.Tensor1D, positions: tf.Tensor1D): tf.Tensor2D;
  /** Behind its attention every row goes its own way, so `take` is applied there. */
  block(
    model: Model,
    layer: number,
    x: tf.Tensor2D,
    positions: tf.Tensor1D,
    attend: AttentionStep,
    take: TakeRows,
  ): tf.Tensor2D;
  finalNorm(model: Model, x: tf.Tensor2D): tf.Tensor2D;
  /** What the names of a block's parameters begin with. */
  blockAt(layer: number): string;
}
const ARCHITECTURES: Readonly<Record<ModelConfig['architecture'], Architecture>> = { llama, gpt2, gpt_neox: gptNeox };

/** What the blocks of one pass read beside their input. */
interface Surroundings {
  positions: tf.Tensor1D;
  attend: AttentionStep;
  /** Rows that are wanted after the last attention. */
  take?: TakeRows;
}

/** Token ids and positions (int32 [N]) through the architecture's blocks and final norm → [N, C]. */
export function runLayers(model: Model, ids: tf.Tensor1D, { positions, attend, take }: Surroundings): tf.Tensor2D {
  const { embed, block, finalNorm } = ARCHITECTURES[model.config.architecture];
  const last = model.config.layers - 1;
  let x = embed(model, ids, positions);
  for (let layer = 0; layer <= last; layer++) {
    // What no gradient needs is given back after every block.
    const input = x;
    x = tf.tidy(() => block(model, layer, input, positions, attend, (layer === last && take) || takeAll));
  }
  return finalNorm(model, x);
}

/** Causal attention over the batch; `wanted`: the rows to go on with after the last one. */
function surroundingsOf(
  { config }: Model,
  batch: PackedBatch,
  wanted: WantedRows | null,
  sink?: KeyValueSink,
): Surroundings {
  const { heads, kvHeads } = config;
  const starts = int32(batch.starts);
  const attend: AttentionStep = (layer, given) => {
    if (given instanceof tf.Tensor && !sink) return packedAttention(given, starts, heads, kvHeads);
    const { q, k, v } = separateHeads(given, config);
    sink?.(layer, k, v);
    return attention(q, k, v, starts, heads, kvHeads);
  };
  const positions = int32(batch.positions);
  if (!wanted) return { positions, attend };
  const [rows, places] = [int32(wanted.rows), int32(wanted.places)];
  return { positions, attend, take: (x) => takeRows(x, rows, places) };
}

/** Whole sequences, causal: last hidden state of all rows or of the `wanted`, [N or S, C]. Inside the caller's tidy. */
export const forwardHidden = (
  model: Model,
  batch: PackedBatch,
  wanted: WantedRows | null = null,
  sink?: KeyValueSink,
): tf.Tensor2D => runLayers(model, int32(batch.ids), surroundingsOf(model, batch, wanted, sink));

/** The same numbers, with blocks that keep only their input for the gradient and run again for it. */
function forwardRecomputed(model: Model, batch: PackedBatch, wanted: WantedRows | null): tf.Tensor2D {
  const { embed, block, finalNorm, blockAt } = ARCHITECTURES[model.config.architecture];
  const last = model.config.layers - 1;
  let x = embed(model, int32(batch.ids), int32(batch.positions));
  for (let layer = 0; layer <= last; layer++) {
    const weights = [...model.parameters].flatMap(([name, weight]) => (name.startsWith(blockAt(layer)) ? weight : []));
    const run = (input: tf.Tensor2D) => {
      // Made each time: nobody keeps them from the first to the second.
      const { positions, attend, take } = surroundingsOf(model, batch, wanted);
      return block(model, layer, input, positions, attend, (layer === last && take) || takeAll);
    };
    x = recomputed(run, x, weights);
  }
  return finalNorm(model, x);
}

/** The output head of hidden rows [N, C] → logits [N, V]. */
export function headLogits(model: Model, hidden: tf.Tensor2D): tf.Tensor2D {
  return linear(hidden, model.get(headName(model.config)) as unknown as tf.Tensor2D);
}

/** Logits of every token, or of the `wanted` rows: [N or S, V]. */
export const forwardLogits = (model: Model, batch: PackedBatch, wanted: WantedRows | null = null): tf.Tensor2D =>
  headLogits(model, forwardHidden(model, batch, wanted));

/** The last hidden rows that responses are predicted from, [N or S, C], and each slot's row among them (0 for empty slots). */
export interface ScoredHidden {
  hidden: tf.Tensor2D;
  slots: Int32Array;
}

/** Forward to the rows that are scored. `recompute`: for a gradient in less memory and a third more time. */
export function scoredHidden(model: Model, batch: PackedBatch & ScoredSlots, recompute = false): ScoredHidden {
  const { wanted, slots } = scoredRows(batch, batch.ids.length);
  return { hidden: (recompute ? forwardRecomputed : forwardHidden)(model, batch, wanted), slots };
}

/** log p of every scored slot from its hidden row, [B, R], in nats; 0 in empty slots. */
export function hiddenLogps(model: Model, { hidden, slots }: ScoredHidden, batch: ScoredSlots): tf.Tensor2D {
  const logps = tokenLogps(headLogits(model, hidden), int32(batch.labels), int32(slots)); // [B·R]
  return tf.reshape(logps, [batch.batchSize, batch.width]);
}

/** log p of every scored slot, [B, R], in nats; 0 in empty slots. `recompute` as in `scoredHidden`. */
export const policyLogps = (model: Model, batch: PackedBatch & ScoredSlots, recompute = false): tf.Tensor2D =>
  hiddenLogps(model, scoredHidden(model, batch, recompute), batch);

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
