// A Checkpoint from the tensors that a format's reader found, in one file or several.
import { fromFloat16Bits } from '../halfFloats';
import { FileError } from './byteSource';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, TensorDtype } from './checkpoint';
import { BYTES_OF } from './checkpoint';
import { quote } from './quote';
import { readStored, type StoredTensor } from './storedTensor';

/** What one file holds. */
export interface StoredFile {
  readonly format: CheckpointFormat;
  readonly tensors: readonly StoredTensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The most bytes that one call may ask for: what every engine can hold in one array. */
const MOST_BYTES = 2 ** 31 - 1;

/** Pairs from files as one object in which no name means anything. */
export function safeRecord(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const record: Record<string, string> = Object.create(null);
  return Object.assign(record, ...records);
}

/** Throws FileError when two tensors have the same name. */
export function storedCheckpoint(name: string, files: readonly StoredFile[]): Checkpoint {
  const stored = new Map<string, StoredTensor>();
  for (const tensor of files.flatMap(({ tensors }) => tensors)) {
    const twin = stored.get(tensor.name);
    if (twin) {
      const where = `tensor ${quote(tensor.name)}`;
      const problem = `is also in ${twin.source.name}. Leave out the file that does not belong to the checkpoint.`;
      throw new FileError(tensor.source.name, problem, where);
    }
    stored.set(tensor.name, tensor);
  }
  const tensors = [...stored.values()].map(describe);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const find = (wanted: string): StoredTensor => {
    const found = stored.get(wanted);
    if (!found) throw new FileError(name, 'is not in this checkpoint.', `tensor ${quote(wanted)}`);
    return found;
  };
  const readBytes = async (wanted: string, begin: number, end: number) => {
    const tensor = find(wanted);
    checkElements(tensor, begin, end);
    return readStored(tensor, begin, end);
  };
  return {
    name,
    format: files[0]?.format ?? 'safetensors',
    tensors,
    metadata: safeRecord(files.map(({ metadata }) => metadata)),
    tensor: (wanted) => byName.get(find(wanted).name)!,
    readBytes,
    async readFloats(wanted, begin, end) {
      const { dtype, source } = find(wanted);
      if (!isFloat(dtype)) {
        const problem = `holds ${dtype}, floating-point values were expected.`;
        throw new FileError(source.name, problem, `tensor ${quote(wanted)}`);
      }
      return toFloats(dtype, await readBytes(wanted, begin, end));
    },
  };
}

const describe = ({ name, dtype, shape, size, sameAs, source }: StoredTensor): CheckpointTensor => ({
  ...{ name, dtype, shape, size, sameAs },
  file: source.name,
});

function checkElements({ name, size, dtype }: StoredTensor, begin: number, end: number): void {
  const isInside =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && begin <= end && end <= size;
  if (!isInside)
    throw new RangeError(`Tensor ${quote(name)} has ${size} elements; ${begin} to ${end} are not all in it.`);
  if ((end - begin) * BYTES_OF[dtype] > MOST_BYTES)
    throw new RangeError(`${end - begin} elements of tensor ${quote(name)} are too many at once; read it in parts.`);
}

export type FloatDtype = Extract<TensorDtype, 'F32' | 'F16' | 'BF16' | 'F64'>;

export const isFloat = (dtype: TensorDtype): dtype is FloatDtype =>
  dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64';

/** Little-endian bytes, which must start a buffer of their own, as float32: exact but for F64, which is rounded. */
export function toFloats(dtype: FloatDtype, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  if (dtype === 'F64') return new Float32Array(new Float64Array(bytes.buffer));
  const halves = new Uint16Array(bytes.buffer);
  const floats = new Float32Array(halves.length);
  if (dtype === 'BF16') {
    // As bits: a signalling NaN would not survive being a number.
    const bits = new Uint32Array(floats.buffer);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  } else for (let i = 0; i < halves.length; i++) floats[i] = fromFloat16Bits(halves[i]!);
  return floats;
}
