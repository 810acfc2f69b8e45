// The results of this browser, one a line and the latest first, to be removed one by one or all.
import { useRef, useState } from 'react';
import { Pager, pageOf } from '../../components/Choice';
import type { KnownResult } from '../../state/labState';
import { labelOf } from './labData';
import { resultText } from './QueuePanel';

/** Rows of a page. */
const ROWS = 50;

interface OwnProps {
  own: readonly KnownResult[];
  onRemove(keys: readonly string[]): void;
  /** Nothing is left to be focused here. */
  onEmptied(): void;
}

export function OwnResults(props: OwnProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Own results</summary>
      {isOpen && <OwnList {...props} />}
    </details>
  );
}

export function OwnList({ own, onRemove, onEmptied }: OwnProps) {
  const [wanted, setPage] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const { rows, page, pages } = pageOf([...own].reverse(), wanted, ROWS);
  const removeRow = (key: string, row: number) => {
    onRemove([key]);
    // The button that was pressed goes away: to that of the row in its place, or before it.
    requestAnimationFrame(() => {
      const buttons = list.current?.querySelectorAll('button') ?? [];
      const next = buttons[Math.min(row, buttons.length - 1)];
      if (next) next.focus();
      else onEmptied();
    });
  };
  return (
    <>
      <ul className="lab-own" ref={list}>
        {rows.map(({ result, origin }, row) => {
          const name = `${labelOf(result)}, ${result.family}, seed ${result.seed}`;
          return (
            <li key={result.key}>
              <span>
                {name}{' '}
                <span className="caption">
                  {result.preset}
                  {origin === 'file' && ', from a file'}: {resultText(result)}
                </span>
              </span>
              <button
                type="button"
                className="button"
                aria-label={`Remove ${name}`}
                onClick={() => removeRow(result.key, row)}
              >
                Remove
              </button>
            </li>
          );
        })}
      </ul>
      <Pager label="Pages of own results" page={page} pages={pages} onPage={setPage} />
      <button
        type="button"
        className="button"
        onClick={() => {
          onRemove(own.map(({ result }) => result.key));
          onEmptied();
        }}
      >
        Remove all own results
      </button>
    </>
  );
}
