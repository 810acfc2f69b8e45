// The comparison of arms on one family: table, settings that differ, curves over each other, files. It knows the lab only as it is given.
import { type RefObject, useCallback, useMemo, useRef } from 'react';
import { Choice } from '../../components/Choice';
import { FAMILIES, PRESETS } from '../../core/config';
import type { CompareChoice } from '../../state/compareChoice';
import type { LabState } from '../../state/labState';
import type { AddProps } from './AddArm';
import { ArmTable } from './ArmTable';
import { type Column, columnsFor, firstColumns } from './columns';
import type { ComparisonProps } from './comparisonProps';
import { experimentOf } from './experimentOf';
import { headline } from './headline';
import { Introduction } from './Introduction';
import { MissingArms } from './MissingArms';
import { NothingYet } from './NothingYet';
import { Overlay } from './Overlay';
import { sortedRows } from './ordering';
import { QueueLine } from './QueueLine';
import { useQueued } from './queue';
import { type ArmRow, baselineRow, filteredRows, type Place, type Rows, rowSteps, seedsOf } from './rows';
import { SettingsDiff } from './SettingsDiff';
import { TableFiles } from './TableFiles';
import { TableToolbar } from './TableToolbar';
import { type Memory, type Table, type TableInput, tableSteps } from './table';
import { useSteps } from './useSteps';
import './compareView.css';

const NONE: Rows = { rows: [], unknown: 0 };

/** To be computed of an arm where no table says which. */
const FIRST_SEEDS: readonly number[] = [1, 2, 3];

/** For the life of the page: the same results have the same numbers. */
const memory: Memory = new Map();

export function Comparison(props: ComparisonProps) {
  const { state, actions, settings, lab } = props;
  const { results, choice, queue } = state;
  const { family } = choice;
  const { preset } = choice.scope;
  const place = useMemo((): Place => ({ family, preset }), [family, preset]);
  const found = useSteps(
    useCallback(() => rowSteps(results.values(), place), [results, place]),
    `${family} ${preset}`,
  );
  const { rows: all, unknown } = found ?? NONE;
  const presets = useMemo(() => presetsOf(results), [results]);
  const parts = useParts(props, all, place);
  const title = parts.table && headline(parts.table, family);
  const queued = useQueued(queue);
  const seeds = useMemo(() => seedsOf(all), [all]);
  const adding = useMemo(
    (): AddProps => ({
      ...{ place, results, queued, settings, onRun: actions.run },
      seeds: seeds.length > 0 ? seeds : FIRST_SEEDS,
    }),
    [place, results, queued, settings, actions.run, seeds],
  );
  const whole = useRef<HTMLElement>(null);
  return (
    <section ref={whole} tabIndex={-1} className="compare" aria-labelledby="compare-title">
      <div className="compare-head">
        <h2 id="compare-title" className="title">
          {title ?? `Arms side by side on ${family}`}
        </h2>
        <div className="compare-place">
          <Choice
            label="Family"
            options={FAMILIES.map((value) => ({ value, label: value }))}
            value={family}
            onChange={(value) => actions.choose({ family: value })}
          />
          {presets.some((other) => other !== preset) && (
            <Choice
              label="Preset"
              options={PRESETS.filter((one) => one === preset || presets.includes(one)).map((value) => ({
                value,
                label: value,
              }))}
              value={preset}
              onChange={(value) => actions.choose({ scope: { ...choice.scope, preset: value } })}
            />
          )}
        </div>
        {all.length > 0 && <Introduction rows={all} table={parts.table} {...{ unknown, preset }} />}
      </div>
      {state.recorded.status === 'failed' && (
        <RecordedFailure
          {...state.recorded.error}
          onAgain={() => {
            // The button goes away while it loads.
            whole.current?.focus({ preventScroll: true });
            void actions.loadRecorded();
          }}
        />
      )}
      <QueueLine {...{ queue, actions, lab }} />
      {!found ? (
        <p className="compare-nothing">Reading the results…</p>
      ) : all.length === 0 ? (
        <NothingYet {...adding} state={state} presets={presets} />
      ) : (
        <Shown {...props} {...parts} {...{ all, place, seeds, adding }} />
      )}
    </section>
  );
}

/** Presets with results of arms, in their usual order. */
function presetsOf(results: LabState['results']) {
  const there = new Set<string>();
  for (const { result } of results.values()) if (result.kind === 'arm') there.add(result.preset);
  return PRESETS.filter((preset) => there.has(preset));
}

interface Parts {
  columns: readonly Column[];
  shownColumns: readonly Column[];
  filtered: readonly ArmRow[];
  baseline: ArmRow | null;
  table: Table | null;
  /** The table is of these very rows and columns, and whole. */
  isWhole: boolean;
  selected: readonly ArmRow[];
}

