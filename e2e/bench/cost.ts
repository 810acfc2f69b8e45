// What a training step costs, on paper: operations of a model's shape (its bytes are in src/core/memory.ts), and the time they take on a device that is given
// by its peak, its bandwidth and the share of the peak that a whole step reaches. Pure; nothing is measured here.
import { tensorKind } from '../../src/core/masks/tensorKinds';
import { headName, type ModelConfig, parameterCount, sizeOf, tensorSpecs } from '../../src/core/model/config';
import { modelConfigOf } from './jobs/data';
import { type BenchModel, tokensAStep } from './protocol';

const FLOAT = 4;

/** Weights that stand in a matrix product: no biases, norms and tables of which rows are only looked up; a tied embedding is the head too. */
function productWeights(config: ModelConfig): number {
  const isLookedUp = (name: string): boolean => ['embedding', 'position'].includes(tensorKind(name));
  return tensorSpecs(config)
    .filter(({ name, shape }) => shape.length === 2 && (name === headName(config) || !isLookedUp(name)))
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

/**
 * Bytes that the gradient norm and AdamW read and write: all gradients once for the norm; of an entry that moves, weight, gradient
 * and two moments in and weight and two moments out. With a mask also its place.
 */
export function updateBytes(config: ModelConfig, selected: number): number {
  const anEntry = 1 + selected * (selected < 1 ? 8 : 7);
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
