import { describe, expect, it } from 'vitest';
import { EXPECTED, fixture, fixtureBytes, fixtureFolder, valuesOf } from '../../testing/checkpointFixtures';
import { fuzz, fuzzCount, fuzzTimeout } from '../../testing/mutate';
import { zipBytes } from '../../testing/zipBytes';
import { writeSafetensors } from '../safetensors';
import { type ByteSource, bytesSource, FileError } from './byteSource';
import { openCheckpoint, recogniseCheckpoint } from './openCheckpoint';

const text = (name: string, content: string) => bytesSource(name, new TextEncoder().encode(content));
const floats = (name: string, ...tensors: string[]) =>
  bytesSource(
    name,
    writeSafetensors(
      tensors.map((tensor) => ({ name: tensor, shape: [1], dtype: 'F32', values: Float32Array.of(tensor.length) })),
    ),
  );
const isIndex = ({ name }: ByteSource) => name.endsWith('.json');
const filesOf = (name: string) => (name === 'shards' ? fixtureFolder('shards') : [fixture(name)]);
const tinyModule = ['embed.weight', 'norm.weight', 'norm.bias', 'norm.running_mean', 'norm.running_var'];

describe.each(Object.keys(EXPECTED))('%s, against the numbers PyTorch reads', (name) => {
  const expected = EXPECTED[name]!;

  it('lists the tensors in order, with dtypes, shapes and tied weights', async () => {
    const { tensors } = await openCheckpoint(filesOf(name));
    const listed = tensors.map(({ name, dtype, shape, size, sameAs }) => ({ name, dtype, shape, size, sameAs }));
    expect(listed).toEqual(
      Object.entries(expected).map(([name, { dtype, shape, values, sameAs = null }]) => ({
        ...{ name, dtype, shape, sameAs },
        size: values.length,
      })),
    );
  });

  it('reads whole tensors and parts of them', async () => {
    const checkpoint = await openCheckpoint(filesOf(name));
    for (const [tensor, { dtype, values }] of Object.entries(expected)) {
      const exact =
        dtype === 'F32' || dtype === 'F64' || dtype === 'F16' || dtype === 'BF16' ? values.map(Number) : values;
      expect(await valuesOf(checkpoint, tensor, 0, values.length), tensor).toEqual(exact);
      const [begin, end] = [Math.floor(values.length / 3), Math.ceil((2 * values.length) / 3)];
      expect(await valuesOf(checkpoint, tensor, begin, end), tensor).toEqual(exact.slice(begin, end));
      if (dtype !== 'F64') continue;
      const rounded = Float32Array.from(exact.map(Number));
      expect(await checkpoint.readFloats(tensor, 0, values.length), tensor).toEqual(rounded);
    }
  });
});

