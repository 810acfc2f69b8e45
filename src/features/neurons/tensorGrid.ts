// Where each tensor stands in the atlas: layers as rows, kinds as columns in the model's order, the rest before and after the layers;
// and how large its picture is. Pure.
import { matrixShape, placeOf } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';

export interface TensorGrid<T extends TensorSpec> {
  /** Column heads: the kinds of the layers in the model's order; a bias stands in the column of its weight. */
  kinds: readonly string[];
  layers: readonly { layer: number; cells: readonly (readonly T[])[] }[];
  /** Embeddings and positions; final norm and head. */
  before: readonly T[];
  after: readonly T[];
}

export function tensorGrid<T extends TensorSpec>(tensors: readonly T[]): TensorGrid<T> {
  const kinds: string[] = [];
  const layers = new Map<number, Map<string, T[]>>();
  const before: T[] = [];
  const after: T[] = [];
  for (const tensor of tensors) {
    const { layer, kind } = placeOf(tensor.name);
    if (layer === null) {
      (layers.size === 0 ? before : after).push(tensor);
      continue;
    }
    const column = kind.replace(/\.bias$/, '');
    if (!kinds.includes(column)) kinds.push(column);
    const row = layers.get(layer) ?? new Map<string, T[]>();
    row.set(column, [...(row.get(column) ?? []), tensor]);
    layers.set(layer, row);
  }
  const rows = [...layers].sort(([a], [b]) => a - b);
  return {
    kinds,
    layers: rows.map(([layer, cells]) => ({ layer, cells: kinds.map((kind) => cells.get(kind) ?? []) })),
    before,
    after,
  };
}

export interface ThumbSize {
  width: number;
  height: number;
}

const VECTOR_HEIGHT = 10;
const LEAST = 6;

/**
 * One scale for all matrices, so that areas compare: a layer's matrices side by side take `width` CSS pixels. Vectors are bands of
 * fixed height, and a matrix taller than the tallest of the layers (a long vocabulary) is compressed to that height.
 */
export function thumbScale(tensors: readonly TensorSpec[], width: number): (spec: TensorSpec) => ThumbSize {
  const grid = tensorGrid(tensors);
  const first = grid.layers[0]?.cells.flat().filter((spec) => spec.shape.length > 1) ?? [];
  const matrices = first.length > 0 ? first : tensors.filter((spec) => spec.shape.length > 1);
  const across = matrices.reduce((sum, spec) => sum + matrixShape(spec).columns, 0) || 1;
  const scale = Math.min(2, width / across);
  const tallest = Math.max(LEAST, ...matrices.map((spec) => matrixShape(spec).rows * scale));
  return (spec) => {
    const { rows, columns } = matrixShape(spec);
    const height = spec.shape.length > 1 ? Math.min(tallest, rows * scale) : VECTOR_HEIGHT;
    return { width: Math.max(LEAST, Math.round(columns * scale)), height: Math.max(LEAST, Math.round(height)) };
  };
}
