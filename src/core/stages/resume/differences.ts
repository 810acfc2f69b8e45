// How weights differ from others, found in stretches beside a run.

import type { Stretches } from '../../stretches';
import { bitsOf, type Difference } from '../entries';

/** Entries that are compared at one go. */
const COMPARED = 1 << 19;

/** In how many entries they differ in any bit; no more are counted than `most` and one portion. */
async function countDiffering(
  before: Float32Array,
  after: Float32Array,
  most: number,
  stretches: Stretches,
): Promise<number> {
  const [old, now] = [bitsOf(before), bitsOf(after)];
  let count = 0;
  for (let from = 0; from < now.length && count <= most; from += COMPARED) {
    const to = Math.min(now.length, from + COMPARED);
    for (let i = from; i < to; i++) if (old[i] !== now[i]) count++;
    await stretches.pause();
  }
  return count;
}

/** Do two tensors differ in most of their entries? */
export async function differMostly(before: Float32Array, after: Float32Array, stretches: Stretches): Promise<boolean> {
  const half = after.length >> 1;
  return (await countDiffering(before, after, half, stretches)) > half;
}

/** Entries of a tensor that differ in any bit; null: none does. */
export async function differenceOf(
  before: Float32Array,
  after: Float32Array,
  stretches: Stretches,
): Promise<Difference | null> {
  const count = await countDiffering(before, after, after.length, stretches);
  if (count === 0) return null;
  const [old, now] = [bitsOf(before), bitsOf(after)];
  const at = new Uint32Array(count);
  const values = new Float32Array(count);
  let k = 0;
  for (let from = 0; from < now.length; from += COMPARED) {
    const to = Math.min(now.length, from + COMPARED);
    for (let i = from; i < to; i++)
      if (old[i] !== now[i]) {
        at[k] = i;
        values[k++] = after[i]!;
      }
    await stretches.pause();
  }
  return { at, values };
}
