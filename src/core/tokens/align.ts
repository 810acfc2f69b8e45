// Two token sequences side by side: a shortest edit script (insert, delete, change; each costs 1) as rows. Pure.

export type AlignKind = 'same' | 'changed' | 'inserted' | 'deleted';

export interface AlignRow {
  kind: AlignKind;
  /** Places in the two sequences; null where a side has nothing. Inserted: only right; deleted: only left. */
  left: number | null;
  right: number | null;
}

/** `table[i][j]` = edit distance of left[i…] and right[j…]; flat, (n + 1) × (m + 1). */
function distances<T>(left: readonly T[], right: readonly T[]): Uint32Array {
  const width = right.length + 1;
  const table = new Uint32Array((left.length + 1) * width);
  for (let i = left.length; i >= 0; i--) {
    for (let j = right.length; j >= 0; j--) {
      const at = i * width + j;
      if (i === left.length) table[at] = right.length - j;
      else if (j === right.length) table[at] = left.length - i;
      else if (left[i] === right[j]) table[at] = table[at + width + 1]!;
      else table[at] = 1 + Math.min(table[at + width + 1]!, table[at + width]!, table[at + 1]!);
    }
  }
  return table;
}

/** Aligns two sequences from their start; where several scripts are shortest, a change comes before a deletion before an insertion. */
export function alignTokens<T>(left: readonly T[], right: readonly T[]): AlignRow[] {
  const width = right.length + 1;
  const table = distances(left, right);
  const rows: AlignRow[] = [];
  for (let i = 0, j = 0; i < left.length || j < right.length; ) {
    const at = i * width + j;
    const here = table[at]!;
    const hasBoth = i < left.length && j < right.length;
    if (hasBoth && left[i] === right[j]) rows.push({ kind: 'same', left: i++, right: j++ });
    else if (hasBoth && here === table[at + width + 1]! + 1) rows.push({ kind: 'changed', left: i++, right: j++ });
    else if (i < left.length && here === table[at + width]! + 1) rows.push({ kind: 'deleted', left: i++, right: null });
    else rows.push({ kind: 'inserted', left: null, right: j++ });
  }
  return rows;
}

/** How many edits a script makes. */
export const editCount = (rows: readonly AlignRow[]): number => rows.filter(({ kind }) => kind !== 'same').length;
