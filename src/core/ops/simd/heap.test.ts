import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { tf, type wasm } from '../../tf';
import { heapOf, reserveHeap } from './heap';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

describe('a heap that cannot grow', () => {
  afterEach(() => vi.restoreAllMocks());

  // The second would wrap round to 4 bytes, the third to none.
  it.each([1e9, 2 ** 32 + 4, 2 ** 32])(
    'refuses a tensor of %d bytes instead of laying it over others',
    async (bytes) => {
      const backend = tf.backend() as wasm.BackendWasm;
      heapOf(backend);
      const other = tf.tensor1d([1, 2, 3]);
      const before = tf.memory().numTensors;
      // As browsers do it when there is no memory left.
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
        throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
      });
      expect(() => backend.makeOutput([bytes / 4], 'float32')).toThrow(
        expect.objectContaining({ name: 'OutOfMemoryError' }),
      );
      expect(tf.memory().numTensors).toBe(before);
      // What is there stays, and what fits is made.
      const sum = tf.add(other, other);
      expect([...(await sum.data())]).toEqual([2, 4, 6]);
      tf.dispose([other, sum]);
    },
  );

  it('says before the start that a run needs more than there can be', () => {
    const backend = tf.backend() as wasm.BackendWasm;
    expect(() => reserveHeap(backend, 4.1e9)).toThrow(expect.objectContaining({ name: 'OutOfMemoryError' }));
    expect(() => reserveHeap(backend, 4.1e9)).toThrow('the browser allows 4 GB');
  });
});
