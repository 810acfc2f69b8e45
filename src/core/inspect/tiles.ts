// Parts of tensors that lie in files: pages of fixed size, the last ones used kept up to a number of bytes, and rectangles put together
// from them. What a page holds, and where it comes from, is the caller's.

/** Entries of a page: small enough for one row of a wide matrix, large enough to be worth a read. */
export const PAGE = 1 << 16;
/** Pages that are asked for before they are needed. */
const AHEAD = 3;

/** A rectangle of a tensor as drawn; ends are exclusive. */
export interface Area {
  rowBegin: number;
  rowEnd: number;
  columnBegin: number;
  columnEnd: number;
}

/** Rows and columns of a tensor: its last axis runs along a row; a vector is one row, a scalar one entry. */
export function gridOf(shape: readonly number[]): { rows: number; columns: number } {
  const columns = shape.at(-1) ?? 1;
  return { columns, rows: shape.slice(0, -1).reduce((product, extent) => product * extent, 1) };
}

export interface PageCache<T> {
  /** The page of that key; made when it is not there. A page that cannot be made is not kept. */
  get(key: string, make: () => Promise<T>): Promise<T>;
  /** Of the pages kept, those being made not counted. */
  readonly bytes: number;
}

/** Keeps the pages last asked for, up to `mostBytes`. */
export function pageCache<T extends { readonly byteLength: number }>(mostBytes: number): PageCache<T> {
  const pages = new Map<string, { page: Promise<T>; bytes: number }>();
  let bytes = 0;
  const drop = (key: string) => {
    bytes -= pages.get(key)?.bytes ?? 0;
    pages.delete(key);
  };
  const shrink = () => {
    for (const [key, page] of pages) {
      if (bytes <= mostBytes) return;
      if (page.bytes > 0) drop(key);
    }
  };
  return {
    get(key, make) {
      const known = pages.get(key);
      if (known) {
        pages.delete(key);
        pages.set(key, known);
        return known.page;
      }
      const entry = { page: make(), bytes: 0 };
      pages.set(key, entry);
      entry.page.then(
        ({ byteLength }) => {
          entry.bytes = byteLength;
          bytes += byteLength;
          shrink();
        },
        () => drop(key),
      );
      return entry.page;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** A stretch of entries of a tensor. */
export type Range = readonly [begin: number, end: number];

/** Throws RangeError unless the range lies in the tensor. */
export function checkRange(name: string, size: number, begin: number, end: number): void {
  const isInside =
    Number.isSafeInteger(begin) && Number.isSafeInteger(end) && begin >= 0 && begin <= end && end <= size;
  if (!isInside) throw new RangeError(`"${name}" has ${size} entries; ${begin} to ${end} are not all inside it.`);
}

/** The rows of an area as ranges, and how many entries they have. Throws RangeError unless it lies in the tensor. */
export function areaRanges(name: string, shape: readonly number[], area: Area): { ranges: Range[]; size: number } {
  const { rows, columns } = gridOf(shape);
  const { rowBegin, rowEnd, columnBegin, columnEnd } = area;
  const isInside =
    [rowBegin, rowEnd, columnBegin, columnEnd].every((value) => Number.isSafeInteger(value) && value >= 0) &&
    rowBegin <= rowEnd &&
    rowEnd <= rows &&
    columnBegin <= columnEnd &&
    columnEnd <= columns;
  if (!isInside) {
    const text = `rows ${rowBegin} to ${rowEnd}, columns ${columnBegin} to ${columnEnd}`;
    throw new RangeError(`"${name}" is ${rows} × ${columns}; ${text} are not all inside it.`);
  }
  const width = columnEnd - columnBegin;
  if (width === 0 || rowEnd === rowBegin) return { ranges: [], size: 0 };
  const ranges: Range[] = [];
  if (width === columns) ranges.push([rowBegin * columns, rowEnd * columns]);
  else {
    for (let row = rowBegin; row < rowEnd; row++) ranges.push([row * columns + columnBegin, row * columns + columnEnd]);
  }
  return { ranges, size: width * (rowEnd - rowBegin) };
}

/** Calls `copy` for each piece of the ranges: `count` entries of a page from `from`, the tensor's entry `index` first, to place `to`. */
export async function gatherPages<T>(
  ranges: readonly Range[],
  pageAt: (page: number) => Promise<T>,
  copy: (page: T, from: number, count: number, to: number, index: number) => void,
): Promise<void> {
  const pages = pagesOf(ranges);
  const waiting: Promise<T>[] = [];
  let [asked, taken, to] = [0, -1, 0];
  let page: T | null = null;
  for (const [begin, end] of ranges) {
    for (let index = begin; index < end; ) {
      const number = Math.floor(index / PAGE);
      if (page === null || pages[taken] !== number) {
        taken++;
        while (asked < pages.length && asked <= taken + AHEAD) {
          const reading = pageAt(pages[asked++]!);
          // A failure is heard of when it is the page's turn.
          reading.catch(() => {});
          waiting.push(reading);
        }
        page = await waiting.shift()!;
      }
      const count = Math.min(end, (number + 1) * PAGE) - index;
      copy(page, index - number * PAGE, count, to, index);
      to += count;
      index += count;
    }
  }
}

/** The pages that ascending ranges touch, in order, each once. */
function pagesOf(ranges: readonly Range[]): number[] {
  const pages: number[] = [];
  for (const [begin, end] of ranges) {
    for (let page = Math.floor(begin / PAGE); page * PAGE < end; page++) if (pages.at(-1) !== page) pages.push(page);
  }
  return pages;
}
