// One safetensors file read by range: of the file only the header is read to open it. The checks are core/safetensors.ts's.
import { HEADER_LENGTH_BYTES, headerEnd, parseHeader, SafetensorsError } from '../safetensors';
import { type ByteSource, FileError } from './byteSource';
import { quote } from './quote';
import type { StoredFile } from './storedCheckpoint';

/** Throws FileError for whatever makes the file no valid safetensors file, and for unknown dtypes, by name. */
export async function readSafetensorsFile(source: ByteSource): Promise<StoredFile> {
  const length = await source.read(0, Math.min(HEADER_LENGTH_BYTES, source.size));
  try {
    const header = await source.read(0, headerEnd(length, source.size));
    const { metadata, entries } = parseHeader(header, source.size);
    const tensors = entries.map(({ name, dtype, shape, size, begin }) => ({
      ...{ name, dtype, shape, size, begin, source },
      sameAs: null,
      strides: null,
    }));
    return { format: 'safetensors', tensors, metadata };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new FileError(source.name, error.problem, error.tensor === null ? null : `tensor ${quote(error.tensor)}`);
  }
}