describe('openCheckpoint', () => {
  it('tells formats by their first bytes', async () => {
    const under = (name: string, file: string) => recogniseCheckpoint(bytesSource(name, fixtureBytes(file)));
    expect(await under('a.txt', 'dtypes.safetensors')).toBe('safetensors');
    expect(await under('a.safetensors', 'dtypes.pt')).toBe('torch zip');
    expect(await under('a', 'dtypes-legacy.pt')).toBe('torch legacy');
    expect(await under('a', 'protocol4-legacy.pt')).toBe('torch legacy');
    expect(await under('model.bin', 'shards/config.json')).toBe(null);
    expect(await recogniseCheckpoint(text('empty.bin', ''))).toBe(null);
  });

  it('says what it opened', async () => {
    const one = await openCheckpoint([fixture('dtypes.safetensors')]);
    expect(one).toMatchObject({ name: 'dtypes.safetensors', format: 'safetensors', metadata: { format: 'pt' } });
    expect((await openCheckpoint([fixture('mask.bin')], { name: 'mask' })).name).toBe('mask');
    expect((await openCheckpoint([fixture('views-legacy.pt')])).format).toBe('torch legacy');
    const many = await openCheckpoint(fixtureFolder('shards'));
    expect(many.name).toBe('model.safetensors.index.json');
    expect(many.tensors.map(({ file }) => file)).toEqual([
      ...Array(2).fill('model-00001-of-00002.safetensors'),
      ...Array(2).fill('model-00002-of-00002.safetensors'),
    ]);
  });

  it('takes shards of torch files, with their index and without any', async () => {
    const torch = fixtureFolder('shards').filter(({ name }) => !name.includes('safetensors'));
    const withIndex = await openCheckpoint(torch);
    expect([withIndex.format, withIndex.name]).toEqual(['torch zip', 'pytorch_model.bin.index.json']);
    const without = await openCheckpoint(torch.filter(({ name }) => name.endsWith('.bin')).toReversed());
    expect(without.name).toBe('pytorch_model-00001-of-00002.bin and 1 more');
    for (const checkpoint of [withIndex, without]) {
      const names = checkpoint.tensors.map(({ name }) => name);
      expect(names).toEqual(Object.keys(EXPECTED.shards!));
      for (const name of names) {
        const { values } = EXPECTED.shards![name]!;
        expect(await valuesOf(checkpoint, name, 0, values.length)).toEqual(values);
      }
    }
  });

  it('names the shards and tensors that are missing', async () => {
    const files = fixtureFolder('shards').filter(({ name }) => name.includes('safetensors'));
    const lacking = files.filter(({ name }) => !name.startsWith('model-00002'));
    await expect(openCheckpoint(lacking)).rejects.toThrow(
      'model.safetensors.index.json: names 1 file that is not here: "model-00002-of-00002.safetensors". Choose the shards',
    );
    const index = files.find(({ name }) => name.endsWith('.json'))!;
    await expect(openCheckpoint([index])).rejects.toThrow('names 2 files that are not here');
    const emptied = [...lacking, floats('model-00002-of-00002.safetensors', 'model.norm.weight')];
    await expect(openCheckpoint(emptied)).rejects.toThrow(
      'model-00002-of-00002.safetensors: lacks "lm_head.weight", which "model.safetensors.index.json" says it holds.',
    );
    await expect(openCheckpoint([...files, { ...files[0]! }])).rejects.toThrow('is there 2 times. Choose one folder.');
  });

  it('refuses a tensor that two files hold', async () => {
    await expect(openCheckpoint([floats('b', 'x', 'y'), floats('a', 'y')])).rejects.toThrow(
      'b, tensor "y": is also in a.',
    );
  });

  it('leaves alone what is no checkpoint, and says so when nothing else is there', async () => {
    const folder = [floats('model.safetensors', 'w'), text('config.json', '{}'), fixture('mask.bin')];
    expect((await openCheckpoint(folder)).tensors.map(({ name }) => name)).toEqual(['w']);
    const trainer = bytesSource('optimizer.pt', fixtureBytes('evil.pt'));
    const other = bytesSource('notes.zip', zipBytes([{ name: 'notes.txt', data: new Uint8Array(40) }]));
    expect((await openCheckpoint([fixture('nested.pt'), trainer, other])).tensors).toHaveLength(3);
    await expect(openCheckpoint([other])).rejects.toThrow(
      'notes.zip: is no safetensors file and no file of torch.save',
    );
    await expect(openCheckpoint([])).rejects.toThrow('no file was given');
    await expect(openCheckpoint([text('config.json', '{"a":1}')])).rejects.toThrow(
      'config.json: is no safetensors file',
    );
    await expect(openCheckpoint([text('a', ''), text('b', '')])).rejects.toThrow(
      'a: is no safetensors file and no file of torch.save, and neither is the other file. Choose',
    );
  });

  it.each([
    ['no JSON', '{', 'is not valid JSON'],
    ['no map', '{"weight_map":{"w":1}}', 'lacks a "weight_map"'],
  ])('refuses an index that is %s', async (_, content, message) => {
    const files = [floats('model.safetensors', 'w'), text('model.safetensors.index.json', content)];
    await expect(openCheckpoint(files)).rejects.toThrow(message);
  });

  it('refuses a choice of two indexes', async () => {
    const index = (name: string, file: string) => text(name, JSON.stringify({ weight_map: { w: file } }));
    const files = [floats('a', 'w'), floats('b', 'w'), index('a.index.json', 'a'), index('b.index.json', 'b')];
    await expect(openCheckpoint(files)).rejects.toThrow('one of several indexes: "a.index.json", "b.index.json"');
  });

  it('refuses unknown dtypes by name, and names the tensor', async () => {
    const good = writeSafetensors([{ name: 'w', shape: [4], dtype: 'U8', values: new Uint8Array(4) }]);
    const header = new TextDecoder().decode(good.subarray(8, good.length - 4)).trimEnd();
    const changed = header.replace('"U8"', '"F8_E4M3"');
    const bytes = new Uint8Array(8 + changed.length + 4);
    new DataView(bytes.buffer).setUint32(0, changed.length, true);
    bytes.set(new TextEncoder().encode(changed), 8);
    await expect(openCheckpoint([bytesSource('f8.safetensors', bytes)])).rejects.toThrow(
      new FileError('f8.safetensors', 'has the unknown dtype "F8_E4M3". Save it as F32, F16 or BF16.', 'tensor "w"')
        .message,
    );
  });

  it('refuses ranges outside a tensor, names that are not there, and floats of whole numbers', async () => {
    const checkpoint = await openCheckpoint([fixture('dtypes.pt')]);
    await expect(checkpoint.readBytes('t.F32', 0, 7)).rejects.toThrow(RangeError);
    await expect(checkpoint.readBytes('t.F32', -1, 2)).rejects.toThrow('has 6 elements');
    await expect(checkpoint.readBytes('t.F33', 0, 1)).rejects.toThrow('dtypes.pt, tensor "t.F33": is not in this');
    expect(() => checkpoint.tensor('__proto__')).toThrow(FileError);
    await expect(checkpoint.readFloats('t.I32', 0, 1)).rejects.toThrow('tensor "t.I32": holds I32, floating-point');
  });

  it('opens without reading data, and reads only the bytes asked for', async () => {
    for (const name of ['dtypes.safetensors', 'dtypes.pt', 'dtypes-legacy.pt']) {
      const reads: [number, number][] = [];
      const inner = fixture(name);
      const source: ByteSource = {
        ...inner,
        read: (begin, end) => {
          reads.push([begin, end]);
          return inner.read(begin, end);
        },
      };
      const checkpoint = await openCheckpoint([source]);
      reads.length = 0;
      await checkpoint.readBytes('drawn.F32', 3, 10);
      expect(reads.map(([begin, end]) => end - begin)).toEqual([28]);
    }
  });
});

