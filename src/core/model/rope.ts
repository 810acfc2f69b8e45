// RoPE's table for a model: which numbers of a head turn, and how their frequencies are scaled.
import { ropeTable } from '../ops/rope/op';
import type { tf } from '../tf';
import { type ModelConfig, type RopeScaling, rotaryWidthOf } from './config';

/**
 * A frequency (radians a position) as the scaling makes it. Llama 3: waves longer than the original context / lowFactor are slowed down by the factor,
 * those shorter than it / highFactor stay, between them it is interpolated (transformers' `_compute_llama3_parameters`).
 */
export function scaledFrequency(frequency: number, scaling: RopeScaling | undefined): number {
  if (!scaling) return frequency;
  if (scaling.kind === 'linear') return frequency / scaling.factor;
  const { factor, lowFactor, highFactor, originalPositions } = scaling;
  const waves = (originalPositions * frequency) / (2 * Math.PI);
  if (waves < lowFactor) return frequency / factor;
  if (waves > highFactor) return frequency;
  const smooth = (waves - lowFactor) / (highFactor - lowFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** [P, R]: `ropeTable` of the numbers that turn. Caller disposes. */
export const modelRopeTable = (config: ModelConfig): tf.Tensor2D =>
  ropeTable(config.maxPositions, rotaryWidthOf(config), config.ropeTheta, (frequency) =>
    scaledFrequency(frequency, config.ropeScaling),
  );
