import { describe, expect, it } from 'vitest';
import { fixture } from '../../testing/checkpointFixtures';
import { fuzz, fuzzCount, fuzzTimeout } from '../../testing/mutate';
import {
  latin1,
  NO_HOOKS,
  pickledPair as pair,
  pickledStorage,
  pickledVector,
  pickledText as text,
} from '../../testing/pickleBytes';
import { zipBytes } from '../../testing/zipBytes';
import { bytesSource, FileError } from './byteSource';
import { openCheckpoint } from './openCheckpoint';
import { readZipDirectory } from './zipDirectory';

describe('what torch 1.13 does not write', () => {
  const openPickle = (pickle: string, bytes: number) =>
    openCheckpoint([
      bytesSource(
        't.pt',
        zipBytes([
          { name: 'm/data.pkl', data: latin1(`\x80\x02}${text('w')}${pickle}s.`) },
          { name: 'm/byteorder', data: latin1('little') },
          { name: 'm/data/0', data: Uint8Array.from({ length: bytes }, (_, i) => i) },
        ]),
      ),
    ]);
  const v3 = `ctorch._utils\n_rebuild_tensor_v3\n(${pickledStorage('torch.storage\nUntypedStorage', 12)}K\x01${pair(2, 2)}${pair(1, 2)}\x89${NO_HOOKS}ctorch\nuint16\n}tR`;

  it('reads _rebuild_tensor_v3 on a storage without a dtype', async () => {
    const checkpoint = await openPickle(v3, 12);
    expect(checkpoint.tensor('w')).toMatchObject({ dtype: 'U16', shape: [2, 2], size: 4 });
    // Elements 1, 3, 2, 4 of two bytes each.
    expect([...(await checkpoint.readBytes('w', 0, 4))]).toEqual([2, 3, 6, 7, 4, 5, 8, 9]);
  });

  it('reads tensors with attributes (_rebuild_from_type_v2) and parameters with state', async () => {
    const args = pickledVector(pickledStorage('torch.cuda\nByteStorage', 4), 0, 4);
    const v2 = 'ctorch._utils\n_rebuild_tensor_v2\n';
    const call = `ctorch._tensor\n_rebuild_from_type_v2\n(${v2}ctorch\nTensor\n${args}}tR`;
    expect([...(await (await openPickle(call, 4)).readBytes('w', 1, 3))]).toEqual([1, 2]);
    const parameter = `ctorch._utils\n_rebuild_parameter_with_state\n(${v2}${args}R\x88${NO_HOOKS}}tR`;
    expect([...(await (await openPickle(parameter, 4)).readBytes('w', 1, 3))]).toEqual([1, 2]);
  });

  it.each([
    ['a storage smaller than the tensor', v3, 10, 'entry "m/data/0": has 10 bytes, the pickle gives it 12.'],
    ['an offset that leads out', v3.replace('K\x01K\x02', 'K\x03K\x02'), 12, 'tensor "w": reaches out of its storage'],
    ['strides that lead out', v3.replace(pair(1, 2), pair(1, 5)), 12, 'tensor "w": reaches out of its storage'],
    [
      'a dtype that is not known',
      v3.replace('uint16', 'float8_e5m2'),
      12,
      '"torch.float8_e5m2", which is not on the list',
    ],
    ['a complex tensor', v3.replace('uint16', 'complex64'), 12, 'tensor "w": has the dtype torch.complex64'],
    [
      'a tensor that repeats a few bytes without end',
      v3.replace(pair(2, 2), 'J\xff\xff\xff\x7fK\x04\x86').replace(pair(1, 2), pair(0, 1)),
      12,
      'repeats 12 bytes to 8589934588 elements',
    ],
    ['more strides than extents', v3.replace(pair(1, 2), 'K\x01\x85'), 12, 'no whole numbers'],
  ])('refuses %s', async (_, pickle, bytes, message) => {
    await expect(openPickle(pickle, bytes)).rejects.toThrow(message);
  });

  const bytesOf = (key: string) =>
    `ctorch._utils\n_rebuild_tensor_v2\n${pickledVector(pickledStorage('torch\nByteStorage', 4, key), 0, 2)}R`;

  it('refuses a view with the opposite sign of its storage', async () => {
    const noted = (bit: string) => bytesOf('0').replace('tR', `}${text(bit)}\x88stR`);
    await expect(openPickle(noted('neg'), 4)).rejects.toThrow('tensor "w": is a view with the opposite sign');
    expect((await openPickle(noted('other'), 4)).tensors).toHaveLength(1);
    await expect(openPickle(v3.replace('uint16\n}', `uint16\n}${text('neg')}\x88s`), 12)).rejects.toThrow('opposite');
  });

  it('takes the state dict, not a loss or a generator’s state beside it', async () => {
    const beside = `${bytesOf('0')}s${text('model_state_dict')}}${text('a.weight')}${bytesOf('0')}s`;
    const { tensors, metadata } = await openPickle(beside, 4);
    expect(tensors.map(({ name }) => name)).toEqual(['a.weight']);
    expect(metadata).toEqual({ 'torch.under': 'model_state_dict' });
    // Not a model's dict: what lies at the top counts.
    const other = `${bytesOf('0')}s${text('optimizer')}}${text('state')}${bytesOf('0')}s`;
    expect((await openPickle(other, 4)).tensors.map(({ name }) => name)).toEqual(['w']);
  });

  it('passes over a defaultdict, and takes tensors out of one', async () => {
    const made = 'ccollections\ndefaultdict\nc__builtin__\ndict\n\x85R';
    const filled = `${made}${text('a')}${bytesOf('0')}s`;
    expect((await openPickle(filled, 4)).tensors.map(({ name }) => name)).toEqual(['w.a']);
    const beside = `${bytesOf('0')}s${text('counts')}${made}(${text('a')}K\x01u`;
    expect((await openPickle(beside, 4)).tensors.map(({ name }) => name)).toEqual(['w']);
  });

  it.each([
    ['torch\nComplexFloatStorage', 'convert them to bfloat16 or float32'],
    ['torch\nfloat8_e4m3fn', 'convert them to bfloat16 or float32'],
    ['torch._utils\n_rebuild_meta_tensor_no_storage', 'load the weights before saving'],
    ['torch._utils\n_rebuild_sparse_tensor', 'save them with .to_dense()'],
    ['torch._utils\n_rebuild_qtensor', 'save them with .dequantize()'],
    ['__main__\nNet', 'save model.state_dict(), not the model'],
    ['argparse\nNamespace', 'save the tensors alone: torch.save(model.state_dict(), …)'],
  ])('refuses %j, and says what to save instead', async (name, advice) => {
    await expect(openPickle(`c${name}\n`, 4)).rejects.toThrow(advice);
  });

  it('does not loop in a dict that is in itself', async () => {
    const self = '}q\x00X\x01\x00\x00\x00ah\x00s.';
    const file = zipBytes([{ name: 'm/data.pkl', data: latin1(self) }]);
    await expect(openCheckpoint([bytesSource('t.pt', file)])).rejects.toThrow('holds a dict without tensors');
    // 30 dicts, each with the next one thirty times: 30^8 ways to go within the depth that is searched.
    let wide = '}q\x00';
    for (let i = 1; i <= 30; i++) {
      const inner = Array.from({ length: 30 }, (_, k) => `${text(`k${k}`)}h${String.fromCharCode(i - 1)}`).join('');
      wide += `0}q${String.fromCharCode(i)}(${inner}u`;
    }
    const many = zipBytes([{ name: 'm/data.pkl', data: latin1(`${wide}.`) }]);
    await expect(openCheckpoint([bytesSource('t.pt', many)])).rejects.toThrow(
      'its dicts hold more than 1000000 values',
    );
  });

  it('refuses big-endian files, TorchScript and versions to come', async () => {
    const file = (name: string, data: string) =>
      openCheckpoint([
        bytesSource(
          't.pt',
          zipBytes([
            { name: 'm/data.pkl', data: latin1('}.') },
            { name, data: latin1(data) },
          ]),
        ),
      ]);
    await expect(file('m/byteorder', 'big')).rejects.toThrow('is in byte order "big"');
    await expect(file('m/version', '11')).rejects.toThrow('is of version "11"; up to 10 are known');
    await expect(file('m/constants.pkl', '')).rejects.toThrow('is a TorchScript archive');
    await expect(file('n/data.pkl', '}.')).rejects.toThrow('holds 2 files data.pkl');
  });
});

