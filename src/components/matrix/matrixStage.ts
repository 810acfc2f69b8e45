// One matrix on one canvas, drawn at most once a frame: tiles, gaps, axes, cell rings. It has the window; React only hears of it when it
// has come to rest, so that panning costs no render. Minimap and profiles draw along as followers of the frame.
import { drawTiles } from './drawTiles';
import { type AxisMark, drawAxes, drawRing, GUTTER_TOP, type InkColours, type MatrixAxis, marksOf } from './matrixAxes';
import { levelFor } from './matrixSource';
import {
  type Cell,
  type Extent,
  fitWindow,
  inSight,
  keepWindow,
  type MatrixPlace,
  type MatrixWindow,
  placeOf,
  sameWindow,
} from './matrixWindow';
import type { TileStore } from './tileStore';

export interface StageScene {
  store: TileStore | null;
  rowAxis: MatrixAxis;
  columnAxis: MatrixAxis;
  extent: Extent;
  /** Room for row labels, CSS pixels. */
  gutter: number;
  /** Device pixels a CSS pixel. */
  ratio: number;
  /** CSS pixels of a block at least. */
  leastBlock: number;
  ink: InkColours;
  pinned: Cell | null;
  hovered: Cell | null;
}

/** What a picture file needs of the matrix as it stands. Lengths in CSS pixels. */
export interface PlotCapture {
  image: HTMLCanvasElement;
  width: number;
  height: number;
  rows: readonly AxisMark[];
  columns: readonly AxisMark[];
  /** Side of the drawn blocks; 1: single cells. */
  block: number;
  sight: ReturnType<typeof inSight>;
}

/** The window at rest: `block` is the side of the drawn blocks, a `place` of null the whole matrix. */
export interface Rest {
  window: MatrixWindow;
  block: number;
  place: MatrixPlace | null;
}

/** After the last change the window counts as at rest. */
const REST_MS = 150;
/** How long a picture waits for tiles. */
const CAPTURE_MS = 10_000;

export class MatrixStage {
  /** null: fitted. */
  private wanted: MatrixWindow | null = null;
  private frame = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private canvas: HTMLCanvasElement | null = null;
  private readonly followers = new Set<(stage: MatrixStage) => void>();
  private stopTiles: (() => void) | null = null;
  private complete = false;
  private scene: StageScene | null = null;

  constructor(private readonly onRest: (rest: Rest) => void) {}

  /** The scene as last set; null before the first. */
  get current(): StageScene | null {
    return this.scene;
  }

  /** Binds to a canvas, or lets it go. */
  attach(canvas: HTMLCanvasElement | null): void {
    this.canvas = canvas;
    if (canvas) this.invalidate();
    else this.rest();
  }

  private rest(): void {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.frame = 0;
    this.stopTiles?.();
    this.stopTiles = null;
    this.scene?.store?.release(this);
    this.scene = null;
  }

  /** New data, colours, sizes or cursors. */
  update(scene: StageScene): void {
    if (scene.store !== this.scene?.store) {
      this.stopTiles?.();
      this.scene?.store?.release(this);
      this.stopTiles = scene.store?.onTile(() => this.invalidate()) ?? null;
    }
    const { extent } = scene;
    const known = this.scene?.extent;
    const isOther =
      scene.store !== this.scene?.store || known?.width !== extent.width || known.height !== extent.height;
    if (known && (known.rows !== extent.rows || known.columns !== extent.columns)) this.wanted = null;
    this.scene = scene;
    if (isOther) this.announce();
    this.invalidate();
  }

  /** The window that is drawn. */
  window(): MatrixWindow {
    if (!this.scene) return { row: 0, column: 0, pixelsARow: 1, pixelsAColumn: 1 };
    return this.wanted ? keepWindow(this.wanted, this.scene.extent) : fitWindow(this.scene.extent);
  }

  /** Side of the blocks that are drawn; 1: single cells. */
  block(): number {
    if (!this.scene?.store) return 1;
    const { levels } = this.scene.store.source;
    const { pixelsARow, pixelsAColumn } = this.window();
    return levels[levelFor(levels, pixelsARow, pixelsAColumn, this.leastPixels())]!.block;
  }

  private leastPixels(): number {
    return this.scene ? this.scene.leastBlock * this.scene.ratio : 1;
  }

  /** Is the window still the one that `go` was given? */
  isAt(window: MatrixWindow): boolean {
    return this.wanted === window;
  }

  /** Moves the window; null fits the whole matrix. */
  go(window: MatrixWindow | null): void {
    const before = this.window();
    const { scene } = this;
    // What shows everything goes on doing so when the place for it changes.
    this.wanted = window && scene && sameWindow(window, fitWindow(scene.extent)) ? null : window;
    if (sameWindow(before, this.window())) return;
    this.invalidate();
    this.announce();
  }

