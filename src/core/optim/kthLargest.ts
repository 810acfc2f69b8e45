// The k-th largest number without a sort: what a top-k share of a tensor is cut at.

/** The `k`-th largest of `values` (1 = the largest), none of them NaN; reorders them. Linear time on average, however many are equal. */
export function kthLargest(values: Float64Array, k: number): number {
  if (!(k >= 1 && k <= values.length)) throw new RangeError(`There is no ${k}-th of ${values.length} numbers.`);
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const pivot = median(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    // low … larger, equalFrom … equal, at … not yet seen, equalTo + 1 … smaller.
    let [equalFrom, at, equalTo] = [low, low, high];
    while (at <= equalTo) {
      const value = values[at]!;
      if (value > pivot) {
        values[at++] = values[equalFrom]!;
        values[equalFrom++] = value;
      } else if (value < pivot) {
        values[at] = values[equalTo]!;
        values[equalTo--] = value;
      } else at++;
    }
    if (k - 1 < equalFrom) high = equalFrom - 1;
    else if (k - 1 > equalTo) low = equalTo + 1;
    else return pivot;
  }
  return values[low]!;
}

const median = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
