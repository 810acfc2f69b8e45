// A table of many rows of which only those in sight are written: with a search over what the rows say, and all of them as CSV.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { type Column, CsvButton, HeadRow, TableRow } from './DataTable';
import { countOf, formatCount } from './format';
import './virtualTable.css';

interface VirtualTableProps<Row> {
  caption: string;
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Without ending. */
  fileName: string;
  /** What a row is: "tensor". */
  noun: string;
  rowKey?(row: Row): string;
}

const ROW_HEIGHT = 34;
/** Fewer are seen at a glance. */
const LEAST_SEARCHED = 8;

export function VirtualTable<Row>({ caption, columns, rows, fileName, noun, rowKey }: VirtualTableProps<Row>) {
  const [search, setSearch] = useState('');
  const scroller = useRef<HTMLElement>(null);
  const wanted = search.trim().toLowerCase();
  const shown = useMemo(
    () => (wanted === '' ? rows : rows.filter((row) => rowText(columns, row).includes(wanted))),
    [rows, columns, wanted],
  );
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    initialRect: { width: 800, height: 12 * ROW_HEIGHT },
  });
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div className="virtual">
      <div className="virtual-tools">
        {rows.length >= LEAST_SEARCHED && (
          <input
            type="search"
            className="field-input"
            aria-label={`Search ${noun}s`}
            placeholder={`Search ${noun}s`}
            value={search}
            onChange={(event) => {
              setSearch(event.target.value);
              scroller.current?.scrollTo(0, 0);
            }}
          />
        )}
        <span className="caption" aria-live="polite">
          {wanted === '' ? countOf(rows.length, noun) : `${formatCount(shown.length)} of ${countOf(rows.length, noun)}`}
        </span>
        <CsvButton caption={caption} columns={columns} rows={rows} fileName={fileName} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section ref={scroller} className="virtual-scroll" aria-label={`${caption}, table`} tabIndex={0}>
        <table className="table virtual-table" aria-rowcount={shown.length + 1}>
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <HeadRow columns={columns} index={1} />
          </thead>
          <tbody>
            {above > 0 && <Gap height={above} columns={columns.length} />}
            {items.map(({ index }) => {
              const row = shown[index]!;
              const key = rowKey?.(row) ?? String(columns[0]?.value(row));
              return <TableRow key={key} row={row} columns={columns} index={index + 2} />;
            })}
            {below > 0 && <Gap height={below} columns={columns.length} />}
          </tbody>
        </table>
        {shown.length === 0 && <p className="caption">Nothing is called “{search}”. Empty the search to see all.</p>}
      </section>
    </div>
  );
}

/** Stands for the rows that are not written. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr className="virtual-gap" style={{ height }}>
      <td colSpan={columns} />
    </tr>
  );
}

const rowText = <Row,>(columns: readonly Column<Row>[], row: Row): string =>
  columns
    .map(({ value }) => String(value(row) ?? ''))
    .join(' ')
    .toLowerCase();
