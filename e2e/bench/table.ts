// Tables of text for people.

/** Columns padded to their widest cell; the first ones to the left, numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], leftColumns = 1): string {
  const lines = [head, ...rows];
  const widths = head.map((_, c) => Math.max(...lines.map((line) => [...(line[c] ?? '')].length)));
  const pad = (text: string, c: number) => (c < leftColumns ? text.padEnd(widths[c]!) : text.padStart(widths[c]!));
  return lines
    .map((line) =>
      head
        .map((_, c) => pad(line[c] ?? '', c))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export const NONE = '–';
export const fixed = (value: number | null, digits: number): string => (value === null ? NONE : value.toFixed(digits));
export const megabytes = (bytes: number | null): string => (bytes === null ? NONE : (bytes / 1e6).toFixed(0));
export const percent = (share: number | null, digits = 0): string =>
  share === null ? NONE : `${(100 * share).toFixed(digits)} %`;
