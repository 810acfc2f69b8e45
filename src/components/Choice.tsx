// Small controls that several views share: one of a few (radio group), tabs, and pages of a long list.
import { useId } from 'react';
import { formatCount } from './format';
import './choice.css';

export interface Option<T extends string> {
  value: T;
  label: string;
  disabled?: boolean;
}

interface ChoiceProps<T extends string> {
  /** Accessible name of the group. */
  label: string;
  options: readonly Option<T>[];
  value: T;
  onChange(value: T): void;
}

/** One of a few, always all visible. Arrow keys move, as in any radio group. */
export function Choice<T extends string>({ label, options, value, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="segmented">
      <legend className="visually-hidden">{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={option.disabled ? 'choice-disabled' : undefined}>
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            disabled={option.disabled}
            onChange={() => onChange(option.value)}
          />
          {option.label}
        </label>
      ))}
    </fieldset>
  );
}

/** Tabs over one panel; the caller renders the panel with `panelProps(id, value)`. Arrow keys, Home and End move. */
export function Tabs<T extends string>({ label, options, value, onChange, id }: ChoiceProps<T> & { id: string }) {
  const move = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const at = options.findIndex((option) => option.value === value);
    const next = nextTab(event.key, at, options.length);
    if (next === null) return;
    event.preventDefault();
    onChange(options[next]!.value);
    event.currentTarget.querySelectorAll<HTMLElement>('[role="tab"]')[next]?.focus();
  };
  return (
    <div role="tablist" aria-label={label} className="segmented" onKeyDown={move}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          role="tab"
          id={`${id}-tab-${option.value}`}
          aria-selected={option.value === value}
          aria-controls={`${id}-panel`}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}

export function nextTab(key: string, at: number, count: number): number | null {
  if (key === 'ArrowRight') return (at + 1) % count;
  if (key === 'ArrowLeft') return (at + count - 1) % count;
  if (key === 'Home') return 0;
  if (key === 'End') return count - 1;
  return null;
}

export const panelProps = (id: string, value: string) => ({
  role: 'tabpanel',
  id: `${id}-panel`,
  'aria-labelledby': `${id}-tab-${value}`,
});

/** Rows of page `page` (from 0) and the page that exists. */
export function pageOf<T>(
  rows: readonly T[],
  page: number,
  size: number,
): { page: number; pages: number; rows: readonly T[] } {
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const existing = Math.max(0, Math.min(page, pages - 1));
  return { page: existing, pages, rows: rows.slice(existing * size, (existing + 1) * size) };
}

/** Previous and next page with "page 3 of 26". Nothing when there is only one page. */
export function Pager({
  label,
  page,
  pages,
  onPage,
}: {
  label: string;
  page: number;
  pages: number;
  onPage(page: number): void;
}) {
  if (pages <= 1) return null;
  return (
    <nav className="choice-pager" aria-label={label}>
      <button type="button" className="button" disabled={page === 0} onClick={() => onPage(page - 1)}>
        Previous
      </button>
      <span className="caption">
        page {formatCount(page + 1)} of {formatCount(pages)}
      </span>
      <button type="button" className="button" disabled={page >= pages - 1} onClick={() => onPage(page + 1)}>
        Next
      </button>
    </nav>
  );
}
