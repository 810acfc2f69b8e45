import { describe, expect, it } from 'vitest';
import type { TensorSpec } from '../model/config';
import { createRng } from '../rng';
import { openSafetensors, SafetensorsError, writeSafetensors } from '../safetensors';
import { readDeltas, readMask, writeDeltas, writeMask, writePackedMask } from './maskFile';
import { packBits, unpackBits } from './packedBits';

const specs: TensorSpec[] = [
  { name: 'model.embed_tokens.weight', shape: [3, 5] },
  { name: 'model.norm.weight', shape: [8] },
  { name: 'empty', shape: [0, 4] },
];
const rng = createRng(1, 'mask file');
const mask = new Map(
  specs.map(({ name, shape }) => [
    name,
    Uint8Array.from({ length: shape.reduce((product, n) => product * n, 1) }, () => rng.int(2)),
  ]),
);
const rows = (mismatches: ReturnType<typeof readMask>['mismatches']) =>
  mismatches.map(({ name, problem, expected, found }) => [name, problem, expected, found]);

describe('packed bits', () => {
  it('puts the first entry into the lowest bit', () => {
    expect([...packBits(Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 0, 1, 1))]).toEqual([0b01000001, 0b11]);
    expect([...unpackBits(Uint8Array.of(0b01000001, 0b11), 10)]).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 1, 1]);
    expect(() => unpackBits(Uint8Array.of(0, 0b111), 10)).toThrow('behind the last entry');
    expect(() => unpackBits(Uint8Array.of(0), 10)).toThrow('10 bits need 2 bytes, 1 given');
  });
});

describe('mask files', () => {
  it.each([
    ['bytes', writeMask, false],
    ['bits', writePackedMask, true],
  ] as const)('come back equal bit for bit as %s', (_, write, packed) => {
    const file = write(specs, mask, { rule: 'most' });
    for (const expected of [specs, undefined]) {
      const read = readMask(file, expected);
      expect(read.tensors).toEqual(mask);
      expect([...read.tensors.keys()]).toEqual(specs.map(({ name }) => name));
      expect(read.specs).toEqual(specs);
      expect(read.mismatches).toEqual([]);
      expect(read.packed).toBe(packed);
      expect(read.metadata).toMatchObject({ rule: 'most' });
      expect(write(read.specs, read.tensors, { rule: 'most' })).toEqual(file);
    }
  });

  it('take an eighth of the bytes when packed, under the checkpoint’s names', () => {
    const big = [{ name: 'w', shape: [400, 20] }];
    const bits = new Map([['w', new Uint8Array(8000).fill(1)]]);
    expect(writeMask(big, bits).length).toBeGreaterThan(8000);
    const packed = writePackedMask(big, bits);
    expect(packed.length).toBeLessThan(1000 + 300);
    expect(openSafetensors(packed).entry('w')).toMatchObject({ dtype: 'U8', shape: [1000] });
  });

  it('are read from other dtypes too, as the released script writes them', () => {
    const halves = writeSafetensors([{ name: 'w', shape: [3], dtype: 'F16', values: Float32Array.of(1, 0, 1) }]);
    expect(readMask(halves).tensors.get('w')).toEqual(Uint8Array.of(1, 0, 1));
  });

  it('list what does not fit, and give the rest', () => {
    const file = writeSafetensors([
      { name: 'model.norm.weight', shape: [8], dtype: 'U8', values: new Uint8Array(8).fill(1) },
      { name: 'model.embed_tokens.weight', shape: [5, 3], dtype: 'U8', values: new Uint8Array(15) },
      { name: 'lm_head.weight', shape: [2], dtype: 'U8', values: new Uint8Array(2) },
    ]);
    const read = readMask(file, specs);
    expect([...read.tensors.keys()]).toEqual(['model.norm.weight']);
    expect(rows(read.mismatches)).toEqual([
      ['model.embed_tokens.weight', 'shape', [3, 5], [5, 3]],
      ['empty', 'missing', [0, 4], null],
      ['lm_head.weight', 'extra', null, [2]],
    ]);
    expect(read.mismatches[0]!.detail).toBe('is [5, 3], [3, 5] was expected');
  });

  it('say which values are no mask', () => {
    const file = writeSafetensors([
      { name: 'bytes', shape: [3], dtype: 'U8', values: Uint8Array.of(0, 2, 255) },
      { name: 'floats', shape: [2], dtype: 'F32', values: Float32Array.of(1, Number.NaN) },
    ]);
    expect(readMask(file).mismatches.map(({ problem, detail }) => [problem, detail])).toEqual([
      ['values', 'has 2 of 3 values neither 0 nor 1, the first (2) at index 1'],
      ['values', 'has 1 of 2 values neither 0 nor 1, the first (NaN) at index 1'],
    ]);
  });

  it('survive hostile packed shapes', () => {
    const packed = (shapes: string, values = Uint8Array.of(0xff)) =>
      writeSafetensors([{ name: 'w', shape: [values.length], dtype: 'U8', values }], {
        metadata: { 'allo.format': 'mask-bits-1', 'allo.shapes': shapes },
      });
    for (const shapes of ['{', '', '{"w":[8]}', '[["w",[-1]]]', '[["w",[1.5]]]', '[["w",[1,1,1,1,1,1,1,1,1]]]']) {
      expect(() => readMask(packed(shapes))).toThrow(SafetensorsError);
    }
    const problems = (shapes: string) => readMask(packed(shapes)).mismatches.map(({ problem }) => problem);
    expect(problems('[["w",[8]]]')).toEqual([]);
    expect(problems('[["w",[7]]]')).toEqual(['values']);
    expect(problems('[["w",[9007199254740991,9007199254740991]]]')).toEqual(['shape']);
    expect(problems('[["v",[8]]]')).toEqual(['shape']);
    expect(() => readMask(writePackedMask(specs, mask).subarray(0, 60))).toThrow(SafetensorsError);
    expect(() => readMask(new Uint8Array(16).fill(0xff))).toThrow('no safetensors file');
  });

  it('refuse to be written with a tensor missing or of another size', () => {
    expect(() => writeMask(specs, new Map())).toThrow(SafetensorsError);
    const short = new Map(mask).set('model.norm.weight', new Uint8Array(7));
    expect(() => writeMask(specs, short)).toThrow('model.norm.weight');
    expect(() => writePackedMask(specs, short)).toThrow('model.norm.weight');
  });
});

describe('change files', () => {
  it('come back bit for bit, NaN and −0 too', () => {
    const values = Float32Array.of(1e-40, -0, Number.NaN, Infinity, 0.1, 1, 2, 3);
    const file = writeDeltas([specs[1]!], new Map([['model.norm.weight', values]]));
    const read = readDeltas(file, [specs[1]!]);
    expect(new Uint32Array(read.tensors.get('model.norm.weight')!.buffer)).toEqual(new Uint32Array(values.buffer));
    expect(read.mismatches).toEqual([]);
    expect(rows(readDeltas(writeMask(specs, mask), [specs[1]!]).mismatches)).toEqual([
      ['model.norm.weight', 'type', [8], [8]],
      ['model.embed_tokens.weight', 'extra', null, [3, 5]],
      ['empty', 'extra', null, [0, 4]],
    ]);
  });
});
