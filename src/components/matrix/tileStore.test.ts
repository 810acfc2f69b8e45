import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Colouring } from './colouring';
import { type MatrixSource, matrixLevels, type Tile } from './matrixSource';
import { TileStore } from './tileStore';

/** Remembers the pixels that were put. */
class FakeCanvas {
  pixels: number[] = [];
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  getContext() {
    return {
      createImageData: (width: number, height: number) => ({ data: new Uint8ClampedArray(width * height * 4) }),
      putImageData: ({ data }: { data: Uint8ClampedArray }) => {
        this.pixels = [...new Uint32Array(data.buffer)];
      },
    };
  }
}

beforeAll(() => vi.stubGlobal('OffscreenCanvas', FakeCanvas));
afterAll(() => vi.unstubAllGlobals());

const codes = (red: number): Colouring => ({
  type: 'categories',
  colours: [
    [0, 0, 0],
    [red, 0, 0],
  ],
  nonFinite: [0, 0, 9],
});
const key = { level: 0, row: 0, column: 0 };
const pixelsOf = (store: TileStore) => (store.image(key) as unknown as FakeCanvas).pixels;
const until = (is: () => boolean) => vi.waitFor(() => expect(is()).toBe(true));

function sourceOf(tile: () => Tile | Promise<Tile>): MatrixSource {
  return { rows: 1, columns: 2, levels: matrixLevels(1, 2), tile };
}

describe('tile store', () => {
  it('asks once, paints, and repaints in new colours without asking again', async () => {
    const ask = vi.fn(() => Promise.resolve(Uint8Array.of(0, 1)));
    const store = new TileStore(sourceOf(ask));
    const heard = vi.fn();
    store.onTile(heard);
    store.want(store, [key]);
    expect(ask).not.toHaveBeenCalled();
    store.setColouring(codes(5), codes(5));
    await until(() => store.isCurrent(key));
    expect(pixelsOf(store)).toEqual([0xff000000, 0xff000005]);
    store.setColouring(codes(6), codes(7));
    expect(store.isCurrent(key)).toBe(false);
    expect(pixelsOf(store)).toEqual([0xff000000, 0xff000005]);
    await until(() => store.isCurrent(key));
    // Level 0 has the colours of single cells.
    expect(pixelsOf(store)).toEqual([0xff000000, 0xff000007]);
    expect(ask).toHaveBeenCalledTimes(1);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  it('asks again after a failure when the tile is next wanted', async () => {
    const ask = vi
      .fn<() => Promise<Tile>>()
      .mockRejectedValueOnce(new Error('lost'))
      .mockResolvedValue(Uint8Array.of(1, 1));
    const store = new TileStore(sourceOf(ask));
    store.setColouring(codes(5), codes(5));
    store.want(store, [key]);
    await until(() => ask.mock.calls.length === 1);
    await new Promise((done) => setTimeout(done, 20));
    expect(store.image(key)).toBeNull();
    store.want(store, [key]);
    await until(() => store.isCurrent(key));
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
