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

/** Alone: what another file of this process has not ended yet may wait for an immediate again and again, which would stop a made-up clock. */
const TIMEOUTS = { toFake: ['setTimeout', 'clearTimeout'] } satisfies Parameters<typeof vi.useFakeTimers>[0];

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

  it('asks a refused tile again after a while', async () => {
    const ask = vi
      .fn<() => Promise<Tile>>()
      .mockRejectedValueOnce(new Error('lost'))
      .mockResolvedValue(Uint8Array.of(1, 1));
    const store = new TileStore(sourceOf(ask));
    store.setColouring(codes(5), codes(5));
    store.want(store, [key]);
    await until(() => ask.mock.calls.length === 1);
    await new Promise((done) => setTimeout(done, 20));
    // Not sooner because somebody wants it.
    store.want(store, [key]);
    expect(store.image(key)).toBeNull();
    expect(ask).toHaveBeenCalledTimes(1);
    await until(() => store.isCurrent(key));
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('gives up after three refusals, and says why once', async () => {
    vi.useFakeTimers(TIMEOUTS);
    const ask = vi.fn<() => Promise<Tile>>().mockRejectedValue(new Error('no such mask'));
    const onRefused = vi.fn();
    const store = new TileStore({ ...sourceOf(ask), onRefused });
    store.setColouring(codes(5), codes(5));
    store.want(store, [key]);
    await vi.advanceTimersByTimeAsync(200);
    expect(ask).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(onRefused.mock.calls).toEqual([[new Error('no such mask')]]);
    store.want(store, [key]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ask).toHaveBeenCalledTimes(3);
    vi.useRealTimers();
  });

  it('tells the source that nobody wants its tiles any more, and does not ask again', async () => {
    vi.useFakeTimers(TIMEOUTS);
    const signals: AbortSignal[] = [];
    const onRefused = vi.fn();
    const tile = (_level: number, _row: number, _column: number, signal?: AbortSignal) => {
      if (signal) signals.push(signal);
      return Promise.reject(new Error('replaced'));
    };
    const store = new TileStore({ ...sourceOf(async () => Uint8Array.of(1, 1)), tile, onRefused });
    store.setColouring(codes(5), codes(5));
    store.want(store, [key]);
    await vi.advanceTimersByTimeAsync(200);
    store.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(onRefused).not.toHaveBeenCalled();
    vi.useRealTimers();
  });
});
