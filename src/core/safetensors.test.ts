import { describe, expect, it } from 'vitest';
import { goldenBytes } from '../testing/golden';
import { openSafetensors, SafetensorsError, writeSafetensors } from './safetensors';

/** A file from a raw header text and data bytes. */
function rawFile(header: string, data = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}
const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const fileOf = (header: Record<string, unknown>, bytes: number) =>
  rawFile(
    JSON.stringify(header),
    Uint8Array.from({ length: bytes }, (_, i) => i),
  );

describe('writeSafetensors', () => {
  const tensors = [
    { name: 'b', shape: [2, 2], dtype: 'F32' as const, values: Float32Array.of(1, -0.1, 3e-40, 1e30) },
    { name: 'a', shape: [3], dtype: 'F16' as const, values: Float32Array.of(0.1, -65504, 2049) },
    { name: 'm', shape: [5], dtype: 'U8' as const, values: Uint8Array.of(0, 1, 1, 0, 1) },
  ];

  it('round-trips F32 bit for bit, F16 rounded to nearest even, U8, and metadata', () => {
    const file = openSafetensors(writeSafetensors(tensors, { metadata: { seed: '7' } }));
    expect(file.metadata).toEqual({ seed: '7' });
    expect(file.entries.map(({ name }) => name)).toEqual(['b', 'a', 'm']);
    expect(file.readFloats('b')).toEqual(tensors[0]!.values);
    expect([...file.readFloats('a')]).toEqual([0.0999755859375, -65504, 2048]);
    expect(file.read('m')).toEqual(tensors[2]!.values);
    expect(file.entry('b').shape).toEqual([2, 2]);
  });

  it('starts the data on 8 bytes and can sort by name', () => {
    const bytes = writeSafetensors(tensors, { order: 'sorted' });
    expect(openSafetensors(bytes).entries.map(({ name }) => name)).toEqual(['a', 'b', 'm']);
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
  });

  it('refuses duplicate names and values that do not fit the shape', () => {
    expect(() => writeSafetensors([tensors[0]!, tensors[0]!])).toThrow('Tensor "b": name used twice');
    expect(() => writeSafetensors([{ ...tensors[0]!, shape: [3] }])).toThrow('shape [3] does not fit 4 values');
  });
});

describe('openSafetensors', () => {
  it('reads a PyTorch file out of a pooled Node buffer', () => {
    const file = openSafetensors(goldenBytes('gpt2_tiny.safetensors'));
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.entry('transformer.wte.weight').shape).toEqual([61, 16]);
    expect(file.readFloats('transformer.wte.weight')).toHaveLength(61 * 16);
  });

  it('decodes every supported dtype', () => {
    const header = {
      f: entry('BF16', [2], 0, 4),
      i: entry('I32', [1], 4, 8),
      l: entry('I64', [], 8, 16),
      u: entry('BOOL', [2], 16, 18),
      d: entry('F64', [1], 18, 26),
    };
    const data = new Uint8Array(26);
    data.set([0x80, 0x3f, 0x40, 0xc0], 0); // 1, −3
    data.set([0xfe, 0xff, 0xff, 0xff], 4);
    data.set([5], 8);
    data.set([1, 0], 16);
    const file = openSafetensors(rawFile(JSON.stringify(header), data));
    expect([...file.readFloats('f')]).toEqual([1, -3]);
    expect(file.read('i')).toEqual(Int32Array.of(-2));
    expect(file.read('l')).toEqual(BigInt64Array.of(5n));
    expect(file.read('u')).toEqual(Uint8Array.of(1, 0));
    expect(() => file.read('d')).toThrow('Tensor "d": has dtype F64, which this reader does not support.');
    expect(() => file.readFloats('i')).toThrow('holds I32');
    expect(() => file.read('x')).toThrow('Tensor "x": is not in this file.');
  });

  const huge = new Uint8Array(16).fill(0xff);
  const cases: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'has 0 bytes'],
    ['a giant header length', huge, 'no safetensors file'],
    ['a truncated header', rawFile('{"a":1}').subarray(0, 12), 'ends within its header'],
    ['a header that is no JSON', rawFile('{nope'), 'not valid JSON'],
    ['invalid UTF-8', rawFile('{}').fill(0xff, 8), 'not valid JSON'],
    ['an array header', rawFile('[]'), 'not a JSON object'],
    ['wrong metadata', rawFile('{"__metadata__":{"a":1}}'), '__metadata__'],
    ['a missing field', rawFile('{"w":{"dtype":"F32","shape":[1]}}'), 'Tensor "w": header field "data_offsets"'],
    ['an unknown dtype', fileOf({ w: entry('F8', [4], 0, 4) }, 4), 'unknown dtype "F8"'],
    ['a fractional extent', fileOf({ w: entry('U8', [1.5], 0, 4) }, 4), 'Tensor "w": header field "shape.0"'],
    ['a negative offset', fileOf({ w: entry('U8', [4], -4, 0) }, 4), 'Tensor "w"'],
    ['reversed offsets', fileOf({ w: entry('U8', [4], 4, 0) }, 4), 'ends (0) before it begins (4)'],
    ['data past the end', fileOf({ w: entry('U8', [8], 0, 8) }, 4), 'the file at'],
    ['a wrong size', fileOf({ w: entry('F32', [2], 0, 4) }, 4), 'needs 8 bytes, 4 given'],
    ['an overflowing shape', fileOf({ w: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4), '4 given'],
    ['an overlap', fileOf({ v: entry('U8', [3], 0, 3), w: entry('U8', [2], 2, 4) }, 4), 'Tensor "w": overlaps'],
    ['a hole', fileOf({ v: entry('U8', [1], 0, 1), w: entry('U8', [1], 3, 4) }, 4), 'leaves 2 unused bytes'],
    ['trailing bytes', fileOf({ w: entry('U8', [1], 0, 1) }, 4), 'belong to nothing'],
    [
      'a duplicate name',
      rawFile(
        '{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"w":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
        new Uint8Array(4),
      ),
      'leaves 2 unused bytes',
    ],
  ];
  it.each(cases)('refuses %s', (_, bytes, message) => {
    expect(() => openSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => openSafetensors(bytes)).toThrow(message);
  });

  it('accepts a file without tensors', () => {
    expect(openSafetensors(writeSafetensors([])).entries).toEqual([]);
  });
});
