// The exact mask selection over many values, as after a warm-up: a tenth of all entries, across ten tensors.

import type { TensorDelta } from '../../../src/core/masks/deltas';
import { selectNeurons } from '../../../src/core/masks/neuronMask';
import { createRng } from '../../../src/core/rng';
import type { MaskJob, MaskResult } from '../protocol';
import { countArrays } from './measure';

const TENSORS = 10;
const RULE = { lower: 0, upper: 10, order: 'most' } as const;
/** Sorting more than this takes longer than all else here. */
const MOST_TO_SORT = 2_000_000;

function changes(entries: number): TensorDelta[] {
  const rng = createRng(1, 'mask');
  return Array.from({ length: TENSORS }, (_, i) => {
    const values = new Float32Array(entries / TENSORS);
    for (let j = 0; j < values.length; j++) values[j] = (rng.next() - 0.5) * rng.next() * 1e-3;
    return { name: `tensor ${i}`, values };
  });
}

function thresholdBySorting(deltas: readonly TensorDelta[], rank: number): number {
  const all = new Float32Array(deltas.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of deltas) for (const value of values) all[at++] = Math.abs(value);
  return all.sort()[all.length - rank]!;
}

export function measureMask({ entries, repeats }: MaskJob): MaskResult {
  const deltas = changes(entries);
  const ms: number[] = [];
  let made = 0;
  let threshold: number | null = null;
  let selected = 0;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    const { value, bytes } = countArrays(() => selectNeurons(deltas, RULE));
    ms.push(performance.now() - start);
    made = bytes;
    ({ threshold, selected } = value);
  }
  const matchesSort = entries <= MOST_TO_SORT ? thresholdBySorting(deltas, selected) === threshold : null;
  return { ms, peakBytes: 4 * entries + made, matchesSort };
}
