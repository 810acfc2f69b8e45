// One cell of the table. Nothing measured is a dash, and what is still computed an ellipsis.
import { memo } from 'react';
import {
  againstText,
  intervalText,
  NOTHING,
  noDifferenceText,
  numberText,
  originText,
  overText,
  partsText,
} from './cellText';
import type { Column, NumberColumn } from './columns';
import { IntervalBar } from './IntervalBar';
import { fixed, seedsText, signed } from './numberText';
import type { ArmRow } from './rows';
import type { TableRow } from './table';
import { VERDICT_SIGN } from './verdicts';

interface CellProps {
  one: TableRow;
  column: Column;
  isBest: boolean;
  /** The table's. */
  baseline: ArmRow | null;
  reach: number;
}

export const isTextColumn = ({ kind }: Column): boolean => kind === 'verdict' || kind === 'origin';

export const TableCell = memo(function TableCell(props: CellProps) {
  const { one, column } = props;
  return (
    <td className={isTextColumn(column) ? 'compare-text' : 'number'} data-column={column.id}>
      {column.kind === 'number' ? <NumberContent {...props} column={column} /> : <Content {...props} />}
      {column.kind === 'verdict' && <VerdictContent verdicts={one.verdicts} />}
    </td>
  );
});

function NumberContent({ one, column, isBest }: CellProps & { column: NumberColumn }) {
  const cell = one.cells.get(column.id);
  if (!cell) return <Nothing />;
  const text = numberText(cell, column);
  const parts = partsText(one.row, column);
  return (
    <>
      {isBest ? <strong title="Best; its interval against the runner-up leaves out zero">{text}</strong> : text}
      {cell.seeds !== one.row.known.length || column.id === 'accuracy' ? (
        <span className="compare-note">{seedsText(cell.seeds)}</span>
      ) : null}
      {parts && (
        <span className="compare-note" title={parts.long}>
          {parts.short}
        </span>
      )}
    </>
  );
}

function Content({ one, column, baseline, reach }: CellProps) {
  const { difference, paper, paperDifference, row } = one;
  switch (column.kind) {
    case 'difference': {
      const none = noDifferenceText(one, baseline);
      if (none || !difference) return <span className="compare-note">{none}</span>;
      const to = againstText(one, baseline);
      const interval = intervalText(difference);
      return (
        <span className="compare-difference">
          <IntervalBar difference={difference} reach={reach} />
          <span>
            {signed(difference.mean, 1)} <span className="compare-unit">{interval ?? 'no interval'}</span>
            <span className="compare-note">{overText(difference)}</span>
            {to && <span className="compare-note">{to}</span>}
          </span>
        </span>
      );
    }
    case 'paper':
      return paper === null ? <Nothing /> : fixed(paper, 1);
    case 'paper difference':
      return paperDifference === null ? <Nothing /> : signed(paperDifference, 1);
    case 'origin':
      return originText(row);
    default:
      return null;
  }
}

function VerdictContent({ verdicts }: Pick<TableRow, 'verdicts'>) {
  if (verdicts === undefined) return <span className="compare-note">…</span>;
  const [first, ...more] = verdicts;
  if (!first) return <Nothing />;
  const { short, judgement } = first;
  return (
    <span className="compare-verdict" data-verdict={judgement.verdict}>
      <span aria-hidden="true">{VERDICT_SIGN[judgement.verdict]}</span> {short}: {judgement.verdict}
      {more.length > 0 && <span className="compare-note">and {more.length} more</span>}
    </span>
  );
}

const Nothing = () => (
  <span className="compare-none">
    {NOTHING}
    <span className="visually-hidden">not measured</span>
  </span>
);
