// Matrix product: panels of 8 columns of B are packed, then 6 rows of A at a time meet one panel in registers. Every output number
// is one chain of multiply-adds along K, so it does not depend on how the work is divided.

const PANEL = 8;

/** Packs columns column…column+7 of B [K, N] (element (k, n) at b + 4(k · bRow + n · bColumn)) into [K, 8], zeros past N. */
function pack(b: usize, bRow: i32, bColumn: i32, column: i32, N: i32, K: i32, panel: usize): void {
  const width = min(PANEL, N - column);
  if (bColumn == 1 && width == PANEL) {
    let from = b + (<usize>column << 2);
    for (let k = 0; k < K; k++) {
      v128.store(panel, v128.load(from));
      v128.store(panel, v128.load(from, 16), 16);
      from += <usize>bRow << 2;
      panel += 32;
    }
    return;
  }
  for (let n = 0; n < PANEL; n++) {
    let to = panel + (<usize>n << 2);
    if (n >= width) {
      for (let k = 0; k < K; k++, to += 32) store<f32>(to, 0);
      continue;
    }
    let from = b + (<usize>((column + n) * bColumn) << 2);
    for (let k = 0; k < K; k++, to += 32, from += <usize>bRow << 2) store<f32>(to, load<f32>(from));
  }
}

/** The first four of `width` numbers, 0 past them. */
function low(c: usize, width: i32): v128 {
  if (width >= 4) return v128.load(c);
  let x = f32x4.splat(0);
  if (width > 0) x = f32x4.replace_lane(x, 0, load<f32>(c));
  if (width > 1) x = f32x4.replace_lane(x, 1, load<f32>(c, 4));
  if (width > 2) x = f32x4.replace_lane(x, 2, load<f32>(c, 8));
  return x;
}

/** The next four of `width` numbers. */
function high(c: usize, width: i32): v128 {
  return low(c + 16, width - 4);
}

/** Writes `width` of the 8 numbers in two vectors. */
// @ts-expect-error: decorator
@inline
function put(c: usize, low: v128, high: v128, width: i32): void {
  if (width == PANEL) {
    v128.store(c, low);
    v128.store(c, high, 16);
    return;
  }
  if (width > 0) store<f32>(c, f32x4.extract_lane(low, 0));
  if (width > 1) store<f32>(c, f32x4.extract_lane(low, 1), 4);
  if (width > 2) store<f32>(c, f32x4.extract_lane(low, 2), 8);
  if (width > 3) store<f32>(c, f32x4.extract_lane(low, 3), 12);
  if (width > 4) store<f32>(c, f32x4.extract_lane(high, 0), 16);
  if (width > 5) store<f32>(c, f32x4.extract_lane(high, 1), 20);
  if (width > 6) store<f32>(c, f32x4.extract_lane(high, 2), 24);
}

function six(a: usize, aRow: usize, aStep: usize, panel: usize, K: i32, c: usize, cRow: usize, width: i32, fresh: bool): void {
  const a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow, a4 = a3 + aRow, a5 = a4 + aRow;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  let s30 = s00, s31 = s00, s40 = s00, s41 = s00, s50 = s00, s51 = s00;
  if (!fresh) {
    s00 = low(c, width), s01 = high(c, width), s10 = low(c + cRow, width), s11 = high(c + cRow, width);
    s20 = low(c + 2 * cRow, width), s21 = high(c + 2 * cRow, width), s30 = low(c + 3 * cRow, width), s31 = high(c + 3 * cRow, width);
    s40 = low(c + 4 * cRow, width), s41 = high(c + 4 * cRow, width), s50 = low(c + 5 * cRow, width), s51 = high(c + 5 * cRow, width);
  }
  const end = panel + (<usize>K << 5);
  let at: usize = 0;
  while (panel < end) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    let x = v128.load_splat<f32>(a + at);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1 + at);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2 + at);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3 + at);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a4 + at);
    s40 = f32x4.add(s40, f32x4.mul(x, b0));
    s41 = f32x4.add(s41, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a5 + at);
    s50 = f32x4.add(s50, f32x4.mul(x, b0));
    s51 = f32x4.add(s51, f32x4.mul(x, b1));
    at += aStep;
    panel += 32;
  }
  put(c, s00, s01, width);
  put(c + cRow, s10, s11, width);
  put(c + 2 * cRow, s20, s21, width);
  put(c + 3 * cRow, s30, s31, width);
  put(c + 4 * cRow, s40, s41, width);
  put(c + 5 * cRow, s50, s51, width);
}

