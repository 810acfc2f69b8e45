// A small picture of a whole mask, drawn when it comes into sight. It has no name of its own: the figure around it has.
import { useEffect, useRef, useState } from 'react';
import { type HeatmapPalette, paintHeatmap } from './heatmapPaint';
import { enqueueDrawing, pyramidOf } from './heatmapQueue';
import { maskPalette, useThemeKey } from './heatmapTheme';
import './heatmap.css';

/** CSS pixels of a block at least: smaller ones hold too few entries for a density and look like noise. */
const LEAST_BLOCK = 2;

export interface HeatmapThumbProps {
  mask: Uint8Array;
  rows: number;
  columns: number;
  /** Size in CSS pixels. */
  width: number;
  height: number;
  /** Density at which the ramp ends. */
  upper: number;
}

/** Blocks show the density of the entries under them; one with a selected entry is never as quiet as an empty one. */
export function HeatmapThumb({ mask, rows, columns, width, height, upper }: HeatmapThumbProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const seen = useSeen(canvas);
  const theme = useThemeKey();

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours and the pixel ratio
  useEffect(() => {
    const element = canvas.current;
    if (!element || !seen) return;
    return enqueueDrawing(drawing(element, { mask, rows, columns, width, height, upper }, maskPalette(upper)));
  }, [mask, rows, columns, width, height, upper, seen, theme]);

  return <canvas ref={canvas} className="heatmap-thumb" style={{ width, height }} />;
}

function* drawing(canvas: HTMLCanvasElement, props: HeatmapThumbProps, palette: HeatmapPalette): Generator<void, void> {
  const pyramid = yield* pyramidOf(props.mask, props.rows, props.columns);
  yield;
  const width = Math.max(1, Math.round(props.width * devicePixelRatio));
  const height = Math.max(1, Math.round(props.height * devicePixelRatio));
  const context = canvas.getContext('2d');
  if (!context) return;
  const image = context.createImageData(width, height);
  const view = { row: 0, column: 0, pixelsAColumn: width / props.columns, pixelsARow: height / props.rows };
  const pixels = new Uint32Array(image.data.buffer);
  paintHeatmap(pixels, width, height, pyramid, view, LEAST_BLOCK * devicePixelRatio, palette);
  canvas.width = width;
  canvas.height = height;
  context.putImageData(image, 0, 0);
}

/** True once the element has been near the window. */
function useSeen(element: React.RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (!target || seen) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: '300px' },
    );
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, seen]);
  return seen;
}
