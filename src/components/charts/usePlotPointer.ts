// The pointer on a plot: it moves the linked cursor, a click chooses an update, a drag zooms to a stretch, a double click shows everything.
import { type PointerEvent, type RefObject, useRef } from 'react';
import { valueAt } from './axes';
import { type ChartGroup, fittedWindow } from './chartGroup';
import type { Plot, PlotInput } from './plot';
import { PLOT_EDGES } from './plotEdges';

interface PointerOptions {
  box: RefObject<HTMLElement | null>;
  group: ChartGroup;
  plot: Plot | null;
  input: PlotInput | null;
  total: number;
  onPick: ((x: number) => void) | undefined;
}

/** Pixels that make a click a drag. */
const DRAG = 5;

export function usePlotPointer({ box, group, plot, input, total, onPick }: PointerOptions) {
  const ref = useRef<SVGRectElement>(null);
  const drag = useRef<{ from: number; isBrush: boolean } | null>(null);
  const pixelOf = (event: { clientX: number }): number => {
    const left = (box.current?.getBoundingClientRect().left ?? 0) + PLOT_EDGES.left;
    return Math.max(0, Math.min(input?.width ?? 0, event.clientX - left));
  };
  const updateAt = (pixel: number): number => (plot && input ? valueAt(plot.x, pixel / input.width) : 0);
  const drawBrush = (a: number, b: number): void => {
    ref.current?.setAttribute('x', String(Math.min(a, b)));
    ref.current?.setAttribute('width', String(Math.abs(b - a)));
  };
  const end = (): void => {
    drag.current = null;
    drawBrush(0, 0);
  };
  return {
    ref,
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0 || !plot) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { from: pixelOf(event), isBrush: false };
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      const pixel = pixelOf(event);
      group.setHover(Math.round(updateAt(pixel)));
      const own = drag.current;
      if (!own) return;
      own.isBrush ||= Math.abs(pixel - own.from) >= DRAG;
      if (own.isBrush) drawBrush(own.from, pixel);
    },
    onPointerUp(event: PointerEvent<HTMLElement>) {
      const own = drag.current;
      const pixel = pixelOf(event);
      end();
      if (!own) return;
      if (own.isBrush) group.setWindow(fittedWindow([updateAt(own.from), updateAt(pixel)], total));
      else onPick?.(updateAt(pixel));
    },
    onPointerCancel: end,
    onPointerLeave() {
      if (!drag.current) group.setHover(null);
    },
    onDoubleClick: () => group.setWindow(null),
  };
}
