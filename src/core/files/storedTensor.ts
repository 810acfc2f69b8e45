// A tensor that lies in a file, contiguous or not, and how a range of its elements is read in row-major order. However the
// tensor is laid out, no more than the answer and one block of the file are in memory.
import type { ByteSource } from './byteSource';
import { BYTES_OF, type TensorDtype } from './checkpoint';

export interface StoredTensor {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  readonly sameAs: string | null;
  readonly source: ByteSource;
  /** The byte of the source where its first element begins. */
  readonly begin: number;
  /** In elements, one a dimension, none negative; null where the elements lie in row-major order without gaps. */
  readonly strides: readonly number[] | null;
}

interface Dimension {
  extent: number;
  stride: number;
}

/** Bytes of the file held at a time while a tensor that is not contiguous is read. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** Rows that lie in one piece of at least so many bytes are worth a read each. */
const LONG_ROW_BYTES = 16 * 1024;

/**
 * The same strides with everything left out that does not matter: dimensions of one element, and those that continue the next.
 * Row-major elements without gaps give no dimension or one of stride 1.
 */
export function mergeDimensions(shape: readonly number[], strides: readonly number[]): Dimension[] {
  const merged: Dimension[] = [];
  for (const [i, extent] of shape.entries()) {
    const stride = strides[i]!;
    if (extent === 1) continue;
    const outer = merged.at(-1);
    if (outer && outer.stride === stride * extent)
      merged[merged.length - 1] = { extent: outer.extent * extent, stride };
    else merged.push({ extent, stride });
  }
  return merged;
}

/** Whether such elements lie in row-major order without gaps. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true;
  const merged = mergeDimensions(shape, strides);
  return merged.length === 0 || (merged.length === 1 && merged[0]!.stride === 1);
}

/** Elements [begin, end), which must be inside the tensor, as they are stored. Throws FileError where the file cannot be read. */
export async function readStored(tensor: StoredTensor, begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytesEach = BYTES_OF[tensor.dtype];
  const { source, begin: start, shape, strides } = tensor;
  if (strides === null || begin === end) return source.read(start + begin * bytesEach, start + end * bytesEach);
  const dimensions = mergeDimensions(shape, strides);
  const rows: Rows = { dimensions, begin, end };
  const out = new Uint8Array((end - begin) * bytesEach);
  const { extent, stride } = dimensions.at(-1)!;
  if (stride === 1 && extent * bytesEach >= LONG_ROW_BYTES) await readRows(source, start, bytesEach, rows, out);
  else await readSpan(source, start, bytesEach, rows, out);
  return out;
}

/** Elements [begin, end) as pieces of the innermost dimension. */
interface Rows {
  dimensions: readonly Dimension[];
  begin: number;
  end: number;
}

/** Calls `visit` for each row: the place of its first element in the answer, its address in elements, and how many there are. */
function* rowsOf({ dimensions, begin, end }: Rows): Generator<readonly [at: number, address: number, count: number]> {
  const inner = dimensions.at(-1)!;
  const outer = dimensions.slice(0, -1);
  const index = new Array<number>(outer.length).fill(0);
  let rest = Math.floor(begin / inner.extent);
  let base = 0;
  for (let d = outer.length - 1; d >= 0; d--) {
    const { extent, stride } = outer[d]!;
    index[d] = rest % extent;
    rest = Math.floor(rest / extent);
    base += index[d]! * stride;
  }
  let first = begin % inner.extent;
  for (let at = 0; at < end - begin; ) {
    const count = Math.min(inner.extent - first, end - begin - at);
    yield [at, base + first * inner.stride, count];
    at += count;
    first = 0;
    for (let d = outer.length - 1; d >= 0; d--) {
      const { extent, stride } = outer[d]!;
      index[d] = index[d]! + 1;
      base += stride;
      if (index[d]! < extent) break;
      base -= extent * stride;
      index[d] = 0;
    }
  }
}

async function readRows(source: ByteSource, start: number, bytesEach: number, rows: Rows, out: Uint8Array) {
  for (const [at, address, count] of rowsOf(rows)) {
    const from = start + address * bytesEach;
    out.set(await source.read(from, from + count * bytesEach), at * bytesEach);
  }
}

/** Goes once through the part of the file that the elements lie in, a block at a time, and picks them out. */
async function readSpan(
  source: ByteSource,
  start: number,
  bytesEach: number,
  rows: Rows,
  out: Uint8Array<ArrayBuffer>,
) {
  const { stride } = rows.dimensions.at(-1)!;
  const all = extentIn(rows, stride, 0, Number.POSITIVE_INFINITY)!;
  const blockElements = BLOCK_BYTES / bytesEach;
  for (let low = all.low; low < all.high; low += blockElements) {
    const needed = extentIn(rows, stride, low, low + blockElements);
    if (!needed) continue;
    const block = await source.read(start + needed.low * bytesEach, start + needed.high * bytesEach);
    const [from, to, lanes] = [unitsOf(block, bytesEach), unitsOf(out, bytesEach), bytesEach === 8 ? 2 : 1];
    for (const [at, address, count] of rowsOf(rows)) {
      const [i0, i1] = stepsIn(address, stride, count, low, low + blockElements);
      for (let i = i0; i < i1; i++) {
        const source = (address + i * stride - needed.low) * lanes;
        const target = (at + i) * lanes;
        to[target] = from[source]!;
        if (lanes === 2) to[target + 1] = from[source + 1]!;
      }
    }
  }
}

/** Which of a row's elements have addresses in [low, high). */
function stepsIn(address: number, stride: number, count: number, low: number, high: number): [number, number] {
  if (stride === 0) return address >= low && address < high ? [0, count] : [0, 0];
  const first = Math.max(0, Math.ceil((low - address) / stride));
  return [first, Math.max(first, Math.min(count, Math.ceil((high - address) / stride)))];
}

/** The first address of those within [low, high), and one past the last; null when there is none. */
function extentIn(rows: Rows, stride: number, low: number, high: number): { low: number; high: number } | null {
  let [least, most] = [Number.POSITIVE_INFINITY, -1];
  for (const [, address, count] of rowsOf(rows)) {
    const [i0, i1] = stepsIn(address, stride, count, low, high);
    if (i0 === i1) continue;
    least = Math.min(least, address + i0 * stride);
    most = Math.max(most, address + (i1 - 1) * stride);
  }
  return most < 0 ? null : { low: least, high: most + 1 };
}

/** Elements as whole numbers; those of 8 bytes as two each, so that no bit pattern is touched. */
function unitsOf(bytes: Uint8Array<ArrayBuffer>, bytesEach: number): Uint8Array | Uint16Array | Uint32Array {
  if (bytesEach === 1) return bytes;
  return bytesEach === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}
