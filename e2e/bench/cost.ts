// What a training step costs, on paper: operations and bytes of a model's shape, and the time they take on a device that is given
// by its peak, its bandwidth and the share of the peak that a whole step reaches. Pure; nothing is measured here.
import { type ModelConfig, parameterCount, sizeOf, tensorSpecs } from '../../src/core/model/config';
import { modelConfigOf } from './jobs/data';
import { type BenchModel, tokensAStep } from './protocol';

const FLOAT = 4;

/** Weights that stand in a matrix product: no biases, norms and positions, and an embedding only where it is the head too. */
function productWeights(config: ModelConfig): number {
  const isProduct = (name: string): boolean =>
    !/\bwpe\b/.test(name) && (config.tiedHead || !/\b(wte|embed_tokens)\b/.test(name));
  return tensorSpecs(config)
    .filter(({ name, shape }) => shape.length === 2 && isProduct(name))
    .reduce((sum, spec) => sum + sizeOf(spec), 0);
}

/**
 * Floating-point operations a token in sequences of `length`: 2 a weight of the products, and attention's two products over the causal
 * half; twice that backward. Norms, activations, the optimiser, and the scores that attention's gradient computes again are left out.
 */
export function flopsPerToken(config: ModelConfig, length: number): { forward: number; backward: number } {
  const forward = 2 * (productWeights(config) + config.layers * length * config.width);
  return { forward, backward: 2 * forward };
}

/** Operations of one training step, the same count for every engine. */
export function stepFlops(model: BenchModel): number {
  const { forward, backward } = flopsPerToken(modelConfigOf(model), model.length);
  return tokensAStep(model) * (forward + backward);
}

export interface StepShape {
  /** Sequences of `length` tokens each. */
  batch: number;
  length: number;
  /** Share of the entries that move. */
  selected: number;
  /** Keep every layer's input only, and run the layer again for its gradient. */
  recompute: boolean;
}

export interface StepBytes {
  weights: number;
  gradients: number;
  /** Two moments an entry that moves; where not all do, its place as well. */
  moments: number;
  activations: number;
  total: number;
}

/**
 * Bytes alive at once, at most, in float32. Activations are the tensors that this project's gradients save: of a layer its input, both
 * normalised inputs, queries, keys, values, heads, the input of the second norm, and the feed-forward's inner tensors; then the logits
 * and their gradient. What a backend needs beside (the update's copy of one tensor, staging, pools) is left out.
 */
export function stepBytes(config: ModelConfig, { batch, length, selected, recompute }: StepShape): StepBytes {
  const { width, layers, heads, kvHeads, mlpWidth, vocabularySize, architecture } = config;
  const inner = architecture === 'llama' ? 3 * mlpWidth : 2 * mlpWidth;
  const layer = 6 * width + (2 * width * kvHeads) / heads + inner;
  const kept = recompute ? layers * width + layer : layers * layer;
  const parameters = parameterCount(config);
  const bytes = {
    weights: FLOAT * parameters,
    gradients: FLOAT * parameters,
    moments: selected * parameters * (selected < 1 ? 3 : 2) * FLOAT,
    activations: FLOAT * batch * length * (kept + 2 * width + 2 * vocabularySize),
  };
  return { ...bytes, total: Object.values(bytes).reduce((sum, part) => sum + part, 0) };
}

/**
 * Bytes that the gradient norm and AdamW read and write: all gradients once for the norm; of an entry that moves, weight, gradient
 * and two moments in and weight and two moments out. With a mask also its place, and every weight is copied.
 */
export function updateBytes(config: ModelConfig, selected: number): number {
  const anEntry = selected < 1 ? 3 + selected * 8 : 1 + 7;
  return FLOAT * parameterCount(config) * anEntry;
}

export interface Device {
  name: string;
  fp32Gflops: number;
  bandwidthGBs: number;
  /** Of the peak that the operations of a step reach. */
  share: number;
  /** Where the numbers come from, in words. */
  source: string;
}

/** Milliseconds of a step: its operations at the share of the peak, then the update at the memory's speed. */
export function stepMs(config: ModelConfig, shape: StepShape, device: Device): number {
  const { forward, backward } = flopsPerToken(config, shape.length);
  const flops = shape.batch * shape.length * (forward + backward + (shape.recompute ? forward : 0));
  return (
    flops / (device.share * device.fp32Gflops * 1e6) + updateBytes(config, shape.selected) / (device.bandwidthGBs * 1e6)
  );
}
