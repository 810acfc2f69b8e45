// The mask lab's one question: which weights does a rule take from a source, in a band and a scope? Exact in every rule but the
// released script's own, which is offered as it is. ALGORITHM §3.
import { sizeOf, type TensorSpec } from '../model/config';
import { createRng } from '../rng';
import type { TensorDelta } from './deltas';
import { type TensorDensity, tensorDensities } from './densities';
import { type BandEdge, bandCounts, type NeuronMask, selectFromIndex, selectNeurons, selectRandom } from './neuronMask';
import { selectReferenceFromIndex } from './neuronMaskReference';
import type { MaskSource, RankedQuantity } from './source';
import { inScope, type Mask, type MaskScope } from './tensorKinds';

/**
 * most, least: all weights in scope ranked by |θ′ − θ|, from either end. random: as many, drawn without looking. per-tensor: the
 * most changed of each tensor, the same percentages in each. gradient: most, ranked by the accumulated gradient. reference: the
 * released script's bfloat16 threshold and per-tensor prefix, most changed first.
 */
export const MASK_RULES = ['most', 'least', 'random', 'per-tensor', 'gradient', 'reference'] as const;
export type MaskLabRule = (typeof MASK_RULES)[number];

export interface MaskOptions {
  rule: MaskLabRule;
  /** Percent of the weights in scope skipped at the front of the ranking, and percent at which the selection ends. */
  lower: number;
  upper: number;
  scope: MaskScope;
  /** Of a random mask. With `stream` "run/mask/forgetting" or "run/mask/improving" it is the one the run of that seed draws. */
  seed?: number;
  stream?: string;
}

/** A tensor's density; under a quota each tensor in scope has edges of its own. */
export interface SelectedTensor extends TensorDensity {
  inScope: boolean;
  edges: NeuronMask['edges'] | null;
}

export interface MaskSelection {
  /** Every tensor of the model, zeros out of scope. */
  mask: Mask;
  selected: number;
  /** N: weights in scope. */
  total: number;
  /** Shares of N. */
  requestedShare: number;
  achievedShare: number;
  /** Thresholds with their ties; both null for rules without one threshold for all. The reference rule's are in bfloat16. */
  edges: { lower: BandEdge | null; upper: BandEdge | null };
  tensors: readonly SelectedTensor[];
}

/** What a rule ranks. */
export const quantityOf = (rule: MaskLabRule): RankedQuantity => (rule === 'gradient' ? 'gradient' : 'update');

/**
 * Select. Throws RangeError for an impossible band or a gradient that was not recorded, NonFiniteDeltaError naming the tensor of a
 * change that is NaN or infinite, ReferenceMaskError where the released script fails.
 */
export function selectMask(source: MaskSource, options: MaskOptions): MaskSelection {
  const { lower, upper, scope } = options;
  const deltas = source.deltas(quantityOf(options.rule), scope);
  const total = deltas.reduce((sum, { values }) => sum + values.length, 0);
  bandCounts(total, lower, upper);
  const chosen = choose(source, deltas, options);
  const mask = completeMask(source.specs, deltas, chosen.masks);
  const ofTensor = new Map(deltas.map(({ name }, i) => [name, chosen.perTensor?.[i] ?? null]));
  const table = tensorDensities(source.specs, mask, (name) => inScope(name, scope));
  const tensors = table.map((row) => ({
    ...row,
    inScope: ofTensor.has(row.name),
    edges: ofTensor.get(row.name) ?? null,
  }));
  const selected = tensors.reduce((sum, row) => sum + row.selected, 0);
  return {
    mask,
    selected,
    total,
    requestedShare: (upper - lower) / 100,
    achievedShare: total > 0 ? selected / total : 0,
    edges: chosen.edges,
    tensors,
  };
}

interface Choice {
  masks: readonly Uint8Array[];
  edges: NeuronMask['edges'];
  perTensor?: readonly NeuronMask['edges'][];
}

function choose(source: MaskSource, deltas: readonly TensorDelta[], options: MaskOptions): Choice {
  const { rule, lower, upper, scope } = options;
  switch (rule) {
    case 'random': {
      const rng = createRng(options.seed ?? 0, options.stream ?? 'mask lab');
      return selectRandom(
        deltas.map(({ values }) => values.length),
        { lower, upper },
        rng,
      );
    }
    case 'per-tensor': {
      const each = deltas.map((delta) => selectNeurons([delta], { lower, upper, order: 'most' }));
      return {
        masks: each.map(({ masks }) => masks[0]!),
        edges: { lower: null, upper: null },
        perTensor: each.map(({ edges }) => edges),
      };
    }
    case 'reference':
      return chooseReference(source, options);
    default: {
      const order = rule === 'least' ? 'least' : 'most';
      return selectFromIndex(source.index(quantityOf(rule), scope), { lower, upper, order });
    }
  }
}

/** The script takes v < t(lower) and v ≥ t(upper): of the ties with an edge it takes none, or all. */
function chooseReference(source: MaskSource, { lower, upper, scope }: MaskOptions): Choice {
  const index = source.index('update', scope);
  const { masks, selected, thresholdLower, thresholdUpper } = selectReferenceFromIndex(
    source.reference('update', scope),
    {
      lower,
      upper,
      sign: 1,
    },
  );
  const tiesAt = (threshold: number) => index.around(threshold).equal;
  return {
    masks,
    edges: {
      lower: lower > 0 ? { threshold: thresholdLower, ties: tiesAt(thresholdLower), taken: 0 } : null,
      upper:
        selected > 0
          ? { threshold: thresholdUpper, ties: tiesAt(thresholdUpper), taken: tiesAt(thresholdUpper) }
          : null,
    },
  };
}

function completeMask(
  specs: readonly TensorSpec[],
  deltas: readonly TensorDelta[],
  masks: readonly Uint8Array[],
): Mask {
  const chosen = new Map(deltas.map(({ name }, i) => [name, masks[i]!]));
  return new Map(specs.map((spec) => [spec.name, chosen.get(spec.name) ?? new Uint8Array(sizeOf(spec))]));
}
