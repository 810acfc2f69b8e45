// A sequence of tokens as a strip: colour, a value under each token, marks by shape. Hover shows, click pins, arrow keys move.
// Token text is only ever a text node.
import { useRef, useState } from 'react';
import { nextToken } from './tokenStripNavigation';
import './tokenStrip.css';

export type TokenMark = 'none' | 'first-error' | 'consequence' | 'differs';

export interface StripToken {
  text: string;
  /** What a screen reader says after the token: value, mark. */
  detail: string;
  mark: TokenMark;
  /** Drawn with a line around it. */
  isOutlined?: boolean;
  /** CSS background colour. */
  background?: string;
  /** Short value under the token. */
  under?: string;
  /** Length of a bar under the token, in [0, 1]. */
  bar?: number;
}

interface TokenStripProps {
  /** Accessible name of the list. */
  label: string;
  tokens: readonly StripToken[];
  pinned: number | null;
  onPin(index: number | null): void;
  /** The token under the pointer or the keyboard; null when neither is on the strip. */
  onActive(index: number | null): void;
  size?: 'large' | 'small';
}

export function TokenStrip({ label, tokens, pinned, onPin, onActive, size = 'large' }: TokenStripProps) {
  const list = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState(0);
  const home = Math.min(pinned ?? focused, Math.max(0, tokens.length - 1));

  const options = () => [...(list.current?.querySelectorAll<HTMLElement>('[role="option"]') ?? [])];
  const press = (event: React.KeyboardEvent, at: number) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return onPin(null);
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      // Space is the run's transport elsewhere on the page.
      event.stopPropagation();
      return onPin(pinned === at ? null : at);
    }
    const elements = options();
    const boxes = elements.map((one) => ({ left: one.offsetLeft, top: one.offsetTop, width: one.offsetWidth }));
    const next = nextToken(event.key, at, boxes);
    if (next === null) return;
    event.preventDefault();
    event.stopPropagation();
    elements[next]?.focus();
  };

  return (
    <div
      ref={list}
      className={`strip strip-${size}`}
      role="listbox"
      aria-label={label}
      aria-orientation="horizontal"
      tabIndex={-1}
      onPointerLeave={() => onActive(null)}
    >
      {tokens.map((token, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: a token is its position
          key={i}
          role="option"
          aria-selected={i === pinned}
          tabIndex={i === home ? 0 : -1}
          className={tokenClass(token)}
          onPointerEnter={() => onActive(i)}
          onFocus={() => {
            setFocused(i);
            onActive(i);
          }}
          onBlur={() => onActive(null)}
          onClick={() => onPin(pinned === i ? null : i)}
          onKeyDown={(event) => press(event, i)}
        >
          <TokenFace token={token} />
        </div>
      ))}
    </div>
  );
}

export const tokenClass = ({ mark, isOutlined }: StripToken): string =>
  `strip-token strip-${mark}${isOutlined ? ' strip-outlined' : ''}`;

/** What one token shows, for strips of any form. */
export function TokenFace({ token }: { token: StripToken }) {
  return (
    <>
      <span className="strip-text" style={token.background ? { background: token.background } : undefined}>
        {token.text}
      </span>
      <span className="visually-hidden">{token.detail}</span>
      {token.bar !== undefined && (
        <span className="strip-bar" aria-hidden="true">
          <span style={{ width: `${Math.max(0, Math.min(1, token.bar)) * 100}%` }} />
        </span>
      )}
      {token.under !== undefined && (
        <span className="strip-under" aria-hidden="true">
          {token.under}
        </span>
      )}
    </>
  );
}
