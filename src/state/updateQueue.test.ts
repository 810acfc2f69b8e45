import { describe, expect, it } from 'vitest';
import { createUpdateQueue, MOST_WAITING, PIECE_MS } from './updateQueue';

function setup({ msPerItem = 0 } = {}) {
  const frames: (() => void)[] = [];
  const taken: number[] = [];
  let shown = 0;
  let now = 0;
  const queue = createUpdateQueue<number>({
    schedule: (publish) => frames.push(publish),
    now: () => now,
    take(item) {
      taken.push(item);
      now += msPerItem;
    },
    show: () => shown++,
  });
  return { queue, frames, taken, shown: () => shown, frame: () => frames.shift()?.() };
}

describe('update queue', () => {
  it('publishes what has come once a frame, in order', () => {
    const t = setup();
    for (const item of [1, 2, 3]) t.queue.add(item);
    expect(t.taken).toEqual([]);
    expect(t.frames.length).toBe(1);
    t.frame();
    expect(t.taken).toEqual([1, 2, 3]);
    expect(t.shown()).toBe(1);
    t.queue.add(4);
    t.frame();
    expect(t.taken).toEqual([1, 2, 3, 4]);
    expect(t.frames).toEqual([]);
  });

  it('catches up in pieces, each within its time', () => {
    const t = setup({ msPerItem: 4 });
    for (let item = 0; item < 10; item++) t.queue.add(item);
    const pieces: number[] = [];
    while (t.frames.length > 0) {
      const before = t.taken.length;
      t.frame();
      pieces.push(t.taken.length - before);
    }
    // Three of 4 ms: the last one begins before the time is over.
    expect(pieces).toEqual([3, 3, 3, 1]);
    expect(t.taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('goes on with one thing at a time that takes longer than a piece', () => {
    const t = setup({ msPerItem: 3 * PIECE_MS });
    for (const item of [1, 2]) t.queue.add(item);
    t.frame();
    expect(t.taken).toEqual([1]);
    t.frame();
    expect(t.taken).toEqual([1, 2]);
  });

  it('stays bounded where no frame ever comes', () => {
    const t = setup({ msPerItem: PIECE_MS });
    const items = Array.from({ length: 5000 }, (_, i) => i);
    let most = 0;
    for (const item of items) {
      t.queue.add(item);
      most = Math.max(most, item + 1 - t.taken.length);
    }
    expect(most).toBe(MOST_WAITING);
    while (t.frames.length > 0) t.frame();
    expect(t.taken).toEqual(items);
  });
});
