// The weights with which each training stage began, so that it can be run again alone. A masked stage leaves most weights as they
// were, so what is kept is how they differ from θ_SFT.
import type { TimedStage } from '../events';
import type { Weights } from '../model/model';
import { policyOf, type RunContext } from './context';

export interface Entry {
  /** Stands for these weights: what was measured with them is known (`Model.state`). */
  state: object;
  /** Entries that differ from θ_SFT, and their values, by tensor. */
  differences: ReadonlyMap<string, { at: Uint32Array; values: Float32Array }>;
}

/** Keeps the present weights as those with which a stage begins. */
export async function keepEntry(context: RunContext, stage: TimedStage): Promise<void> {
  const model = policyOf(context);
  const differences = new Map<string, { at: Uint32Array; values: Float32Array }>();
  for (const [name, now] of await model.weights()) {
    const at = differing(context.sft.get(name)!, now);
    if (at.length > 0) differences.set(name, { at, values: Float32Array.from(at, (i) => now[i]!) });
  }
  context.entries.set(stage, { state: model.state, differences });
}

/** Puts the weights back with which the stage began: one that did (`entries` has it). */
export function restoreEntry(context: RunContext, stage: TimedStage): void {
  const entry = context.entries.get(stage)!;
  const weights: Weights = new Map(context.sft);
  for (const [name, { at, values }] of entry.differences) {
    const own = context.sft.get(name)!.slice();
    for (let k = 0; k < at.length; k++) own[at[k]!] = values[k]!;
    weights.set(name, own);
  }
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
