import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { FileError } from './byteSource';
import { streamedBlobSource } from './streamedBlob';

const BYTES = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);
const LONG = 1000;

/** Counts the streams and slices that are opened. */
function counted(bytes = BYTES) {
  const blob = new Blob([bytes]);
  const opened = { streams: 0, slices: 0 };
  const slice = blob.slice.bind(blob);
  blob.slice = (begin, end) => {
    const part = slice(begin, end);
    const [stream, arrayBuffer] = [part.stream.bind(part), part.arrayBuffer.bind(part)];
    part.stream = () => {
      opened.streams++;
      return stream();
    };
    part.arrayBuffer = () => {
      opened.slices++;
      return arrayBuffer();
    };
    return part;
  };
  return { source: streamedBlobSource('model.bin', blob, LONG), opened, blob };
}

const same = (bytes: Uint8Array, begin: number, end: number) => {
  expect(bytes.byteOffset).toBe(0);
  expect(Buffer.from(bytes).equals(Buffer.from(BYTES.subarray(begin, end)))).toBe(true);
};

describe('streamedBlobSource', () => {
  it('reads on in one stream, gaps included, whatever is asked for ahead', async () => {
    const { source, opened } = counted();
    const ranges: [number, number][] = [];
    for (let at = 0; at + 9000 < BYTES.length; at += 9000) ranges.push([at + (at % 64), at + 9000 - (at % 11)]);
    const all = await Promise.all(ranges.map(([begin, end]) => source.read(begin, end)));
    for (const [i, [begin, end]] of ranges.entries()) same(all[i]!, begin, end);
    expect(opened).toEqual({ streams: 1, slices: 0 });
  });

  it('reads anywhere in any order', async () => {
    const { source, opened } = counted();
    const rng = createRng(1, 'ranges');
    const reads = Array.from({ length: 300 }, async () => {
      const begin = rng.int(BYTES.length);
      const end = begin + rng.int(Math.min(20_000, BYTES.length - begin + 1));
      same(await source.read(begin, end), begin, end);
    });
    await Promise.all(reads);
    expect(opened.slices).toBeGreaterThan(0);
    expect(opened.streams).toBeGreaterThan(2);
  });

  it('takes slices for short reads', async () => {
    const { source, opened } = counted();
    same(await source.read(5, 5 + LONG - 1), 5, 5 + LONG - 1);
    expect(await source.read(7, 7)).toEqual(new Uint8Array(0));
    expect(opened).toEqual({ streams: 0, slices: 2 });
    await expect(source.read(0, BYTES.length + 1)).rejects.toThrow(RangeError);
  });

  it('falls back where a stream breaks off or cannot be opened', async () => {
    for (const broken of [
      () => {
        throw new TypeError('no byob here');
      },
      () => new ReadableStream({ type: 'bytes', start: (controller) => controller.error(new Error('gone')) }),
      () => new ReadableStream({ type: 'bytes', start: (controller) => controller.close() }),
    ]) {
      const blob = new Blob([BYTES]);
      const slice = blob.slice.bind(blob);
      blob.slice = (begin, end) => Object.assign(slice(begin, end), { stream: broken });
      const source = streamedBlobSource('model.bin', blob, LONG);
      same(await source.read(100, 5000), 100, 5000);
      same(await source.read(5000, 9000), 5000, 9000);
    }
  });

  it('says which file cannot be read', async () => {
    const blob = new Blob([BYTES]);
    const gone = () => Promise.reject(new Error('NotReadable'));
    const stream = () =>
      new ReadableStream({ type: 'bytes', start: (controller) => controller.error(new Error('gone')) });
    blob.slice = () => Object.assign(new Blob([]), { stream, arrayBuffer: gone });
    const source = streamedBlobSource('model.bin', blob, LONG);
    await expect(source.read(0, 5000)).rejects.toThrow(FileError);
    await expect(source.read(0, 5000)).rejects.toThrow(/model\.bin: could not be read \(NotReadable\)/);
  });
});
