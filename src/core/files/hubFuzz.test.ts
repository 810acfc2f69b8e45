// Damaged indexes, records and addresses: a value that is safe to use, or a HubError. FUZZ=20000 for a long run.
import { expect, test } from 'vitest';
import { fuzz, fuzzCount, fuzzTimeout } from '../../testing/mutate';
import { fileUrl, parseHubAddress } from './hubAddress';
import { HubError } from './hubError';
import { readShardNames } from './hubShards';
import { newFile, newModel, parseModel, storedBytes } from './hubStore';

const QUICK = 500;
const isTyped = (error: unknown): boolean => error instanceof HubError;
const ADDRESS = parseHubAddress('https://hub.test/mirror', 'ada/tiny');
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

test(
  'an index of shards',
  async () => {
    const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    const index = { metadata: { total_size: 9700 }, weight_map: { a: names[0], b: names[1], c: names[0] } };
    const tally = await fuzz({
      ...{ name: 'index', seeds: [bytesOf(JSON.stringify(index))], count: fuzzCount(QUICK), isTyped },
      async use(bytes) {
        const shards = await readShardNames('index.json', new Blob([new Uint8Array(bytes)]));
        for (const name of shards.names)
          expect(fileUrl(ADDRESS, name)).toMatch(/\/resolve\/main\/[\w.-]+\.safetensors$/);
      },
    });
    expect(tally.refused).toBeGreaterThan(0);
  },
  fuzzTimeout(QUICK),
);

test(
  'an address',
  async () => {
    const texts = ['ada/tiny@main', 'https://hub.test/mirror/ada/tiny/resolve/main/config.json', '%2e%2e/..//x?y#z'];
    const tally = await fuzz({
      ...{ name: 'address', seeds: texts.map(bytesOf), count: fuzzCount(QUICK), isTyped },
      use(bytes) {
        const url = new URL(fileUrl(parseHubAddress('https://hub.test/mirror', textOf(bytes)), 'config.json'));
        expect(url.protocol).toMatch(/^https?:$/);
        expect(`${url.username}${url.password}${url.search}${url.hash}`).toBe('');
        expect(url.pathname).toMatch(/\/resolve\/[^/]+\/config\.json$/);
        return Promise.resolve();
      },
    });
    expect(tally.refused).toBeGreaterThan(0);
  },
  fuzzTimeout(QUICK),
);

test(
  'a stored record',
  async () => {
    const model = { ...newModel(ADDRESS, 5), files: [{ ...newFile('config.json'), received: 12, parts: 1 }] };
    await fuzz({
      ...{ name: 'record', seeds: [bytesOf(JSON.stringify(model))], count: fuzzCount(QUICK), isTyped },
      use(bytes) {
        let record: unknown = null;
        try {
          record = JSON.parse(textOf(bytes));
        } catch {
          // Storage keeps values, not text.
        }
        const parsed = parseModel(record);
        if (!parsed) return Promise.resolve();
        expect(storedBytes(parsed)).toBeGreaterThanOrEqual(0);
        expect(new URL(parsed.base).protocol).toMatch(/^https?:$/);
        return Promise.resolve();
      },
    });
  },
  fuzzTimeout(QUICK),
);
