// Pointer gestures of the matrix: hover, click to pin, drag to pan, two pointers to pinch, double click and wheel to zoom. The wheel
// zooms while the matrix has the focus, and always with Ctrl (as a trackpad's pinch does); otherwise the page keeps it.
import { type RefObject, useEffect, useRef } from 'react';
import { GUTTER_TOP } from './matrixAxes';
import type { MatrixStage, StageScene } from './matrixStage';
import { CELL_STEP, type Cell, cellAt, panWindow, zoomWindow } from './matrixWindow';

interface Point {
  x: number;
  y: number;
}

interface Gestures {
  onPin(cell: Cell | null): void;
  onHover(cell: Cell | null): void;
}

/** CSS pixels before a press becomes a drag. */
const SLOP = 4;
/** Zoom per pixel of wheel travel; a notch is about 100. */
const WHEEL = 0.0025;
const LINE_PIXELS = 16;

export function useGestures(frame: RefObject<HTMLDivElement | null>, stage: MatrixStage, { onPin, onHover }: Gestures) {
  const pointers = useRef(new Map<number, Point>());
  const moved = useRef(false);

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      const scene = stage.current;
      if (!scene || (!event.ctrlKey && !event.metaKey && document.activeElement !== element)) return;
      event.preventDefault();
      const { x, y } = pointIn(element, event, scene);
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE_PIXELS : 1;
      const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
      if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
        const across = event.shiftKey && dx === 0 ? dy : dx;
        stage.go(panWindow(stage.window(), across * scene.ratio, 0, scene.extent));
      } else {
        // A trackpad's pinch comes as Ctrl and small deltas.
        const strength = event.ctrlKey && Math.abs(dy) < 50 ? WHEEL * 4 : WHEEL;
        stage.go(zoomWindow(stage.window(), Math.exp(-dy * strength), x, y, scene.extent, true));
      }
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [frame, stage]);

  const at = (event: React.PointerEvent | React.MouseEvent): Point =>
    pointIn(event.currentTarget, event, stage.current);
  const cellUnder = ({ x, y }: Point): Cell | null =>
    stage.current && x >= 0 && y >= 0 ? cellAt(stage.window(), x, y, stage.current.extent) : null;
  const end = (event: React.PointerEvent) => {
    pointers.current.delete(event.pointerId);
  };

  return {
    onPointerDown(event: React.PointerEvent) {
      if (event.button !== 0) return;
      if (pointers.current.size === 0) moved.current = false;
      pointers.current.set(event.pointerId, at(event));
    },
    onPointerMove(event: React.PointerEvent) {
      const scene = stage.current;
      const point = at(event);
      const last = pointers.current.get(event.pointerId);
      if (!scene) return;
      if (!last) {
        onHover(cellUnder(point));
        return;
      }
      if (!moved.current && Math.hypot(point.x - last.x, point.y - last.y) <= SLOP * scene.ratio) return;
      if (!moved.current) {
        moved.current = true;
        capture(event);
        onHover(null);
      }
      const before = [...pointers.current.values()];
      pointers.current.set(event.pointerId, point);
      const after = [...pointers.current.values()];
      stage.go(dragged(stage, before, after));
    },
    onPointerUp(event: React.PointerEvent) {
      if (!moved.current && pointers.current.has(event.pointerId)) {
        const cell = cellUnder(at(event));
        if (cell) onPin(cell);
      }
      end(event);
    },
    onPointerCancel: end,
    onPointerLeave() {
      onHover(null);
    },
    onDoubleClick(event: React.MouseEvent) {
      const scene = stage.current;
      const { x, y } = at(event);
      if (!scene || x < 0 || y < 0) return;
      stage.go(zoomWindow(stage.window(), CELL_STEP, x, y, scene.extent));
    },
  };
}

/** A pointer that is made up (by a test, by assistive software) cannot be captured. */
function capture(event: React.PointerEvent): void {
  try {
    event.currentTarget.setPointerCapture(event.pointerId);
  } catch (reason) {
    if (!(reason instanceof DOMException)) throw reason;
  }
}

/** Device pixels from the plot's corner. */
function pointIn(element: Element, event: { clientX: number; clientY: number }, scene: StageScene | null): Point {
  const box = element.getBoundingClientRect();
  const { gutter, ratio } = scene ?? { gutter: 0, ratio: 1 };
  return {
    x: (event.clientX - box.left - gutter) * ratio,
    y: (event.clientY - box.top - GUTTER_TOP) * ratio,
  };
}

const middle = (points: readonly Point[]): Point => ({
  x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
  y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
});

const spread = ([a, b]: readonly Point[]): number => (a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0);

/** The window after pointers went from `before` to `after`: moves with their middle, zooms with their distance. */
function dragged(stage: MatrixStage, before: readonly Point[], after: readonly Point[]) {
  const { extent } = stage.current!;
  const from = middle(before);
  const to = middle(after);
  const moved = panWindow(stage.window(), from.x - to.x, from.y - to.y, extent);
  const wide = spread(before);
  return wide > 0 ? zoomWindow(moved, spread(after) / wide, to.x, to.y, extent, true) : moved;
}
