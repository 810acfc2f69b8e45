// How far masks agree, beside what independent random masks of the same density would share. Two masks tensor by tensor, or up to
// eight pairwise; from the masks, or from what was counted of them elsewhere. What does not match in name or shape comes back as a table.
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

/** What several masks hold of a tensor, alone and two by two. A name has one for each shape that it comes in. */
export interface CountedTensor {
  name: string;
  shape: readonly number[];
  entries: number;
  /** Of each mask: how many entries it holds; null where it has no tensor of this name and shape. */
  ones: readonly (number | null)[];
  /** [i][j] for j ≤ i: how many both hold. */
  both: readonly (readonly number[])[];
}

/** Two masks, tensor by tensor in the order of the first. Never throws for names or shapes that differ. */
export const compareMasks = (a: LabelledMask, b: LabelledMask): MaskAgreement =>
  agreementFrom(countMasks([a, b]), 0, 1);

/** The same of masks number `a` and `b` of those counted. */
export function agreementFrom(counted: readonly CountedTensor[], a: number, b: number): MaskAgreement {
  const { matched, mismatches } = matchTensors(counted, [a, b]);
  return {
    ...summedAgreement(
      matched.map(({ name, entries, ones, both }) => {
        return { name, entries, a: ones[a]!, b: ones[b]!, both: both[Math.max(a, b)]![Math.min(a, b)]! };
      }),
    ),
    mismatches,
  };
}

/** Of tensors that both masks have: entries, those in A, in B and in both. */
export function summedAgreement(
  counts: readonly { name: string; entries: number; a: number; b: number; both: number }[],
): Omit<MaskAgreement, 'mismatches'> {
  const tensors = counts.map(({ name, entries, a, b, both }): TensorAgreement => {
    return { name, ...agreementOf(entries, a, b, both, chanceOf(a, b, entries)) };
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
  return { tensors, overall, anywhere: { chanceBoth, chanceIou: overUnion(chanceBoth, ofA, ofB) } };
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
  checkCount(masks.length);
  const labels = masks.map(({ label }) => label);
  return matrixFrom(labels, countMasks(masks));
}

/** Throws RangeError for more masks than are compared at once. */
export function checkCount(masks: number): void {
  if (masks > MOST_MASKS) throw new RangeError(`At most ${MOST_MASKS} masks are compared, got ${masks}.`);
}

/** The same of all masks that were counted, which go by `labels`. */
export function matrixFrom(labels: readonly string[], counted: readonly CountedTensor[]): AgreementMatrix {
  const every = labels.map((_, i) => i);
  const { matched, mismatches } = matchTensors(counted, every);
  const shared = every.map(() => every.map(() => 0));
  const chance = every.map(() => every.map(() => 0));
  let total = 0;
  for (const { entries, ones, both } of matched) {
    total += entries;
    for (const i of every) {
      for (let j = 0; j <= i; j++) {
        shared[i]![j]! += both[i]![j]!;
        chance[i]![j]! += chanceOf(ones[i]!, ones[j]!, entries);
      }
    }
  }
  const selected = shared.map((row, i) => row[i]!);
  // Only the lower triangle was counted.
  const of = (counts: readonly (readonly number[])[], i: number, j: number) => counts[Math.max(i, j)]![Math.min(i, j)]!;
  const pairs = every.map((i) =>
    every.map((j) => agreementOf(total, selected[i]!, selected[j]!, of(shared, i, j), of(chance, i, j))),
  );
  return { labels, selected, pairs, mismatches };
}

/** Tensors that the masks of these numbers all have in one shape; the names that they have otherwise as a table. */
function matchTensors(
  counted: readonly CountedTensor[],
  masks: readonly number[],
): { matched: readonly CountedTensor[]; mismatches: TensorMismatch[] } {
  const theirs = counted.filter(({ ones }) => masks.some((mask) => ones[mask] !== null));
  const matched = theirs.filter(({ ones }) => masks.every((mask) => ones[mask] !== null));
  const isMatched = new Set(matched.map(({ name }) => name));
  const others = new Map<string, (readonly number[] | null)[]>();
  for (const { name, shape, ones } of theirs) {
    if (isMatched.has(name)) continue;
    const shapes = others.get(name) ?? masks.map(() => null);
    others.set(
      name,
      shapes.map((known, i) => (ones[masks[i]!] === null ? known : shape)),
    );
  }
  return { matched, mismatches: [...others].map(([name, shapes]) => ({ name, shapes })) };
}

/** Masks that lie in memory. */
function countMasks(masks: readonly LabelledMask[]): CountedTensor[] {
  const places = matchedPlaces(
    masks.map(({ specs, mask }) => specs.filter((spec) => mask.get(spec.name)?.length === sizeOf(spec))),
  );
  return places.map(({ name, shape, at }) => {
    const bits = masks.map(({ mask }, i) => (at[i] === null ? null : mask.get(name)!));
    const both = bits.map((one, i) =>
      bits
        .slice(0, i + 1)
        .map((other) => (one && other ? (one === other ? countOnes(one) : countBoth(one, other)) : 0)),
    );
    const ones = bits.map((one, i) => one && both[i]![i]!);
    return { name, shape, entries: sizeOf({ name, shape }), ones, both };
  });
}

/** Each name and shape once, in the order of the first mask that has it, with its place in each mask's list; null where it is not there. */
export function matchedPlaces(
  masks: readonly (readonly { name: string; shape: readonly number[] }[])[],
): { name: string; shape: readonly number[]; at: (number | null)[] }[] {
  const found = new Map<string, { name: string; shape: readonly number[]; at: (number | null)[] }>();
  for (const [mask, tensors] of masks.entries()) {
    for (const [place, { name, shape }] of tensors.entries()) {
      const key = `${shape.join(' ')} ${name}`;
      const own = found.get(key) ?? { name, shape, at: masks.map(() => null) };
      own.at[mask] = place;
      found.set(key, own);
    }
  }
  return [...found.values()];
}
