// Who works by keyboard stays where they were when what had the focus goes away.
import { type RefObject, useEffect } from 'react';

/** Where something within `box` had the focus and is taken out of the page, `home` gets it. */
export function useKeptFocus(box: RefObject<HTMLElement | null>, home: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const within = box.current;
    if (!within) return;
    let last: Element | null = null;
    const onFocus = ({ target }: FocusEvent): void => {
      last = target instanceof Element && within.contains(target) ? target : null;
    };
    const forget = (): void => {
      last = null;
    };
    const changes = new MutationObserver(() => {
      if (!last || last.isConnected) return;
      last = null;
      if (document.activeElement === document.body) home.current?.focus();
    });
    changes.observe(within, { childList: true, subtree: true });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('pointerdown', forget);
    return () => {
      changes.disconnect();
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('pointerdown', forget);
    };
  }, [box, home]);
}