/** What the choices make of the rows. */
function useParts({ state, view }: ComparisonProps, all: readonly ArmRow[], place: Place): Parts {
  const { baseline: label, hidden } = state.choice;
  const { experiment, group, search, columns: chosen, selected } = view;
  const columns = useMemo(() => columnsFor(all), [all]);
  const shownColumns = useMemo(
    () => (chosen ? columns.filter(({ id }) => chosen.includes(id)) : firstColumns(columns, experiment)),
    [columns, chosen, experiment],
  );
  const filtered = useMemo(
    () => filteredRows(all, { experiment: experimentOf(experiment), group, search, hidden }, place),
    [all, experiment, group, search, hidden, place],
  );
  const baseline = useMemo(() => baselineRow(all, label), [all, label]);
  const input = useMemo(
    (): TableInput => ({ family: place.family, rows: filtered, all, baseline, columns: shownColumns }),
    [place, filtered, all, baseline, shownColumns],
  );
  const table = useSteps(
    useCallback(() => tableSteps(input, memory), [input]),
    `${place.family} ${place.preset}`,
  );
  const chosenRows = useMemo(() => selectedRows(all, selected, baseline), [all, selected, baseline]);
  return {
    columns,
    shownColumns,
    filtered,
    baseline,
    table,
    isWhole: table !== null && table.input === input && table.left === 0,
    selected: chosenRows,
  };
}

/** For the reader who has chosen none: ALLO, the baseline and DPO on the top 10 %. */
function selectedRows(all: readonly ArmRow[], selected: CompareChoice['selected'], baseline: ArmRow | null): ArmRow[] {
  if (selected) return selected.flatMap((id) => all.find((row) => row.id === id) ?? []);
  return all.filter((row) => row === baseline || (row.isPlain && (row.arm === 'allo' || row.arm === 'dpo-top10')));
}

interface ShownProps extends ComparisonProps, Parts {
  all: readonly ArmRow[];
  place: Place;
  seeds: readonly number[];
  adding: AddProps;
}

function Shown(props: ShownProps) {
  const { state, actions, view, onView, link, all, place, seeds, adding } = props;
  const { columns, shownColumns, filtered, baseline, table, isWhole, selected } = props;
  const { hidden, scope } = state.choice;
  const { queued } = adding;
  const { sort, isGrouped } = view;
  const order = useMemo(
    () => (table ? sortedRows(table.rows, sort, table.columns, isGrouped) : []),
    [table, sort, isGrouped],
  );
  const tools = useRef<HTMLDivElement>(null);
  return (
    <>
      <TableToolbar
        {...{ all, columns, shownColumns, baseline, hidden, selected, view, onView, actions, adding }}
        place={tools}
      />
      {filtered.length === 0 ? (
        <NoneMatch count={all.length} {...{ onView, actions, tools }} />
      ) : table ? (
        <>
          <ArmTable
            {...{ table, order, columns: table.columns, selected, view, onView, actions }}
            {...{ place, seeds, hidden, queued }}
          />
          <TableFiles
            table={table}
            isReady={isWhole}
            rows={order}
            family={place.family}
            place={`${place.family}, ${place.preset} preset`}
            name={`allo-${place.family}-${place.preset}`}
          />
        </>
      ) : (
        <p className="compare-nothing">Computing means and intervals…</p>
      )}
      <MissingArms
        {...{ place, queued, results: state.results, seeds: scope.seeds }}
        experiment={experimentOf(view.experiment)}
        onRun={actions.run}
      />
      <SettingsDiff rows={selected} baseline={baseline} />
      <Overlay rows={selected} name={`allo-${place.family}`} link={link} />
    </>
  );
}

interface NoneProps extends Pick<ShownProps, 'onView' | 'actions'> {
  count: number;
  tools: RefObject<HTMLElement | null>;
}

function NoneMatch({ count, onView, actions, tools }: NoneProps) {
  const showAll = () => {
    // The button goes away.
    tools.current?.focus({ preventScroll: true });
    onView({ experiment: null, group: null, search: '' });
    actions.choose({ hidden: [] });
  };
  return (
    <p className="compare-nothing">
      None of the {count} arms match.{' '}
      <button type="button" className="button" onClick={showAll}>
        Show all arms
      </button>
    </p>
  );
}

function RecordedFailure({ message, next, onAgain }: { message: string; next: string; onAgain(): void }) {
  return (
    <p className="compare-failure" role="alert">
      {message} {next}{' '}
      <button type="button" className="button" onClick={onAgain}>
        Load again
      </button>
    </p>
  );
}
