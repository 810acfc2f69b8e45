// Whether a box that scrolls sideways has more than it shows: scroll bars are hidden on many machines.
import { type RefObject, useLayoutEffect, useState } from 'react';

/** Looks again when the box or what is in it changes its size. */
export function useIsCut(box: RefObject<HTMLElement | null>): boolean {
  const [isCut, setCut] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setCut(element.scrollWidth > element.clientWidth + 1);
    const observer = new ResizeObserver(look);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [box]);
  return isCut;
}
