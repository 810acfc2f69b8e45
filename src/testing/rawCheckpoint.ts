// A checkpoint of raw bytes in memory, for tests of what writes checkpoints byte for byte. No file format in here (values: memoryCheckpoint.ts).
import { FileError } from '../core/files/byteSource';
import { BYTES_OF, type Checkpoint, type CheckpointFormat, type TensorDtype } from '../core/files/checkpoint';
import { fromBfloat16Bits, fromFloat16Bits } from '../core/halfFloats';

export interface RawTensor {
  name: string;
  dtype: TensorDtype;
  shape: readonly number[];
  /** Little-endian, row-major. */
  bytes: Uint8Array;
  file?: string;
  sameAs?: string;
}

export interface RawOptions {
  format?: CheckpointFormat;
  metadata?: Readonly<Record<string, string>>;
}

export function rawCheckpoint(
  given: readonly RawTensor[],
  { format = 'safetensors', metadata = { format: 'pt' } }: RawOptions = {},
): Checkpoint & { reads: { name: string; elements: number }[] } {
  const reads: { name: string; elements: number }[] = [];
  const byName = new Map(given.map((one) => [one.name, one]));
  const tensors = given.map(({ name, dtype, shape, file = 'model.safetensors', sameAs = null }) => ({
    ...{ name, dtype, shape, file, sameAs },
    size: shape.reduce((product, extent) => product * extent, 1),
  }));
  const tensor = (name: string) => {
    const found = tensors.find((one) => one.name === name);
    if (!found) throw new FileError('memory', 'is not in this checkpoint.', `tensor “${name}”`);
    return found;
  };
  const readBytes = async (name: string, begin: number, end: number) => {
    const { dtype, size } = tensor(name);
    if (begin < 0 || end < begin || end > size) throw new RangeError(`${name} has ${size} elements.`);
    reads.push({ name, elements: end - begin });
    return new Uint8Array(byName.get(name)!.bytes.subarray(begin * BYTES_OF[dtype], end * BYTES_OF[dtype]));
  };
  return {
    ...{ name: 'memory', format, tensors, metadata, reads, tensor, readBytes },
    async readFloats(name, begin, end) {
      const { buffer } = await readBytes(name, begin, end);
      switch (tensor(name).dtype) {
        case 'F32':
          return new Float32Array(buffer);
        case 'F64':
          return Float32Array.from(new Float64Array(buffer));
        case 'F16':
          return Float32Array.from(new Uint16Array(buffer), fromFloat16Bits);
        case 'BF16':
          return Float32Array.from(new Uint16Array(buffer), fromBfloat16Bits);
        default:
          throw new FileError('memory', 'holds no floating-point values.', `tensor “${name}”`);
      }
    },
  };
}

/** Little-endian bytes of any typed array (all machines that run this are little-endian). */
export const bytesOf = (values: Float32Array | Float64Array | Uint16Array | Uint8Array | BigInt64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
