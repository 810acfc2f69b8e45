// The figure that the address names by its hash: brought into sight and marked when it is there, also when that is later than the page.
import { type RefObject, useEffect, useSyncExternalStore } from 'react';

function onHash(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

/** The hash without its sign; '' for none. */
export const useHash = (): string => useSyncExternalStore(onHash, () => location.hash.slice(1));

/** Whether the address names this element; scrolls to it as soon as it does. */
export function useAddressed(element: RefObject<HTMLElement | null>, id: string | undefined): boolean {
  const hash = useHash();
  const isAddressed = id !== undefined && hash === id;
  useEffect(() => {
    if (isAddressed) element.current?.scrollIntoView({ block: 'start' });
  }, [element, isAddressed]);
  return isAddressed;
}
