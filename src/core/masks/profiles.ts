// A mask's marginals in one tensor: how many entries are selected in each row and column, which of them are dead, which are hot.
import type { TensorSpec } from '../model/config';
import { matrixShape } from './tensorKinds';

export interface Line {
  index: number;
  selected: number;
  /** Selected over the expected number. */
  times: number;
}

export interface LineProfile {
  /** Selected entries of each row (or column). */
  counts: Uint32Array;
  /** Expected in each, at the expected density. */
  expected: number;
  /** Lines without a selected entry, where at least `leastExpected` were expected; empty when fewer were. */
  dead: readonly number[];
  /** Most selected first, equal ones by index; only lines with a selected entry. */
  hottest: readonly Line[];
}

export interface TensorProfile {
  entries: number;
  selected: number;
  density: number;
  rows: LineProfile;
  columns: LineProfile;
}

export interface ProfileOptions {
  /** The density to compare with, e.g. the whole mask's share; the tensor's own by default. */
  density?: number;
  /** Below this expectation an empty line is no news: at 3, chance leaves one in twenty empty. */
  leastExpected?: number;
  /** How many of the hottest lines to name. */
  hottest?: number;
}

/** Profiles of rows and columns; a vector is one row. Throws RangeError when the mask does not fit the shape. */
export function tensorProfile(spec: TensorSpec, mask: Uint8Array, options: ProfileOptions = {}): TensorProfile {
  const { rows, columns } = matrixShape(spec);
  const entries = rows * columns;
  if (mask.length !== entries)
    throw new RangeError(`The mask of "${spec.name}" has ${mask.length} entries, not ${entries}.`);
  const byRow = new Uint32Array(rows);
  const byColumn = new Uint32Array(columns);
  for (let row = 0, i = 0; row < rows; row++) {
    let count = 0;
    for (let column = 0; column < columns; column++, i++) {
      if (mask[i] === 1) {
        count++;
        byColumn[column]!++;
      }
    }
    byRow[row] = count;
  }
  return profileOfCounts(byRow, byColumn, options);
}

/** The same from the selected entries of each row and each column. */
export function profileOfCounts(
  byRow: Uint32Array,
  byColumn: Uint32Array,
  options: ProfileOptions = {},
): TensorProfile {
  const [rows, columns] = [byRow.length, byColumn.length];
  const entries = rows * columns;
  const selected = byRow.reduce((sum, count) => sum + count, 0);
  const own = entries > 0 ? selected / entries : 0;
  const { density = own, leastExpected = 3, hottest = 5 } = options;
  const lines = (counts: Uint32Array, length: number) => lineProfile(counts, density * length, leastExpected, hottest);
  return { entries, selected, density: own, rows: lines(byRow, columns), columns: lines(byColumn, rows) };
}

function lineProfile(counts: Uint32Array, expected: number, leastExpected: number, hottest: number): LineProfile {
  const indices = Array.from(counts, (_, index) => index);
  return {
    counts,
    expected,
    dead: expected >= leastExpected ? indices.filter((index) => counts[index] === 0) : [],
    hottest: indices
      .filter((index) => counts[index]! > 0)
      .sort((a, b) => counts[b]! - counts[a]! || a - b)
      .slice(0, hottest)
      .map((index) => ({ index, selected: counts[index]!, times: expected > 0 ? counts[index]! / expected : 0 })),
  };
}
