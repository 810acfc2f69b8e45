// A made-up backend whose device does what real ones do when they die: nothing, for ever, or an error in other words.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { nextTurn } from '../../testing/realTimers';
import { DeviceLostError, DeviceRefusedError, OutOfMemoryError } from '../failures';
import type { webgpu } from '../tf';
import { onDeviceTrouble, orTrouble, troubleOfBackend, watchDevice } from './deviceWatch';

const one = async (_: object) => new Float32Array([1]);

function deadlyBackend(read: (id: object) => Promise<Float32Array> = one) {
  let lose: (info: { reason: string; message: string }) => void = () => {};
  let refuse: (event: { error: Error }) => void = () => {};
  const device = {
    lost: new Promise<{ reason: string; message: string }>((resolve) => {
      lose = resolve;
    }),
    addEventListener: (_: string, listener: typeof refuse) => {
      refuse = listener;
    },
  };
  const backend = { device, read };
  watchDevice(backend as unknown as webgpu.WebGPUBackend);
  return {
    backend,
    lose: (reason: string, message = '') => lose({ reason, message }),
    refuse: (error: Error) => refuse({ error }),
  };
}
class GPUOutOfMemoryError extends Error {}
const never = () => new Promise<never>(() => {});

describe('watchDevice', () => {
  it('lets reads through as long as the device works', async () => {
    const { backend } = deadlyBackend();
    expect(await backend.read({})).toEqual(new Float32Array([1]));
    expect(troubleOfBackend(backend)).toBeNull();
  });

  it('ends a read that would wait for ever, with the reason, and every later one', async () => {
    const { backend, lose } = deadlyBackend(never);
    const other = deadlyBackend();
    const waiting = backend.read({});
    lose('destroyed', 'Device was destroyed.');
    await expect(waiting).rejects.toThrow('The GPU device was lost (destroyed: Device was destroyed.).');
    await expect(backend.read({})).rejects.toBeInstanceOf(DeviceLostError);
    expect(troubleOfBackend(backend)).toBeInstanceOf(DeviceLostError);
    expect(troubleOfBackend(other.backend)).toBeNull();
  });

  it('keeps nothing of reads that are over', async () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const read: WeakRef<object>[] = [];
    const { backend } = deadlyBackend(async () => {
      const values = new Float32Array([1]);
      read.push(new WeakRef(values));
      return values;
    });
    for (let i = 0; i < 10; i++) await backend.read({});
    // What a WeakRef was made of in this turn stays until the next one.
    await nextTurn();
    collect();
    expect(read.filter((values) => values.deref() !== undefined)).toEqual([]);
  });

  it('tells a read that was refused a moment before the loss by its loss, and one that was refused for itself as it is', async () => {
    const { backend, lose } = deadlyBackend();
    const waiting = orTrouble(backend, Promise.reject(new Error('AbortError')));
    setTimeout(() => lose('unknown'), 20);
    await expect(waiting).rejects.toBeInstanceOf(DeviceLostError);
    const other = deadlyBackend();
    await expect(orTrouble(other.backend, Promise.reject(new Error('a mistake')))).rejects.toThrow('a mistake');
  });

  it.each([
    [new GPUOutOfMemoryError('x'), OutOfMemoryError],
    [new Error('Buffer size (9) exceeds the max buffer size limit (8).'), OutOfMemoryError],
    [new Error('Binding size is zero'), DeviceRefusedError],
  ])('gives no numbers after an error that nobody asked for: %s', async (error, type) => {
    const { backend, refuse } = deadlyBackend();
    refuse(error);
    await expect(backend.read({})).rejects.toBeInstanceOf(type);
  });

  it('tells of the first trouble once, also where nobody reads', async () => {
    const heard: Error[] = [];
    onDeviceTrouble((trouble) => heard.push(trouble));
    const { refuse, lose } = deadlyBackend();
    refuse(new GPUOutOfMemoryError('x'));
    lose('destroyed');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard.map(({ name }) => name)).toEqual(['OutOfMemoryError']);
  });
});
