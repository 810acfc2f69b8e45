// A mask file of any format and size: 0/1 tensors of any dtype, or our packed bits. Its tensors are counted in one pass, and read where
// they are looked at. A value that is neither 0 nor 1 is refused with its place.
import { FileError } from '../files/byteSource';
import { BYTES_OF, type Checkpoint, type CheckpointTensor, type TensorDtype } from '../files/checkpoint';
import { countOnes } from '../masks/countBits';
import { countedDensities, type TensorDensity } from '../masks/densities';
import { FORMAT, PACKED, packedShapes } from '../masks/maskFile';
import { SafetensorsError } from '../safetensors';
import type { LazyMask } from './lazyMask';
import type { TiedTensor } from './pairing';
import {
  type Chunk,
  planChunks,
  type StreamItem,
  type StreamOptions,
  type StreamPart,
  streamChunks,
} from './streamChunks';
import { areaRanges, checkRange, gatherPages, PAGE, pageCache, type Range } from './tiles';

export interface MaskTensor extends StreamPart {
  name: string;
  shape: readonly number[];
  /** Entries. */
  size: number;
  packed: boolean;
  sameAs: string | null;
}

export interface MaskTensors {
  checkpoint: Checkpoint;
  tensors: readonly MaskTensor[];
}

/** What a checkpoint's tensors are as a mask. Throws FileError for packed bits whose shapes are missing or do not fit. */
export function maskTensors(checkpoint: Checkpoint): MaskTensors {
  const { name: file, metadata, tensors } = checkpoint;
  if (metadata[FORMAT] !== PACKED) {
    const plain = tensors.map((tensor) => {
      const { name, shape, size, sameAs } = tensor;
      return { checkpoint, tensor, name, shape, size, sameAs, packed: false };
    });
    return { checkpoint, tensors: plain };
  }
  const shapes = shapesOf(file, metadata);
  return { checkpoint, tensors: tensors.map((tensor) => packedTensor(checkpoint, tensor, shapes.get(tensor.name))) };
}

function shapesOf(file: string, metadata: Checkpoint['metadata']): ReadonlyMap<string, readonly number[]> {
  try {
    return packedShapes({ metadata });
  } catch (error) {
    if (error instanceof SafetensorsError) throw new FileError(file, `${error.message} Export the mask again.`);
    throw error;
  }
}

function packedTensor(checkpoint: Checkpoint, tensor: CheckpointTensor, shape?: readonly number[]): MaskTensor {
  const size = shape?.reduce((product, extent) => product * extent, 1) ?? Number.NaN;
  if (shape && tensor.dtype === 'U8' && Number.isSafeInteger(size) && Math.ceil(size / 8) === tensor.size) {
    return { checkpoint, tensor, name: tensor.name, shape, size, packed: true, sameAs: tensor.sameAs };
  }
  const found = `${tensor.size} of ${tensor.dtype}`;
  const problem = shape
    ? `holds ${found}, which are not the packed bits of [${shape.join(', ')}]. Export the mask again.`
    : 'has no shape in the file’s metadata. Export the mask again.';
  throw new FileError(tensor.file, problem, `tensor "${tensor.name}"`);
}

/** What 1 is in each dtype, by its 32-bit words (the lower first) or its narrower pattern. */
const ONE: Record<TensorDtype, number> = {
  ...{ BOOL: 1, U8: 1, I8: 1, I16: 1, U16: 1, F16: 0x3c00, BF16: 0x3f80 },
  ...{ I32: 1, U32: 1, F32: 0x3f800000, F64: 0x3ff00000, I64: 1, U64: 1 },
};
/** −0 is 0 too. */
const SIGN: Partial<Record<TensorDtype, number>> = { F16: 0x8000, BF16: 0x8000, F32: 0x80000000, F64: 0x80000000 };

/** The first `count` stored values as 0 or 1, into the front of `out`. Throws FileError at the first that is neither. */
export function maskInto(
  { tensor, packed }: MaskTensor,
  bytes: Uint8Array,
  begin: number,
  count: number,
  out: Uint8Array,
): void {
  const wrong = packed ? unpackInto(bytes, count, out) : decodeInto(tensor.dtype, bytes, count, out);
  if (wrong < 0) return;
  const problem = packed
    ? 'has a bit set behind its last entry. Export the mask again.'
    : `the value at index ${begin + wrong} is neither 0 nor 1, so this is no mask. Choose a mask file, or two checkpoints.`;
  throw new FileError(tensor.file, problem, `tensor "${tensor.name}"`);
}

function unpackInto(packed: Uint8Array, count: number, out: Uint8Array): number {
  for (let i = 0; i < count; i++) out[i] = (packed[i >>> 3]! >>> (i & 7)) & 1;
  const rest = count & 7;
  return rest > 0 && packed[count >>> 3]! >>> rest !== 0 ? count : -1;
}

/** Index of the first value that is neither 0 nor 1, or −1. */
function decodeInto(dtype: TensorDtype, bytes: Uint8Array, count: number, out: Uint8Array): number {
  const one = ONE[dtype];
  const sign = SIGN[dtype] ?? 0;
  const width = BYTES_OF[dtype];
  if (width === 8) return decodeWords(dtype === 'F64', one, sign, wordsOf(bytes), count, out);
  return decodeValues(one, sign, width === 4 ? wordsOf(bytes) : width === 2 ? pairsOf(bytes) : bytes, count, out);
}

