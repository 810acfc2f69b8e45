import { describe, expect, it } from 'vitest';
import { type CheckpointPair, randomPair, readDeltas } from '../../testing/checkpointPairs';
import { memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { FileError } from '../files/byteSource';
import { selectNeurons } from '../masks/neuronMask';
import { createRng, type Rng } from '../rng';
import { changePages, lazyMask } from './lazyMask';
import { pairCheckpoints } from './pairing';
import { streamSelect } from './streamSelect';
import { type Area, gridOf, PAGE, pageCache } from './tiles';

/** A rectangle of a row-major array. */
function cut<T extends Uint8Array | Float32Array>(values: T, columns: number, area: Area): number[] {
  const out: number[] = [];
  for (let row = area.rowBegin; row < area.rowEnd; row++) {
    for (let column = area.columnBegin; column < area.columnEnd; column++) out.push(values[row * columns + column]!);
  }
  return out;
}

const isEqual = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((bit, i) => bit === b[i]);

function randomArea(rng: Rng, shape: readonly number[]): Area {
  const { rows, columns } = gridOf(shape);
  const span = (size: number) => [rng.int(size + 1), rng.int(size + 1)].sort((a, b) => a - b) as [number, number];
  const [[rowBegin, rowEnd], [columnBegin, columnEnd]] = [span(rows), span(columns)];
  return { rowBegin, rowEnd, columnBegin, columnEnd };
}

describe('lazyMask', () => {
  it('gives every tile as the selection in memory has it', async () => {
    const rng = createRng(21, 'tiles');
    for (let round = 0; round < 25; round++) {
      const { before, after, deltas } = await randomPair(rng);
      const rule = { lower: rng.int(2) * 7, upper: 7 + rng.int(94), order: rng.pick(['most', 'least'] as const) };
      const selection = await streamSelect(pairCheckpoints(before, after), rule, { chunkBytes: 500 });
      const { masks } = selectNeurons(deltas, rule);
      const pages = changePages(selection.scan.pairing, rng.int(3000));
      const mask = lazyMask(selection, pages);
      for (const [t, { name, values }] of deltas.entries()) {
        const { shape } = before.tensor(name);
        const area = randomArea(rng, shape);
        const { columns } = gridOf(shape);
        expect([...(await mask.block(name, area))]).toEqual(cut(masks[t]!, columns, area));
        expect([...(await pages.changeBlock(name, area))]).toEqual(cut(values, columns, area));
        const [begin, end] = [rng.int(values.length + 1), rng.int(values.length + 1)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        expect(await mask.bits(name, begin, end)).toEqual(masks[t]!.subarray(begin, end));
        expect(await pages.changes(name, begin, end)).toEqual(values.subarray(begin, end));
      }
    }
  });

  /** A matrix of many pages that ties throughout, and how often it was read. */
  async function manyPages(): Promise<CheckpointPair & { reads: number[] }> {
    const shape = [7, 50_000];
    const values = Float32Array.from({ length: 350_000 }, (_, i) => (i % 3) / 4);
    const reads: number[] = [];
    const onRead = (_: string, begin: number, end: number) => void reads.push(begin, end - begin);
    const before = memoryCheckpoint('before', [{ name: 'a', dtype: 'BF16', shape, values: values.map(() => 0) }]);
    const after = memoryCheckpoint('after', [{ name: 'a', dtype: 'BF16', shape, values }], { onRead });
    return { before, after, deltas: await readDeltas(before, after), reads };
  }

  it('reads only the pages a tile touches, once while they are kept', async () => {
    const { before, after, deltas, reads } = await manyPages();
    const rule = { lower: 5, upper: 40, order: 'most' } as const;
    const selection = await streamSelect(pairCheckpoints(before, after), rule);
    const mask = lazyMask(selection);
    const [expected] = selectNeurons(deltas, rule).masks;
    reads.length = 0;
    const area = { rowBegin: 2, rowEnd: 5, columnBegin: 40_000, columnEnd: 40_010 };
    expect([...(await mask.block('a', area))]).toEqual(cut(expected!, 50_000, area));
    // Entries 140 000, 190 000 and 240 000: two of them in one page.
    expect(reads).toEqual([2 * PAGE, PAGE, 3 * PAGE, PAGE]);
    await mask.block('a', area);
    expect(reads).toHaveLength(4);
    const all = { rowBegin: 0, rowEnd: 7, columnBegin: 0, columnEnd: 50_000 };
    expect(isEqual(await mask.block('a', all), expected!)).toBe(true);
    expect(reads.filter((_, i) => i % 2 === 0).toSorted((a, b) => a - b)).toEqual(
      [0, 1, 2, 3, 4, 5].map((page) => page * PAGE),
    );
  });

  it('has zeros out of scope, and a tied tensor’s bits under both names', async () => {
    const tensors = (scale: number) => [
      {
        name: 'model.embed_tokens.weight',
        dtype: 'F32' as const,
        shape: [2, 2],
        values: [1, 2, 3, 4].map((x) => x * scale),
      },
      { name: 'model.norm.weight', dtype: 'F32' as const, shape: [2], values: [9 * scale, 9 * scale] },
      {
        ...{ name: 'lm_head.weight', dtype: 'F32' as const, shape: [2, 2], values: [1, 2, 3, 4].map((x) => x * scale) },
        sameAs: 'model.embed_tokens.weight',
      },
    ];
    const scope = { embeddings: true, norms: false, head: true };
    const pairing = pairCheckpoints(
      memoryCheckpoint('before', tensors(1)),
      memoryCheckpoint('after', tensors(2)),
      scope,
    );
    const mask = lazyMask(await streamSelect(pairing, { lower: 0, upper: 50, order: 'most' }));
    expect([...(await mask.bits('model.embed_tokens.weight', 0, 4))]).toEqual([0, 0, 1, 1]);
    expect([...(await mask.bits('lm_head.weight', 1, 3))]).toEqual([0, 1]);
    expect([...(await mask.bits('model.norm.weight', 0, 2))]).toEqual([0, 0]);
    expect([...(await changePages(pairing).changes('model.norm.weight', 0, 2))]).toEqual([9, 9]);
  });

  it('refuses what is not in the mask, and reads a page again that failed', async () => {
    let fails = false;
    const { before, after, deltas } = await randomPair(createRng(23), 700, () => {
      if (fails) throw new FileError('after', 'could not be read.');
    });
    const selection = await streamSelect(pairCheckpoints(before, after), { lower: 0, upper: 10, order: 'most' });
    const mask = lazyMask(selection);
    const { name, values } = deltas.find((delta) => delta.values.length > 0)!;
    await expect(mask.bits('nothing', 0, 1)).rejects.toThrow(RangeError);
    await expect(mask.bits(name, 0, values.length + 1)).rejects.toThrow(RangeError);
    const area = { rowBegin: 0, rowEnd: 1000, columnBegin: 0, columnEnd: 1 };
    await expect(mask.block(name, area)).rejects.toThrow(RangeError);
    fails = true;
    await expect(mask.bits(name, 0, 1)).rejects.toThrow(FileError);
    fails = false;
    expect(await mask.bits(name, 0, 1)).toHaveLength(1);
  });
});

describe('pageCache', () => {
  it('keeps the pages last used, up to its bytes, and makes none twice at a time', async () => {
    const cache = pageCache<Uint8Array>(30);
    const made: string[] = [];
    const get = (key: string) =>
      cache.get(key, async () => {
        made.push(key);
        return new Uint8Array(10);
      });
    await Promise.all([get('a'), get('a'), get('b'), get('c')]);
    expect(made).toEqual(['a', 'b', 'c']);
    await get('a');
    await get('d');
    expect(cache.bytes).toBe(30);
    await Promise.all([get('a'), get('c'), get('d')]);
    expect(made).toEqual(['a', 'b', 'c', 'd']);
    await get('b');
    expect(made).toEqual(['a', 'b', 'c', 'd', 'b']);
  });
});