/** The pickle of a file and its other entries, in a folder "a". */
async function unpack(name: string) {
  const source = fixture(name);
  const zip = await readZipDirectory(source);
  const entries = await Promise.all(
    [...zip.entries.keys()].map(async (entry) => {
      const { begin, end } = await zip.locate(entry);
      return { name: entry.replace(/^[^/]+/, 'a'), data: await source.read(begin, end) };
    }),
  );
  const pickle = entries.find(({ name }) => name === 'a/data.pkl')!.data;
  return { pickle, others: entries.filter(({ name }) => name !== 'a/data.pkl') };
}

describe('damaged pickles in sound ZIPs', () => {
  it(
    'give tensors or a FileError',
    async () => {
      const count = fuzzCount(1000);
      const zips = await Promise.all(['views.pt', 'dtypes.pt', 'trainer.pt', 'protocol4.pt', 'module.pt'].map(unpack));
      const seeds = zips.map(({ pickle }) => pickle);
      const use = async (pickle: Uint8Array, seed: number) => {
        const bytes = zipBytes([{ name: 'a/data.pkl', data: pickle }, ...zips[seed]!.others]);
        const checkpoint = await openCheckpoint([bytesSource('damaged', bytes)]);
        for (const { name, size } of checkpoint.tensors)
          await checkpoint.readBytes(name, Math.max(0, size - 500), size);
      };
      const isTyped = (error: unknown) => error instanceof FileError;
      const tally = await fuzz({ name: 'pickles', seeds, count, use, isTyped });
      if (process.env.FUZZ) console.log('pickles', tally);
      expect(tally.accepted).toBeGreaterThan(count / 50);
      expect(tally.refused).toBeGreaterThan(count / 4);
    },
    fuzzTimeout(1000),
  );
});
