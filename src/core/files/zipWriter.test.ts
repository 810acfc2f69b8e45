// ZIP files as they are written, read again by our reader: small ones with and without ZIP64 records, and one of more than 4 GiB that is never held.
import { expect, it } from 'vitest';
import { patterned } from '../../testing/memoryHub';
import { type ByteSource, bytesSource } from './byteSource';
import { crc32 } from './crc32';
import { readZipDirectory, STORED } from './zipDirectory';
import { createZipWriter, type ZipPart } from './zipWriter';

const modified = new Date('2024-05-06T07:08:09Z');
const stored = (name: string, data: Uint8Array, isKnown: boolean): ZipPart => ({
  ...{ name, modified, size: data.length, packedSize: data.length, method: STORED },
  crc: isKnown ? crc32(data) : null,
  chunks: [data.subarray(0, 7), data.subarray(7)],
});

it.each([undefined, 100])(
  'is read again, its checksums before or behind the data, numbers wide from %s',
  async (wideFrom) => {
    const files = new Map([
      ['model.safetensors', patterned(5000)],
      ['ünïcode/a.json', patterned(20, 3)],
      ['empty', new Uint8Array(0)],
    ]);
    const writer = createZipWriter(wideFrom === undefined ? {} : { wideFrom });
    const chunks: Uint8Array[] = [];
    for (const isKnown of [true, false]) {
      for (const [name, data] of files) {
        for await (const chunk of writer.add(stored(`${isKnown}/${name}`, data, isKnown))) chunks.push(chunk);
      }
    }
    chunks.push(writer.end());
    const zip = new Uint8Array(Buffer.concat(chunks));
    const directory = await readZipDirectory(bytesSource('a.zip', zip));
    expect([...directory.entries.keys()]).toEqual(
      ['true', 'false'].flatMap((is) => [...files.keys()].map((name) => `${is}/${name}`)),
    );
    for (const [name, entry] of directory.entries) {
      const data = files.get(name.slice(name.indexOf('/') + 1))!;
      expect([entry.size, entry.packedSize, entry.crc]).toEqual([data.length, data.length, crc32(data)]);
      const { begin, end } = await directory.locate(name);
      expect(zip.slice(begin, end)).toEqual(data);
    }
    const hasWide = Buffer.from(zip).includes('PK\u0006\u0006', 0, 'latin1');
    expect(hasWide).toBe(wideFrom !== undefined);
  },
);

it('writes and reads more than 4 GiB without holding them', async () => {
  const zeros = new Uint8Array(64 << 20);
  const GIBIBYTE = 2 ** 30;
  const small = patterned(99, 5);
  const writer = createZipWriter();
  // What is no run of zeros, by its place.
  const kept = new Map<number, Uint8Array>();
  let size = 0;
  const take = (chunk: Uint8Array): void => {
    if (chunk !== zeros) kept.set(size, chunk);
    size += chunk.length;
  };
  const large = (name: string, bytes: number): ZipPart => ({
    ...{ name, modified, size: bytes, packedSize: bytes, method: STORED, crc: 7 },
    chunks: Array.from({ length: bytes / zeros.length }, () => zeros),
  });
  for (const part of [large('five', 5 * GIBIBYTE), large('one', GIBIBYTE), stored('small', small, true)])
    for await (const chunk of writer.add(part)) take(chunk);
  take(writer.end());
  const source: ByteSource = {
    ...{ name: 'big.zip', size },
    async read(begin, end) {
      const bytes = new Uint8Array(end - begin);
      for (const [at, chunk] of kept) {
        const [from, to] = [Math.max(begin, at), Math.min(end, at + chunk.length)];
        if (from < to) bytes.set(chunk.subarray(from - at, to - at), from - begin);
      }
      return bytes;
    },
  };
  expect(size).toBeGreaterThan(6 * GIBIBYTE);
  const directory = await readZipDirectory(source);
  const sizes = [...directory.entries.values()].map((entry) => [entry.name, entry.size, entry.crc]);
  expect(sizes).toEqual([
    ['five', 5 * GIBIBYTE, 7],
    ['one', GIBIBYTE, 7],
    ['small', 99, crc32(small)],
  ]);
  const five = await directory.locate('five');
  expect(five.end - five.begin).toBe(5 * GIBIBYTE);
  const { begin, end } = await directory.locate('small');
  expect(begin).toBeGreaterThan(6 * GIBIBYTE);
  expect(await source.read(begin, end)).toEqual(small);
});

it('does not take a stream for another length than was said', async () => {
  const part = { ...stored('a', patterned(20), true), packedSize: 21 };
  const write = async () => {
    for await (const _ of createZipWriter().add(part));
  };
  await expect(write()).rejects.toThrow('a has 20 bytes, 21 were announced');
});
