// The critic of PPO-A2C: one linear layer [C] → 1 on the policy's last hidden rows, so that log-probs and values come from one pass and
// the value's gradient reaches the policy (TRL's shared backbone). It starts at 0. Without TRL's dropout.
import { linearWith } from '../ops/fusedLinear/op';
import { takeRows } from '../ops/takeRows/op';
import type { ParameterSet } from '../optim/optimiser';
import { tf } from '../tf';
import { hiddenLogps, type Model, type PackedBatch, type ScoredHidden, type ScoredSlots, scoredHidden } from './model';

const WEIGHT = 'v_head.summary.weight';
const BIAS = 'v_head.summary.bias';

/** A value head's weight [1, C] and bias [1], under TRL's names. */
export class ValueHead implements ParameterSet {
  readonly parameters: ReadonlyMap<string, tf.Variable>;

  constructor(width: number) {
    this.parameters = new Map([
      [WEIGHT, tf.tidy(() => tf.variable(tf.zeros([1, width])))],
      [BIAS, tf.tidy(() => tf.variable(tf.zeros([1])))],
    ]);
  }

  get(name: string): tf.Variable {
    const parameter = this.parameters.get(name);
    if (!parameter) throw new Error(`The value head has no parameter “${name}”.`);
    return parameter;
  }

  assign(name: string, value: tf.Tensor): void {
    this.get(name).assign(value);
    value.dispose();
  }

  /** Nobody keeps what was computed with it. */
  changed(): void {}

  dispose(): void {
    for (const parameter of this.parameters.values()) parameter.dispose();
  }
}

/** V of every scored slot from its hidden row, [B, R]; 0 in empty slots. */
function hiddenValues(head: ValueHead, { hidden, slots }: ScoredHidden, batch: ScoredSlots): tf.Tensor2D {
  const weight = head.get(WEIGHT) as unknown as tf.Tensor2D;
  const values = linearWith(hidden, weight, { bias: head.get(BIAS) as unknown as tf.Tensor1D }); // [N or S, 1]
  // Every response token is predicted from a row of its own.
  const rows = slots.map((row, slot) => (batch.labels[slot]! >= 0 ? row : -1));
  const places = new Int32Array(hidden.shape[0]).fill(-1);
  rows.forEach((row, slot) => {
    if (row >= 0) places[row] = slot;
  });
  const taken = takeRows(values, tf.tensor1d(rows, 'int32'), tf.tensor1d(places, 'int32')); // [B·R, 1]
  return tf.reshape(taken, [batch.batchSize, batch.width]);
}

/** log p (as `policyLogps`) and V of every scored slot, [B, R] each, from one pass; 0 in empty slots. Inside the caller's tidy. */
export function policyLogpsAndValues(
  model: Model,
  head: ValueHead,
  batch: PackedBatch & ScoredSlots,
  recompute = false,
): { logps: tf.Tensor2D; values: tf.Tensor2D } {
  const scored = scoredHidden(model, batch, recompute);
  return { logps: hiddenLogps(model, scored, batch), values: hiddenValues(head, scored, batch) };
}
