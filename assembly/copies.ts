// Rows looked up, put elsewhere and summed up by index.

/** to[n] = table[index[n]] for n in first…last−1; rows of `width`. */
export function takeRows(table: usize, index: usize, to: usize, width: i32, scratch: usize, first: i32, last: i32): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++)
    memory.copy(to + <usize>n * bytes, table + <usize>load<i32>(index + (<usize>n << 2)) * bytes, bytes);
}

/** to[index[n]] = rows[n]. */
export function putRows(rows: usize, index: usize, to: usize, width: i32, scratch: usize, first: i32, last: i32): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++)
    memory.copy(to + <usize>load<i32>(index + (<usize>n << 2)) * bytes, rows + <usize>n * bytes, bytes);
}

/** sums[index[n]] (zeroed) += rows[n], in this order, so one worker must do them all. */
export function addRows(rows: usize, index: usize, sums: usize, width: i32, scratch: usize, first: i32, last: i32): void {
  const bytes = <usize>width << 2;
  for (let n = first; n < last; n++) {
    const from = rows + <usize>n * bytes;
    const to = sums + <usize>load<i32>(index + (<usize>n << 2)) * bytes;
    let c: usize = 0;
    for (; c + 16 <= bytes; c += 16) v128.store(to + c, f32x4.add(v128.load(to + c), v128.load(from + c)));
    for (; c < bytes; c += 4) store<f32>(to + c, load<f32>(to + c) + load<f32>(from + c));
  }
}