function four(a: usize, aRow: usize, aStep: usize, panel: usize, K: i32, c: usize, cRow: usize, width: i32, fresh: bool): void {
  const a1 = a + aRow, a2 = a1 + aRow, a3 = a2 + aRow;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  if (!fresh) {
    s00 = low(c, width), s01 = high(c, width), s10 = low(c + cRow, width), s11 = high(c + cRow, width);
    s20 = low(c + 2 * cRow, width), s21 = high(c + 2 * cRow, width), s30 = low(c + 3 * cRow, width), s31 = high(c + 3 * cRow, width);
  }
  const end = panel + (<usize>K << 5);
  let at: usize = 0;
  while (panel < end) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    let x = v128.load_splat<f32>(a + at);
    s00 = f32x4.add(s00, f32x4.mul(x, b0));
    s01 = f32x4.add(s01, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a1 + at);
    s10 = f32x4.add(s10, f32x4.mul(x, b0));
    s11 = f32x4.add(s11, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a2 + at);
    s20 = f32x4.add(s20, f32x4.mul(x, b0));
    s21 = f32x4.add(s21, f32x4.mul(x, b1));
    x = v128.load_splat<f32>(a3 + at);
    s30 = f32x4.add(s30, f32x4.mul(x, b0));
    s31 = f32x4.add(s31, f32x4.mul(x, b1));
    at += aStep;
    panel += 32;
  }
  put(c, s00, s01, width);
  put(c + cRow, s10, s11, width);
  put(c + 2 * cRow, s20, s21, width);
  put(c + 3 * cRow, s30, s31, width);
}

function one(a: usize, aStep: usize, panel: usize, K: i32, c: usize, width: i32, fresh: bool): void {
  let s0 = fresh ? f32x4.splat(0) : low(c, width), s1 = fresh ? f32x4.splat(0) : high(c, width);
  const end = panel + (<usize>K << 5);
  while (panel < end) {
    const x = v128.load_splat<f32>(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(panel)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(panel, 16)));
    a += aStep;
    panel += 32;
  }
  put(c, s0, s1, width);
}

/** Rows m…m+5 of a column-major A become [K, 6], block after block: the registers' rows then lie side by side. */
function packRows(a: usize, stepBytes: usize, rows: i32, K: i32, to: usize): void {
  for (let m = 0; m < rows; m += 6, a += 24) {
    const width = min(6, rows - m);
    let from = a;
    for (let k = 0; k < K; k++, from += stepBytes, to += <usize>width << 2) {
      for (let r = 0; r < width; r++) store<f32>(to + (<usize>r << 2), load<f32>(from + (<usize>r << 2)));
    }
  }
}

/** K is cut at this length, so that a panel and the rows it meets stay in the first cache. */
const BLOCK = 512;
/** Rows of a column-major A that are packed together. */
const CHUNK = 48;
/** Bytes of `scratch`: one panel and one chunk. */
export const MATMUL_SCRATCH = 4 * BLOCK * (PANEL + CHUNK);

/** to += from for a panel's rows; a `fromRow` of 0 adds the same to each. */
function addPanel(to: usize, toRow: usize, from: usize, fromRow: usize, rows: i32, width: i32): void {
  for (let m = 0; m < rows; m++, to += toRow, from += fromRow)
    put(to, f32x4.add(low(to, width), low(from, width)), f32x4.add(high(to, width), high(from, width)), width);
}

