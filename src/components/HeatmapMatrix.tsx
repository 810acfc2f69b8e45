// One mask, large: zoom, pan, hover and a cell cursor for the keyboard. What rows and columns mean is the caller's knowledge.
import { useCallback, useEffect, useRef, useState } from 'react';
import { drawAxes, drawOverlay, GUTTER_LEFT, GUTTER_TOP } from './heatmapAxes';
import { blockOf, type HeatmapView, paintHeatmap } from './heatmapPaint';
import type { Pyramid } from './heatmapPyramid';
import { enqueueDrawing, pyramidOf } from './heatmapQueue';
import { maskPalette, useThemeKey } from './heatmapTheme';
import { type Cell, cellAt, clampView, type Extent, fitView, followCell, moveCell, zoomView } from './heatmapView';
import './heatmap.css';

/** What an axis means. `groups` are bands with a name of their own (heads); single entries are named by `label`. */
export interface HeatmapAxis {
  title: string;
  label(index: number): string;
  groups: readonly { start: number; label: string }[];
}

export interface HeatmapMatrixProps {
  /** Accessible name of the picture. */
  name: string;
  mask: Uint8Array;
  rows: number;
  columns: number;
  rowAxis: HeatmapAxis;
  columnAxis: HeatmapAxis;
  upper: number;
  /** Height of the window at most, CSS pixels. */
  maxHeight?: number;
  /** The cell under the pointer or the cursor, and the side of the blocks that are drawn (1: single weights). */
  onCell(cell: Cell | null, block: number): void;
  describedBy: string;
}

/** CSS pixels of a density block at least. */
const LEAST_BLOCK = 3;

export function HeatmapMatrix(props: HeatmapMatrixProps) {
  const { mask, rows, columns, onCell } = props;
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const pyramid = usePyramid(mask, rows, columns);
  const theme = useThemeKey();
  const ratio = typeof window === 'undefined' ? 1 : window.devicePixelRatio;
  const extent = extentOf(props, width, ratio);
  const [view, setView] = useState<HeatmapView | null>(null);
  const [pinned, setPinned] = useState<Cell | null>(null);
  const [hovered, setHovered] = useState<Cell | null>(null);
  const shown = clampView(view ?? fitView(extent), extent);
  const active = hovered ?? pinned;
  const block = pyramid ? blockOf(shown, LEAST_BLOCK * ratio, pyramid) : 1;

  useEffect(() => {
    onCell(active, block);
  }, [active, onCell, block]);

  const zoom = (factor: number, x = extent.width / 2, y = extent.height / 2) =>
    setView(zoomView(shown, factor, x, y, extent));
  const press = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') zoom(1.6);
    else if (event.key === '-') zoom(1 / 1.6);
    else if (event.key === '0') setView(null);
    else if (event.key === 'Escape') setPinned(null);
    else {
      const start = pinned ?? { row: Math.floor(shown.row), column: Math.floor(shown.column) };
      const next = moveCell(start, event.key, event.shiftKey, rows, columns);
      if (!next) return;
      const cell = pinned ? next : start;
      setPinned(cell);
      setHovered(null);
      setView(followCell(shown, cell, extent));
    }
    event.preventDefault();
  };

  const pointer = usePointer({ frame, shown, extent, ratio, setView, setPinned, setHovered, zoom });
  const canvases = useCanvases(props, { pyramid, shown, extent, ratio, theme, pinned, hovered });
  return (
    <div className="heatmap-matrix">
      <fieldset className="heatmap-tools">
        <legend className="visually-hidden">Zoom</legend>
        <button type="button" className="button" onClick={() => zoom(1 / 1.6)} aria-label="Zoom out">
          −
        </button>
        <button type="button" className="button" onClick={() => zoom(1.6)} aria-label="Zoom in">
          +
        </button>
        <button type="button" className="button" onClick={() => setView(null)}>
          Fit
        </button>
        <span className="caption heatmap-scale">{scaleText(block, shown, ratio)}</span>
      </fieldset>
      <div
        ref={frame}
        className="heatmap-frame"
        style={{ height: (extent.height + GUTTER_TOP * ratio) / ratio }}
        role="application"
        aria-roledescription="matrix"
        aria-label={`${props.name}: ${rows} rows, ${columns} columns. Arrow keys move the cell cursor, plus and minus zoom.`}
        aria-describedby={props.describedBy}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the matrix takes the arrow keys
        tabIndex={0}
        onKeyDown={press}
        {...pointer}
      >
        <canvas ref={canvases.picture} />
        <canvas ref={canvases.overlay} />
      </div>
    </div>
  );
}

function extentOf({ rows, columns, maxHeight = 480 }: HeatmapMatrixProps, width: number, ratio: number): Extent {
  const inner = Math.max(32, Math.round((width - GUTTER_LEFT) * ratio));
  const most = Math.round(maxHeight * ratio);
  const fit = fitView({ rows, columns, width: inner, height: most });
  return {
    rows,
    columns,
    width: inner,
    height: Math.max(32 * ratio, Math.min(most, Math.ceil(rows * fit.pixelsARow))),
  };
}

function scaleText(block: number, view: HeatmapView, ratio: number): string {
  if (block > 1) return `density in blocks of ${block} × ${block} weights`;
  return `a cell is one weight, ${Number((view.pixelsAColumn / ratio).toPrecision(2))} px`;
}

