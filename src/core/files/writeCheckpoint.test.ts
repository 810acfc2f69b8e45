// Written with ours, read back with a parser of this test's own: what is expected stands here in bits worked by hand.
import { describe, expect, it } from 'vitest';
import { goldenBytes } from '../../testing/golden';
import { bytesOf, type RawTensor, rawCheckpoint } from '../../testing/rawCheckpoint';
import { toBfloat16Bits, toFloat16Bits } from '../halfFloats';
import { createRng } from '../rng';
import { openSafetensors } from '../safetensors';
import { bytesSource, FileError } from './byteSource';
import { accompanyingFiles } from './modelFolder';
import { INDEX_FILE, type OutFile, planCheckpoint } from './writeCheckpoint';

async function collect(file: OutFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Parsed {
  metadata: unknown;
  names: string[];
  tensors: Map<string, { dtype: string; shape: number[]; bytes: Buffer }>;
}

/** The format as its README tells it, and nothing of ours. */
function parse(file: Buffer): Parsed {
  const length = Number(file.readBigUInt64LE(0));
  expect((8 + length) % 8).toBe(0);
  const text = file.subarray(8, 8 + length).toString('utf8');
  const names = [...text.matchAll(/"((?:[^"\\]|\\.)*)":\{"dtype"/g)].map((match) => JSON.parse(`"${match[1]}"`));
  const { __metadata__: metadata, ...entries } = JSON.parse(text);
  const data = file.subarray(8 + length);
  let end = 0;
  const tensors: Parsed['tensors'] = new Map();
  for (const name of names) {
    const { dtype, shape, data_offsets: offsets } = entries[name];
    expect(offsets[0]).toBe(end);
    end = offsets[1];
    tensors.set(name, { dtype, shape, bytes: data.subarray(offsets[0], end) });
  }
  expect(end).toBe(data.length);
  return { metadata, names, tensors };
}

const u16 = (...values: number[]): Uint8Array => bytesOf(Uint16Array.from(values));
const f32 = (...values: number[]): Uint8Array => bytesOf(Float32Array.from(values));

describe('a changed tensor', () => {
  it('keeps the bytes of what did not change, and rounds the rest to nearest even', async () => {
    // BF16: 1, −0, NaN with a payload, 1, 1, 256.
    const bits = [0x3f80, 0x8000, 0x7fa5, 0x3f80, 0x3f80, 0x4380];
    const checkpoint = rawCheckpoint([{ name: 'w', dtype: 'BF16', shape: [2, 3], bytes: u16(...bits) }]);
    // 1 + 2^-8 lies between 1 and 1 + 2^-7 and goes to the even one, 1; 1 + 3·2^-8 goes to 1 + 2^-6.
    const values = Float32Array.of(1, -0, NaN, 1 + 1 / 256, 1 + 3 / 256, -2);
    const plan = await planCheckpoint(checkpoint, new Map([['w', values]]));
    const written = parse(await collect(plan.files[0]!));
    expect([...new Uint16Array(new Uint8Array(written.tensors.get('w')!.bytes).buffer)]).toEqual([
      0x3f80, 0x8000, 0x7fa5, 0x3f80, 0x3f82, 0xc000,
    ]);
    expect(plan.changes).toEqual([{ name: 'w', entries: 6, changed: 3, roundedAway: 1, overflowed: 0, notFinite: 0 }]);
  });

  it('tells −0 from 0, in F16 too', async () => {
    const checkpoint = rawCheckpoint([{ name: 'w', dtype: 'F16', shape: [3], bytes: u16(0x8000, 0x3c00, 0x7bff) }]);
    const plan = await planCheckpoint(checkpoint, new Map([['w', Float32Array.of(0, 1 + 3 / 2048, 65504)]]));
    const { bytes } = parse(await collect(plan.files[0]!)).tensors.get('w')!;
    // 1 + 3/2048 is half-way between 1 + 1/1024 and 1 + 2/1024: the even one.
    expect([0, 2, 4].map((at) => bytes.readUInt16LE(at))).toEqual([0, 0x3c02, 0x7bff]);
  });

  it('refuses what would become infinite, or writes and counts it', async () => {
    const checkpoint = rawCheckpoint([{ name: 'w', dtype: 'F16', shape: [2], bytes: u16(0x7c00, 0x3c00) }]);
    // The infinity that was there is no change; 65519 rounds to 65504, 65520 to infinity.
    const fine = await planCheckpoint(checkpoint, new Map([['w', Float32Array.of(Infinity, 65519)]]));
    expect(
      parse(await collect(fine.files[0]!))
        .tensors.get('w')!
        .bytes.readUInt16LE(2),
    ).toBe(0x7bff);
    const changes = new Map([['w', Float32Array.of(Infinity, 65520)]]);
    await expect(planCheckpoint(checkpoint, changes)).rejects.toThrow(
      /tensor “w”: 1 of its changed values are too large for F16/,
    );
    const plan = await planCheckpoint(checkpoint, changes, { onOverflow: 'write' });
    expect(plan.changes[0]).toMatchObject({ changed: 1, overflowed: 1 });
    expect(
      parse(await collect(plan.files[0]!))
        .tensors.get('w')!
        .bytes.readUInt16LE(2),
    ).toBe(0x7c00);
    const nan = new Map([['w', Float32Array.of(NaN, 1)]]);
    await expect(planCheckpoint(checkpoint, nan)).rejects.toThrow('NaN or infinite');
  });

  it('compares F64 in float32, so that nothing is lost of what did not change', async () => {
    const stored = Float64Array.of(0.1, 0.2);
    const checkpoint = rawCheckpoint([{ name: 'w', dtype: 'F64', shape: [2], bytes: bytesOf(stored) }]);
    const plan = await planCheckpoint(checkpoint, new Map([['w', Float32Array.of(0.1, 0.25)]]));
    const { bytes } = parse(await collect(plan.files[0]!)).tensors.get('w')!;
    expect([bytes.readDoubleLE(0), bytes.readDoubleLE(8)]).toEqual([0.1, 0.25]);
  });

  it('agrees with rounding every entry by itself, whatever the stretch', async () => {
    const rng = createRng(3, 'write');
    for (const [dtype, to] of [
      ['BF16', toBfloat16Bits],
      ['F16', toFloat16Bits],
    ] as const) {
      const old = Uint16Array.from({ length: 1001 }, () => to(rng.normal()));
      const checkpoint = rawCheckpoint([{ name: 'w', dtype, shape: [1001], bytes: bytesOf(old) }]);
      const values = await checkpoint.readFloats('w', 0, 1001);
      for (let i = 0; i < 1001; i += 3) values[i]! += 0.01 * rng.normal();
      const plan = await planCheckpoint(checkpoint, new Map([['w', values]]), { chunkBytes: 64 });
      const written = new Uint8Array(parse(await collect(plan.files[0]!)).tensors.get('w')!.bytes);
      expect([...new Uint16Array(written.buffer)]).toEqual([...values].map(to));
      expect(Math.max(...checkpoint.reads.slice(1).map(({ elements }) => elements))).toBe(32);
    }
  });
});

