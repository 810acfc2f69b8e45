// A whole matrix, small: drawn from the tiles that are there, or into a canvas of its own once they all are.
import type { Colouring } from './colouring';
import { drawTiles } from './drawTiles';
import type { MatrixSource } from './matrixSource';
import { TileStore } from './tileStore';

export interface WholeSize {
  /** CSS pixels. */
  width: number;
  height: number;
  /** CSS pixels of a block at least: smaller ones hold too few cells for a mean and look like noise. */
  leastBlock: number;
}

/** Draws what is there and asks for the rest; true when nothing is missing. The canvas gets `ratio` pixels a CSS pixel. */
export function drawWhole(canvas: HTMLCanvasElement, store: TileStore, size: WholeSize, ratio: number): boolean {
  const { rows, columns } = store.source;
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.max(1, Math.round(size.height * ratio));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (!context) return true;
  const whole = { row: 0, column: 0, pixelsARow: height / rows, pixelsAColumn: width / columns };
  const extent = { rows, columns, width, height };
  const { keys, isComplete } = drawTiles(context, store, whole, extent, size.leastBlock * ratio);
  store.want(canvas, keys);
  return isComplete;
}

/** How long a picture waits for the tiles of one matrix. */
const PATIENCE_MS = 20_000;

/** A canvas with all of a matrix on it. Rejects when tiles stay away. */
export function wholeMatrix(
  source: MatrixSource,
  colours: { blocks: Colouring; cells: Colouring },
  size: WholeSize,
  ratio: number,
): Promise<HTMLCanvasElement> {
  const canvas = document.createElement('canvas');
  const store = new TileStore(source);
  store.setColouring(colours.blocks, colours.cells);
  return new Promise<HTMLCanvasElement>((done, fail) => {
    const timer = setTimeout(() => fail(new Error('Parts of the atlas did not arrive. Try again.')), PATIENCE_MS);
    const draw = () => {
      if (!drawWhole(canvas, store, size, ratio)) return;
      clearTimeout(timer);
      done(canvas);
    };
    store.onTile(draw);
    draw();
  }).finally(() => store.clear());
}