function useWidth(frame: React.RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(320);
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}

function usePyramid(mask: Uint8Array, rows: number, columns: number): Pyramid | null {
  const [pyramid, setPyramid] = useState<Pyramid | null>(null);
  useEffect(() => {
    setPyramid(null);
    function* job() {
      setPyramid(yield* pyramidOf(mask, rows, columns));
    }
    return enqueueDrawing(job());
  }, [mask, rows, columns]);
  return pyramid;
}

interface Scene {
  pyramid: Pyramid | null;
  shown: HeatmapView;
  extent: Extent;
  ratio: number;
  theme: string;
  pinned: Cell | null;
  hovered: Cell | null;
}

/** Two canvases: the matrix with its axes, redrawn when view, data or theme change, and the cursors above it. */
function useCanvases(props: HeatmapMatrixProps, scene: Scene) {
  const picture = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const { rowAxis, columnAxis, upper } = props;
  const { pyramid, ratio, theme, pinned, hovered } = scene;
  const { rows, columns, width, height } = scene.extent;
  const { row, column, pixelsARow, pixelsAColumn } = scene.shown;

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  useEffect(() => {
    const canvas = picture.current;
    if (!canvas || !pyramid) return;
    const frame = requestAnimationFrame(() => {
      const context = sized(canvas, width + GUTTER_LEFT * ratio, height + GUTTER_TOP * ratio);
      const image = context.createImageData(width, height);
      const view = { row, column, pixelsARow, pixelsAColumn };
      const pixels = new Uint32Array(image.data.buffer);
      paintHeatmap(pixels, width, height, pyramid, view, LEAST_BLOCK * ratio, maskPalette(upper));
      context.putImageData(image, GUTTER_LEFT * ratio, GUTTER_TOP * ratio);
      drawAxes(context, view, { rows, columns, width, height }, ratio, rowAxis, columnAxis);
    });
    return () => cancelAnimationFrame(frame);
  }, [
    pyramid,
    rows,
    columns,
    width,
    height,
    row,
    column,
    pixelsARow,
    pixelsAColumn,
    ratio,
    theme,
    upper,
    rowAxis,
    columnAxis,
  ]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  useEffect(() => {
    const canvas = overlay.current;
    if (!canvas) return;
    const context = sized(canvas, width + GUTTER_LEFT * ratio, height + GUTTER_TOP * ratio);
    const view = { row, column, pixelsARow, pixelsAColumn };
    drawOverlay(context, view, { rows, columns, width, height }, ratio, { pinned, hovered });
  }, [rows, columns, width, height, row, column, pixelsARow, pixelsAColumn, ratio, theme, pinned, hovered]);

  return { picture, overlay };
}

function sized(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  canvas.width = Math.round(width);
  canvas.height = Math.round(height);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no 2D canvas.');
  return context;
}

interface PointerParts {
  frame: React.RefObject<HTMLDivElement | null>;
  shown: HeatmapView;
  extent: Extent;
  ratio: number;
  setView(view: HeatmapView): void;
  setPinned(cell: Cell | null): void;
  setHovered(cell: Cell | null): void;
  zoom(factor: number, x: number, y: number): void;
}

/** Hover, click to pin, drag to pan; the wheel zooms while the matrix has the focus, and always with Ctrl (as a pinch does). */
function usePointer(parts: PointerParts) {
  const { frame, shown, extent, ratio, setView, setPinned, setHovered } = parts;
  const drag = useRef<{ x: number; y: number; view: HeatmapView; moved: boolean } | null>(null);
  const latest = useRef(parts);
  latest.current = parts;

  const point = useCallback(
    (event: { clientX: number; clientY: number }) => {
      const box = frame.current?.getBoundingClientRect();
      return {
        x: (event.clientX - (box?.left ?? 0) - GUTTER_LEFT) * ratio,
        y: (event.clientY - (box?.top ?? 0) - GUTTER_TOP) * ratio,
      };
    },
    [frame, ratio],
  );

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const { x, y } = point(event);
      latest.current.zoom(event.deltaY < 0 ? 1.25 : 1 / 1.25, x, y);
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [frame, point]);

  return {
    onPointerDown(event: React.PointerEvent) {
      const { x, y } = point(event);
      drag.current = { x, y, view: shown, moved: false };
    },
    onPointerMove(event: React.PointerEvent) {
      const { x, y } = point(event);
      const start = drag.current;
      if (start && Math.hypot(x - start.x, y - start.y) > 4 * ratio && !start.moved) {
        start.moved = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }
      if (start?.moved) {
        const row = start.view.row - (y - start.y) / start.view.pixelsARow;
        const column = start.view.column - (x - start.x) / start.view.pixelsAColumn;
        setView(clampView({ ...start.view, row, column }, extent));
        setHovered(null);
      } else setHovered(x < 0 || y < 0 ? null : cellAt(shown, x, y, extent));
    },
    onPointerUp(event: React.PointerEvent) {
      const { x, y } = point(event);
      if (drag.current && !drag.current.moved && x >= 0 && y >= 0) setPinned(cellAt(shown, x, y, extent));
      drag.current = null;
    },
    onPointerCancel() {
      drag.current = null;
    },
    onPointerLeave() {
      setHovered(null);
    },
  };
}
