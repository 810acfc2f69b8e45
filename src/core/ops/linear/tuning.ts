// Which tile a matrix product gets. What is best differs between devices by a factor of several, so a few candidates are
// measured once an adapter (measureTiles.ts); without a measurement there is a default that is good on software adapters.
import type { MatmulTile } from './tiles';

export interface TileCandidate extends MatmulTile {
  name: string;
}

const inRegisters = (rows: number, columns: number): TileCandidate => ({
  name: `${rows}×${columns} in registers`,
  rows,
  columns,
  workgroup: 64,
  shared: false,
});
const inWorkgroups = (rows: number, columns: number): TileCandidate => ({
  name: `${16 * rows}×${16 * columns} in workgroup memory`,
  rows,
  columns,
  workgroup: 256,
  shared: true,
});

/** The first is the default. */
export const TILE_CANDIDATES: readonly TileCandidate[] = [
  inRegisters(8, 8),
  inRegisters(8, 16),
  inRegisters(4, 8),
  inRegisters(4, 4),
  inWorkgroups(4, 4),
  inWorkgroups(8, 4),
];

export interface TileChoice {
  tile: TileCandidate;
  source: 'default' | 'measured' | 'remembered';
  /** GFLOPS by candidate name, of those that were measured and gave the right numbers. */
  speeds: Readonly<Record<string, number>>;
}

const DEFAULT: TileChoice = { tile: TILE_CANDIDATES[0]!, source: 'default', speeds: {} };
let current = DEFAULT;

/** What matrix products on webgpu use now. */
export const tileChoice = (): TileChoice => current;

/** Without a choice: the default. */
export function setTileChoice(choice: TileChoice = DEFAULT): void {
  current = choice;
}

/** Smaller outputs than this a side do not fill workgroup tiles. */
const SMALLEST_SHARED = 64;

/** A tile for outputs of these sizes: the chosen one, or smaller where a side is short. */
export function tileFor(sizes: readonly { M: number; N: number }[], transposeA: boolean): MatmulTile {
  const M = Math.max(...sizes.map((size) => size.M));
  const N = Math.max(...sizes.map((size) => size.N));
  const { tile } = current;
  if (tile.shared && M >= SMALLEST_SHARED && N >= SMALLEST_SHARED) return tile;
  const largest = tile.shared ? TILE_CANDIDATES[0]! : tile;
  const rows = M < 4 && !transposeA ? 1 : M < 64 ? Math.min(4, largest.rows) : largest.rows;
  const columns = N < 8 ? 4 : N < 64 ? Math.min(8, largest.columns) : largest.columns;
  return { rows, columns, workgroup: largest.workgroup, shared: false };
}
