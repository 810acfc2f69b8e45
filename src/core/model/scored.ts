// Which rows of a packed batch the head must look at: those that predict a response token, about half. No tensor.
import type { ScoredSlots } from './model';

export interface ScoredRows {
  /** [S]: packed rows in their order; −1 fills up. */
  rows: Int32Array;
  /** [N]: the place of each packed row among `rows`, or −1. */
  places: Int32Array;
  /** [B·R]: the place of each slot's row; 0 for empty slots. */
  slots: Int32Array;
}

/** S is rounded up to a multiple of this, so that the runtime's buffer pool sees few sizes. */
const BUCKET = 64;

export function scoredRows({ labels, rows }: Pick<ScoredSlots, 'labels' | 'rows'>, tokens: number): ScoredRows {
  const places = new Int32Array(tokens).fill(-1);
  labels.forEach((label, slot) => {
    if (label >= 0) places[rows[slot]!] = 0;
  });
  let count = 0;
  for (let n = 0; n < tokens; n++) if (places[n] === 0) places[n] = count++;
  const taken = new Int32Array(Math.ceil(Math.max(count, 1) / BUCKET) * BUCKET).fill(-1);
  places.forEach((place, n) => {
    if (place >= 0) taken[place] = n;
  });
  const slots = rows.map((row, slot) => (labels[slot]! >= 0 ? places[row]! : 0));
  return { rows: taken, places, slots };
}
