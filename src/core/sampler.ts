// Choosing the next token from logits: temperature, nucleus (top-p) filtering, one uniform number a token. Plain arrays, no
// tensors: the same logits and the same uniform number give the same token on every engine. ALGORITHM §2; golden file `sampling`.
import { exp } from './math';

/** Index of the largest value; ties go to the lowest index. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** softmax(logits / temperature) over one row. */
export function temperatureProbabilities(logits: ArrayLike<number>, temperature: number): Float64Array {
  const probabilities = new Float64Array(logits.length);
  const top = logits[argmax(logits)]!;
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const p = exp((logits[i]! - top) / temperature);
    probabilities[i] = p;
    sum += p;
  }
  for (let i = 0; i < probabilities.length; i++) probabilities[i]! /= sum;
  return probabilities;
}

/**
 * The smallest set of most probable tokens whose mass reaches `topP`: a token is kept while the mass before it is below
 * `topP`; equal probabilities by lower index. Returns 1 for kept tokens.
 */
export function nucleusKeep(probabilities: Float64Array, topP: number): Uint8Array {
  const keep = new Uint8Array(probabilities.length);
  if (topP >= 1) return keep.fill(1);
  // All tokens below this floor together weigh less than 1 − topP, so none of them is reached: only the rest needs sorting.
  const floor = (0.5 * (1 - topP)) / probabilities.length;
  const candidates: number[] = [];
  for (let i = 0; i < probabilities.length; i++) if (probabilities[i]! >= floor) candidates.push(i);
  candidates.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
  let mass = 0;
  for (const index of candidates) {
    if (mass >= topP && mass > 0) break;
    keep[index] = 1;
    mass += probabilities[index]!;
  }
  return keep;
}

/** The kept probabilities, scaled to sum 1; 0 elsewhere. */
export function renormalise(probabilities: Float64Array, keep: Uint8Array): Float64Array {
  let mass = 0;
  for (let i = 0; i < probabilities.length; i++) if (keep[i]) mass += probabilities[i]!;
  return probabilities.map((p, i) => (keep[i] ? p / mass : 0));
}

/**
 * Draw one token id. `uniform` in [0, 1) is the only randomness; temperature 0 is greedy.
 * Walks the kept tokens in index order until their mass passes `uniform`.
 */
export function sampleToken(
  logits: ArrayLike<number>,
  options: { temperature: number; topP: number },
  uniform: number,
): number {
  if (options.temperature === 0) return argmax(logits);
  const probabilities = temperatureProbabilities(logits, options.temperature);
  const keep = options.topP < 1 ? nucleusKeep(probabilities, options.topP) : null;
  // As `renormalise`, number by number: the walk mostly ends early.
  let mass = 0;
  for (let i = 0; i < probabilities.length; i++) if (!keep || keep[i]) mass += probabilities[i]!;
  let rest = uniform;
  let last = 0;
  for (let i = 0; i < probabilities.length; i++) {
    if (probabilities[i] === 0 || (keep && !keep[i])) continue;
    last = i;
    rest -= probabilities[i]! / mass;
    if (rest < 0) return i;
  }
  return last;
}
