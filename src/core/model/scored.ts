// Which rows of a packed batch predict something, about half: only they are wanted after the last attention. No tensor.
import type { ScoredSlots } from './model';

/** Some rows of a packed batch, each once. */
export interface WantedRows {
  /** [S]: their numbers; −1 fills up. */
  rows: Int32Array;
  /** [N]: the place of each packed row among `rows`, or −1. */
  places: Int32Array;
}

/** S is rounded up to a multiple of this, so that the runtime's buffer pool sees few sizes. */
const BUCKET = 64;

/** `numbers`, each in 0…tokens − 1 and once. */
export function wantedRows(numbers: readonly number[] | Int32Array, tokens: number): WantedRows {
  const rows = new Int32Array(Math.ceil(Math.max(numbers.length, 1) / BUCKET) * BUCKET).fill(-1);
  rows.set(numbers);
  const places = new Int32Array(tokens).fill(-1);
  numbers.forEach((row: number, place: number) => {
    places[row] = place;
  });
  return { rows, places };
}

/** The rows that slots are predicted from (null where that is nearly all), and each slot's place among them; 0 for empty slots. */
export function scoredRows(
  { labels, rows }: Pick<ScoredSlots, 'labels' | 'rows'>,
  tokens: number,
): { wanted: WantedRows | null; slots: Int32Array } {
  const wanted = wantedRows(
    rows.filter((_, slot) => labels[slot]! >= 0),
    tokens,
  );
  if (wanted.rows.length >= tokens) return { wanted: null, slots: rows };
  return { wanted, slots: rows.map((row, slot) => (labels[slot]! >= 0 ? wanted.places[row]! : 0)) };
}
