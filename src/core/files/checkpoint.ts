// A checkpoint of any format as its readers give it: tensors listed at once, values read by range. No format in here; opening is openCheckpoint.ts.

/** What a tensor's elements are stored as, in the names of safetensors. */
export type TensorDtype =
  | 'BOOL'
  | 'U8'
  | 'I8'
  | 'I16'
  | 'U16'
  | 'F16'
  | 'BF16'
  | 'I32'
  | 'U32'
  | 'F32'
  | 'F64'
  | 'I64'
  | 'U64';

export const BYTES_OF: Record<TensorDtype, number> = {
  ...{ BOOL: 1, U8: 1, I8: 1, I16: 2, U16: 2, F16: 2, BF16: 2 },
  ...{ I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8 },
};

export interface CheckpointTensor {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  /** The file it lies in. */
  readonly file: string;
  /** The first tensor of the checkpoint that has the very same elements in the same storage (tied weights); null for that one and for all others. */
  readonly sameAs: string | null;
}

export type CheckpointFormat = 'safetensors' | 'torch zip' | 'torch legacy';

export interface Checkpoint {
  /** What people know it by. */
  readonly name: string;
  readonly format: CheckpointFormat;
  /** In the order of the files and, in a file, of its header. */
  readonly tensors: readonly CheckpointTensor[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Throws FileError naming the tensor when there is none of that name. */
  tensor(name: string): CheckpointTensor;
  /**
   * Elements [begin, end) in row-major order as they are stored: little-endian bytes, a fresh array. Contiguous tensors read just these bytes. Throws
   * RangeError for a range outside the tensor, FileError where the file cannot be read.
   */
  readBytes(name: string, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
  /** The same as float32 from F32, F16, BF16 or F64 (rounded). Throws FileError for any other dtype. */
  readFloats(name: string, begin: number, end: number): Promise<Float32Array<ArrayBuffer>>;
}
