// Bundles as zip files: written with ours and read by Info-ZIP's rules in here, made by hand to be refused, and mutated.
import { readFileSync } from 'node:fs';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { mutate } from '../../testing/mutate';
import { bytesSource, FileError } from '../files/byteSource';
import { crc32 } from '../files/crc32';
import type { ZipWriterOptions } from '../files/zipWriter';
import { createRng } from '../rng';
import { sha256 } from '../sha256';
import { APP, type BundleManifest, MANIFEST } from './manifest';
import { openBundle } from './openBundle';
import { type BundlePart, textPart, writeBundle } from './writeBundle';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const about = { name: 'quiet-otter', madeAt: new Date('2024-05-06T07:08:09Z'), leftOut: [{ part: 'x', why: 'y' }] };
const numbers = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) % 251);

const numbersPart = (path: string, ...pieces: Uint8Array[]): BundlePart => ({
  ...{ path, contentType: 'application/octet-stream', isPacked: false },
  make: () => pieces,
});

async function written(options: ZipWriterOptions = {}): Promise<Buffer> {
  const parts = [
    textPart('README.txt', 'text/plain', () => 'words, words, words, words, words'),
    numbersPart('weights/sft.safetensors', numbers.subarray(0, 1000), numbers.subarray(1000)),
    textPart('empty.txt', 'text/plain', () => ''),
    numbersPart('again.safetensors', numbers),
  ];
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeBundle(parts, about, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The format's own words (APPNOTE 4.3), nothing of ours: name → unpacked bytes. */
function unzip(file: Buffer): Map<string, Buffer> {
  const end = file.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  let at = file.readUInt32LE(end + 16);
  const found = new Map<string, Buffer>();
  for (let n = 0; n < file.readUInt16LE(end + 10); n++) {
    const [method, packed, length] = [
      file.readUInt16LE(at + 10),
      file.readUInt32LE(at + 20),
      file.readUInt16LE(at + 28),
    ];
    const local = file.readUInt32LE(at + 42);
    const begin = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
    const data = file.subarray(begin, begin + packed);
    found.set(file.toString('latin1', at + 46, at + 46 + length), method === 8 ? inflateRawSync(data) : data);
    at += 46 + length + file.readUInt16LE(at + 30) + file.readUInt16LE(at + 32);
  }
  return found;
}

interface Made {
  name: string;
  data: Uint8Array;
  method?: number;
  flags?: number;
  claimed?: number;
  crc?: number;
  localName?: string;
  offset?: number;
}

/** A zip file by hand, with lies where they are asked for. */
function zipOf(entries: readonly Made[], change: { count?: number; comment?: string } = {}): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const {
    name,
    data,
    method = 0,
    flags = 0,
    claimed = data.length,
    crc = crc32(data),
    localName = name,
    offset,
  } of entries) {
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt32LE(claimed, 22);
    local.writeUInt16LE(localName.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(flags, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(crc, 16);
    central.writeUInt32LE(packed.length, 20);
    central.writeUInt32LE(claimed, 24);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt32LE(offset ?? at, 42);
    directory.push(central, Buffer.from(name));
    files.push(local, Buffer.from(localName), packed);
    at += 30 + localName.length + packed.length;
  }
  const bytes = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(change.count ?? entries.length, 8);
  end.writeUInt16LE(change.count ?? entries.length, 10);
  end.writeUInt32LE(bytes.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(change.comment?.length ?? 0, 20);
  return Buffer.concat([...files, bytes, end, Buffer.from(change.comment ?? '')]);
}

const manifestOf = (files: readonly { path: string; data: Uint8Array }[], change: object = {}): Made => {
  const manifest: BundleManifest = {
    ...{ format: 'allo-run-bundle', version: 1, madeAt: '2024-05-06T07:08:09.000Z', app: 'x', name: 'y', leftOut: [] },
    files: files.map(({ path, data }) => ({
      path,
      bytes: data.length,
      sha256: sha256(data),
      contentType: 'text/plain',
    })),
  };
  return { name: MANIFEST, data: encode(JSON.stringify({ ...manifest, ...change })), method: 8 };
};
const open = (file: Uint8Array) => openBundle(bytesSource('run.zip', file));

describe('a bundle that was written', () => {
  it('is a zip file that others read, and says what is in it', async () => {
    const file = await written();
    const found = unzip(file);
    expect([...found.keys()]).toEqual(['README.txt', 'weights/sft.safetensors', 'empty.txt', MANIFEST]);
    expect(found.get('README.txt')!.toString()).toBe('words, words, words, words, words');
    expect(found.get('weights/sft.safetensors')).toEqual(Buffer.from(numbers));
    expect(JSON.parse(found.get(MANIFEST)!.toString())).toEqual({
      ...{ format: 'allo-run-bundle', version: 2, madeAt: '2024-05-06T07:08:09.000Z', app: APP, name: 'quiet-otter' },
      files: [
        ['README.txt', 'text/plain', encode('words, words, words, words, words')] as const,
        ['weights/sft.safetensors', 'application/octet-stream', numbers] as const,
        ['empty.txt', 'text/plain', encode('')] as const,
        ['again.safetensors', 'application/octet-stream', numbers] as const,
      ].map(([path, contentType, data]) => ({
        ...{ path, bytes: data.length, sha256: sha256(data), contentType },
        ...(path === 'again.safetensors' && { at: 'weights/sft.safetensors' }),
      })),
      leftOut: [{ part: 'x', why: 'y' }],
    });
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
    expect(APP).toBe(`ALLO Studio ${version}`);
  });

  it('gives its parts back', async () => {
    const bundle = await open(await written());
    expect(bundle.manifest.name).toBe('quiet-otter');
    expect(new TextDecoder().decode(await bundle.read('README.txt'))).toBe('words, words, words, words, words');
    expect(await bundle.read('weights/sft.safetensors')).toEqual(numbers);
    expect(await bundle.read('empty.txt')).toEqual(new Uint8Array(0));
    expect(await bundle.read('again.safetensors')).toEqual(numbers);
    expect(bundle.has('again.safetensors')).toBe(true);
    expect([bundle.missing, bundle.unlisted]).toEqual([[], []]);
    await expect(bundle.read('other')).rejects.toThrow('run.zip, “other”: is not in this bundle.');
  });
});

describe('a bundle with ZIP64 records', () => {
  it('has them where a number is large, and is read the same', async () => {
    const [plain, wide] = [await written(), await written({ wideFrom: 100 })];
    const count = (file: Buffer, mark: string) => file.toString('latin1').split(mark).length - 1;
    expect(['PK\u0006\u0006', 'PK\u0006\u0007'].map((mark) => [count(plain, mark), count(wide, mark)])).toEqual([
      [0, 1],
      [0, 1],
    ]);
    // The two files that are that long, twice each; then the offset alone of what lies behind them.
    const field = (values: number) => `\u0001\u0000${String.fromCharCode(8 * values)}\u0000`;
    const directory = wide.indexOf('PK\u0001\u0002', undefined, 'latin1');
    expect(count(wide.subarray(0, directory), field(2))).toBe(2);
    expect([1, 2, 3].map((values) => count(wide.subarray(directory), field(values)))).toEqual([1, 1, 1]);
    const bundle = await open(wide);
    const before = await open(plain);
    for (const { path } of before.manifest.files) expect(await bundle.read(path)).toEqual(await before.read(path));
    expect(bundle.manifest).toEqual(before.manifest);
  });
});

describe('a bundle from elsewhere', () => {
  const data = encode('hello');
  const listed = manifestOf([{ path: 'a.txt', data }]);
  const repeating = (at: string) => {
    const file = { path: 'a.txt', bytes: data.length, sha256: sha256(data), contentType: 'text/plain', at };
    return manifestOf([], { version: 2, files: [file] });
  };

  it('may lack parts, have others, and a comment', async () => {
    const file = zipOf([{ name: 'folder/', data: encode('') }, { name: 'b.txt', data }, listed], {
      comment: 'PK\u0005\u0006 no',
    });
    const bundle = await open(file);
    expect([bundle.missing, bundle.unlisted, bundle.has('a.txt'), bundle.has('b.txt')]).toEqual([
      ...[['a.txt'], ['b.txt'], false, false],
    ]);
    await expect(bundle.read('b.txt')).rejects.toThrow('is not in this bundle');
  });

  it.each<[string, Made[], string]>([
    ['no manifest', [{ name: 'a.txt', data }], 'has no manifest.json'],
    [
      'a later version',
      [manifestOf([], { version: 3 })],
      'is of version 3, this studio reads bundles up to version 2. Open it in a newer studio.',
    ],
    ['another format', [manifestOf([], { format: 'x' })], 'is not the manifest of a run bundle'],
    ['a wrong field', [manifestOf([], { madeAt: 'now' })], 'field “madeAt”'],
    ['a path outside', [listed, { name: '../a.txt', data }], 'name no bundle has'],
    ['an absolute path', [listed, { name: '/etc/a', data }], 'name no bundle has'],
    ['a drive', [listed, { name: 'C:\\a', data }], 'name no bundle has'],
    ['a hidden step up', [listed, { name: 'a/../../b', data }], 'name no bundle has'],
    ['two entries of a name', [listed, { name: 'a.txt', data }, { name: 'A.txt', data }], 'two entries of this name'],
    ['a password', [listed, { name: 'a.txt', data, flags: 1 }], 'is encrypted'],
    ['another method', [listed, { name: 'a.txt', data, method: 12 }], 'packed by method 12'],
    [
      'an entry over the cap',
      [listed, { name: 'a.txt', data, method: 8, claimed: 2 ** 30 }],
      'are the most that are taken',
    ],
    ['an impossible ratio', [listed, { name: 'a.txt', data, method: 8, claimed: 2 ** 20 }], 'more than deflate can'],
    ['overlapping entries', [listed, { name: 'a.txt', data, offset: 1 }], 'overlaps'],
    [
      'a name listed twice',
      [
        manifestOf([
          { path: 'a', data },
          { path: 'a', data },
        ]),
      ],
      'lists “a” twice',
    ],
    ['a repeated file that is not there', [repeating('b.txt')], '“a.txt” is said to repeat “b.txt”, which cannot be'],
    ['a file that repeats itself', [repeating('a.txt')], '“a.txt” is said to repeat “a.txt”, which cannot be'],
  ])('is refused for %s', async (_, entries, said) => {
    await expect(open(zipOf(entries))).rejects.toThrow(FileError);
    await expect(open(zipOf(entries))).rejects.toThrow(said);
  });

  it.each<[string, Partial<Made>, string]>([
    ['another header', { localName: 'b.txt' }, 'local header is not that of the directory'],
    ['another checksum', { crc: 1 }, 'another checksum'],
    ['other bytes', { data: encode('hellO') }, 'its SHA-256 is another one'],
    ['another size', { data: encode('hello!') }, 'has 6 bytes, the manifest says 5'],
    ['a stream that gives less', { method: 8, data: encode('hell'), claimed: 5 }, 'has 4 bytes unpacked instead of 5'],
  ])('has a part refused for %s', async (_, change, said) => {
    const bundle = await open(zipOf([listed, { name: 'a.txt', data, ...change }]));
    await expect(bundle.read('a.txt')).rejects.toThrow(FileError);
    await expect(bundle.read('a.txt')).rejects.toThrow(said);
  });

  it('stops a bomb while it unpacks, however small it says it is', async () => {
    const bomb = { name: 'a.txt', data: new Uint8Array(64 << 20), method: 8, claimed: 1000 };
    const bundle = await open(zipOf([manifestOf([{ path: 'a.txt', data: new Uint8Array(1000) }]), bomb]));
    await expect(bundle.read('a.txt')).rejects.toThrow('unpacks to more than the 1000 bytes it claims');
  });

  it('is refused when all together pass the cap, or there are too many', async () => {
    const source = bytesSource(
      'run.zip',
      zipOf([listed, ...['a', 'b', 'c'].map((name) => ({ name, data, method: 8 }))]),
    );
    const caps = { entries: 4, entryBytes: 1000, totalBytes: 1000, heldBytes: 1000 };
    await openBundle(source, caps);
    await expect(openBundle(source, { ...caps, entries: 3 })).rejects.toThrow('lists 4 entries; 3 are the most');
    await expect(openBundle(source, { ...caps, totalBytes: 10 })).rejects.toThrow('unpacks to more than 10 bytes');
    const held = await openBundle(bytesSource('run.zip', zipOf([listed, { name: 'a.txt', data }])), {
      ...caps,
      heldBytes: 4,
    });
    await expect(held.read('a.txt')).rejects.toThrow('“a.txt”: has 5 bytes; at most 4 are read. Unpack the bundle');
  });

  it('is no zip file', async () => {
    for (const file of [encode(''), encode('PK'), new Uint8Array(100)])
      await expect(open(file)).rejects.toThrow('is no zip file, or its end is missing');
    await expect(open(zipOf([listed], { count: 2 }))).rejects.toThrow('claims 2 entries in 59 bytes, which cannot be');
  });
});

it('refuses whatever was done to it with words, in bounded time', async () => {
  const rng = createRng(7, 'mutate');
  const originals = [await written(), await written({ wideFrom: 100 })];
  const rounds = Number(process.env.FUZZ ?? 1500);
  let opened = 0;
  for (let round = 0; round < rounds; round++) {
    let bytes: Uint8Array = Uint8Array.from(originals[round % 2]!);
    const times = 1 + rng.int(3);
    for (let n = 0; n < times; n++) {
      // The directory lies at the end.
      const cut = rng.next() < 0.5 ? Math.max(0, bytes.length - 400) : 0;
      bytes = Buffer.concat([bytes.subarray(0, cut), mutate(rng, bytes.subarray(cut))]);
    }
    const caps = { entries: 100, entryBytes: 1 << 20, totalBytes: 4 << 20, heldBytes: 1 << 20 };
    try {
      const bundle = await openBundle(bytesSource('run.zip', bytes), caps);
      for (const { path } of bundle.manifest.files) if (bundle.has(path)) await bundle.read(path);
      opened++;
    } catch (error) {
      if (!(error instanceof FileError)) throw new Error(`round ${round}`, { cause: error });
    }
  }
  // Some changes are in what nobody reads: dates, versions.
  expect(opened).toBeLessThan(rounds / 2);
}, 600_000);
