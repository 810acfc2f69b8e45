// How far masks agree, beside what independent random masks of the same density would share. Two masks tensor by tensor, or up to
// eight pairwise. What does not match in name or shape comes back as a table.
import { sizeOf, type TensorSpec } from '../model/config';
import { countBoth, countOnes } from './countBits';
import type { Mask } from './tensorKinds';

/** A mask of any origin with the shapes it came with. */
export interface LabelledMask {
  label: string;
  specs: readonly TensorSpec[];
  mask: Mask;
}

export interface Agreement {
  entries: number;
  both: number;
  onlyA: number;
  onlyB: number;
  neither: number;
  /** Intersection over union; null when neither mask holds anything. */
  iou: number | null;
  /** Entries that two independent masks of these densities share on average. */
  chanceBoth: number;
  /** chanceBoth over a + b − chanceBoth: a ratio of expectations, not the expectation of the ratio; null when both are empty. */
  chanceIou: number | null;
}

export interface TensorAgreement extends Agreement {
  name: string;
}

/** A tensor that not all masks have in the same shape: its shape in each, null where it is missing. */
export interface TensorMismatch {
  name: string;
  shapes: readonly (readonly number[] | null)[];
}

export interface MaskAgreement {
  tensors: readonly TensorAgreement[];
  /** Over all tensors compared; chance with each tensor's own densities kept (Σ a·b/n), so layers that both masks favour count. */
  overall: Agreement;
  /** The chance value of masks that are random over the whole model, A·B/N: what agreement on the layers alone exceeds. */
  anywhere: { chanceBoth: number; chanceIou: number | null };
  mismatches: readonly TensorMismatch[];
}

/** Independent draws of a and b out of n share a·b/n on average (the hypergeometric mean). */
const chanceOf = (a: number, b: number, n: number): number => (n > 0 ? (a * b) / n : 0);

const overUnion = (both: number, a: number, b: number): number | null => (a + b > 0 ? both / (a + b - both) : null);

function agreementOf(entries: number, a: number, b: number, both: number, chanceBoth: number): Agreement {
  return {
    entries,
    both,
    onlyA: a - both,
    onlyB: b - both,
    neither: entries - a - b + both,
    iou: overUnion(both, a, b),
    chanceBoth,
    chanceIou: overUnion(chanceBoth, a, b),
  };
}

/** Two masks, tensor by tensor in the order of the first. Never throws for names or shapes that differ. */
export function compareMasks(a: LabelledMask, b: LabelledMask): MaskAgreement {
  const { matched, mismatches } = matchTensors([a, b]);
  const tensors = matched.map(({ name, entries, masks }): TensorAgreement => {
    const [inA, inB] = [masks[0]!, masks[1]!];
    const [ofA, ofB, both] = [countOnes(inA), countOnes(inB), countBoth(inA, inB)];
    return { name, ...agreementOf(entries, ofA, ofB, both, chanceOf(ofA, ofB, entries)) };
  });
  const sum = (pick: (one: TensorAgreement) => number) => tensors.reduce((total, one) => total + pick(one), 0);
  const [entries, both] = [sum((one) => one.entries), sum((one) => one.both)];
  const [ofA, ofB] = [both + sum((one) => one.onlyA), both + sum((one) => one.onlyB)];
  const overall = agreementOf(
    entries,
    ofA,
    ofB,
    both,
    sum((one) => one.chanceBoth),
  );
  const chanceBoth = chanceOf(ofA, ofB, entries);
  return { tensors, overall, anywhere: { chanceBoth, chanceIou: overUnion(chanceBoth, ofA, ofB) }, mismatches };
}

export const MOST_MASKS = 8;

export interface AgreementMatrix {
  labels: readonly string[];
  /** Selected entries of each mask among the tensors all masks have alike. */
  selected: readonly number[];
  /** [mask][mask], symmetric; chance as in `MaskAgreement.overall`. */
  pairs: readonly (readonly Agreement[])[];
  mismatches: readonly TensorMismatch[];
}

/**
 * Every pair of up to eight masks, over the tensors that all of them have in the same shape.
 * Throws RangeError for more than eight.
 */
export function agreementMatrix(masks: readonly LabelledMask[]): AgreementMatrix {
  if (masks.length > MOST_MASKS) throw new RangeError(`At most ${MOST_MASKS} masks are compared, got ${masks.length}.`);
  const { matched, mismatches } = matchTensors(masks);
  const shared = masks.map(() => masks.map(() => 0));
  const chance = masks.map(() => masks.map(() => 0));
  let total = 0;
  for (const { entries, masks: bits } of matched) {
    total += entries;
    const ones = bits.map(countOnes);
    for (let i = 0; i < bits.length; i++) {
      for (let j = 0; j <= i; j++) {
        shared[i]![j]! += i === j ? ones[i]! : countBoth(bits[i]!, bits[j]!);
        chance[i]![j]! += chanceOf(ones[i]!, ones[j]!, entries);
      }
    }
  }
  const selected = shared.map((row, i) => row[i]!);
  // Only the lower triangle was counted.
  const of = (counts: readonly (readonly number[])[], i: number, j: number) => counts[Math.max(i, j)]![Math.min(i, j)]!;
  const pairs = masks.map((_, i) =>
    masks.map((_, j) => agreementOf(total, selected[i]!, selected[j]!, of(shared, i, j), of(chance, i, j))),
  );
  return { labels: masks.map(({ label }) => label), selected, pairs, mismatches };
}

interface MatchedTensor {
  name: string;
  entries: number;
  masks: readonly Uint8Array[];
}

/** Tensors that all masks have in the same shape, in the order of the first mask; the others as a table. */
function matchTensors(masks: readonly LabelledMask[]): { matched: MatchedTensor[]; mismatches: TensorMismatch[] } {
  const byName = masks.map(({ specs }) => new Map(specs.map((spec) => [spec.name, spec])));
  const names = new Set(byName.flatMap((specs) => [...specs.keys()]));
  const matched: MatchedTensor[] = [];
  const mismatches: TensorMismatch[] = [];
  for (const name of names) {
    const found = masks.map(({ mask }, i) => ({ spec: byName[i]!.get(name), bits: mask.get(name) }));
    const first = found[0]!.spec;
    const entries = first ? sizeOf(first) : 0;
    const bits = found.flatMap((one) =>
      first && one.spec && one.bits && sameShape(one.spec, first) && one.bits.length === entries ? [one.bits] : [],
    );
    if (bits.length === masks.length) matched.push({ name, entries, masks: bits });
    else mismatches.push({ name, shapes: found.map((one) => (one.bits ? (one.spec?.shape ?? null) : null)) });
  }
  return { matched, mismatches };
}

const sameShape = (a: TensorSpec, b: TensorSpec): boolean =>
  a.shape.length === b.shape.length && a.shape.every((extent, i) => extent === b.shape[i]);