/** Rows in a piece of work where a is column-major. */
const PIECE = 12;

/**
 * c [M, N] = a · b + bias [N] + plus [M, N], the latter two unless they are 0. Element (m, k) of a is at a + 4(m · aRow + k · aColumn), of
 * b likewise. A piece of work is a panel of 8 columns; where a is column-major 12 rows, so that no two threads pack the same rows.
 */
export function matmul(
  a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, c: usize, bias: usize, plus: usize,
  M: i32, N: i32, K: i32, scratch: usize, first: i32, last: i32,
): void {
  const cRow = <usize>N << 2;
  const isTurned = aColumn != 1;
  const firstRow = isTurned ? first * PIECE : 0, endRow = isTurned ? min(M, last * PIECE) : M;
  const firstPanel = isTurned ? 0 : first, endPanel = isTurned ? (N + PANEL - 1) / PANEL : last;
  const chunk = isTurned ? CHUNK : M;
  const packed = scratch + 4 * BLOCK * PANEL;
  for (let k = 0; k < K; k += BLOCK) {
    const depth = min(BLOCK, K - k);
    for (let m = firstRow; m < endRow; m += chunk) {
      const rows = min(chunk, endRow - m);
      const from = a + (<usize>(m * aRow + k * aColumn) << 2);
      if (isTurned) packRows(from, <usize>aColumn << 2, rows, depth, packed);
      for (let p = firstPanel; p < endPanel; p++) {
        pack(b + (<usize>(k * bRow) << 2), bRow, bColumn, p * PANEL, N, depth, scratch);
        const at = <usize>m * cRow + (<usize>(p * PANEL) << 2);
        const width = min(PANEL, N - p * PANEL);
        if (isTurned) turned(packed, rows, scratch, depth, c + at, cRow, width, k == 0);
        else straight(from, <usize>aRow << 2, rows, scratch, depth, c + at, cRow, width, k == 0);
        if (k + BLOCK < K) continue;
        if (bias) addPanel(c + at, cRow, bias + (<usize>(p * PANEL) << 2), 0, rows, width);
        if (plus) addPanel(c + at, cRow, plus + at, cRow, rows, width);
      }
    }
  }
}

/** Rows that lie along K. */
function straight(a: usize, aRow: usize, rows: i32, panel: usize, K: i32, c: usize, cRow: usize, width: i32, fresh: bool): void {
  // 8 rows left over are two fours rather than a six and two ones.
  const sixes = rows % 6 == 2 && rows >= 8 ? rows - 8 : rows - (rows % 6);
  let m = 0;
  for (; m < sixes; m += 6, a += 6 * aRow, c += 6 * cRow) six(a, aRow, 4, panel, K, c, cRow, width, fresh);
  for (; m + 4 <= rows; m += 4, a += 4 * aRow, c += 4 * cRow) four(a, aRow, 4, panel, K, c, cRow, width, fresh);
  for (; m < rows; m++, a += aRow, c += cRow) one(a, 4, panel, K, c, width, fresh);
}

/** Blocks of packRows. */
function turned(a: usize, rows: i32, panel: usize, K: i32, c: usize, cRow: usize, width: i32, fresh: bool): void {
  let m = 0;
  for (; m + 6 <= rows; m += 6, a += <usize>(24 * K), c += 6 * cRow) six(a, 4, 24, panel, K, c, cRow, width, fresh);
  const left = rows - m;
  const step = <usize>left << 2;
  if (left >= 4) {
    four(a, 4, step, panel, K, c, cRow, width, fresh);
    a += 16;
    c += 4 * cRow;
    m += 4;
  }
  for (; m < rows; m++, a += 4, c += cRow) one(a, step, panel, K, c, width, fresh);
}
