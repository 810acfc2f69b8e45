// A table that may be wider than its place: it scrolls sideways there, by keyboard too.
import type { ReactNode, Ref } from 'react';

interface ScrollXProps {
  /** What the table is of. */
  name: string;
  children: ReactNode;
  className?: string;
  ref?: Ref<HTMLElement>;
}

export function ScrollX({ name, children, className = '', ref }: ScrollXProps) {
  const attributes = { ref, className: `scroll-x ${className}`.trim(), 'aria-label': `${name}, table` };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section {...attributes} tabIndex={0}>
      {children}
    </section>
  );
}
