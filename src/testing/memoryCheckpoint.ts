// A checkpoint that lies in memory: what the tests of everything that reads checkpoints open, without a file format.
import { FileError } from '../core/files/byteSource';
import { BYTES_OF, type Checkpoint, type CheckpointTensor, type TensorDtype } from '../core/files/checkpoint';
import { fromBfloat16Bits, fromFloat16Bits, toBfloat16Bits, toFloat16Bits } from '../core/halfFloats';

export interface MemoryTensor {
  name: string;
  dtype: TensorDtype;
  shape: readonly number[];
  /** Rounded to the dtype. */
  values: ArrayLike<number>;
  sameAs?: string;
}

export interface MemoryOptions {
  metadata?: Record<string, string>;
  /** Called before each read: to count reads, to wait, or to fail. */
  onRead?: (name: string, begin: number, end: number) => void | Promise<void>;
}

/** Throws RangeError when a tensor's values do not fill its shape. */
export function memoryCheckpoint(
  name: string,
  given: readonly MemoryTensor[],
  { metadata = {}, onRead }: MemoryOptions = {},
): Checkpoint {
  const stored = new Map<string, Uint8Array>();
  const tensors = given.map(({ values, sameAs = null, ...tensor }): CheckpointTensor => {
    const size = tensor.shape.reduce((product, extent) => product * extent, 1);
    if (values.length !== size) throw new RangeError(`"${tensor.name}" has ${values.length} values for ${size}.`);
    stored.set(tensor.name, encode(tensor.dtype, values));
    return { ...tensor, size, file: name, sameAs };
  });
  const tensor = (wanted: string): CheckpointTensor => {
    const found = tensors.find((each) => each.name === wanted);
    if (!found) throw new FileError(name, 'is not in this checkpoint.', `tensor "${wanted}"`);
    return found;
  };
  const readBytes = async (wanted: string, begin: number, end: number) => {
    const { dtype, size } = tensor(wanted);
    if (!(begin >= 0 && begin <= end && end <= size)) throw new RangeError(`${begin} … ${end} of ${size} elements`);
    await onRead?.(wanted, begin, end);
    const width = BYTES_OF[dtype];
    return new Uint8Array(stored.get(wanted)!.subarray(begin * width, end * width));
  };
  return {
    name,
    format: 'safetensors',
    tensors,
    metadata,
    tensor,
    readBytes,
    readFloats: async (wanted, begin, end) => decode(tensor(wanted).dtype, await readBytes(wanted, begin, end)),
  };
}

function encode(dtype: TensorDtype, values: ArrayLike<number>): Uint8Array {
  const width = BYTES_OF[dtype];
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) put(view, dtype, i * width, values[i]!);
  return bytes;
}

function put(view: DataView, dtype: TensorDtype, at: number, value: number): void {
  if (dtype === 'F32') view.setFloat32(at, value, true);
  else if (dtype === 'F64') view.setFloat64(at, value, true);
  else if (dtype === 'F16') view.setUint16(at, toFloat16Bits(value), true);
  else if (dtype === 'BF16') view.setUint16(at, toBfloat16Bits(value), true);
  else if (BYTES_OF[dtype] === 8) view.setBigInt64(at, BigInt(value), true);
  else if (BYTES_OF[dtype] === 4) view.setInt32(at, value, true);
  else if (BYTES_OF[dtype] === 2) view.setInt16(at, value, true);
  else view.setUint8(at, value);
}

function decode(dtype: TensorDtype, bytes: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  const width = BYTES_OF[dtype];
  return Float32Array.from({ length: bytes.length / width }, (_, i) => {
    if (dtype === 'F32') return view.getFloat32(i * width, true);
    if (dtype === 'F64') return view.getFloat64(i * width, true);
    if (dtype === 'F16') return fromFloat16Bits(view.getUint16(i * width, true));
    if (dtype === 'BF16') return fromBfloat16Bits(view.getUint16(i * width, true));
    throw new FileError('memory', `holds ${dtype}, floats were expected.`);
  });
}
