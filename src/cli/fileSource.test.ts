import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError } from '../core/files/byteSource';
import { openCheckpoint } from '../core/files/openCheckpoint';
import { EXPECTED, valuesOf } from '../testing/checkpointFixtures';
import { openFileSource, openFileSources } from './fileSource';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'allo-files-'));
  writeFileSync(
    join(folder, 'b.bin'),
    Uint8Array.from({ length: 100 }, (_, i) => i),
  );
  writeFileSync(join(folder, 'c.txt'), '');
  mkdirSync(join(folder, 'sub'));
  symlinkSync(join(folder, 'b.bin'), join(folder, 'a.link'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('openFileSource', () => {
  it('reads any range into an array of its own', async () => {
    const source = await openFileSource(join(folder, 'b.bin'));
    expect([source.name, source.size]).toEqual(['b.bin', 100]);
    const bytes = await source.read(10, 13);
    expect(bytes).toEqual(Uint8Array.of(10, 11, 12));
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 3]);
    expect(await source.read(100, 100)).toEqual(new Uint8Array(0));
    await expect(source.read(99, 101)).rejects.toThrow(RangeError);
    await source.close();
    await expect(source.read(0, 1)).rejects.toThrow(FileError);
  });

  it('notices a file that has become shorter', async () => {
    const path = join(folder, 'short.bin');
    writeFileSync(path, new Uint8Array(50));
    const source = await openFileSource(path);
    truncateSync(path, 20);
    await expect(source.read(10, 40)).rejects.toThrow('short.bin: ended 20 bytes early. Was it changed?');
    await source.close();
    rmSync(path);
  });

  it('refuses what is not there and what is no file', async () => {
    await expect(openFileSource(join(folder, 'none.bin'))).rejects.toThrow('none.bin: could not be opened');
    await expect(openFileSource(join(folder, 'sub'))).rejects.toThrow(FileError);
    await expect(openFileSources([join(folder, 'b.bin'), join(folder, 'none')])).rejects.toThrow(FileError);
  });
});

describe('openFileSources', () => {
  it('takes files as named and those of a folder by name, links followed', async () => {
    const { sources, close } = await openFileSources([join(folder, 'c.txt'), folder]);
    expect(sources.map(({ name }) => name)).toEqual(['c.txt', 'a.link', 'b.bin', 'c.txt']);
    await close();
  });

  it('opens a folder of shards as one checkpoint', async () => {
    const shards = fileURLToPath(new URL('../testing/fixtures/checkpoints/shards', import.meta.url));
    const { sources, close } = await openFileSources([shards]);
    const checkpoint = await openCheckpoint(sources);
    const { values } = EXPECTED.shards!['lm_head.weight']!;
    expect(await valuesOf(checkpoint, 'lm_head.weight', 0, values.length)).toEqual(values);
    await close();
  });
});