  private announce(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { scene } = this;
      if (!scene) return;
      const window = this.window();
      this.onRest({ window, block: this.block(), place: placeOf(window, scene.extent, scene.ratio) });
    }, REST_MS);
  }

  /** Called after each drawn frame. Returns how to stop. */
  follow(follower: (stage: MatrixStage) => void): () => void {
    this.followers.add(follower);
    this.invalidate();
    return () => this.followers.delete(follower);
  }

  invalidate(): void {
    if (this.frame || !this.canvas) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  private draw(): void {
    const { canvas, scene } = this;
    if (!canvas || !scene) return;
    const { extent, gutter, ratio, ink } = scene;
    const width = Math.round(extent.width + gutter * ratio);
    const height = Math.round(extent.height + GUTTER_TOP * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext('2d');
    if (!context) throw new Error('This browser gives no 2D canvas.');
    const window = this.window();
    context.clearRect(0, 0, width, height);
    context.font = `${12 * ratio}px ${ink.font}`;
    const marks = this.marks(context, window, scene);
    context.save();
    context.translate(gutter * ratio, GUTTER_TOP * ratio);
    context.beginPath();
    context.rect(0, 0, extent.width, extent.height);
    context.clip();
    if (scene.store) this.drawCells(context, scene, scene.store, window);
    context.restore();
    drawAxes(context, marks, drawnSize(window, extent), extent, gutter, ratio, ink);
    this.drawRings(context, scene, window);
    for (const follower of this.followers) follower(this);
  }

  private marks(context: CanvasRenderingContext2D, window: MatrixWindow, scene: StageScene) {
    const measure = (text: string): number => context.measureText(text).width;
    return marksOf(scene.rowAxis, scene.columnAxis, window, scene.extent, scene.ratio, measure);
  }

  private drawCells(
    context: CanvasRenderingContext2D,
    scene: StageScene,
    store: TileStore,
    window: MatrixWindow,
  ): void {
    const { keys, isComplete } = drawTiles(context, store, window, scene.extent, this.leastPixels());
    this.complete = isComplete;
    store.want(this, keys);
    drawGaps(context, window, scene.extent, scene.ratio, scene.ink.paper);
  }

  private drawRings(context: CanvasRenderingContext2D, scene: StageScene, window: MatrixWindow): void {
    const { extent, gutter, ratio, ink, pinned, hovered } = scene;
    const block = this.block();
    context.save();
    context.translate(gutter * ratio, GUTTER_TOP * ratio);
    context.beginPath();
    context.rect(-4 * ratio, -4 * ratio, extent.width + 8 * ratio, extent.height + 8 * ratio);
    context.clip();
    if (pinned) drawRing(context, window, pinned, block, 2, ratio, ink);
    if (hovered) drawRing(context, window, hovered, block, 1, ratio, ink);
    context.restore();
  }

  /** The plot as it stands, without cursors, once all its tiles are there. Rejects while nothing is shown, and when tiles stay away. */
  async capture(): Promise<PlotCapture> {
    const { scene } = this;
    if (!scene?.store || !this.canvas) throw new Error('There is no matrix to take a picture of yet.');
    const { store, extent, ratio } = scene;
    for (let waited = 0; !this.complete; waited += 16) {
      if (waited > CAPTURE_MS)
        throw new Error('Parts of the matrix did not arrive. Wait until it is drawn, then try again.');
      await new Promise((done) => setTimeout(done, 16));
    }
    const window = this.window();
    const size = drawnSize(window, extent);
    const image = Object.assign(document.createElement('canvas'), {
      width: Math.max(1, Math.round(size.width)),
      height: Math.max(1, Math.round(size.height)),
    });
    const context = image.getContext('2d');
    if (!context) throw new Error('This browser gives no 2D canvas.');
    drawTiles(context, store, window, extent, this.leastPixels());
    drawGaps(context, window, extent, ratio, scene.ink.paper);
    context.font = `${12 * ratio}px ${scene.ink.font}`;
    const marks = this.marks(context, window, scene);
    const inCss = (list: readonly AxisMark[]): AxisMark[] =>
      list.map(({ at, text, line }) => ({ at: at / ratio, text, line: line === null ? null : line / ratio }));
    return {
      image,
      width: size.width / ratio,
      height: size.height / ratio,
      rows: inCss(marks.rows),
      columns: inCss(marks.columns),
      block: this.block(),
      sight: inSight(window, extent),
    };
  }
}

/** How much of the window the matrix fills. */
export const drawnSize = (window: MatrixWindow, extent: Extent): { width: number; height: number } => ({
  width: Math.min(extent.width, (extent.columns - window.column) * window.pixelsAColumn),
  height: Math.min(extent.height, (extent.rows - window.row) * window.pixelsARow),
});

/** Cells above this many CSS pixels are separated by a one-pixel gap. */
const GAP_FROM = 6;

function drawGaps(
  context: CanvasRenderingContext2D,
  window: MatrixWindow,
  extent: Extent,
  ratio: number,
  paper: string,
) {
  const { width, height } = drawnSize(window, extent);
  const gap = Math.max(1, Math.round(ratio));
  context.fillStyle = paper;
  if (window.pixelsAColumn > GAP_FROM * ratio) {
    for (let x = lineAfter(window.column, window.pixelsAColumn); x <= width + 1; x += window.pixelsAColumn) {
      context.fillRect(Math.round(x) - gap, 0, gap, height);
    }
  }
  if (window.pixelsARow > GAP_FROM * ratio) {
    for (let y = lineAfter(window.row, window.pixelsARow); y <= height + 1; y += window.pixelsARow) {
      context.fillRect(0, Math.round(y) - gap, width, gap);
    }
  }
}

/** The first end of an entry right of the window's edge. */
const lineAfter = (first: number, pixels: number): number => (Math.floor(first) + 1 - first) * pixels;
