// What is known of one weight: its change, its exact rank among all weights in scope, whether the mask holds it.
import type { TensorSpec } from '../model/config';
import { bitsOf, MAGNITUDE, magnitudeBits } from './deltas';
import type { MagnitudeIndex, RankOrder } from './magnitudeIndex';
import { type Mask, matrixShape } from './tensorKinds';

export interface CellFacts {
  row: number;
  column: number;
  /** Position in the tensor, row-major. */
  flat: number;
  /** Signed change. */
  value: number;
  selected: boolean;
  /** 1-based in the order asked for, ties by earlier tensor then lower position; null for a tensor out of scope. */
  rank: number | null;
  /** How many weights in scope have exactly this |change|; null out of scope. */
  ties: number | null;
  /** N: weights in scope. */
  total: number;
}

/**
 * The exact rank of one entry, at most one pass over the values. Throws RangeError for a tensor the index does not hold, or a
 * position beyond its end.
 */
export function rankOf(index: MagnitudeIndex, name: string, flat: number, order: RankOrder): number {
  const at = index.deltas.findIndex((delta) => delta.name === name);
  const value = index.deltas[at]?.values[flat];
  if (value === undefined) throw new RangeError(`There is no entry ${flat} of "${name}" in the ranking.`);
  const { larger, equal } = index.around(value);
  const before = order === 'most' ? larger : index.total - larger - equal;
  return before + (equal > 1 ? tiesBefore(index, at, flat, magnitudeBits(value)) : 0) + 1;
}

function tiesBefore(index: MagnitudeIndex, tensor: number, flat: number, key: number): number {
  let count = 0;
  for (let t = 0; t <= tensor; t++) {
    const bits = bitsOf(index.deltas[t]!.values);
    const end = t === tensor ? flat : bits.length;
    for (let i = 0; i < end; i++) if ((bits[i]! & MAGNITUDE) === key) count++;
  }
  return count;
}

/** Facts of the cell at a row and column. Throws RangeError outside the tensor, or when values or mask lack it. */
export function cellFacts(
  index: MagnitudeIndex,
  cell: { spec: TensorSpec; values: Float32Array; row: number; column: number },
  mask: Mask,
  order: RankOrder = 'most',
): CellFacts {
  const { spec, values, row, column } = cell;
  const { rows, columns } = matrixShape(spec);
  const flat = row * columns + column;
  const value = row >= 0 && row < rows && column >= 0 && column < columns ? values[flat] : undefined;
  if (value === undefined) throw new RangeError(`"${spec.name}" has no cell at row ${row}, column ${column}.`);
  const isRanked = index.deltas.some(({ name }) => name === spec.name);
  return {
    row,
    column,
    flat,
    value,
    selected: mask.get(spec.name)?.[flat] === 1,
    rank: isRanked ? rankOf(index, spec.name, flat, order) : null,
    ties: isRanked ? index.around(value).equal : null,
    total: index.total,
  };
}
