// Which tokens of two sequences have no partner in the other: longest common subsequence. Pure.

/** Flags for `left` and `right`: true where a token is not part of the longest common subsequence. O(left × right). */
export function differingTokens<T>(left: readonly T[], right: readonly T[]): { left: boolean[]; right: boolean[] } {
  const width = right.length + 1;
  const longest = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      longest[i * width + j] =
        left[i] === right[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  const result = { left: left.map(() => true), right: right.map(() => true) };
  for (let i = 0, j = 0; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) {
      result.left[i++] = false;
      result.right[j++] = false;
    } else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i++;
    else j++;
  }
  return result;
}
