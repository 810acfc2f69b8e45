import { expect, test } from 'vitest';
import { tf } from '../core/tf';
import { headlessBackend } from './backend';

test('wasm and cpu start as asked, checked', async () => {
  const wasm = await headlessBackend('wasm');
  expect(wasm.name).toBe('wasm');
  expect(wasm.selfCheck.every(({ passed }) => passed)).toBe(true);
  expect(wasm.selfCheck).toHaveLength(3);
  expect(tf.getBackend()).toBe('wasm');
  expect((await headlessBackend('cpu')).name).toBe('cpu');
  expect(tf.getBackend()).toBe('cpu');
});

test('any other backend is refused in a sentence', async () => {
  await expect(headlessBackend('cuda')).rejects.toThrow('Unknown backend “cuda”: use wasm, cpu or webgpu.');
  await expect(headlessBackend('auto')).rejects.toThrow('Unknown backend “auto”');
});
