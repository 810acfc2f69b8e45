// Two token sequences one above the other, aligned in columns that wrap together; what is not the same in both stands on a shaded
// ground. Hover shows, click pins, arrow keys move along a row, up and down to the other one. Token text is only ever a text node.
import { useRef, useState } from 'react';
import type { AlignRow } from '../core/tokens/align';
import { type StripToken, TokenFace, tokenClass } from './TokenStrip';
import { nextToken } from './tokenStripNavigation';
import './tokenStrip.css';

/** A token of one of the two rows. */
export interface PairPlace {
  side: 0 | 1;
  index: number;
}

interface StripPairProps {
  /** Accessible name of the list. */
  label: string;
  /** Upper and lower row, each with the name that a screen reader says before its tokens. */
  rows: readonly [StripPairRow, StripPairRow];
  /** Left = upper row. */
  columns: readonly AlignRow[];
  pinned: PairPlace | null;
  onPin(place: PairPlace | null): void;
  /** The token under the pointer or the keyboard; null when neither is on the strip. */
  onActive(place: PairPlace | null): void;
}

export interface StripPairRow {
  name: string;
  tokens: readonly StripToken[];
}

export const samePlace = (a: PairPlace | null, b: PairPlace | null): boolean =>
  a !== null && b !== null && a.side === b.side && a.index === b.index;

const keyOf = ({ side, index }: PairPlace): string => `${side}:${index}`;

function placeOf(element: HTMLElement): PairPlace {
  const [side, index] = element.dataset.place!.split(':').map(Number);
  return { side: side === 0 ? 0 : 1, index: index! };
}

/** The element that a key leads to from `at`; null when the key does not move. */
function nextElement(key: string, at: HTMLElement, all: readonly HTMLElement[]): HTMLElement | null {
  const isVertical = key === 'ArrowUp' || key === 'ArrowDown';
  const mine = placeOf(at).side;
  const among = isVertical ? all : all.filter((one) => placeOf(one).side === mine);
  const boxes = among.map((one) => {
    const { left, top, width } = one.getBoundingClientRect();
    return { left, top, width };
  });
  const next = nextToken(key, among.indexOf(at), boxes);
  return next === null ? null : (among[next] ?? null);
}

export function TokenStripPair({ label, rows, columns, pinned, onPin, onActive }: StripPairProps) {
  const list = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<PairPlace | null>(null);
  const exists = (place: PairPlace | null) => place !== null && place.index < rows[place.side].tokens.length;
  const first: PairPlace = { side: rows[0].tokens.length > 0 ? 0 : 1, index: 0 };
  const home = exists(pinned) ? pinned! : exists(focused) ? focused! : first;

  const press = (event: React.KeyboardEvent<HTMLElement>, place: PairPlace) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return onPin(null);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      // Space is the run's transport elsewhere on the page.
      event.stopPropagation();
      return onPin(samePlace(pinned, place) ? null : place);
    }
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
    const next = nextElement(event.key, event.currentTarget, all);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    next.focus();
  };

  const cell = (side: 0 | 1, index: number | null) => {
    const token = index === null ? undefined : rows[side].tokens[index];
    if (index === null || !token) {
      return (
        <span className="strip-gap" aria-hidden="true">
          ·
        </span>
      );
    }
    const place: PairPlace = { side, index };
    return (
      <div
        role="option"
        aria-selected={samePlace(pinned, place)}
        tabIndex={samePlace(home, place) ? 0 : -1}
        data-place={keyOf(place)}
        className={tokenClass(token)}
        onPointerEnter={() => onActive(place)}
        onFocus={() => {
          setFocused(place);
          onActive(place);
        }}
        onBlur={() => onActive(null)}
        onClick={() => onPin(samePlace(pinned, place) ? null : place)}
        onKeyDown={(event) => press(event, place)}
      >
        <span className="visually-hidden">{rows[side].name}: </span>
        <TokenFace token={token} />
      </div>
    );
  };

  return (
    <div
      ref={list}
      className="strip strip-large strip-pair"
      role="listbox"
      aria-label={label}
      aria-orientation="horizontal"
      tabIndex={-1}
      onPointerLeave={() => onActive(null)}
    >
      {columns.map((column) => (
        <div
          key={`${column.left}:${column.right}`}
          role="presentation"
          className={`strip-column${column.kind === 'same' ? '' : ' strip-unequal'}`}
        >
          {cell(0, column.left)}
          {cell(1, column.right)}
        </div>
      ))}
    </div>
  );
}
