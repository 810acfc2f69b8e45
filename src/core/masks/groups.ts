// What a selection of whole groups would take instead of single weights: output neurons, input channels or attention heads. The
// paper's "neuron" is one weight; this shows the coarser readings of the word.
import { headWidthOf, type ModelConfig, sizeOf, type TensorSpec } from '../model/config';
import { type Agreement, compareMasks } from './agreement';
import type { TensorDelta } from './deltas';
import { type MagnitudeIndex, magnitudeIndex } from './magnitudeIndex';
import { bandCounts, selectFromIndex } from './neuronMask';
import type { MaskSource, RankedQuantity } from './source';
import { type Mask, type MaskScope, matrixShape, placeOf, tensorKind } from './tensorKinds';

/**
 * output: the weights that make one output of a matrix (a row of Llama's [out, in], a column of GPT-2's [in, out]; a token's row of
 * the embedding). input: the other axis. head: a head's block of q, k, v (their biases too) or o; other tensors take no part.
 */
export type GroupBy = 'output' | 'input' | 'head';

/** Adjacent rows or columns of one tensor form a group: `groups` of `width` rows or columns each. */
export interface GroupLayout {
  axis: 'row' | 'column';
  width: number;
  groups: number;
}

/** The axis along which the outputs of a tensor lie. A vector is drawn as one row, so its entries are columns. */
export function outputAxis(spec: TensorSpec): 'row' | 'column' {
  const isTransposed = ['c_attn', 'attn.c_proj', 'c_fc', 'mlp.c_proj'].includes(placeOf(spec.name).kind);
  return isTransposed || spec.shape.length < 2 ? 'column' : 'row';
}

/**
 * How a tensor falls into groups; null when it takes no part. A vector has no second axis: each entry is a group of its own. `headWidth`
 * null: not known, so no tensor falls into heads.
 */
export function groupLayout(spec: TensorSpec, by: GroupBy, headWidth: number | null): GroupLayout | null {
  const extents = matrixShape(spec);
  const along = (axis: 'row' | 'column', width: number): GroupLayout => ({
    axis,
    width,
    groups: Math.floor((axis === 'row' ? extents.rows : extents.columns) / width),
  });
  const outputs = outputAxis(spec);
  if (by === 'head') {
    const axis = headAxis(spec);
    return axis && headWidth !== null ? along(axis, headWidth) : null;
  }
  if (spec.shape.length < 2) return along('column', 1);
  return along(by === 'output' ? outputs : outputs === 'row' ? 'column' : 'row', 1);
}

/** The axis along which a tensor's attention heads lie, null when it has none. */
export function headAxis(spec: TensorSpec): 'row' | 'column' | null {
  const outputs = outputAxis(spec);
  switch (tensorKind(spec.name)) {
    case 'q':
    case 'k':
    case 'v':
    case 'qkv':
      return outputs;
    case 'o':
      return outputs === 'row' ? 'column' : 'row';
    case 'bias':
      return /^(q_proj|k_proj|v_proj|c_attn|query_key_value)\.bias$/.test(placeOf(spec.name).kind) ? 'column' : null;
    default:
      return null;
  }
}

interface RankedTensor extends GroupLayout {
  spec: TensorSpec;
  /** Mean Δ² per weight of each group. */
  scores: Float64Array;
}

/** Groups of tensors in order of importance. */
export interface OrderedGroups {
  readonly by: GroupBy;
  /** N: weights of the tensors that take part. */
  readonly total: number;
  readonly groups: number;
  readonly tensors: readonly RankedTensor[];
  /** Positions in the tensors' groups laid end to end, best first. */
  readonly order: Uint32Array;
}

/** The groups of a source in order of importance: what taking another share of them starts from. */
export interface GroupRanking extends OrderedGroups {
  /** Single weights of the same tensors. */
  readonly index: MagnitudeIndex;
}

/**
 * Groups ranked by their mean squared change per weight (Σ Δ² over the group's entries, so that large groups have no advantage), ties
 * by earlier tensor then lower row or column. Throws NonFiniteDeltaError, and RangeError for a gradient that was not recorded.
 */
export function rankGroups(
  source: MaskSource,
  options: { by: GroupBy; model: ModelConfig; scope: MaskScope; quantity?: RankedQuantity },
): GroupRanking {
  const { by, model, scope, quantity = 'update' } = options;
  const deltas = source.deltas(quantity, scope);
  const specs = new Map(source.specs.map((spec) => [spec.name, spec]));
  const parts = deltas.flatMap((delta) => {
    const spec = specs.get(delta.name)!;
    const layout = groupLayout(spec, by, headWidthOf(model));
    return layout && layout.groups > 0 ? [{ delta, spec, layout }] : [];
  });
  const isAll = parts.length === deltas.length;
  const index = isAll ? source.index(quantity, scope) : magnitudeIndex(parts.map(({ delta }) => delta));
  const tensors = parts.map(({ delta, spec, layout }) => ({
    ...layout,
    spec,
    scores: groupScores(delta, spec, layout),
  }));
  return { ...orderGroups(by, tensors), index };
}

