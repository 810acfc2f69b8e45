import { describe, expect, it } from 'vitest';
import { memoryCheckpoint } from '../../testing/memoryCheckpoint';
import { FileError } from '../files/byteSource';
import type { TensorDtype } from '../files/checkpoint';
import { BYTES_OF } from '../files/checkpoint';
import { packBits } from '../masks/packedBits';
import { createRng } from '../rng';
import { countMask, lazyMaskFile, maskTensors } from './maskTensors';
import { PAGE } from './tiles';

const DTYPES = Object.keys(BYTES_OF) as TensorDtype[];
const bitsOf = (size: number, seed: number) => {
  const rng = createRng(seed);
  return Uint8Array.from({ length: size }, () => (rng.int(3) === 0 ? 1 : 0));
};

describe('maskTensors', () => {
  it('counts and reads 0/1 tensors of every dtype', async () => {
    const a = bitsOf(35, 1);
    const b = bitsOf(12, 2);
    for (const dtype of DTYPES) {
      const mask = maskTensors(
        memoryCheckpoint('mask', [
          { name: 'model.layers.0.mlp.up_proj.weight', dtype, shape: [5, 7], values: a },
          { name: 'none', dtype, shape: [0], values: [] },
          { name: 'model.norm.weight', dtype, shape: [12], values: b },
          { name: 'again', dtype, shape: [12], values: b, sameAs: 'model.norm.weight' },
        ]),
      );
      const ones = [a, b].map((bits) => bits.reduce((sum, bit) => sum + bit, 0));
      for (const chunkBytes of [1, 20, 1 << 20]) {
        const counts = await countMask(mask, { chunkBytes });
        expect(counts.tensors.map(({ selected }) => selected)).toEqual([ones[0], 0, ones[1]]);
        expect(counts).toMatchObject({ selected: ones[0]! + ones[1]!, total: 47 });
        expect(counts.tied).toEqual([{ name: 'again', sameAs: 'model.norm.weight' }]);
      }
      const lazy = lazyMaskFile(mask);
      expect(await lazy.bits('again', 3, 9)).toEqual(b.subarray(3, 9));
      const area = { rowBegin: 1, rowEnd: 3, columnBegin: 2, columnEnd: 4 };
      const block = await lazy.block('model.layers.0.mlp.up_proj.weight', area);
      expect([...block]).toEqual([a[9], a[10], a[16], a[17]]);
    }
  });

  it('takes −0 for 0, and refuses the first other value with its place', async () => {
    for (const dtype of DTYPES) {
      const isFloat = dtype === 'F16' || dtype === 'BF16' || dtype === 'F32' || dtype === 'F64';
      const values = new Array<number>(50)
        .fill(0)
        .with(1, isFloat ? -0 : 0)
        .with(2, 1);
      const make = (wrong: number) =>
        maskTensors(memoryCheckpoint('mask.bin', [{ name: 'a', dtype, shape: [50], values: values.with(33, wrong) }]));
      expect((await countMask(make(1))).selected).toBe(2);
      for (const wrong of isFloat ? [2, -1, 0.5, Number.NaN] : [2, -1, 3]) {
        const message = `mask.bin, tensor "a": the value at index 33 is neither 0 nor 1`;
        for (const chunkBytes of [16, 1 << 20]) {
          const counting = countMask(make(wrong), { chunkBytes });
          await expect(counting).rejects.toThrow(FileError);
          await expect(counting).rejects.toThrow(message);
        }
        await expect(lazyMaskFile(make(wrong)).bits('a', 0, 1)).rejects.toThrow(message);
      }
    }
  });

  it('reads packed bits as any others', async () => {
    const size = PAGE + 13;
    const bits = bitsOf(size, 3);
    const make = (shapes: string, values: Uint8Array) =>
      memoryCheckpoint('packed', [{ name: 'a', dtype: 'U8', shape: [values.length], values }], {
        metadata: { 'allo.format': 'mask-bits-1', 'allo.shapes': shapes },
      });
    const packed = packBits(bits);
    const mask = maskTensors(make(`[["a",[1,${size}]]]`, packed));
    expect(mask.tensors[0]).toMatchObject({ size, shape: [1, size], packed: true });
    for (const chunkBytes of [1, 37, 1 << 20]) {
      expect((await countMask(mask, { chunkBytes })).selected).toBe(bits.reduce((sum, bit) => sum + bit, 0));
    }
    const read = await lazyMaskFile(mask).bits('a', 5, size);
    expect(read.length === size - 5 && read.every((bit, i) => bit === bits[i + 5])).toBe(true);
    const filled = packed.with(packed.length - 1, 0xff);
    await expect(countMask(maskTensors(make(`[["a",[${size}]]]`, filled)))).rejects.toThrow(/a bit set behind/);
    for (const shapes of ['', '{}', '[]', '[["a",[3]]]', '[["a",[1e300,1e300]]]', '[["a",[-1]]]']) {
      expect(() => maskTensors(make(shapes, packed))).toThrow(FileError);
    }
  });
});
