// Which prompts may be trained on: a hash of the prompt text decides, so no run and no seed can mix them up (RECIPE §11).
import type { Split } from './dataset';
import { h01 } from './h01';

const HELD_OUT_SHARE = 0.15;
const NOT_TRAIN_SHARE = 0.2;

/** The number in [0, 1) that decides the split of a prompt. */
export const splitHash = (prompt: string): number => h01('split', prompt);

/** Below .15 held out, .15–.20 validation, the rest training. */
export function splitOf(prompt: string): Split {
  const hash = splitHash(prompt);
  if (hash < HELD_OUT_SHARE) return 'held-out';
  return hash < NOT_TRAIN_SHARE ? 'validation' : 'train';
}