describe('state dicts inside other dicts', () => {
  it('takes state_dict out of a trainer’s checkpoint and "module." off the names', async () => {
    for (const name of ['trainer.pt', 'trainer-legacy.pt']) {
      const { tensors, metadata } = await openCheckpoint([fixture(name)]);
      expect(tensors.map(({ name }) => name)).toEqual([...tinyModule, 'norm.num_batches_tracked', 'head.weight']);
      expect(metadata).toEqual({ 'torch.under': 'state_dict', 'torch.prefix': 'module.' });
    }
  });
});

describe('refusals', () => {
  const cases: [string, string][] = [
    ['evil.pt', 'its pickle wants to use "os.system", which is not on the list'],
    ['evil-hidden.pt', 'its pickle wants to use "os.system", which is not on the list'],
    ['evil-stacked.pt', 'its pickle wants to use "posix.system", which is not on the list'],
    ['evil-legacy.pt', 'its pickle wants to use "os.system", which is not on the list'],
    [
      'whole-model.pt',
      '"torch.nn.modules.linear.Linear", which is not on the list of what a checkpoint may name (only tensors',
    ],
    ['deflated.pt', 'is compressed (method 8)'],
  ];
  it.each(cases)('%s', async (name, message) => {
    await expect(openCheckpoint([fixture(name)])).rejects.toThrow(FileError);
    await expect(openCheckpoint([fixture(name)])).rejects.toThrow(message);
  });
});

describe('damaged files', () => {
  const QUICK = 1500;
  const isTyped = (error: unknown) => error instanceof FileError;
  const use = async (bytes: Uint8Array) => {
    const checkpoint = await openCheckpoint([bytesSource('damaged', bytes)]);
    for (const { name, size } of checkpoint.tensors.slice(0, 30)) {
      await checkpoint.readBytes(name, 0, Math.min(size, 500));
      await checkpoint.readBytes(name, Math.max(0, size - 500), size);
    }
  };
  it.each([
    ['safetensors', ['dtypes.safetensors', 'shards/model-00001-of-00002.safetensors']],
    ['torch zip', ['views.pt', 'dtypes.pt', 'protocol4.pt', 'trainer.pt', 'zip64.pt', 'mask.bin']],
    ['torch legacy', ['views-legacy.pt', 'dtypes-legacy.pt', 'protocol4-legacy.pt', 'trainer-legacy.pt']],
  ])(
    '%s: an answer or a FileError, soon and in little memory',
    async (name, files) => {
      const count = fuzzCount(QUICK);
      const tally = await fuzz({ name, seeds: files.map(fixtureBytes), count, use, isTyped });
      if (process.env.FUZZ) console.log(name, tally);
      expect(tally.accepted + tally.refused).toBe(count);
      expect(tally.refused).toBeGreaterThan(count / 4);
    },
    fuzzTimeout(QUICK),
  );

  it(
    'the index of shards: alike',
    async () => {
      const count = fuzzCount(400);
      const files = fixtureFolder('shards').filter(({ name }) => name.includes('safetensors'));
      const [index, shards] = [files.filter(isIndex), files.filter((file) => !isIndex(file))];
      const seeds = [await index[0]!.read(0, index[0]!.size)];
      const open = (bytes: Uint8Array) =>
        openCheckpoint([...shards, bytesSource('model.safetensors.index.json', bytes)]);
      const tally = await fuzz({ name: 'shard index', seeds, count, use: open, isTyped });
      if (process.env.FUZZ) console.log('shard index', tally);
      expect(tally.refused).toBeGreaterThan(count / 4);
    },
    fuzzTimeout(400),
  );
});
