// The released script's mask rule, exactly as coded: thresholds from a pool of per-tensor prefixes rounded to bfloat16, compared
// inclusively with unrounded values. An option for comparison only: it misses the requested share whenever values tie, change is
// concentrated, or parameters did not move. ALGORITHM §3 (Ref); golden file `topk_mask`, `expected.reference`.
import { roundToBfloat16 } from '../halfFloats';
import { NonFiniteDeltaError, type TensorDelta } from './neuronMask';

const NO_THRESHOLD = 1e8;

export interface ReferenceMaskRule {
  /** Whole percentages, as the script takes them. */
  lower: number;
  upper: number;
  /** +1: most changed first; −1: least changed first (the script's `is_neg`). */
  sign: 1 | -1;
}

export interface ReferenceMask {
  masks: Uint8Array[];
  selected: number;
  /** 100 · selected / total. */
  ratioPercent: number;
  thresholdLower: number;
  thresholdUpper: number;
}

/** A request the released script fails on. */
export class ReferenceMaskError extends Error {
  override readonly name = 'ReferenceMaskError';
}

/**
 * mask = v < t(lower) and v ≥ t(upper) with v = sign·|change|, t(p) the floor(N·p/100)-th largest of the pool, t(0) = 1e8.
 * Throws ReferenceMaskError where the script fails: fractional percentages, upper > 50 % (the per-tensor prefix is longer than
 * the tensor), a rank of 0 or beyond the pool; NonFiniteDeltaError for NaN or infinite changes.
 */
export function selectNeuronsReference(deltas: readonly TensorDelta[], rule: ReferenceMaskRule): ReferenceMask {
  if (![rule.lower, rule.upper].every((percent) => Number.isInteger(percent) && percent >= 0)) {
    throw new ReferenceMaskError(`The reference rule takes whole percentages, got ${rule.lower} and ${rule.upper}.`);
  }
  const total = deltas.reduce((sum, { values }) => sum + values.length, 0);
  const signed = deltas.map((delta) => signedMagnitudes(delta, rule.sign));
  const pool = thresholdPool(deltas, signed, rule.upper);
  const thresholdLower = poolThreshold(pool, total, rule.lower);
  const thresholdUpper = poolThreshold(pool, total, rule.upper);
  let selected = 0;
  const masks = signed.map((values) => {
    const mask = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) {
      if (values[i]! < thresholdLower && values[i]! >= thresholdUpper) {
        mask[i] = 1;
        selected++;
      }
    }
    return mask;
  });
  return { masks, selected, ratioPercent: (100 * selected) / total, thresholdLower, thresholdUpper };
}

function signedMagnitudes({ name, values }: TensorDelta, sign: 1 | -1): Float32Array {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new NonFiniteDeltaError(name, bad);
  return values.map((value) => sign * Math.abs(value));
}

/** Each tensor's floor(n·upper·2/100) largest values in bfloat16, all sorted descending. */
function thresholdPool(deltas: readonly TensorDelta[], signed: readonly Float32Array[], upper: number): Float32Array {
  const prefixes = signed.map((values, i) => {
    const count = Math.floor((values.length * upper * 2) / 100);
    if (count > values.length) {
      throw new ReferenceMaskError(
        `The reference rule fails above 50 %: "${deltas[i]!.name}" would need its ${count} largest of ${values.length} values.`,
      );
    }
    return values.toSorted().subarray(values.length - count);
  });
  return Float32Array.from(prefixes.flatMap((prefix) => Array.from(prefix, roundToBfloat16)))
    .sort()
    .reverse();
}

function poolThreshold(pool: Float32Array, total: number, percent: number): number {
  if (percent === 0) return NO_THRESHOLD;
  const rank = Math.floor((total * percent) / 100);
  const value = pool[rank - 1];
  if (value === undefined) {
    throw new ReferenceMaskError(`The reference rule needs rank ${rank} of a pool of ${pool.length} values.`);
  }
  return value;
}