const several: RawTensor[] = [
  { name: 'embed', dtype: 'BF16', shape: [2, 2], bytes: u16(1, 2, 3, 4) },
  { name: '1', dtype: 'I64', shape: [1], bytes: bytesOf(BigInt64Array.of(-7n)) },
  { name: '0 “ü"', dtype: 'F32', shape: [2], bytes: f32(1, 2) },
  { name: 'none', dtype: 'F32', shape: [0, 3], bytes: f32() },
  { name: 'scalar', dtype: 'U8', shape: [], bytes: Uint8Array.of(9) },
];

describe('files', () => {
  it('keep names, dtypes, shapes, order and metadata; the size is known before', async () => {
    const checkpoint = rawCheckpoint(several, { metadata: { format: 'pt', made: 'ü "by"' } });
    const { files, size, changes } = await planCheckpoint(checkpoint, new Map());
    const file = await collect(files[0]!);
    expect([files.length, files[0]!.name, changes.length]).toEqual([1, 'model.safetensors', 0]);
    expect([size, files[0]!.size]).toEqual([file.length, file.length]);
    const { metadata, names, tensors } = parse(file);
    expect(metadata).toEqual({ format: 'pt', made: 'ü "by"' });
    expect(names).toEqual(several.map(({ name }) => name));
    for (const { name, dtype, shape, bytes } of several)
      expect(tensors.get(name)).toEqual({ dtype, shape, bytes: Buffer.from(bytes) });
  });

  it('gives back the bytes of a file that was written with PyTorch, unchanged and with one entry changed', async () => {
    const original = goldenBytes('llama_tiny.safetensors');
    const opened = openSafetensors(original);
    const given = opened.entries.map(({ name, dtype, shape, begin, end }) => ({
      ...{ name, dtype, shape },
      bytes: original.subarray(begin, end),
    }));
    const checkpoint = rawCheckpoint(given, { metadata: opened.metadata });
    const same = await planCheckpoint(checkpoint, new Map(given.map(({ name }) => [name, opened.readFloats(name)])));
    const before = parse(Buffer.from(original));
    const after = parse(await collect(same.files[0]!));
    expect(after).toEqual({ ...before, metadata: { ...opened.metadata, format: 'pt' } });
    expect(same.changes.every(({ changed }) => changed === 0)).toBe(true);
    const name = 'model.norm.weight';
    const values = opened.readFloats(name);
    values[3] = 0.125;
    const one = parse(await collect((await planCheckpoint(checkpoint, new Map([[name, values]]))).files[0]!));
    for (const [other, { bytes }] of before.tensors)
      if (other !== name) expect(one.tensors.get(other)!.bytes).toEqual(bytes);
    expect(one.tensors.get(name)!.bytes.readFloatLE(12)).toBe(0.125);
  });

  it('come in the shards of the original, or in new ones, with their index', async () => {
    const sharded = several.map((tensor, i) => ({ ...tensor, file: `pytorch_model-${i < 2 ? 1 : 2}.bin` }));
    const checkpoint = rawCheckpoint(sharded, { format: 'torch zip', metadata: {} });
    const kept = await planCheckpoint(checkpoint, new Map([['0 “ü"', Float32Array.of(1, 3)]]));
    expect(kept.files.map(({ name }) => name)).toEqual([
      ...['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', INDEX_FILE],
    ]);
    const [first, second, index] = await Promise.all(kept.files.map(collect));
    expect(parse(first!)).toMatchObject({ names: ['embed', '1'], metadata: { format: 'pt' } });
    expect(parse(second!).tensors.get('0 “ü"')!.bytes.readFloatLE(4)).toBe(3);
    expect(JSON.parse(index!.toString())).toEqual({
      metadata: { total_parameters: 8, total_size: 8 + 8 + 8 + 0 + 1 },
      weight_map: {
        embed: 'model-00001-of-00002.safetensors',
        1: 'model-00001-of-00002.safetensors',
        '0 “ü"': 'model-00002-of-00002.safetensors',
        none: 'model-00002-of-00002.safetensors',
        scalar: 'model-00002-of-00002.safetensors',
      },
    });
    expect(kept.size).toBe(first!.length + second!.length + index!.length);
    // 8 | 8 + … would be 16 > 9.
    const fine = await planCheckpoint(checkpoint, new Map(), { shardBytes: 9 });
    const names = await Promise.all(fine.files.slice(0, -1).map(async (file) => parse(await collect(file)).names));
    expect(names).toEqual([['embed'], ['1'], ['0 “ü"', 'none', 'scalar']]);
  });

  it('hold tied tensors under both names with the values of the one that was given', async () => {
    const bytes = u16(0x3f80, 0x3f80);
    const tied = rawCheckpoint([
      { name: 'embed', dtype: 'BF16', shape: [2], bytes },
      { name: 'head', dtype: 'BF16', shape: [2], bytes, sameAs: 'embed' },
    ]);
    for (const name of ['embed', 'head']) {
      const plan = await planCheckpoint(tied, new Map([[name, Float32Array.of(1, 2)]]));
      const { tensors } = parse(await collect(plan.files[0]!));
      expect([...tensors.values()].map((one) => one.bytes.readUInt16LE(2))).toEqual([0x4000, 0x4000]);
    }
    const both = new Map([
      ['embed', Float32Array.of(1, 2)],
      ['head', Float32Array.of(1, 3)],
    ]);
    await expect(planCheckpoint(tied, both)).rejects.toThrow('“head”: is tied to “embed”');
  });

  it('refuses changes that do not belong', async () => {
    const checkpoint = rawCheckpoint(several);
    for (const [name, length, said] of [
      ['other', 1, 'is not in this checkpoint'],
      ['1', 1, 'holds I64'],
      ['embed', 5, 'has 4 entries, 5 new values'],
    ] as const) {
      const plan = planCheckpoint(checkpoint, new Map([[name, new Float32Array(length)]]));
      await expect(plan).rejects.toThrow(FileError);
      await expect(plan).rejects.toThrow(said);
    }
  });
});

it('takes config and tokenizer along as they came, and nothing else', async () => {
  const text = (name: string, content: string) => bytesSource(name, new TextEncoder().encode(content));
  const files = accompanyingFiles([
    text('model.safetensors', 'no'),
    text('config.json', '{ "a":1 }\n'),
    text('README.md', 'no'),
    text('chat_template.jinja', '{{ x }}'),
    text('config.json', 'second'),
  ]);
  expect(files.map(({ name, size }) => [name, size])).toEqual([
    ['config.json', 10],
    ['chat_template.jinja', 7],
  ]);
  expect((await collect(files[0]!)).toString()).toBe('{ "a":1 }\n');
});