const aligned = (bytes: Uint8Array): Uint8Array => (bytes.byteOffset % 4 === 0 ? bytes : bytes.slice());

function wordsOf(bytes: Uint8Array): Uint32Array {
  const { buffer, byteOffset, length } = aligned(bytes);
  return new Uint32Array(buffer, byteOffset, length >>> 2);
}

function pairsOf(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, length } = aligned(bytes);
  return new Uint16Array(buffer, byteOffset, length >>> 1);
}

function decodeValues(
  one: number,
  sign: number,
  values: Uint8Array | Uint16Array | Uint32Array,
  count: number,
  out: Uint8Array,
): number {
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value === one) out[i] = 1;
    else if (value === 0 || value === sign) out[i] = 0;
    else return i;
  }
  return -1;
}

/** Eight bytes a value: a float's 1 is in its upper word, an integer's in its lower. */
function decodeWords(
  isFloat: boolean,
  one: number,
  sign: number,
  words: Uint32Array,
  count: number,
  out: Uint8Array,
): number {
  for (let i = 0; i < count; i++) {
    const [low, high] = [words[2 * i]!, words[2 * i + 1]!];
    const [value, other] = isFloat ? [high, low] : [low, high];
    if (other !== 0) return i;
    if (value === one) out[i] = 1;
    else if (value === 0 || value === sign) out[i] = 0;
    else return i;
  }
  return -1;
}

export interface MaskCounts {
  /** Every tensor but tied ones, in the file's order. */
  tensors: readonly TensorDensity[];
  tied: readonly TiedTensor[];
  selected: number;
  total: number;
}

/** One pass over the file. Throws FileError for a value that is neither 0 nor 1 or a file that cannot be read, and the signal's reason. */
export async function countMask({ tensors }: MaskTensors, options: StreamOptions = {}): Promise<MaskCounts> {
  const counted = tensors.filter(({ sameAs }) => sameAs === null);
  const items: StreamItem[] = counted.map((tensor) => ({ size: tensor.size, parts: [tensor] }));
  const chunks = planChunks(items, options.chunkBytes);
  const ones = new Float64Array(counted.length);
  const most = chunks.reduce((size, { begin, end }) => Math.max(size, end - begin), 0);
  const bits = new Uint8Array(most);
  const visit = ({ item, begin, end }: Chunk, [bytes]: readonly Uint8Array[]) => {
    const size = end - begin;
    maskInto(counted[item]!, bytes!, begin, size, bits);
    ones[item]! += countOnes(bits.subarray(0, size));
  };
  await streamChunks(items, chunks, visit, options);
  const places = new Map(counted.map(({ name }, i) => [name, i]));
  const specs = counted.map(({ name, shape }) => ({ name, shape }));
  return {
    tensors: countedDensities(specs, ({ name }) => ones[places.get(name)!]!),
    tied: tensors.flatMap(({ name, sameAs }) => (sameAs === null ? [] : [{ name, sameAs }])),
    selected: ones.reduce((sum, count) => sum + count, 0),
    total: counted.reduce((sum, { size }) => sum + size, 0),
  };
}

const DEFAULT_CACHE_BYTES = 32 * 1024 * 1024;

/** The file's bits where they are looked at. */
export function lazyMaskFile({ checkpoint, tensors }: MaskTensors, cacheBytes = DEFAULT_CACHE_BYTES): LazyMask {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const cache = pageCache<Uint8Array>(cacheBytes);
  const tensorOf = (name: string): MaskTensor => {
    const found = byName.get(name);
    if (!found) throw new RangeError(`The mask ${checkpoint.name} has no tensor "${name}".`);
    return found;
  };
  const collect = async (tensor: MaskTensor, ranges: readonly Range[], size: number) => {
    const out = new Uint8Array(size);
    const pageAt = (page: number) =>
      cache.get(`${page} ${tensor.name}`, () =>
        readMaskBits(tensor, page * PAGE, Math.min(tensor.size, (page + 1) * PAGE)),
      );
    await gatherPages(ranges, pageAt, (page, from, count, to) => out.set(page.subarray(from, from + count), to));
    return out;
  };
  return {
    has: (name) => byName.has(name),
    async bits(name, begin, end) {
      const tensor = tensorOf(name);
      checkRange(name, tensor.size, begin, end);
      return collect(tensor, [[begin, end]], end - begin);
    },
    async block(name, area) {
      const tensor = tensorOf(name);
      const { ranges, size } = areaRanges(name, tensor.shape, area);
      return collect(tensor, ranges, size);
    },
  };
}

/** Entries [begin, end) straight from the file. Throws FileError alike. */
export async function readMaskBits(mask: MaskTensor, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const { packed, size, checkpoint, tensor } = mask;
  if (!packed) {
    const out = new Uint8Array(end - begin);
    maskInto(mask, await checkpoint.readBytes(tensor.name, begin, end), begin, out.length, out);
    return out;
  }
  // Whole bytes, so that only what fills the tensor's last one has to be zero.
  const [from, to] = [Math.floor(begin / 8), Math.ceil(end / 8)];
  const out = new Uint8Array(Math.min(size, 8 * to) - 8 * from);
  maskInto(mask, await checkpoint.readBytes(tensor.name, from, to), 8 * from, out.length, out);
  return out.slice(begin - 8 * from, end - 8 * from);
}
