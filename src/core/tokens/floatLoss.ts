// The same two losses as terms.ts, but summed over whole sequences in float32, as training computes them: the number to hold the sum
// of the terms against.
import { exp, log } from '../math';
import type { DpoInput, NpoInput, TokenLogps } from './terms';

const { fround } = Math;

const logSigmoid32 = (x: number): number => fround(Math.min(x, 0) - fround(log(1 + fround(exp(-Math.abs(x))))));

/** −log σ(−β d_t) weighted and summed, then divided by D. */
export function npoLoss32({ policy, reference, weights, denominator, beta, npoScale = false }: NpoInput): number {
  let sum = 0;
  for (let t = 0; t < policy.length; t++) {
    if (!(weights[t]! > 0)) continue;
    const ratio = fround(policy[t]! - reference[t]!);
    sum = fround(sum + fround(-weights[t]! * logSigmoid32(fround(-beta * ratio))));
  }
  return denominator > 0 ? fround(fround(sum * (npoScale ? 2 / beta : 1)) / denominator) : 0;
}

function sum32({ policy, reference }: TokenLogps, counts: (t: number) => boolean): number {
  let sum = 0;
  for (let t = 0; t < policy.length; t++) if (counts(t)) sum = fround(sum + fround(policy[t]! - reference[t]!));
  return sum;
}

/** −log σ(β (S_w − S_l)) with the sums of the two sides taken first. */
export function dpoLoss32({ chosen, rejected, keep, beta }: DpoInput): number {
  const margin = fround(sum32(chosen, () => true) - sum32(rejected, (t) => Boolean(keep[t])));
  return -logSigmoid32(fround(beta * margin));
}
