// The starter folder on disk, for headless runs.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { StarterLoader } from '../core/model/starter';

const FOLDER = new URL('../../public/starter/', import.meta.url);

/** Reads a file below public/starter. */
export const loadStarterFile: StarterLoader = async (path) => {
  const bytes = await readFile(fileURLToPath(new URL(path, FOLDER)));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};
