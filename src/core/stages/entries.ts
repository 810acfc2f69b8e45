// The weights with which each training stage began, so that it can be run again alone. A masked stage leaves most weights as they
// were, so what is kept is how they differ from θ_SFT.
import type { TimedStage } from '../events';
import type { Weights } from '../model/model';
import { policyOf, type RunContext } from './context';

/** Entries of a tensor that differ from another one's, in ascending order, and their values. */
export interface Difference {
  at: Uint32Array;
  values: Float32Array;
}

export interface Entry {
  /** Stands for these weights: what was measured with them is known (`Model.state`). */
  state: object;
  /** From θ_SFT, by tensor. */
  differences: ReadonlyMap<string, Difference>;
}

/** Keeps the present weights as those with which a stage begins; once, since it always begins with the same. */
export async function keepEntry(context: RunContext, stage: TimedStage): Promise<void> {
  if (context.entries.has(stage)) return;
  const model = policyOf(context);
  context.entries.set(stage, { state: model.state, differences: differencesOf(context.sft, await model.weights()) });
}

/** Of the tensors that differ in any bit. */
export function differencesOf(before: Weights, after: Weights): Map<string, Difference> {
  const differences = new Map<string, Difference>();
  for (const [name, now] of after) {
    const at = differing(before.get(name)!, now);
    if (at.length === 0) continue;
    const values = new Float32Array(at.length);
    for (let k = 0; k < at.length; k++) values[k] = now[at[k]!]!;
    differences.set(name, { at, values });
  }
  return differences;
}

/** The weights that differ so from others; tensors without a difference are the others' own. */
export function withDifferences(before: Weights, differences: ReadonlyMap<string, Difference>): Weights {
  const weights: Weights = new Map(before);
  for (const [name, { at, values }] of differences) {
    const own = before.get(name)!.slice();
    for (let k = 0; k < at.length; k++) own[at[k]!] = values[k]!;
    weights.set(name, own);
  }
  return weights;
}

/** Puts the weights back with which the stage began: one that did (`entries` has it). */
export function restoreEntry(context: RunContext, stage: TimedStage): void {
  const entry = context.entries.get(stage)!;
  const weights = withDifferences(context.sft, entry.differences);
  const model = policyOf(context);
  model.load(weights);
  model.state = entry.state;
}

/** Where two arrays differ in any bit. */
function differing(before: Float32Array, after: Float32Array): Uint32Array {
  const [old, now] = [bitsOf(before), bitsOf(after)];
  let count = 0;
  for (let i = 0; i < now.length; i++) if (old[i] !== now[i]) count++;
  const at = new Uint32Array(count);
  for (let i = 0, k = 0; k < count; i++) if (old[i] !== now[i]) at[k++] = i;
  return at;
}

/** The bit patterns of an array of floats. */
export const bitsOf = (values: Float32Array): Int32Array =>
  new Int32Array(values.buffer, values.byteOffset, values.length);
