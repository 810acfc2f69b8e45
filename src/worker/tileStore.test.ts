import { expect, test } from 'vitest';
import { createTileStore } from './tileStore';

/** As much of a Cache as the store uses. */
function fakeCache(): Cache {
  const entries = new Map<string, string>();
  const match = async (address: string) => (entries.has(address) ? new Response(entries.get(address)) : undefined);
  const put = async (address: string, response: Response) => {
    entries.set(address, await response.text());
  };
  return { match, put } as unknown as Cache;
}

test('gives back what was set, by adapter', async () => {
  const cache = fakeCache();
  const store = createTileStore(async () => cache);
  expect(await store.get('matmul tile of a/b GPU')).toBeNull();
  await store.set('matmul tile of a/b GPU', '8×16 in registers');
  expect(await createTileStore(async () => cache).get('matmul tile of a/b GPU')).toBe('8×16 in registers');
  expect(await store.get('matmul tile of another')).toBeNull();
});

test('forgets where storage is refused', async () => {
  const store = createTileStore(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  await store.set('adapter', 'tile');
  expect(await store.get('adapter')).toBeNull();
});
