import { expect, it } from 'vitest';
import { updateStore } from './updateStore';

const SPECS = [
  { name: 'a', shape: [2, 4] },
  { name: 'b', shape: [3] },
] as const;
const f32 = (...values: number[]) => Float32Array.from(values);

it('keeps of a masked stage only the entries that moved, and gives every bit back', () => {
  const store = updateStore(SPECS);
  // 2 of 8 and 0 of 3: 8 bytes an entry.
  store.add({ stage: 'forgetting', step: 3 }, [f32(0, 0, -1e-7, 0, 0, 0, 0, 5), f32(0, 0, 0)]);
  expect(store.bytes()).toBe(16);
  expect([...store.get({ stage: 'forgetting', step: 3 }, 'a')!]).toEqual([...f32(0, 0, -1e-7, 0, 0, 0, 0, 5)]);
  expect([...store.get({ stage: 'forgetting', step: 3 }, 'b')!]).toEqual([0, 0, 0]);
  // −0 differs from 0 in a bit; 4 of 8 moved: whole, 32 bytes.
  store.add({ stage: 'warm-up', step: 3 }, [f32(1, -0, 2, 3, 0, 0, 0, 0), f32(0, 0, 0)]);
  expect(store.bytes()).toBe(16 + 32);
  expect(Object.is(store.get({ stage: 'warm-up', step: 3 }, 'a')![1], -0)).toBe(true);
  expect(store.held()).toEqual([
    { stage: 'forgetting', step: 3 },
    { stage: 'warm-up', step: 3 },
  ]);
  expect(store.get({ stage: 'warm-up', step: 4 }, 'a')).toBeUndefined();
});

it('replaces a moment of a stage that is run again', () => {
  const store = updateStore(SPECS);
  const at = { stage: 'improving', step: 1 } as const;
  store.add(at, [f32(1, 0, 0, 0, 0, 0, 0, 0), f32(0, 0, 0)]);
  store.add(at, [f32(0, 2, 0, 0, 0, 0, 0, 0), f32(0, 0, 0)]);
  expect(store.held()).toEqual([at]);
  expect(store.bytes()).toBe(8);
  expect([...store.get(at, 'a')!]).toEqual([0, 2, 0, 0, 0, 0, 0, 0]);
});
