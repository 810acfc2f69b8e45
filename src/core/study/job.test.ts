import { expect, it } from 'vitest';
import type { RunConfig } from '../config';
import { presetConfig } from '../presets';
import { jobKey } from './job';

const config = presetConfig('default', 'math', 'ppo-a2c');
const keyOf = (changed: Partial<RunConfig>) =>
  jobKey({ kind: 'arm', split: 'held-out', config: { ...config, ...changed } });

it('a key is of every setting but the backend, whether it is a default or not', () => {
  const keys = new Set([keyOf({})]);
  let settings = 0;
  for (const [name, value] of Object.entries(config)) {
    if (name === 'backend') continue;
    const other = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value} else`;
    keys.add(keyOf({ [name]: other }));
    settings++;
  }
  expect(keys.size).toBe(settings + 1);
  expect(keyOf({ backend: 'cpu' })).toBe(keyOf({}));
  expect(keyOf({})).toMatch(/^[0-9a-f]{16}$/);
});

it('a key is of kind and split too, and not of the order of the settings', () => {
  expect(jobKey({ kind: 'interpolation', split: 'held-out', config })).not.toBe(keyOf({}));
  expect(jobKey({ kind: 'arm', split: 'validation', config })).not.toBe(keyOf({}));
  const turned = Object.fromEntries(Object.entries(config).reverse()) as unknown as RunConfig;
  expect(jobKey({ kind: 'arm', split: 'held-out', config: turned })).toBe(keyOf({}));
});
