// All numbers of an answer or a pair, token by token: the table, its CSV, and tab-separated values to copy. Pure.
import type { Column } from '../../components/DataTable';

import { formatCount, formatNumber } from '../../components/format';
import { TOKEN_LAYERS, type TokenLayer } from '../../state/tokensChoice';
import type { Inspection, Side } from './inspection';
import { LAYER_INFO, layerValues, verdictOf } from './tokenLayers';

export interface TokenRow {
  side: Side;
  /** From 0. */
  index: number;
  text: string;
  id: number;
}

export const tokenRows = ({ sides }: Inspection, tokenOf: (id: number) => string): TokenRow[] =>
  sides.flatMap((side) => side.tokens.map((id, index) => ({ side, index, text: tokenOf(id), id })));

/** Three significant digits; whole numbers as they are. */
export const cellText = (value: number | null): string =>
  value !== null && Number.isInteger(value) ? formatCount(value) : formatNumber(value);

const plain = (head: string, value: (row: TokenRow) => string | number, isText = false): Column<TokenRow> => ({
  head,
  value,
  text: (row) => String(value(row)),
  isText,
});

/** Side and place, text, id, then every layer that any side has, then the verdict. */
export function tokenColumns({ sides }: Inspection): Column<TokenRow>[] {
  const layers = TOKEN_LAYERS.filter((layer) => layer !== 'wrong' && sides.some((side) => layerValues(side, layer)));
  const at = (row: TokenRow, layer: TokenLayer) => layerValues(row.side, layer)?.[row.index] ?? null;
  return [
    plain('token', ({ side, index }) => `${side.role} ${index + 1}`),
    plain('text', ({ text }) => text, true),
    plain('id', ({ id }) => (id >= 0 ? id : '–')),
    ...layers.map((layer) => ({
      head: LAYER_INFO[layer].label.toLowerCase(),
      value: (row: TokenRow) => at(row, layer),
      text: (row: TokenRow) => cellText(at(row, layer)),
    })),
    ...(sides.some(({ wrong }) => wrong)
      ? [plain('verdict', ({ side, index }) => verdictOf(side, index) ?? '–', true)]
      : []),
  ];
}

/** With a head; full precision, white space inside token texts escaped. */
export function tokensTsv(columns: readonly Column<TokenRow>[], rows: readonly TokenRow[]): string {
  const escaped = (cell: string) => cell.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n');
  const lines = rows.map((row) => columns.map(({ value }) => escaped(String(value(row) ?? ''))).join('\t'));
  return [columns.map(({ head }) => head).join('\t'), ...lines].join('\n');
}
