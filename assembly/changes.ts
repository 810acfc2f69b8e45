// The hot loops of a pass over two checkpoints: stored floats of both, decoded and subtracted block by block, counted by magnitude. A
// module of its own, with a memory of its own; every export takes byte offsets and counts. It does what floats.ts and the plain loops
// of changeCounter.ts in src/core/inspect do, bit for bit. No allocation, no static data, no imports but the memory.

// Dtypes, as changeCounter.ts numbers them.
const F32: i32 = 0;
const F16: i32 = 1;
const BF16: i32 = 2;

/** Changes of a block; the caller's areas for them and for what is decoded hold so many floats. */
const BLOCK: i32 = 2048;
const MAGNITUDE: i32 = 0x7fffffff;
const LOW_BITS: i32 = 15;

/** `count` values from number `begin` on as float32, in whole vectors: up to 28 bytes behind the last are read, as many written. */
function decode(dtype: i32, values: usize, begin: i32, count: i32, to: usize): void {
  if (dtype == F16) decodeHalves(values + (<usize>begin << 1), count, to);
  else if (dtype == BF16) decodeBfloats(values + (<usize>begin << 1), count, to);
  else decodeDoubles(values + (<usize>begin << 3), count, to);
}

function decodeBfloats(values: usize, count: i32, to: usize): void {
  for (let i = 0; i < count; i += 8, values += 16, to += 32) {
    const eight = v128.load(values);
    v128.store(to, i32x4.shl(i32x4.extend_low_i16x8_u(eight), 16));
    v128.store(to, i32x4.shl(i32x4.extend_high_i16x8_u(eight), 16), 16);
  }
}

function decodeHalves(values: usize, count: i32, to: usize): void {
  for (let i = 0; i < count; i += 8, values += 16, to += 32) {
    const eight = v128.load(values);
    v128.store(to, halves(i32x4.extend_low_i16x8_u(eight)));
    v128.store(to, halves(i32x4.extend_high_i16x8_u(eight)), 16);
  }
}

/** Exponent and mantissa where float32 has them, and the exponents' offset by a product, which is exact for subnormal halves too. */
@inline
function halves(four: v128): v128 {
  const rest = i32x4.shl(v128.and(four, i32x4.splat(0x7fff)), 13);
  const scaled = f32x4.mul(rest, i32x4.splat(0x77800000));
  const isSpecial = i32x4.gt_s(rest, i32x4.splat(0x0f7fffff));
  const special = v128.or(rest, i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(four, i32x4.splat(0x8000)), 16);
  return v128.or(v128.bitselect(special, scaled, isSpecial), sign);
}

function decodeDoubles(values: usize, count: i32, to: usize): void {
  for (let i = 0; i < count; i += 2, values += 16, to += 8) {
    v128.store64_lane(to, f32x4.demote_f64x2_zero(v128.load(values)), 0);
  }
}

/** after − before of a block, into `to`. */
@inline
function subtract(beforeType: i32, before: usize, afterType: i32, after: usize, begin: i32, count: i32, scratch: usize, to: usize): void {
  let left = before + (<usize>begin << 2);
  let right = after + (<usize>begin << 2);
  if (beforeType != F32) {
    left = scratch;
    decode(beforeType, before, begin, count, left);
  }
  if (afterType != F32) {
    right = scratch + (<usize>BLOCK << 2);
    decode(afterType, after, begin, count, right);
  }
  for (let i: usize = 0; i < <usize>count << 2; i += 16)
    v128.store(to + i, f32x4.sub(v128.load(right + i), v128.load(left + i)));
}

@inline
function count1(table: usize, bin: i32): void {
  const at = table + (<usize>bin << 2);
  store<i32>(at, load<i32>(at) + 1);
}

/**
 * Adds `size` changes to the histogram over the upper magnitude bits: two tables in a row, which hold every other change, since counts of
 * the same bin wait for each other. Gives how many are zero. `scratch` holds three blocks.
 */
