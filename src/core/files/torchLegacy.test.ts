import { describe, expect, it } from 'vitest';
import { EXPECTED, fixtureBytes, valuesOf } from '../../testing/checkpointFixtures';
import { latin1, pickledInt, pickledStorage, pickledText, pickledVector } from '../../testing/pickleBytes';
import { join } from '../../testing/zipBytes';
import { blobSource, bytesSource } from './byteSource';
import { openCheckpoint } from './openCheckpoint';

const MAGIC = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.';
const PROTOCOL = '\x80\x02M\xe9\x03.';
const system = (isLittle = true) => `\x80\x02}${pickledText('little_endian')}${isLittle ? '\x88' : '\x89'}s.`;
const vector = (...args: Parameters<typeof pickledVector>) =>
  `ctorch._utils\n_rebuild_tensor_v2\n${pickledVector(...args)}R`;
const dict = (entries: Record<string, string>) =>
  `\x80\x02}(${Object.entries(entries)
    .map(([key, value]) => pickledText(key) + value)
    .join('')}u.`;
const keys = (...names: string[]) => `\x80\x02](${names.map(pickledText).join('')}e.`;
const shorts = (claimed: number, ...values: number[]) =>
  join([new Uint8Array(BigUint64Array.of(BigInt(claimed)).buffer), new Uint8Array(Int16Array.from(values).buffer)]);
const SHORT = 'torch\nShortStorage';

const open = (pickles: readonly string[], ...storages: Uint8Array[]) =>
  openCheckpoint([bytesSource('old.pt', join([...pickles.map(latin1), ...storages]))]);
const head = [MAGIC, PROTOCOL, system()];
const w = dict({ w: vector(pickledStorage(SHORT, 3), 1, 2) });

describe('torch legacy', () => {
  it('reads storages in the order of their keys', async () => {
    const both = dict({
      w: vector(pickledStorage(SHORT, 3, 'b'), 1, 2),
      v: vector(pickledStorage(SHORT, 2, 'a'), 0, 2),
    });
    const checkpoint = await open([...head, both, keys('a', 'b')], shorts(2, 7, 8), shorts(3, 1, 2, 3));
    expect(await valuesOf(checkpoint, 'w', 0, 2)).toEqual([2, 3]);
    expect(await valuesOf(checkpoint, 'v', 0, 2)).toEqual([7, 8]);
  });

  it('reads the views of storages that PyTorch 0.3 wrote', async () => {
    const view = `(${pickledText('1')}${pickledInt(2)}${pickledInt(2)}t`;
    const pickle = dict({ w: vector(pickledStorage(SHORT, 4, '0', view), 1, 1) });
    expect(await valuesOf(await open([...head, pickle, keys('0')], shorts(4, 1, 2, 3, 4)), 'w', 0, 1)).toEqual([4]);
    const outside = pickle.replace(pickledInt(2) + pickledInt(2), pickledInt(3) + pickledInt(2));
    await expect(open([...head, outside, keys('0')], shorts(4, 1, 2, 3, 4))).rejects.toThrow('in a view that leaves');
  });

  it('reads pickles larger than the first part that is looked at', async () => {
    const pickle = dict({ notes: pickledText('n'.repeat(300_000)), w: vector(pickledStorage(SHORT, 2), 0, 2) });
    expect(await valuesOf(await open([...head, pickle, keys('0')], shorts(2, 5, -6)), 'w', 0, 2)).toEqual([5, -6]);
    await expect(open([...head, pickle.slice(0, -1)])).rejects.toThrow('its pickles are cut off');
  });

  it('reads a Blob', async () => {
    const checkpoint = await openCheckpoint([blobSource('v.pt', new Blob([fixtureBytes('views-legacy.pt')]))]);
    const { values } = EXPECTED['views-legacy.pt']!.transposed!;
    expect(await valuesOf(checkpoint, 'transposed', 0, values.length)).toEqual(values);
  });

  it.each<[string, string[], Uint8Array[], string]>([
    [
      'another protocol',
      [MAGIC, '\x80\x02M\xea\x03.', system(), w, keys('0')],
      [shorts(3, 1, 2, 3)],
      'version 1002, not 1001',
    ],
    [
      'a big-endian machine',
      [MAGIC, PROTOCOL, system(false), w, keys('0')],
      [shorts(3, 1, 2, 3)],
      'written big-endian',
    ],
    ['a storage that is cut', [...head, w, keys('0')], [shorts(3, 1, 2)], 'where its storages need'],
    ['bytes left over', [...head, w, keys('0')], [shorts(3, 1, 2, 3, 4)], 'where its storages need'],
    [
      'another length',
      [...head, w, keys('0')],
      [shorts(4, 1, 2, 3)],
      'storage "0": has 4 elements, the pickle gives it 3',
    ],
    ['a key of nothing', [...head, w, keys('0', '1')], [shorts(3, 1, 2, 3)], 'storage "1": is listed, yet'],
    ['a key twice', [...head, w, keys('0', '0')], [shorts(3, 1, 2, 3)], 'storage "0": is listed, yet'],
    ['a storage not listed', [...head, w, '\x80\x02].'], [], 'tensor "w": its storage "0" is not in the file'],
    ['no list', [...head, w, '\x80\x02}.'], [], 'lacks the list of its storages'],
    ['a number', [...head, '\x80\x02K\x01.', keys()], [], 'holds number, not a dict of tensors'],
  ])('refuses %s', async (_, pickles, storages, message) => {
    await expect(open(pickles, ...storages)).rejects.toThrow(message);
  });
});
