// Numbers for people: thin-space thousands, three significant digits, a real minus sign, units behind a thin space.

/** Thin and unbreakable. */
const THIN = '\u202f';

/** A whole number with thin spaces between thousands: 563444 → "563 444". */
export function formatCount(value: number): string {
  const digits = Math.abs(Math.round(value)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return value < 0 ? `−${grouped}` : grouped;
}

/** Three significant digits (or `digits`), "1.23e−5" below 1e-3 and from 1e6 on, "–" when absent or not a number. */
export function formatNumber(value: number | null | undefined, digits = 3): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  const text = size < 1e-3 || size >= 1e6 ? size.toExponential(digits - 1) : plain(size, digits);
  return (value < 0 ? '−' : '') + text.replace('e-', 'e−').replace('e+', 'e');
}

function plain(size: number, digits: number): string {
  if (size >= 1000) return formatCount(size);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  return size.toFixed(Math.min(decimals, 6));
}

/** A share in [0, 1] as per cent with three significant digits: 0.0512 → "5.12 %"; whole ones plainly: 0.1 → "10 %". */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || Number.isNaN(share)) return '–';
  return formatPercent(share * 100);
}

/** Per cent that are already a percentage: 52.34 → "52.3 %", 10 → "10 %", 0.004 → "0.004 %". */
export function formatPercent(percent: number | null | undefined): string {
  if (percent === null || percent === undefined || Number.isNaN(percent)) return '–';
  const rounded = Number(percent.toPrecision(3));
  return `${rounded < 0 ? '−' : ''}${Math.abs(rounded)}${THIN}%`;
}

/** Bytes with a decimal unit: 93200000 → "93.2 MB". */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || Number.isNaN(bytes)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${formatNumber(bytes / 1000 ** power)}${THIN}${units[power]}`;
}

/** "1 pair", "2 pairs". */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
