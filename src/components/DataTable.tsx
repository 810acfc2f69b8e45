// The table behind a picture: opened by "Show as table", written only while it is open, and saved as CSV.
import { type ReactNode, useState } from 'react';
import { csvText } from '../core/data/csv';
import { saveFile } from './pictureExport';
import { ScrollX } from './ScrollX';

export interface Column<Row> {
  head: string;
  /** In full, for the CSV. */
  value(row: Row): string | number | null;
  /** As the page writes it. */
  text(row: Row): ReactNode;
  /** Left-aligned; numbers stand at the right. */
  isText?: boolean;
}

interface DataTableProps<Row> {
  caption: string;
  /** The first one names the row. */
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Without ending. */
  fileName: string;
}

/** Rows are told apart by their first column where `rowKey` is absent. */
interface NumberTableProps<Row> extends Pick<DataTableProps<Row>, 'caption' | 'columns' | 'rows'> {
  rowKey?(row: Row): string;
}

export function DataTable<Row>(props: DataTableProps<Row> & { summary?: string }) {
  const { caption, columns, rows, fileName, summary = 'Show as table' } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && (
        <>
          <NumberTable caption={caption} columns={columns} rows={rows} />
          <CsvButton caption={caption} columns={columns} rows={rows} fileName={fileName} />
        </>
      )}
    </details>
  );
}

/** The table alone. */
export function NumberTable<Row>({ caption, columns, rows, rowKey }: NumberTableProps<Row>) {
  return (
    <ScrollX name={caption}>
      <table className="table">
        <caption>{caption}</caption>
        <thead>
          <HeadRow columns={columns} />
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={rowKey?.(row) ?? String(columns[0]?.value(row))} row={row} columns={columns} />
          ))}
        </tbody>
      </table>
    </ScrollX>
  );
}

interface RowProps<Row> {
  columns: readonly Column<Row>[];
  /** Counted from 1, the heads among them, where not all rows are written. */
  index?: number;
}

export function HeadRow<Row>({ columns, index }: RowProps<Row>) {
  return (
    <tr aria-rowindex={index}>
      {columns.map(({ head, isText }, i) => (
        <th key={head} scope="col" className={i === 0 || isText ? undefined : 'number'}>
          {head}
        </th>
      ))}
    </tr>
  );
}

export function TableRow<Row>({ row, columns, index }: RowProps<Row> & { row: Row }) {
  return (
    <tr aria-rowindex={index}>
      {columns.map(({ head, text, isText }, i) =>
        i === 0 ? (
          <th key={head} scope="row">
            {text(row)}
          </th>
        ) : (
          <td key={head} className={isText ? undefined : 'number'}>
            {text(row)}
          </td>
        ),
      )}
    </tr>
  );
}

export function CsvButton<Row>({ caption, columns, rows, fileName }: DataTableProps<Row>) {
  return (
    <button
      type="button"
      className="button"
      aria-label={`Save “${caption}” as CSV`}
      onClick={() => saveFile(new Blob([tableCsv(columns, rows)], { type: 'text/csv' }), `${fileName}.csv`)}
    >
      CSV
    </button>
  );
}

/** The heads, then the rows, numbers in full. */
export const tableCsv = <Row,>(columns: readonly Column<Row>[], rows: readonly Row[]): string =>
  csvText([columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ value }) => value(row)))]);
