// All numbers of one response, token by token, for the table and for copying as tab-separated values. Pure.
import { formatCount, formatNumber } from '../../components/format';
import type { ResponseRecord, RewardRecord } from '../../core/events';
import type { RunState } from '../../state/runState';
import { LAYERS, layerValues, verdictOf } from './tokenLayers';

export const COLUMNS = [
  'token',
  'text',
  'id',
  'reward',
  'weight',
  'log-ratio after forgetting',
  'log-ratio after improving',
  'verdict',
] as const;

export interface TokenRow {
  index: number;
  text: string;
  id: number;
  /** In the order of LAYERS; null where the run has none. */
  values: readonly (number | null)[];
  verdict: string | null;
}

export function tokenRows(
  source: Pick<RunState, 'logRatios'>,
  record: RewardRecord,
  response: ResponseRecord,
  tokenOf: (id: number) => string,
): TokenRow[] {
  const layers = LAYERS.map((layer) => layerValues(source, record, layer));
  return response.tokens.map((id, index) => ({
    index,
    text: tokenOf(id),
    id,
    values: layers.map((values) => values?.[index] ?? null),
    verdict: verdictOf(record, index),
  }));
}

/** Tab-separated values with a head; full precision, white space inside token texts escaped. */
export function tokensTsv(rows: readonly TokenRow[]): string {
  const escaped = (text: string) => text.replace(/\\/g, '\\\\').replace(/\t/g, '\\t').replace(/\n/g, '\\n');
  const lines = rows.map((row) =>
    [row.index, escaped(row.text), row.id, ...row.values.map((value) => value ?? ''), row.verdict ?? ''].join('\t'),
  );
  return [COLUMNS.join('\t'), ...lines].join('\n');
}

/** Three significant digits; whole numbers as they are. */
export const cellText = (value: number | null): string =>
  value !== null && Number.isInteger(value) ? formatCount(value) : formatNumber(value);
