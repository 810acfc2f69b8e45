// Which tile a matrix product gets. What is best differs between devices by a factor of several, so a few candidates are
// measured once an adapter; without a measurement there is a default that is good on software adapters.
import type { MatmulTile } from './tiles';

/** Measured in this order; the first is the default. */
export const TILE_CANDIDATES: readonly MatmulTile[] = [
  { rows: 8, columns: 8, workgroup: 64, shared: false },
  { rows: 8, columns: 16, workgroup: 64, shared: false },
  { rows: 4, columns: 8, workgroup: 64, shared: false },
  { rows: 4, columns: 4, workgroup: 64, shared: false },
  { rows: 4, columns: 4, workgroup: 256, shared: true },
  { rows: 8, columns: 4, workgroup: 256, shared: true },
];

const chosen: MatmulTile = TILE_CANDIDATES[0]!;

/** Smaller outputs than this a side do not fill workgroup tiles. */
const SMALLEST_SHARED = 64;

/** A tile for outputs of these sizes: the chosen one, or smaller where a side is short. */
export function tileFor(sizes: readonly { M: number; N: number }[], transposeA: boolean): MatmulTile {
  const M = Math.max(...sizes.map((size) => size.M));
  const N = Math.max(...sizes.map((size) => size.N));
  if (chosen.shared && M >= SMALLEST_SHARED && N >= SMALLEST_SHARED) return chosen;
  const largest = chosen.shared ? TILE_CANDIDATES[0]! : chosen;
  const rows = M < 4 && !transposeA ? 1 : M < 64 ? Math.min(4, largest.rows) : largest.rows;
  const columns = N < 8 ? 4 : N < 64 ? Math.min(8, largest.columns) : largest.columns;
  return { ...largest, rows, columns };
}
