// Remembers which matrix-product tile was fastest on an adapter, between visits. Workers have no localStorage, so it lies in the Cache
// API under an address of its own; where the browser refuses that, nothing is remembered and the tiles are measured again.
import type { TileStore } from '../core/ops/linear/measureTiles';

const CACHE = 'allo-studio.tiles';
const addressOf = (key: string): string => `/tiles/${encodeURIComponent(key)}`;

/** `open` may reject or throw (storage refused); so may every call on what it gives. */
export const createTileStore = (open: () => Promise<Cache> = () => caches.open(CACHE)): TileStore => ({
  async get(key) {
    try {
      const found = await (await open()).match(addressOf(key));
      return found ? await found.text() : null;
    } catch {
      return null;
    }
  },
  async set(key, value) {
    try {
      await (await open()).put(addressOf(key), new Response(value));
    } catch {
      // Measured again next time.
    }
  },
});
