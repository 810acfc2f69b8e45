// The comparison of arms on one family: table, settings that differ, curves over each other, files. It knows the lab only as it is given.
import { useCallback, useMemo } from 'react';
import { Choice } from '../../components/Choice';
import { Term } from '../../components/glossary/Term';
import { FAMILIES, PRESETS } from '../../core/config';
import type { CompareChoice } from '../../state/compareChoice';
import type { LabState } from '../../state/labState';
import { ArmTable } from './ArmTable';
import { type Column, columnsFor, firstColumns } from './columns';
import type { ComparisonProps } from './comparisonProps';
import { experimentOf } from './experimentOf';
import { headline } from './headline';
import { MissingArms } from './MissingArms';
import { NothingYet } from './NothingYet';
import { Overlay } from './Overlay';
import { sortedRows } from './ordering';
import { type ArmRow, baselineRow, filteredRows, type Place, type Rows, rowSteps, seedsOf } from './rows';
import { SettingsDiff } from './SettingsDiff';
import { TableFiles } from './TableFiles';
import { TableToolbar } from './TableToolbar';
import { type Memory, type Table, type TableInput, tableSteps } from './table';
import { useSteps } from './useSteps';
import './compareView.css';

const NONE: Rows = { rows: [], unknown: 0 };

/** For the life of the page: the same results have the same numbers. */
const memory: Memory = new Map();

export function Comparison(props: ComparisonProps) {
  const { state, actions } = props;
  const { results, choice } = state;
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
  return (
    <section className="compare" aria-labelledby="compare-title">
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
          {presets.length > 1 && (
            <Choice
              label="Preset"
              options={presets.map((value) => ({ value, label: value }))}
              value={preset}
              onChange={(value) => actions.choose({ scope: { ...choice.scope, preset: value } })}
            />
          )}
        </div>
        {all.length > 0 && <Introduction rows={all} table={parts.table} {...{ unknown, preset }} />}
      </div>
      {state.recorded.status === 'failed' && (
        <RecordedFailure {...state.recorded.error} onAgain={() => void actions.loadRecorded()} />
      )}
      {!found ? (
        <p className="compare-nothing">Reading the results…</p>
      ) : all.length === 0 ? (
        <NothingYet state={state} place={place} presets={presets} actions={actions} />
      ) : (
        <Shown {...props} {...parts} all={all} place={place} />
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

interface IntroductionProps {
  rows: readonly ArmRow[];
  table: Table | null;
  unknown: number;
  preset: string;
}

/** What is compared, and what its numbers mean. */
function Introduction({ rows, table, unknown, preset }: IntroductionProps) {
  const seeds = seedsOf(rows);
  return (
    <p className="caption">
      {rows.length === 1 ? '1 ' : `${rows.length} `}
      <Term name="arm">{rows.length === 1 ? 'arm' : 'arms'}</Term> of the {preset} preset on{' '}
      <Term name="held-out">held-out</Term> prompts, {seeds.length}{' '}
      <Term name="seed">{seeds.length === 1 ? 'seed' : 'seeds'}</Term> ({seeds.join(', ')}). Mean ±{' '}
      <Term name="sd">standard deviation</Term> over seeds; bold only where the 95 %{' '}
      <Term name="bootstrap">interval</Term> of the best against the runner-up leaves out zero.
      {unknown > 0 && ` ${unknown} of an arm that this version does not know are left out.`}
      {table && table.left > 0 && ` Computing intervals… ${table.total - table.left} of ${table.total}.`}
    </p>
  );
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
}

function Shown(props: ShownProps) {
  const {
    state,
    actions,
    view,
    onView,
    link,
    all,
    place,
    columns,
    shownColumns,
    filtered,
    baseline,
    table,
    isWhole,
    selected,
  } = props;
  const { hidden } = state.choice;
  const { sort, isGrouped } = view;
  const order = useMemo(
    () => (table ? sortedRows(table.rows, sort, table.columns, isGrouped) : []),
    [table, sort, isGrouped],
  );
  const seeds = useMemo(() => seedsOf(all), [all]);
  return (
    <>
      <TableToolbar {...{ all, columns, shownColumns, baseline, hidden, selected, view, onView, actions }} />
      {filtered.length === 0 ? (
        <p className="compare-nothing">
          None of the {all.length} arms match.{' '}
          <button
            type="button"
            className="button"
            onClick={() => {
              onView({ experiment: null, group: null, search: '' });
              actions.choose({ hidden: [] });
            }}
          >
            Show all arms
          </button>
        </p>
      ) : table ? (
        <>
          <ArmTable
            {...{ table, order, columns: table.columns, selected, view, onView, actions, seeds, hidden }}
            family={place.family}
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
      <MissingArms state={state} experiment={experimentOf(view.experiment)} place={place} onRun={actions.run} />
      <SettingsDiff rows={selected} baseline={baseline} />
      <Overlay rows={selected} name={`allo-${place.family}`} link={link} />
    </>
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
