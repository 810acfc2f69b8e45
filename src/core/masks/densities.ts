// How dense a mask is in each tensor, with the tensors ranked by it; as a table and as CSV.
import { csvText } from '../data/csv';
import { sizeOf, type TensorSpec } from '../model/config';
import { countOnes } from './countBits';
import { type Mask, matrixShape, placeOf, type TensorKind, tensorKind } from './tensorKinds';

export interface TensorDensity {
  name: string;
  kind: TensorKind;
  /** null before and after the layers. */
  layer: number | null;
  rows: number;
  columns: number;
  entries: number;
  selected: number;
  /** selected / entries; 0 for a tensor without entries. */
  density: number;
  /** 1 for the densest; equal densities share a rank. Tensors out of scope have none. */
  rank: number | null;
}

/** One row a tensor, in the given order. Throws RangeError when the mask lacks a tensor. */
export function tensorDensities(
  specs: readonly TensorSpec[],
  mask: Mask,
  isRanked: (name: string) => boolean = () => true,
): TensorDensity[] {
  const count = ({ name }: TensorSpec): number => {
    const bits = mask.get(name);
    if (!bits) throw new RangeError(`The mask has no tensor "${name}".`);
    return countOnes(bits);
  };
  return countedDensities(specs, count, isRanked);
}

/** The same from the number of selected entries of each tensor. */
export function countedDensities(
  specs: readonly TensorSpec[],
  countSelected: (spec: TensorSpec) => number,
  isRanked: (name: string) => boolean = () => true,
): TensorDensity[] {
  const table = specs.map((spec): TensorDensity => {
    const entries = sizeOf(spec);
    const selected = countSelected(spec);
    const density = entries > 0 ? selected / entries : 0;
    const { layer } = placeOf(spec.name);
    return {
      name: spec.name,
      kind: tensorKind(spec.name),
      layer,
      ...matrixShape(spec),
      entries,
      selected,
      density,
      rank: null,
    };
  });
  const ranked = table.filter(({ name }) => isRanked(name)).sort((a, b) => b.density - a.density);
  ranked.forEach((row, i) => {
    const before = ranked[i - 1];
    row.rank = before?.density === row.density ? before.rank : i + 1;
  });
  return table;
}

const CSV_COLUMNS = ['tensor', 'kind', 'layer', 'rows', 'columns', 'selected', 'density', 'rank'] as const;

/** RFC 4180, one line a tensor under a line of names; an absent layer or rank is empty. */
export const densityCsv = (table: readonly TensorDensity[]): string =>
  csvText([
    CSV_COLUMNS,
    ...table.map((row) => CSV_COLUMNS.map((column) => row[column === 'tensor' ? 'name' : column])),
  ]);
