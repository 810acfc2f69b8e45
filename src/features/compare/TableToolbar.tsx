// Above the table: which arms and columns are shown, and what they are compared with.
import { memo, type RefObject, startTransition, useEffect, useRef, useState } from 'react';
import { Popover } from '../../components/Popover';
import { EXPERIMENTS } from '../../core/study/experiments';
import type { CompareChoice } from '../../state/compareChoice';
import type { LabActions } from '../../state/labState';
import { AddArm, type AddProps } from './AddArm';
import type { Column } from './columns';
import { type ArmRow, GROUPS } from './rows';

interface ToolbarProps {
  all: readonly ArmRow[];
  columns: readonly Column[];
  shownColumns: readonly Column[];
  baseline: ArmRow | null;
  hidden: readonly string[];
  selected: readonly ArmRow[];
  view: CompareChoice;
  onView(change: Partial<CompareChoice>): void;
  actions: Pick<LabActions, 'choose'>;
  adding: AddProps;
  /** Takes the focus when a button under the toolbar goes away. */
  place: RefObject<HTMLDivElement | null>;
}

export const TableToolbar = memo(function TableToolbar(props: ToolbarProps) {
  const { all, baseline, view, onView, actions, adding, place } = props;
  const groups = GROUPS.filter((group) => all.some((row) => row.group === group));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div ref={place} tabIndex={-1} role="group" aria-label="Arms and columns" className="compare-tools compare-add">
      <BaselineField {...{ all, baseline, actions }} />
      <label className="compare-field">
        <span>Experiment</span>
        <select
          className="field-select"
          value={view.experiment ?? ''}
          onChange={(event) =>
            onView({ experiment: EXPERIMENTS.find(({ id }) => id === event.currentTarget.value)?.id ?? null })
          }
        >
          <option value="">all</option>
          {EXPERIMENTS.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label className="compare-field">
        <span>Group</span>
        <select
          className="field-select"
          value={view.group ?? ''}
          onChange={(event) => onView({ group: groups.find((group) => group === event.currentTarget.value) ?? null })}
        >
          <option value="">all</option>
          {groups.map((group) => (
            <option key={group}>{group}</option>
          ))}
        </select>
      </label>
      <label className="compare-field">
        <span>Search</span>
        <input
          className="field-input"
          type="search"
          value={view.search}
          placeholder="arm or setting"
          onChange={(event) => onView({ search: event.currentTarget.value })}
        />
      </label>
      <label className="compare-check">
        <input
          type="checkbox"
          checked={view.isGrouped}
          onChange={(event) => onView({ isGrouped: event.currentTarget.checked })}
        />
        Keep groups together
      </label>
      <ColumnChooser {...props} />
      <AddArm {...adding} />
      <Hiding {...props} />
    </div>
  );
});

/** Options added at once: each has a style and a width to be worked out. */
const MORE = 100;

/** The chosen one is there from the beginning, the others come a hundred at a time: a thousand would take a long task. */
const BaselineField = memo(function BaselineField({
  all,
  baseline,
  actions,
}: Pick<ToolbarProps, 'all' | 'baseline' | 'actions'>) {
  const [count, setCount] = useState(MORE);
  useEffect(() => {
    if (count >= all.length) return;
    const timer = setTimeout(() => startTransition(() => setCount(count + MORE)), 50);
    return () => clearTimeout(timer);
  }, [count, all.length]);
  const there = all.slice(0, count);
  if (baseline && !there.includes(baseline)) there.push(baseline);
  return (
    <label className="compare-field">
      <span>Baseline</span>
      <select
        className="field-select compare-baseline"
        value={baseline?.label ?? ''}
        onChange={(event) => actions.choose({ baseline: event.currentTarget.value })}
      >
        {there.map(({ id, label }) => (
          <option key={id}>{label}</option>
        ))}
      </select>
    </label>
  );
});

function ColumnChooser({ columns, shownColumns, view, onView }: ToolbarProps) {
  const shown = shownColumns.map(({ id }) => id);
  const said = `Columns: ${shown.length} of ${columns.length}`;
  const turn = (id: string) =>
    onView({ columns: shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id] });
  return (
    <Popover label={said} trigger={said}>
      {() => (
        <div className="compare-columns">
          {columns.map(({ id, head, help }) => (
            <label key={id} className="compare-check" title={help}>
              <input type="checkbox" checked={shown.includes(id)} onChange={() => turn(id)} />
              {head}
            </label>
          ))}
          <div className="compare-buttons">
            <button type="button" className="button" onClick={() => onView({ columns: columns.map(({ id }) => id) })}>
              All
            </button>
            <button
              type="button"
              className="button"
              disabled={view.columns === null}
              onClick={() => onView({ columns: null })}
            >
              As at first
            </button>
          </div>
        </div>
      )}
    </Popover>
  );
}

/** Of many arms a few: by what is selected. Each of its buttons goes away with its press: their place takes the focus. */
function Hiding({ all, hidden, selected, view, onView, actions }: ToolbarProps) {
  const box = useRef<HTMLDivElement>(null);
  const isChosen = view.selected !== null && selected.length > 0;
  const ids = new Set(selected.map(({ id }) => id));
  const hide = (rows: readonly ArmRow[]) =>
    actions.choose({ hidden: [...new Set([...hidden, ...rows.map(({ label }) => label)])] });
  const there = all.filter(({ label }) => hidden.includes(label)).length;
  const button = (text: string, act: () => void) => (
    <button
      type="button"
      className="button"
      onClick={() => {
        box.current?.focus({ preventScroll: true });
        act();
      }}
    >
      {text}
    </button>
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div ref={box} tabIndex={-1} role="group" aria-label="Hidden arms" className="compare-hiding">
      {isChosen && (
        <>
          {button(`Only the ${selected.length} selected`, () => hide(all.filter(({ id }) => !ids.has(id))))}
          {button('Hide the selected', () => {
            hide(selected);
            onView({ selected: null });
          })}
          {button('Select none', () => onView({ selected: null }))}
        </>
      )}
      {there > 0 && button(`Show ${there} hidden`, () => actions.choose({ hidden: [] }))}
    </div>
  );
}
