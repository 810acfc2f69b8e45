// The table as files: the rows and columns that are shown, in their order.
import { fileColours, fileInks } from '../../components/charts/chartInks';
import { PictureButtons } from '../../components/PictureButtons';
import { saveFile } from '../../components/pictureExport';
import type { Family } from '../../core/config';
import { headline } from './headline';
import { latexTable } from './latexTable';
import type { Table, TableRow } from './table';
import { resultsJson, tableCsv } from './tableFiles';
import { type Measure, tablePicture } from './tablePicture';

interface FilesProps {
  table: Table;
  /** Every number is there. */
  isReady: boolean;
  rows: readonly TableRow[];
  family: Family;
  /** In words. */
  place: string;
  /** Without ending. */
  name: string;
}

/** Letters as this browser draws them. */
function measureIn(font: string): Measure {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) throw new Error('This browser gives no 2D canvas.');
  return (text, size, isBold) => {
    context.font = `${isBold ? '600 ' : ''}${size}px ${font}`;
    return context.measureText(text).width;
  };
}

export function TableFiles({ table, isReady, rows, family, place, name }: FilesProps) {
  const { columns } = table;
  const files = [
    { kind: 'CSV', ending: 'csv', type: 'text/csv', text: () => tableCsv(rows, columns) },
    { kind: 'JSON', ending: 'json', type: 'application/json', text: () => resultsJson(rows) },
    { kind: 'LaTeX', ending: 'tex', type: 'application/x-tex', text: () => latexTable(table, rows, columns, place) },
  ];
  const picture = () => {
    const inks = fileInks();
    const colourOf = fileColours();
    return tablePicture({
      ...{ table, rows, place, inks, title: headline(table, family) ?? `Arms side by side on ${family}` },
      colours: { right: colourOf('var(--right)'), wrong: colourOf('var(--wrong)') },
      measure: measureIn(inks.font),
    });
  };
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
      <PictureButtons what="the table" fileName={name} isDisabled={!isReady} make={picture} />
      <span className="caption">JSON holds the results themselves; the lab reads it again.</span>
    </div>
  );
}
