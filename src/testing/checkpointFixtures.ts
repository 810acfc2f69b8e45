// The checkpoints that PyTorch wrote (fixtures/checkpoints/make.py) and the numbers it reads back from them.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ByteSource, bytesSource } from '../core/files/byteSource';
import type { Checkpoint, TensorDtype } from '../core/files/checkpoint';

export interface ExpectedTensor {
  dtype: TensorDtype;
  shape: number[];
  /** Row-major; those of I64 as text. */
  values: (number | string)[];
  sameAs?: string;
}

const FOLDER = new URL('./fixtures/checkpoints/', import.meta.url);

export const fixtureBytes = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(name, FOLDER))));

/** A fixture as a source under its own name, without the folder. */
export const fixture = (name: string): ByteSource => bytesSource(name.split('/').at(-1)!, fixtureBytes(name));

/** All files of a folder of fixtures. */
export const fixtureFolder = (folder: string): ByteSource[] =>
  readdirSync(fileURLToPath(new URL(`${folder}/`, FOLDER))).map((name) => fixture(`${folder}/${name}`));

/** Tensor → what it holds, for each file or folder of fixtures. */
export const EXPECTED: Readonly<Record<string, Record<string, ExpectedTensor>>> = JSON.parse(
  readFileSync(fileURLToPath(new URL('expected.json', FOLDER)), 'utf8'),
);

/** Elements as the fixtures' JSON writes them. */
export async function valuesOf(checkpoint: Checkpoint, name: string, begin: number, end: number) {
  const { dtype } = checkpoint.tensor(name);
  const { buffer } = await checkpoint.readBytes(name, begin, end);
  switch (dtype) {
    case 'F64':
      return [...new Float64Array(buffer)];
    case 'I64':
      return [...new BigInt64Array(buffer)].map(String);
    case 'I32':
      return [...new Int32Array(buffer)];
    case 'I16':
      return [...new Int16Array(buffer)];
    case 'I8':
      return [...new Int8Array(buffer)];
    case 'U8':
    case 'BOOL':
      return [...new Uint8Array(buffer)];
    default:
      return [...(await checkpoint.readFloats(name, begin, end))];
  }
}
