// What the mask lab selects from: the warm-up's change of every tensor and, where it was recorded, the accumulated gradient, with the
// indices that make the next selection cheap. A source lives as long as its arrays do not change.
import { sizeOf, type TensorSpec } from '../model/config';
import type { TensorDelta } from './deltas';
import { type MagnitudeIndex, magnitudeIndex } from './magnitudeIndex';
import { type ReferenceIndex, referenceIndex } from './neuronMaskReference';
import { inScope, type MaskScope, type Tensors } from './tensorKinds';

/** What is ranked: |θ′ − θ|, or |Σ g| over the warm-up's steps. */
export type RankedQuantity = 'update' | 'gradient';

export interface MaskSource {
  /** All tensors of the model, in model order. */
  readonly specs: readonly TensorSpec[];
  readonly hasGradient: boolean;
  /** The values in scope, in model order. Throws RangeError for a gradient that was not given. */
  deltas(quantity: RankedQuantity, scope: MaskScope): readonly TensorDelta[];
  /** Built at the first call, then kept. Throws NonFiniteDeltaError, and RangeError as `deltas`. */
  index(quantity: RankedQuantity, scope: MaskScope): MagnitudeIndex;
  /** What the released script's rule needs, kept alike. Throws alike. */
  reference(quantity: RankedQuantity, scope: MaskScope): ReferenceIndex;
}

/** How many scopes' indices stay (about half a MiB each, and a few KiB a tensor for the reference rule). */
const KEPT = 4;

/**
 * A source over the given arrays, which it keeps and does not copy. `gradient` is the gradient summed over the warm-up's steps.
 * Throws RangeError naming a tensor that is missing or has another size than its spec.
 */
export function maskSource(specs: readonly TensorSpec[], update: Tensors, gradient?: Tensors): MaskSource {
  const all: Record<RankedQuantity, readonly TensorDelta[] | null> = {
    update: inOrder(specs, update, 'change'),
    gradient: gradient ? inOrder(specs, gradient, 'gradient') : null,
  };
  const deltas = (quantity: RankedQuantity, scope: MaskScope) => {
    const values = all[quantity];
    if (!values) throw new RangeError('No accumulated gradient was recorded: choose another rule.');
    return values.filter(({ name }) => inScope(name, scope));
  };
  return {
    specs,
    hasGradient: all.gradient !== null,
    deltas,
    index: remembering((quantity, scope) => magnitudeIndex(deltas(quantity, scope))),
    reference: remembering((quantity, scope) => referenceIndex(deltas(quantity, scope))),
  };
}

function inOrder(specs: readonly TensorSpec[], tensors: Tensors, what: string): TensorDelta[] {
  return specs.map((spec) => {
    const values = tensors.get(spec.name);
    if (!values) throw new RangeError(`The ${what} of "${spec.name}" is missing.`);
    if (values.length !== sizeOf(spec)) {
      throw new RangeError(`The ${what} of "${spec.name}" has ${values.length} values, its shape ${sizeOf(spec)}.`);
    }
    return { name: spec.name, values };
  });
}

function remembering<T>(make: (quantity: RankedQuantity, scope: MaskScope) => T) {
  const kept = new Map<string, T>();
  return (quantity: RankedQuantity, scope: MaskScope): T => {
    const key = `${quantity} ${scope.embeddings} ${scope.norms} ${scope.head}`;
    const value = kept.get(key) ?? make(quantity, scope);
    kept.delete(key);
    kept.set(key, value);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return value;
  };
}
