// Where the preparations of a study's runs are kept: the last few used. One of the Default preset is about 20 MB (weights, moments and
// gradients of the warm-up, distributions of the SFT model, samples), in six pieces.
import type { Prepared, Shared } from '../stages/once';

/** Pieces: of about four preparations. */
const MOST_KEPT = 24;

/** An empty store for runs on one backend. */
export function createShared(mostKept = MOST_KEPT): Shared & { readonly size: number } {
  const kept = new Map<string, Prepared>();
  return {
    get size() {
      return kept.size;
    },
    get(key) {
      const found = kept.get(key);
      if (found) {
        // The last used stands last.
        kept.delete(key);
        kept.set(key, found);
      }
      return found;
    },
    set(key, prepared) {
      kept.delete(key);
      kept.set(key, prepared);
      if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
    },
  };
}
