// The config.json that lies beside a checkpoint: it says how wide a head is, which no tensor's shape does. It is only for labels; nothing fails without it.
import { FileError } from '../core/files/byteSource';
import { parseHfConfig } from '../core/model/hf';
import type { Labels } from './inspectState';

const CONFIG = 'config.json';
const MOST_BYTES = 4 * 1024 * 1024;

/** Never throws. */
export async function labelsBeside(files: readonly File[]): Promise<Labels> {
  const file = files.find(({ name }) => name === CONFIG);
  if (!file) return { model: null, why: null };
  if (file.size > MOST_BYTES) return { model: null, why: `${CONFIG} is too large to be one.` };
  try {
    const json: unknown = JSON.parse(await file.text());
    return { model: parseHfConfig(json), why: null };
  } catch (error) {
    if (error instanceof FileError) return { model: null, why: error.message };
    return { model: null, why: `${CONFIG} is not valid JSON.` };
  }
}
