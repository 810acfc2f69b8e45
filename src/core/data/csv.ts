// Tables as CSV (RFC 4180).

/** One line an entry, each ended by CR LF; absent values are empty, numbers in full. */
export const csvText = (lines: readonly (readonly (string | number | null)[])[]): string =>
  lines.map((line) => `${line.map(csvField).join(',')}\r\n`).join('');

function csvField(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
