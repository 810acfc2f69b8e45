import { describe, expect, it } from 'vitest';
import { createRng } from '../rng';
import { type ByteSource, bytesSource } from './byteSource';
import { BYTES_OF, type TensorDtype } from './checkpoint';
import { isContiguous, mergeDimensions, readStored, type StoredTensor } from './storedTensor';

function tensorOf(source: ByteSource, dtype: TensorDtype, shape: number[], strides: number[], begin = 0): StoredTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { name: 'w', dtype, shape, size, sameAs: null, source, begin, strides };
}

/** Counts what is read. */
function watched(source: ByteSource): { source: ByteSource; reads: number[] } {
  const reads: number[] = [];
  const read = (begin: number, end: number) => {
    reads.push(end - begin);
    return source.read(begin, end);
  };
  return { source: { ...source, read }, reads };
}

/** Every element by the definition of strides. */
function naive(bytes: Uint8Array, { dtype, shape, strides, size, begin }: StoredTensor): Uint8Array {
  const each = BYTES_OF[dtype];
  const out = new Uint8Array(size * each);
  for (let i = 0; i < size; i++) {
    let [rest, address] = [i, 0];
    for (let d = shape.length - 1; d >= 0; d--) {
      address += (rest % shape[d]!) * strides![d]!;
      rest = Math.floor(rest / shape[d]!);
    }
    const at = begin + address * each;
    out.set(bytes.subarray(at, at + each), i * each);
  }
  return out;
}

describe('mergeDimensions', () => {
  it('leaves out what does not matter', () => {
    expect(mergeDimensions([2, 3, 4], [12, 4, 1])).toEqual([{ extent: 24, stride: 1 }]);
    expect(mergeDimensions([4, 3], [1, 4])).toEqual([
      { extent: 4, stride: 1 },
      { extent: 3, stride: 4 },
    ]);
    expect(mergeDimensions([1, 5, 1], [99, 1, 7])).toEqual([{ extent: 5, stride: 1 }]);
    expect(mergeDimensions([2, 3], [0, 0])).toEqual([{ extent: 6, stride: 0 }]);
  });

  it('tells row-major elements from others', () => {
    expect(isContiguous([2, 3], [3, 1])).toBe(true);
    expect(isContiguous([1, 3], [1000, 1])).toBe(true);
    expect(isContiguous([], [])).toBe(true);
    expect(isContiguous([0, 4], [9, 9])).toBe(true);
    expect(isContiguous([2, 3], [4, 1])).toBe(false);
    expect(isContiguous([3], [2])).toBe(false);
    expect(isContiguous([3], [0])).toBe(false);
  });
});

describe('readStored', () => {
  it('reads any strides as their definition says, in any part', async () => {
    const rng = createRng(3, 'strides');
    const bytes = Uint8Array.from({ length: 40_000 }, () => rng.int(256));
    const dtypes: TensorDtype[] = ['U8', 'BF16', 'F32', 'F64'];
    for (let round = 0; round < 300; round++) {
      const shape = Array.from({ length: 1 + rng.int(4) }, () => 1 + rng.int(6));
      const strides = shape.map(() => rng.pick([0, 1, 1, 2, 3, 6, 7, 36, 101]));
      const tensor = tensorOf(bytesSource('b', bytes), rng.pick(dtypes), shape, strides, rng.int(99));
      const all = naive(bytes, tensor);
      const begin = rng.int(tensor.size + 1);
      const end = begin + rng.int(tensor.size - begin + 1);
      const each = BYTES_OF[tensor.dtype];
      const stored = isContiguous(shape, strides) ? { ...tensor, strides: null } : tensor;
      const read = await readStored(stored, begin, end);
      expect(read, JSON.stringify({ tensor, begin, end })).toEqual(all.slice(begin * each, end * each));
    }
  });

  it('goes through a large transposed tensor in blocks, each once', async () => {
    const [rows, columns] = [3000, 1500]; // 9 MB of BF16
    const halves = Uint16Array.from({ length: rows * columns }, (_, i) => (i * 7919) & 0xffff);
    const { source, reads } = watched(bytesSource('b', new Uint8Array(halves.buffer)));
    const tensor = tensorOf(source, 'BF16', [columns, rows], [1, columns]);
    const out = new Uint16Array((await readStored(tensor, 0, tensor.size)).buffer);
    let wrong = 0;
    for (let c = 0; c < columns; c++)
      for (let r = 0; r < rows; r++) if (out[c * rows + r] !== halves[r * columns + c]) wrong++;
    expect(wrong).toBe(0);
    expect(reads).toHaveLength(3);
    expect(Math.max(...reads)).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(reads.reduce((sum, read) => sum + read, 0)).toBeLessThanOrEqual(halves.byteLength);
  });

  it('reads long rows by themselves, and only those asked for', async () => {
    const width = 20_000;
    const floats = Float32Array.from({ length: 4 * width }, (_, i) => i);
    const { source, reads } = watched(bytesSource('b', new Uint8Array(floats.buffer)));
    const tensor = tensorOf(source, 'F32', [4, 10_000], [width, 1]);
    const out = new Float32Array((await readStored(tensor, 9998, 20_003)).buffer);
    expect([...out.slice(0, 4), ...out.slice(-4)]).toEqual([9998, 9999, 20000, 20001, 29999, 40000, 40001, 40002]);
    expect(reads).toEqual([8, 40_000, 12]);
  });

  it('steps over blocks in which nothing is needed', async () => {
    const bytes = new Uint8Array(40_000_000);
    bytes[0] = 5;
    bytes[39_999_999] = 6;
    const { source, reads } = watched(bytesSource('b', bytes));
    expect(await readStored(tensorOf(source, 'U8', [2], [39_999_999]), 0, 2)).toEqual(Uint8Array.of(5, 6));
    expect(reads).toEqual([1, 1]);
  });

  it('keeps every bit of 8-byte elements', async () => {
    const bytes = Uint8Array.of(1, 0, 0, 0, 0, 0, 0xf0, 0x7f, 2, 0, 0, 0, 0, 0, 0xf0, 0xff); // signalling NaNs
    const tensor = tensorOf(bytesSource('b', bytes), 'F64', [2, 2], [0, 1]);
    expect(await readStored(tensor, 0, 4)).toEqual(Uint8Array.of(...bytes, ...bytes));
  });
});
