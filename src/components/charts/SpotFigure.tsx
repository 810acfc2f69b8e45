// A figure of spots: the plot in the frame that all pictures have, with its caption under it. The table behind it is what is drawn.
import type { ReactNode } from 'react';
import { formatNumber } from '../format';
import { Glossed } from '../glossary/Term';
import type { TermName } from '../glossary/terms';
import { fileColours, fileInks } from './chartInks';
import { FigureFrame, type FigureTable } from './FigureFrame';
import { SpotPlot } from './SpotPlot';
import { spotPicture } from './spotPicture';
import type { SpotSource } from './spots';

/** The first cell names the row. */
export interface SpotRow {
  key: string;
  cells: readonly (string | number | null)[];
}

export interface SpotTable {
  caption: string;
  heads: readonly string[];
  rows: readonly SpotRow[];
}

export interface SpotFigureProps {
  /** In the address, behind the hash. */
  id: string;
  /** Accessible name and heading. */
  name: string;
  unit: string;
  /** What it says, and what it leaves out: on the page and in files. */
  caption: string;
  /** Without ending. */
  fileName: string;
  /** null: nothing to show yet. */
  source: SpotSource | null;
  table: SpotTable;
  /** Said instead of the plot while there is nothing. */
  empty: string;
  hasRows?: boolean;
  aside?: ReactNode;
  link(id: string): string;
  onPick?: (pick: string) => void;
  picked?: string | null;
}

/** Words of the captions. */
const EXPLAINED: readonly TermName[] = [
  ...(['frontier', 'kl', 'best-of-n', 'interpolation', 'paired', 'bootstrap', 'sd', 'rate', 'iou', 'chance'] as const),
];

export function SpotFigure(props: SpotFigureProps) {
  const { id, name, unit, caption, fileName, source, table, empty, hasRows = false, aside, link } = props;
  const picture = () => {
    if (!source) throw new Error('There is nothing to save yet.');
    return spotPicture(source, { title: `${name}, ${unit}`, notes: [caption] }, fileInks(), fileColours());
  };
  return (
    <FigureFrame
      id={id}
      name={name}
      unit={unit}
      aside={aside}
      fileName={fileName}
      table={source && frameTable(table)}
      picture={source && picture}
      link={() => link(id)}
    >
      {source ? (
        <div className="spot-holder">
          <SpotPlot
            name={`${name}, ${unit}`}
            source={source}
            hasRows={hasRows}
            onPick={props.onPick}
            picked={props.picked ?? null}
          />
          <Legend swatches={source.swatches} />
        </div>
      ) : (
        <p className="caption">{empty}</p>
      )}
      {source && caption && (
        <p className="caption">
          <Glossed text={caption} terms={EXPLAINED} />
        </p>
      )}
    </FigureFrame>
  );
}

/** Where the names do not stand in the plot. */
function Legend({ swatches }: { swatches: SpotSource['swatches'] }) {
  if (swatches.length === 0) return null;
  return (
    <ul className="spot-legend">
      {swatches.map(({ colour, text, dash }) => (
        <li key={text}>
          <svg width="30" height="8" aria-hidden="true">
            <line x1="0" x2="30" y1="4" y2="4" stroke={colour} strokeWidth="2" strokeDasharray={dash?.join(' ')} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

const isText = (rows: readonly SpotRow[], at: number): boolean =>
  rows.some(({ cells }) => typeof cells[at] === 'string');

export const frameTable = ({ caption, heads, rows }: SpotTable): FigureTable<SpotRow> => ({
  caption,
  columns: heads.map((head, at) => ({
    head,
    value: ({ cells }) => cells[at] ?? null,
    text: ({ cells }) => {
      const cell = cells[at];
      return typeof cell === 'string' ? cell : formatNumber(cell);
    },
    isText: isText(rows, at),
  })),
  rows: () => rows,
  allRows: () => rows,
  rowKey: ({ key }) => key,
});
