// The tiles that pictures of one source have in sight: asked for once, coloured in idle time, kept while there is room. An image in old
// colours stays until the new one is there. The canvas comes from outside.
import { enqueueDrawing } from '../heatmapQueue';
import { type Colouring, colourOf, paintValues } from './colouring';
import { type MatrixSource, type Tile, tileSize } from './matrixSource';

export interface TileKey {
  level: number;
  row: number;
  column: number;
}

interface Entry extends TileKey {
  values: Tile | null;
  /** Asked for, or about to be again. */
  loading: boolean;
  refusals: number;
  image: OffscreenCanvas | HTMLCanvasElement | null;
  /** The colouring that the image has. */
  painted: number;
  used: number;
}

/** About half a megabyte each. */
const MOST_TILES = 160;

/** Milliseconds before a refused tile is asked for again; after the last refusal it is given up. */
const WAITS_MS = [300, 1200] as const;

const keyText = ({ level, row, column }: TileKey): string => `${level}/${row}/${column}`;

export class TileStore {
  private readonly entries = new Map<string, Entry>();
  private readonly wanted = new Map<object, readonly TileKey[]>();
  private readonly listeners = new Set<() => void>();
  private colours: { blocks: (value: number) => number; cells: (value: number) => number } | null = null;
  private version = 0;
  private clock = 0;
  private stop: (() => void) | null = null;
  private wish = new AbortController();

  constructor(readonly source: MatrixSource) {}

  /** Colours of blocks and of single cells. What is in sight is repainted in idle time. */
  setColouring(blocks: Colouring, cells: Colouring): void {
    this.colours = { blocks: colourOf(blocks), cells: blocks === cells ? colourOf(blocks) : colourOf(cells) };
    this.version++;
    this.pump();
  }

  /** Called after a tile has got its colours. Returns how to stop. */
  onTile(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The image of a tile as far as there is one, and what its values are. */
  image(key: TileKey): OffscreenCanvas | HTMLCanvasElement | null {
    const entry = this.entries.get(keyText(key));
    if (entry) entry.used = ++this.clock;
    return entry?.image ?? null;
  }

  isCurrent(key: TileKey): boolean {
    const entry = this.entries.get(keyText(key));
    return entry?.image !== null && entry?.painted === this.version;
  }

  /** What one picture has in sight, most urgent first; replaces what it wanted before. */
  want(owner: object, keys: readonly TileKey[]): void {
    this.wanted.set(owner, keys);
    this.pump();
  }

  release(owner: object): void {
    this.wanted.delete(owner);
  }

  /** Forgets every tile and who wanted them. */
  clear(): void {
    this.stop?.();
    this.stop = null;
    this.wish.abort();
    this.wish = new AbortController();
    this.entries.clear();
    this.wanted.clear();
  }

  private pump(): void {
    if (this.stop || !this.next()) return;
    this.stop = enqueueDrawing(this.work());
  }

  private next(): Entry | null {
    if (!this.colours) return null;
    for (const keys of this.wanted.values()) {
      for (const key of keys) {
        const entry = this.entryOf(key);
        const isAsked = entry.loading || entry.refusals > WAITS_MS.length;
        if (!isAsked && entry.painted !== this.version) return entry;
      }
    }
    return null;
  }

  private entryOf(key: TileKey): Entry {
    const text = keyText(key);
    const known = this.entries.get(text);
    if (known) return known;
    const entry: Entry = {
      ...key,
      values: null,
      loading: false,
      refusals: 0,
      image: null,
      painted: 0,
      used: ++this.clock,
    };
    this.entries.set(text, entry);
    return entry;
  }

  private *work(): Generator<void, void> {
    try {
      for (let entry = this.next(); entry; entry = this.next()) {
        if (!entry.values) this.load(entry);
        if (!entry.values) continue;
        yield;
        this.paint(entry, entry.values);
        for (const listener of this.listeners) listener();
        this.makeRoom();
        yield;
      }
    } finally {
      this.stop = null;
    }
  }

  private load(entry: Entry): void {
    const { signal } = this.wish;
    const answer = this.source.tile(entry.level, entry.row, entry.column, signal);
    if (!(answer instanceof Promise)) {
      entry.values = answer;
      return;
    }
    entry.loading = true;
    answer.then(
      (values) => {
        entry.values = values;
        entry.loading = false;
        this.pump();
      },
      (error: unknown) => {
        if (!signal.aborted) this.refused(entry, signal, error);
      },
    );
  }

  private refused(entry: Entry, signal: AbortSignal, error: unknown): void {
    const wait = WAITS_MS[entry.refusals++];
    if (wait === undefined) {
      entry.loading = false;
      this.source.onRefused?.(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    setTimeout(() => {
      if (signal.aborted) return;
      entry.loading = false;
      this.pump();
    }, wait);
  }

  private paint(entry: Entry, values: Tile): void {
    const { colours } = this;
    const level = this.source.levels[entry.level];
    if (!colours || !level) return;
    const { rows, columns } = tileSize(level, entry.row, entry.column);
    entry.image ??= newCanvas(columns, rows);
    const context = entry.image.getContext('2d') as OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D | null;
    if (!context) throw new Error('This browser gives no 2D canvas.');
    const data = context.createImageData(columns, rows);
    paintValues(new Uint32Array(data.data.buffer), values, level.block === 1 ? colours.cells : colours.blocks);
    context.putImageData(data, 0, 0);
    entry.painted = this.version;
  }

  private makeRoom(): void {
    if (this.entries.size <= MOST_TILES) return;
    const kept = new Set([...this.wanted.values()].flat().map(keyText));
    const oldest = [...this.entries].filter(([text, entry]) => !kept.has(text) && !entry.loading);
    oldest.sort(([, a], [, b]) => a.used - b.used);
    for (const [text] of oldest.slice(0, this.entries.size - MOST_TILES)) this.entries.delete(text);
  }
}

function newCanvas(width: number, height: number): OffscreenCanvas | HTMLCanvasElement {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  return Object.assign(document.createElement('canvas'), { width, height });
}
