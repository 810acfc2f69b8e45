// The table of arms: sortable heads, rows in groups, a page of them at a time; a row opens to its seeds and claims.
import { Fragment, memo, useCallback, useMemo, useRef, useState } from 'react';
import { Pager, pageOf } from '../../components/Choice';
import { Term } from '../../components/glossary/Term';
import type { TermName } from '../../components/glossary/terms';
import { Icon } from '../../components/icons';
import { ScrollX } from '../../components/ScrollX';
import type { CompareChoice } from '../../state/compareChoice';
import type { LabActions } from '../../state/labState';
import { failureText } from './cellText';
import type { Column } from './columns';
import { termOf } from './columnTerms';
import { reachOf } from './intervalScale';
import { ARM, nextSort, orderKey } from './ordering';
import type { Queued } from './queue';
import { RowDetails } from './RowDetails';
import type { ArmRow, Place } from './rows';
import { isTextColumn, TableCell } from './TableCell';
import type { Table, TableRow } from './table';
import { onOtherData } from './tableFiles';
import { useIsCut } from './useIsCut';

/** Few enough to draw within a frame or two. */
const PAGE = 40;

interface ArmTableProps {
  table: Table;
  order: readonly TableRow[];
  columns: readonly Column[];
  selected: readonly ArmRow[];
  view: CompareChoice;
  onView(change: Partial<CompareChoice>): void;
  actions: Pick<LabActions, 'choose' | 'run'>;
  place: Place;
  seeds: readonly number[];
  hidden: readonly string[];
  queued: Queued;
}

export function ArmTable(props: ArmTableProps) {
  const { table, order, columns, selected, view, onView, actions, place, seeds, hidden, queued } = props;
  const key = orderKey(view, place);
  const [wanted, setWanted] = useState({ key, page: 0 });
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const { page, pages, rows } = pageOf(order, wanted.key === key ? wanted.page : 0, PAGE);
  const scroll = useRef<HTMLElement>(null);
  const isCut = useIsCut(scroll);
  const reach = useMemo(() => reachOf(table.rows), [table]);
  const ids = useMemo(() => new Set(selected.map(({ id }) => id)), [selected]);
  const settle = useCallback(() => scroll.current?.focus({ preventScroll: true }), []);
  const turnOpen = useCallback((id: string) => setOpen((before) => turned(before, id)), []);
  const select = useCallback((id: string) => onView({ selected: [...turned(ids, id)] }), [ids, onView]);
  return (
    <div className="compare-table">
      <ScrollX ref={scroll} className="compare-scroll" name="Arms">
        <table className="table">
          <caption>
            <Term name="paired">Differences</Term> are to {table.baseline ? 'the' : 'no'} <Term name="baseline" />
            {table.baseline && ` (${table.baseline.label}${onOtherData(table, table.rows)})`}, bars within ± {reach}{' '}
            points, arrows beyond; a press on a head sorts, a press on an arm opens it.
            {isCut && ' More columns stand to the right: scroll the table sideways.'}
          </caption>
          <Heads columns={columns} view={view} onView={onView} />
          <tbody>
            {rows.map((one, i) => (
              <Fragment key={one.row.id}>
                {view.isGrouped && one.row.group !== rows[i - 1]?.row.group && (
                  <tr className="compare-group">
                    <th scope="rowgroup" colSpan={columns.length + 1}>
                      <span>{one.row.group}</span>
                    </th>
                  </tr>
                )}
                <Row
                  {...{ one, columns, reach }}
                  best={bestOf(table, one)}
                  baseline={table.baseline}
                  isSelected={ids.has(one.row.id)}
                  isOpen={open.has(one.row.id)}
                  onOpen={turnOpen}
                  onSelect={select}
                />
                {open.has(one.row.id) && (
                  <tr>
                    <td colSpan={columns.length + 1} className="compare-opened">
                      <RowDetails
                        {...{ one, seeds, hidden, queued, actions }}
                        family={place.family}
                        onHide={settle}
                        isBaseline={one.row.id === table.baseline?.id}
                      />
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <Pager label="Pages of arms" page={page} pages={pages} onPage={(next) => setWanted({ key, page: next })} />
    </div>
  );
}

const SEPARATOR = ';';

const bestOf = ({ best }: Table, { row }: TableRow): string =>
  [...best].flatMap(([column, id]) => (id === row.id ? [column] : [])).join(SEPARATOR);

function turned(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

const SIGN = { ascending: '↑', descending: '↓' } as const;

const Heads = memo(function Heads({ columns, view, onView }: Pick<ArmTableProps, 'columns' | 'view' | 'onView'>) {
  const { sort } = view;
  const head = (
    id: string,
    text: string,
    unit: string,
    help: string | undefined,
    isText: boolean,
    term: TermName | null,
  ) => {
    const direction = sort?.column === id ? sort.direction : undefined;
    return (
      <th key={id} scope="col" className={isText ? 'compare-text' : 'number'} aria-sort={direction}>
        <button
          type="button"
          className="compare-head-button"
          title={help}
          onClick={() => onView({ sort: nextSort(sort, id, isText) })}
        >
          <span>
            {text} {direction && <span aria-hidden="true">{SIGN[direction]}</span>}
          </span>
          {unit && <span className="compare-unit">{unit}</span>}
        </button>
        {term && <What term={term} of={text} />}
      </th>
    );
  };
  return (
    <thead>
      <tr>
        {head(ARM, 'Arm', '', undefined, true, 'arm')}
        {columns.map((column) =>
          head(column.id, column.head, column.unit, column.help, isTextColumn(column), termOf(column)),
        )}
      </tr>
    </thead>
  );
});

/** The head's word explained, beside the button that sorts. */
const What = ({ term, of }: { term: TermName; of: string }) => (
  <span className="compare-what">
    <Term name={term}>
      <span aria-hidden="true">?</span>
      <span className="visually-hidden">What “{of}” means</span>
    </Term>
  </span>
);

interface RowProps {
  one: TableRow;
  columns: readonly Column[];
  /** Ids of columns in which this row is the best, as one text so that it is the same when it says the same. */
  best: string;
  reach: number;
  /** The table's. */
  baseline: ArmRow | null;
  isSelected: boolean;
  isOpen: boolean;
  onOpen(id: string): void;
  onSelect(id: string): void;
}

const Row = memo(function Row({ one, columns, best, reach, baseline, isSelected, isOpen, onOpen, onSelect }: RowProps) {
  const { id, label } = one.row;
  const failure = failureText(one.row);
  const own = best.split(SEPARATOR);
  return (
    <tr data-selected={isSelected || undefined}>
      <th scope="row">
        <span className="compare-arm">
          <input type="checkbox" aria-label={`Select ${label}`} checked={isSelected} onChange={() => onSelect(id)} />
          <button type="button" className="compare-open" aria-expanded={isOpen} onClick={() => onOpen(id)}>
            <Icon name="chevron" />
            {/* No line may end between a number and its sign. */}
            <span>{label.replace(/(\d) %/g, '$1\u00a0%').replace(/× /g, '×\u00a0')}</span>
          </button>
        </span>
        {failure && (
          <span className="compare-failed" title={failure}>
            failed
          </span>
        )}
      </th>
      {columns.map((column) => (
        <TableCell key={column.id} {...{ one, column, baseline, reach }} isBest={own.includes(column.id)} />
      ))}
    </tr>
  );
});