/** Larger scores first, ties by place. */
export function orderGroups(by: GroupBy, tensors: readonly RankedTensor[]): OrderedGroups {
  const groups = tensors.reduce((sum, tensor) => sum + tensor.groups, 0);
  const total = tensors.reduce((sum, { spec }) => sum + sizeOf(spec), 0);
  const scores = new Float64Array(groups);
  let at = 0;
  for (const tensor of tensors) {
    scores.set(tensor.scores, at);
    at += tensor.groups;
  }
  const order = Uint32Array.from({ length: groups }, (_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return { by, total, groups, tensors, order };
}

function groupScores({ values }: TensorDelta, spec: TensorSpec, { axis, width, groups }: GroupLayout): Float64Array {
  const { rows, columns } = matrixShape(spec);
  const sums = new Float64Array(groups);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    if (axis === 'row') {
      let sum = 0;
      for (let i = start; i < start + columns; i++) sum += values[i]! * values[i]!;
      sums[Math.floor(row / width)]! += sum;
    } else {
      for (let group = 0, i = start; group < groups; group++) {
        for (const end = i + width; i < end; i++) sums[group]! += values[i]! * values[i]!;
      }
    }
  }
  const entries = groupSize({ spec, axis, width });
  return sums.map((sum) => sum / entries);
}

/** The groups that a share takes, without the bits of their mask. */
export interface TakenGroups {
  by: GroupBy;
  groups: number;
  taken: number;
  /** N, and entries within the groups taken. */
  total: number;
  selected: number;
  requestedShare: number;
  achievedShare: number;
  /** Of the tensors that take part. `flags`: 1 for the groups taken. */
  tensors: readonly { name: string; axis: 'row' | 'column'; groups: number; taken: number; flags: Uint8Array }[];
}

/** Whole groups, best first, until they hold `percent` of the weights: past it by less than one group. Throws RangeError for no percentage. */
export function firstGroups({ by, total, tensors, order }: OrderedGroups, percent: number): TakenGroups {
  const wanted = bandCounts(total, 0, percent).kUpper;
  const isTaken = new Uint8Array(order.length);
  const sizes = tensors.map(groupSize);
  const takenOf = tensors.map(() => 0);
  const owner = new Uint32Array(order.length);
  let begin = 0;
  for (const [t, { groups }] of tensors.entries()) {
    owner.fill(t, begin, begin + groups);
    begin += groups;
  }
  let [selected, taken] = [0, 0];
  while (selected < wanted && taken < order.length) {
    const group = order[taken]!;
    const t = owner[group]!;
    isTaken[group] = 1;
    selected += sizes[t]!;
    takenOf[t]!++;
    taken++;
  }
  let at = 0;
  return {
    ...{ by, groups: order.length, taken, total, selected },
    requestedShare: percent / 100,
    achievedShare: total > 0 ? selected / total : 0,
    tensors: tensors.map(({ spec, axis, groups }, i) => {
      at += groups;
      return { name: spec.name, axis, groups, taken: takenOf[i]!, flags: isTaken.subarray(at - groups, at) };
    }),
  };
}

/** What is told of the groups that a share takes. */
export interface GroupRow
  extends Pick<TakenGroups, 'by' | 'groups' | 'taken' | 'selected' | 'total' | 'achievedShare'> {
  /** With the single-weight mask of the same share of the same tensors. */
  iou: number | null;
  chanceIou: number | null;
}

export const groupRow = (
  { by, groups, taken, selected, total, achievedShare }: TakenGroups,
  { iou, chanceIou }: Pick<Agreement, 'iou' | 'chanceIou'>,
): GroupRow => ({ by, groups, taken, selected, total, achievedShare, iou, chanceIou });

/** Weights of a group. */
export function groupSize({ spec, axis, width }: Pick<RankedTensor, 'spec' | 'axis' | 'width'>): number {
  const { rows, columns } = matrixShape(spec);
  return width * (axis === 'row' ? columns : rows);
}

export interface GroupSelection extends TakenGroups {
  /** Of the tensors that take part. */
  mask: Mask;
  /** Against the single-weight mask of the same share of the same tensors (A: groups, B: single weights). */
  overlap: Agreement;
}

/** The single-weight mask that a selection of groups is compared with. Rankings over the same index share it. */
export const singleWeights = ({ index }: GroupRanking, percent: number): readonly Uint8Array[] =>
  selectFromIndex(index, { lower: 0, upper: percent, order: 'most' }).masks;

/** `firstGroups` with their mask. `single`: `singleWeights` of the same percentage, if it is at hand. Throws RangeError alike. */
export function takeGroups(
  ranking: GroupRanking,
  percent: number,
  single: readonly Uint8Array[] = singleWeights(ranking, percent),
): GroupSelection {
  const first = firstGroups(ranking, percent);
  const { by, tensors } = ranking;
  const specs = tensors.map(({ spec }) => spec);
  const named = (each: readonly Uint8Array[]): Mask => new Map(specs.map(({ name }, i) => [name, each[i]!]));
  const mask = named(tensors.map((tensor, i) => expand(tensor, first.tensors[i]!.flags)));
  return {
    ...first,
    mask,
    overlap: compareMasks({ label: by, specs, mask }, { label: 'weight', specs, mask: named(single) }).overall,
  };
}

/** The mask that holds the entries of the groups whose flag is 1. */
function expand({ spec, axis, width }: RankedTensor, flags: Uint8Array): Uint8Array {
  const { rows, columns } = matrixShape(spec);
  const mask = new Uint8Array(rows * columns);
  if (axis === 'row') {
    for (let row = 0; row < rows; row++) {
      if (flags[Math.floor(row / width)] === 1) mask.fill(1, row * columns, (row + 1) * columns);
    }
    return mask;
  }
  const line = Uint8Array.from({ length: columns }, (_, column) => flags[Math.floor(column / width)] ?? 0);
  for (let row = 0; row < rows; row++) mask.set(line, row * columns);
  return mask;
}
