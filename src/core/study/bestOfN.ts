// Best of n: what the SFT model would score if the checker picked the best of n of its answers, and how far from SFT that picking is.
// Estimated from more samples than n of each prompt; no model in here.
import { log } from '../math';

/** Answers per prompt that the estimates rest on, and the n of the curve. */
export const BEST_OF_N_SAMPLES = 32;
export const BEST_OF = [1, 2, 4, 8, 16] as const;

/** Chance that n different ones of `samples` answers hold a right one, `right` being right: 1 − C(K − c, n) / C(K, n), unbiased. */
export function bestOfAccuracy(samples: number, right: number, n: number): number {
  let allWrong = 1;
  for (let i = 0; i < n; i++) allWrong *= Math.max(0, samples - right - i) / (samples - i);
  return 1 - allWrong;
}

/**
 * KL(SFT ‖ best of n) of one prompt's answers in nats, where a share p is right and the checker picks any right one: only the shares of
 * right and wrong answers change, to P = 1 − (1 − p)^n and 1 − P. 0 where all answers are alike.
 */
export function bestOfKl(p: number, n: number): number {
  if (p <= 0 || p >= 1) return 0;
  let wrong = 1;
  for (let i = 0; i < n; i++) wrong *= 1 - p;
  return p * log(p / (1 - wrong)) + (1 - p) * log((1 - p) / wrong);
}

/** The curve from the number of right answers of every prompt; KL per token of a mean answer. */
export function bestOfCurve(
  right: readonly number[],
  samples: number,
  answerTokens: number,
): { n: number; accuracy: number; klToSft: number }[] {
  const mean = (of: (right: number) => number) => right.reduce((sum, count) => sum + of(count), 0) / right.length;
  return BEST_OF.map((n) => ({
    n,
    accuracy: 100 * mean((count) => bestOfAccuracy(samples, count, n)),
    klToSft: mean((count) => bestOfKl(count / samples, n)) / answerTokens,
  }));
}