export function tally(beforeType: i32, before: usize, afterType: i32, after: usize, size: i32, tables: usize, scratch: usize): i32 {
  const changes = scratch + (<usize>BLOCK << 3);
  const odd = tables + (4 << (31 - LOW_BITS));
  let zeros = i32x4.splat(0);
  let rest: i32 = 0;
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = min(BLOCK, size - begin);
    subtract(beforeType, before, afterType, after, begin, count, scratch, changes);
    let i = 0;
    for (; i + 4 <= count; i += 4) {
      const magnitudes = v128.and(v128.load(changes + (<usize>i << 2)), i32x4.splat(MAGNITUDE));
      zeros = i32x4.sub(zeros, i32x4.eq(magnitudes, i32x4.splat(0)));
      const bins = i32x4.shr_u(magnitudes, LOW_BITS);
      count1(tables, i32x4.extract_lane(bins, 0));
      count1(odd, i32x4.extract_lane(bins, 1));
      count1(tables, i32x4.extract_lane(bins, 2));
      count1(odd, i32x4.extract_lane(bins, 3));
    }
    for (; i < count; i++) {
      const magnitude = load<i32>(changes + (<usize>i << 2)) & MAGNITUDE;
      if (magnitude == 0) rest++;
      count1(tables, magnitude >>> LOW_BITS);
    }
  }
  return rest + i32x4.extract_lane(zeros, 0) + i32x4.extract_lane(zeros, 1) + i32x4.extract_lane(zeros, 2) + i32x4.extract_lane(zeros, 3);
}

/** Counts a change of the bin by its lower bits; a pattern that is met first is listed. */
@inline
function meet(magnitude: i32, low: usize, list: usize, used: i32): i32 {
  const pattern = magnitude & ((1 << LOW_BITS) - 1);
  const at = low + (<usize>pattern << 2);
  const before = load<i32>(at);
  store<i32>(at, before + 1);
  if (before != 0) return used;
  store<u16>(list + (<usize>used << 1), <u16>pattern);
  return used + 1;
}

/**
 * How many of `size` changes lie above a bin of the upper magnitude bits. Those in it are counted in `low` by their lower bits; the
 * patterns that occur are put into `list`, and their number, added to the one that is there, into `listed`.
 */
export function countBin(beforeType: i32, before: usize, afterType: i32, after: usize, size: i32, bin: i32, low: usize, list: usize, listed: usize, scratch: usize): i32 {
  const changes = scratch + (<usize>BLOCK << 3);
  const wanted = i32x4.splat(bin);
  let used = load<i32>(listed);
  let above = i32x4.splat(0);
  let rest: i32 = 0;
  for (let begin = 0; begin < size; begin += BLOCK) {
    const count = min(BLOCK, size - begin);
    subtract(beforeType, before, afterType, after, begin, count, scratch, changes);
    let i = 0;
    for (; i + 4 <= count; i += 4) {
      const magnitudes = v128.and(v128.load(changes + (<usize>i << 2)), i32x4.splat(MAGNITUDE));
      const bins = i32x4.shr_u(magnitudes, LOW_BITS);
      above = i32x4.sub(above, i32x4.gt_s(bins, wanted));
      if (!v128.any_true(i32x4.eq(bins, wanted))) continue;
      for (let lane = 0; lane < 4; lane++) {
        const magnitude = load<i32>(changes + (<usize>(i + lane) << 2)) & MAGNITUDE;
        if (magnitude >>> LOW_BITS == bin) used = meet(magnitude, low, list, used);
      }
    }
    for (; i < count; i++) {
      const magnitude = load<i32>(changes + (<usize>i << 2)) & MAGNITUDE;
      if (magnitude >>> LOW_BITS > bin) rest++;
      else if (magnitude >>> LOW_BITS == bin) used = meet(magnitude, low, list, used);
    }
  }
  store<i32>(listed, used);
  return rest + i32x4.extract_lane(above, 0) + i32x4.extract_lane(above, 1) + i32x4.extract_lane(above, 2) + i32x4.extract_lane(above, 3);
}
