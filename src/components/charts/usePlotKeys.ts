// A plot by keyboard: arrows move the linked cursor, plus and minus zoom about it, 0 and Escape show everything, Enter chooses.
import type { KeyboardEvent } from 'react';
import { type ChartGroup, type XWindow, zoomedWindow } from './chartGroup';

interface KeyOptions {
  group: ChartGroup;
  window: XWindow;
  total: number;
  moment: number | null;
  onPick: ((x: number) => void) | undefined;
  say(x: number): void;
}

/** Where the cursor goes; null when the key moves nothing. `long`: with Shift. */
export function movedCursor(key: string, at: number, [from, to]: XWindow, long: boolean): number | null {
  const by = long ? Math.max(1, Math.round((to - from) / 10)) : 1;
  const inside = (x: number): number => Math.max(Math.max(1, from), Math.min(to, x));
  if (key === 'ArrowLeft') return inside(at - by);
  if (key === 'ArrowRight') return inside(at + by);
  if (key === 'Home') return inside(from);
  if (key === 'End') return to;
  return null;
}

export function usePlotKeys({ group, window, total, moment, onPick, say }: KeyOptions) {
  return {
    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = group.hover() ?? moment ?? Math.round((window[0] + window[1]) / 2);
      const moved = movedCursor(event.key, at, window, event.shiftKey);
      if (moved !== null) {
        group.setHover(moved);
        say(moved);
      } else if (event.key === '+' || event.key === '=') group.setWindow(zoomedWindow(window, at, 0.5, total));
      else if (event.key === '-') group.setWindow(zoomedWindow(window, at, 2, total));
      else if (event.key === '0' || event.key === 'Escape') {
        // A full-screen figure closes first; its key goes on.
        if (event.key === 'Escape' && !group.window()) return;
        group.setWindow(null);
      } else if (event.key === 'Enter' && onPick) onPick(at);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
    onBlur: () => group.setHover(null),
  };
}
