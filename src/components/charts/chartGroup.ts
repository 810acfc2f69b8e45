// What charts of one view share: the hovered update and the stretch in sight. The hovered one moves with every frame and goes to the
// drawings directly, past React; the stretch is ordinary state.
import { useSyncExternalStore } from 'react';

export type XWindow = readonly [from: number, to: number];

export interface ChartGroup {
  /** Told to listeners at most once a frame. */
  setHover(x: number | null): void;
  hover(): number | null;
  onHover(listener: (x: number | null) => void): () => void;
  /** Somebody chose a stretch; null: everything. */
  setWindow(window: XWindow | null): void;
  /** The same without anybody's choice: where the axis has changed, or the choice was made elsewhere. */
  showWindow(window: XWindow | null): void;
  window(): XWindow | null;
  onWindow(listener: () => void): () => void;
  /** Only what was chosen. */
  onChosen(listener: (window: XWindow | null) => void): () => void;
}

export function createChartGroup(): ChartGroup {
  const hoverListeners = new Set<(x: number | null) => void>();
  const windowListeners = new Set<() => void>();
  const chosenListeners = new Set<(window: XWindow | null) => void>();
  let hover: number | null = null;
  let shown: number | null = null;
  let isAsked = false;
  let window: XWindow | null = null;
  const tell = (): void => {
    isAsked = false;
    if (hover === shown) return;
    shown = hover;
    for (const listener of hoverListeners) listener(shown);
  };
  const listen = <T>(set: Set<T>, listener: T): (() => void) => {
    set.add(listener);
    return () => set.delete(listener);
  };
  const showWindow = (next: XWindow | null): void => {
    if (isSameWindow(window, next)) return;
    window = next;
    for (const listener of windowListeners) listener();
  };
  return {
    setHover(x) {
      hover = x;
      if (!isAsked) requestAnimationFrame(tell);
      isAsked = true;
    },
    hover: () => hover,
    onHover: (listener) => listen(hoverListeners, listener),
    setWindow(next) {
      showWindow(next);
      for (const listener of chosenListeners) listener(next);
    },
    showWindow,
    window: () => window,
    onWindow: (listener) => listen(windowListeners, listener),
    onChosen: (listener) => listen(chosenListeners, listener),
  };
}

const isSameWindow = (a: XWindow | null, b: XWindow | null): boolean =>
  a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);

export const useChartWindow = (group: ChartGroup): XWindow | null =>
  useSyncExternalStore(group.onWindow, group.window, () => null);

/** A stretch inside [0, total], at least two updates long; null when it is everything. */
export function fittedWindow([a, b]: XWindow, total: number): XWindow | null {
  const [from, to] = [Math.max(0, Math.floor(Math.min(a, b))), Math.min(total, Math.ceil(Math.max(a, b)))];
  const right = Math.min(total, Math.max(to, from + 2));
  const left = Math.max(0, Math.min(from, right - 2));
  return left <= 0 && right >= total ? null : [left, right];
}

/** `by` times as long about an update that keeps its place. */
export function zoomedWindow([from, to]: XWindow, about: number, by: number, total: number): XWindow | null {
  return fittedWindow([about - (about - from) * by, about + (to - about) * by], total);
}
