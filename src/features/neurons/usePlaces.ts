// The way between the pictures: from a thumbnail or a table's row to the large one, and from what stands below back to the top.
import { type RefObject, useRef } from 'react';

export interface Places {
  top: RefObject<HTMLDivElement | null>;
  detail: RefObject<HTMLDivElement | null>;
  open(tensor: string): void;
  goToTop(): void;
}

export function usePlaces(onOpen: (tensor: string) => void): Places {
  const top = useRef<HTMLDivElement>(null);
  const detail = useRef<HTMLDivElement>(null);
  return {
    top,
    detail,
    open(tensor) {
      onOpen(tensor);
      // Below the atlas on narrow screens; beside it otherwise, where this does nothing.
      requestAnimationFrame(() => detail.current?.scrollIntoView({ block: 'nearest' }));
    },
    goToTop() {
      top.current?.focus();
      top.current?.scrollIntoView({ block: 'start' });
    },
  };
}
