// The table as files: the rows and columns that are shown, in their order.
import { saveFile } from '../../components/pictureExport';
import { latexTable } from './latexTable';
import type { Table, TableRow } from './table';
import { resultsJson, tableCsv } from './tableFiles';

interface FilesProps {
  table: Table;
  /** Every number is there. */
  isReady: boolean;
  rows: readonly TableRow[];
  /** In words. */
  place: string;
  /** Without ending. */
  name: string;
}

export function TableFiles({ table, isReady, rows, place, name }: FilesProps) {
  const { columns } = table;
  const files = [
    { kind: 'CSV', ending: 'csv', type: 'text/csv', text: () => tableCsv(rows, columns) },
    { kind: 'JSON', ending: 'json', type: 'application/json', text: () => resultsJson(rows) },
    { kind: 'LaTeX', ending: 'tex', type: 'application/x-tex', text: () => latexTable(table, rows, columns, place) },
  ];
  return (
    <div className="compare-buttons">
      <span className="caption">
        {isReady ? 'Save what is shown:' : 'Can be saved when all intervals are computed:'}
      </span>
      {files.map(({ kind, ending, type, text }) => (
        <button
          key={kind}
          type="button"
          className="button"
          disabled={!isReady}
          aria-label={`Save the table as ${kind}`}
          onClick={() => saveFile(new Blob([text()], { type }), `${name}.${ending}`)}
        >
          {kind}
        </button>
      ))}
      <span className="caption">JSON holds the results themselves; the lab reads it again.</span>
    </div>
  );
}
