// Where a worker finds the shipped models.
import type { StarterLoader } from '../core/model/starter';

/** `base`: the page's own address, which it hands over as the worker's name: the worker's bundle lies somewhere below it. */
export function starterFetcher(base: string): StarterLoader {
  const folder = new URL('starter/', base);
  return async (path) => {
    const response = await fetch(new URL(path, folder));
    if (!response.ok) throw new Error(`HTTP ${response.status} for starter/${path}`);
    return response.arrayBuffer();
  };
}
