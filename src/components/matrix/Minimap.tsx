// The whole matrix, small, with the window's rectangle on it: drag or use the arrow keys to move the window.
import { useEffect, useRef } from 'react';
import { drawTiles } from './drawTiles';
import type { MatrixStage, StageScene } from './matrixStage';
import {
  type Extent,
  inSight,
  type MatrixWindow,
  minimapSize,
  panWindow,
  windowFromMinimap,
  windowOnMinimap,
} from './matrixWindow';
import type { TileStore } from './tileStore';

interface MinimapProps {
  stage: MatrixStage;
  store: TileStore | null;
  rows: number;
  columns: number;
  /** The window at rest: said in words. */
  rest: MatrixWindow | null;
  /** Room in CSS pixels. */
  width: number;
  height: number;
}

/** CSS pixels of a block. */
const LEAST_BLOCK = 1;

const ARROWS: Record<string, readonly [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function Minimap({ stage, store, rows, columns, rest, width, height }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = minimapSize(rows, columns, width, height);

  useEffect(() => {
    const element = canvas.current;
    if (!element || !store) return;
    const owner = {};
    const picture = document.createElement('canvas');
    const box = minimapSize(rows, columns, width, height);
    let stale = true;
    const stopTiles = store.onTile(() => {
      stale = true;
      stage.invalidate();
    });
    const stopFrames = stage.follow(({ current }) => {
      if (!current) return;
      const extent = extentOf(current, box, rows, columns);
      if (stale) {
        stale = !drawWhole(picture, store, owner, extent, current.ratio);
      }
      drawMinimap(element, picture, stage.window(), current, extent);
    });
    return () => {
      stopTiles();
      stopFrames();
      store.release(owner);
    };
  }, [stage, store, rows, columns, width, height]);

  const toPoint = (event: React.PointerEvent) => {
    const scene = stage.current;
    if (!scene) return;
    const box = event.currentTarget.getBoundingClientRect();
    const window = stage.window();
    stage.go(windowFromMinimap(window, scene.extent, size, event.clientX - box.left, event.clientY - box.top));
  };
  const press = (event: React.KeyboardEvent) => {
    const scene = stage.current;
    const arrow = ARROWS[event.key];
    if (!scene || !arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const { width: across, height: down } = scene.extent;
    stage.go(panWindow(stage.window(), (arrow[0] * across) / 4, (arrow[1] * down) / 4, scene.extent));
  };
  return (
    <div
      className="matrix-minimap"
      style={{ width: size.width, height: size.height }}
      role="application"
      aria-roledescription="minimap"
      aria-label={`Minimap: ${sightText(rest, stage.current?.extent)}. Arrow keys move the window.`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the minimap takes the arrow keys
      tabIndex={0}
      onKeyDown={press}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        toPoint(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons & 1) toPoint(event);
      }}
    >
      <canvas ref={canvas} />
    </div>
  );
}

/** "rows 0 to 63, columns 16 to 31 in sight". */
export function sightText(window: MatrixWindow | null, extent: Extent | undefined): string {
  if (!window || !extent) return 'all rows and columns in sight';
  const { firstRow, endRow, firstColumn, endColumn } = inSight(window, extent);
  return `rows ${firstRow} to ${endRow - 1}, columns ${firstColumn} to ${endColumn - 1} in sight`;
}

const extentOf = (
  scene: StageScene,
  box: { width: number; height: number },
  rows: number,
  columns: number,
): Extent => ({
  rows,
  columns,
  width: Math.round(box.width * scene.ratio),
  height: Math.round(box.height * scene.ratio),
});

const wholeOf = ({ rows, columns, width, height }: Extent): MatrixWindow => ({
  row: 0,
  column: 0,
  pixelsARow: height / rows,
  pixelsAColumn: width / columns,
});

function drawWhole(
  picture: HTMLCanvasElement,
  store: TileStore,
  owner: object,
  extent: Extent,
  ratio: number,
): boolean {
  Object.assign(picture, { width: extent.width, height: extent.height });
  const context = picture.getContext('2d');
  if (!context) return true;
  const { keys, isComplete } = drawTiles(context, store, wholeOf(extent), extent, LEAST_BLOCK * ratio);
  store.want(owner, keys);
  return isComplete;
}

function drawMinimap(
  canvas: HTMLCanvasElement,
  picture: HTMLCanvasElement,
  window: MatrixWindow,
  scene: StageScene,
  whole: Extent,
): void {
  const { extent, ratio, ink } = scene;
  const { width, height } = whole;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (!context) return;
  context.clearRect(0, 0, width, height);
  if (picture.width > 0) context.drawImage(picture, 0, 0);
  const part = windowOnMinimap(window, extent, { width, height }, 5 * ratio);
  const inset = ratio;
  context.lineWidth = 3 * ratio;
  context.strokeStyle = ink.paper;
  context.strokeRect(part.x + inset, part.y + inset, part.width - 2 * inset, part.height - 2 * inset);
  context.lineWidth = 1.5 * ratio;
  context.strokeStyle = ink.accent;
  context.strokeRect(part.x + inset, part.y + inset, part.width - 2 * inset, part.height - 2 * inset);
}
