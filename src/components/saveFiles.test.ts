// Several files as one zip, and into a folder.
import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { patterned } from '../testing/memoryHub';
import { type PickedFolder, saveInto, zipOf } from './saveFiles';

const weights = patterned((4 << 20) + 3);
const FILES = [
  { name: 'config.json', blob: new Blob(['{}']) },
  { name: 'model.safetensors', blob: new Blob([weights]) },
  { name: 'merges.txt', blob: new Blob([]) },
];
/** Quicker than comparing four million elements by `toEqual`. */
const isWeights = (bytes: ArrayLike<number>): boolean =>
  bytes.length === weights.length && weights.every((byte, i) => byte === bytes[i]);
const TOTAL = weights.length + 2;

it('makes a zip of them in a folder, and says how far it is', async () => {
  const told: number[] = [];
  const { signal } = new AbortController();
  const zip = await zipOf(FILES, 'tiny-allo', { signal, onBytes: (bytes) => told.push(bytes) });
  expect(told).toEqual([2, 2 + (4 << 20), TOTAL]);
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
  const names = ['config.json', 'model.safetensors', 'merges.txt'];
  expect(Object.keys(files)).toEqual(names.map((name) => `tiny-allo/${name}`));
  expect(isWeights(files['tiny-allo/model.safetensors']!)).toBe(true);
  expect(files['tiny-allo/merges.txt']!.length).toBe(0);
});

it('stops when it is cancelled', async () => {
  const controller = new AbortController();
  const onBytes = () => controller.abort();
  await expect(zipOf(FILES, 'x', { signal: controller.signal, onBytes })).rejects.toThrow('aborted');
});

it('writes them into a folder', async () => {
  const written = new Map<string, number[]>();
  const folder: PickedFolder = {
    name: 'out',
    getFileHandle: async (name) => ({
      createWritable: async () => {
        const bytes: number[] = [];
        written.set(name, bytes);
        return new WritableStream<Uint8Array>({ write: (chunk) => chunk.forEach((byte) => void bytes.push(byte)) });
      },
    }),
  };
  let told = 0;
  const onBytes = (bytes: number): void => {
    told = bytes;
  };
  await saveInto(folder, FILES, { signal: new AbortController().signal, onBytes });
  expect([...written.keys()]).toEqual(FILES.map(({ name }) => name));
  expect(isWeights(written.get('model.safetensors')!)).toBe(true);
  expect(told).toBe(TOTAL);
});
