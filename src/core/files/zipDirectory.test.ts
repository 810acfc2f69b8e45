import { describe, expect, it } from 'vitest';
import { fuzz, fuzzCount, fuzzTimeout } from '../../testing/mutate';
import { join, type ZipBytesEntry, type ZipBytesOptions, zipBytes } from '../../testing/zipBytes';
import { type ByteSource, bytesSource, FileError } from './byteSource';
import { readZipDirectory } from './zipDirectory';

const data = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => first + i);
const two: ZipBytesEntry[] = [
  { name: 'a/one', data: data(5) },
  { name: 'a/zwei ü', data: data(3, 100) },
];
const open = (entries: readonly ZipBytesEntry[], options?: ZipBytesOptions) =>
  readZipDirectory(bytesSource('x.zip', zipBytes(entries, options)));

async function contents(source: ByteSource): Promise<Record<string, number[]>> {
  const zip = await readZipDirectory(source);
  const found: [string, number[]][] = [];
  for (const name of zip.entries.keys()) {
    const { begin, end } = await zip.locate(name);
    found.push([name, [...(await source.read(begin, end))]]);
  }
  return Object.fromEntries(found);
}

/** A file of which only the given pieces are kept; everything else is zeros. */
function sparse(name: string, size: number, pieces: readonly (readonly [at: number, bytes: Uint8Array])[]): ByteSource {
  return {
    name,
    size,
    async read(begin, end) {
      if (begin < 0 || end > size || begin > end) throw new RangeError(`${begin} to ${end} of ${size}`);
      const result = new Uint8Array(end - begin);
      for (const [at, bytes] of pieces) {
        const [from, to] = [Math.max(begin, at), Math.min(end, at + bytes.length)];
        if (from < to) result.set(bytes.subarray(from - at, to - at), from - begin);
      }
      return result;
    },
  };
}

describe('readZipDirectory', () => {
  const expected = { 'a/one': [0, 1, 2, 3, 4], 'a/zwei ü': [100, 101, 102] };
  it.each<[string, ZipBytesOptions]>([
    ['plain', {}],
    ['ZIP64', { zip64: true }],
    ['with a comment', { comment: 'PK\x05\x06 is in here' }],
    ['ZIP64 with a long comment', { zip64: true, comment: 'c'.repeat(65_535) }],
  ])('%s', async (_, options) => {
    expect(await contents(bytesSource('x.zip', zipBytes(two, options)))).toEqual(expected);
  });

  it('an empty one', async () => {
    expect((await open([])).entries.size).toBe(0);
  });

  it('takes the sizes of the directory where the local header leaves them to a descriptor', async () => {
    const streamed = two.map((entry) => ({ ...entry, flags: 8, local: { size: 0 } }));
    expect(await contents(bytesSource('x.zip', zipBytes(streamed)))).toEqual(expected);
    await expect((await open([{ ...two[0]!, local: { size: 0 } }])).locate('a/one')).rejects.toThrow('contradict');
  });

  it('reaches beyond 4 GiB', async () => {
    const far = 10 * 2 ** 30;
    const first = zipBytes([two[0]!]);
    // One entry at the start, one 10 GiB later; the directory of the second file is used with both in it.
    const late = zipBytes([two[1]!], { zip64: true, shift: far });
    const source = sparse('big.zip', far + late.length, [
      [0, first],
      [far, late],
    ]);
    expect(await contents(source)).toEqual({ 'a/zwei ü': expected['a/zwei ü'] });
    const { begin } = await (await readZipDirectory(source)).locate('a/zwei ü');
    expect(begin).toBe(far + 30 + 9 + 20);
  });

  const broken: [string, Uint8Array, string][] = [
    ['nothing', new Uint8Array(0), 'is no zip file, or its end is missing'],
    ['a cut end', zipBytes(two).slice(0, -1), 'is no zip file, or its end is missing'],
    ['bytes before', join([data(3), zipBytes(two)]), 'its ZIP directory is not where the end of the file says'],
    ['a count that cannot be', zipBytes(two, { count: 60_000 }), 'claims 60000 entries in'],
    ['an absurd count', zipBytes(two, { zip64: true, count: 1e9 }), 'claims 1000000000 entries'],
    ['too few entries', zipBytes(two, { count: 1 }), 'holds more than its entries'],
    ['a name twice', zipBytes([two[0]!, two[0]!]), 'entry "a/one": is twice in the ZIP'],
    [
      'an overlap',
      zipBytes([{ ...two[0]!, claims: { compressedSize: 6, size: 6 } }, two[1]!]),
      'entry "a/one": overlaps "a/zwei ü"',
    ],
    ['the same place', zipBytes([two[0]!, { ...two[0]!, name: 'b/two', claims: { offset: 0 } }]), 'overlaps'],
    [
      'data past the end',
      zipBytes([{ ...two[0]!, claims: { size: 1e6, compressedSize: 1e6 } }]),
      'runs into the directory',
    ],
    ['an offset past the end', zipBytes([{ ...two[0]!, claims: { offset: 1e6 } }]), 'runs into the directory'],
    [
      'an offset past every file',
      zipBytes([{ ...two[0]!, claims: { offset: 2 ** 60 } }], { zip64: true }),
      'holds the number',
    ],
    ['no ZIP64 sizes', zipBytes([{ ...two[0]!, claims: { size: 0xffffffff } }]), 'lacks its ZIP64 sizes'],
  ];
  it.each(broken)('refuses %s', async (_, bytes, message) => {
    await expect(readZipDirectory(bytesSource('x.zip', bytes))).rejects.toThrow(FileError);
    await expect(readZipDirectory(bytesSource('x.zip', bytes))).rejects.toThrow(message);
  });

  const refused: [string, ZipBytesEntry, string][] = [
    ['a deflated entry', { ...two[0]!, method: 8 }, 'entry "a/one": is compressed (method 8)'],
    ['an encrypted entry', { ...two[0]!, flags: 1 }, 'is encrypted'],
    ['two sizes', { ...two[0]!, claims: { size: 4 } }, 'is stored, yet has two sizes'],
    ['another local name', { ...two[0]!, local: { name: 'a/two' } }, 'its local header is not that of the directory'],
    ['another local size', { ...two[0]!, local: { size: 4 } }, 'its two sizes in the ZIP contradict'],
  ];
  it.each(refused)('refuses %s when it is wanted', async (_, entry, message) => {
    const zip = await open([entry, two[1]!]);
    await expect(zip.locate('a/one')).rejects.toThrow(message);
    expect(await zip.locate('a/zwei ü')).toMatchObject({});
    await expect(zip.locate('a/three')).rejects.toThrow('entry "a/three": is not in the ZIP');
  });

  it(
    'gives an answer or a FileError for damaged files',
    async () => {
      const count = fuzzCount(1500);
      const seeds = [zipBytes(two), zipBytes(two, { zip64: true, comment: 'end' })];
      const isTyped = (error: unknown) => error instanceof FileError;
      const use = (bytes: Uint8Array) => contents(bytesSource('damaged', bytes));
      const tally = await fuzz({ name: 'zip directory', seeds, count, use, isTyped });
      if (process.env.FUZZ) console.log('zip directory', tally);
      expect(tally.refused).toBeGreaterThan(count / 4);
    },
    fuzzTimeout(1500),
  );
});
