import { beforeAll, expect, test } from 'vitest';
import { tinyLlama } from '../../testing/shapes';
import { tf } from '../tf';
import { modelRopeTable, scaledFrequency } from './rope';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('linear scaling divides every frequency', () => {
  expect(scaledFrequency(0.5, { kind: 'linear', factor: 4 })).toBe(0.125);
  expect(scaledFrequency(0.5, undefined)).toBe(0.5);
});

test('Llama 3 keeps short waves, slows long ones, and goes between them in proportion', () => {
  const scaling = { kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, originalPositions: 100 } as const;
  /** The frequency of so many waves in the original context. */
  const waves = (count: number): number => (2 * Math.PI * count) / 100;
  expect(scaledFrequency(waves(5), scaling)).toBe(waves(5));
  expect(scaledFrequency(waves(0.5), scaling)).toBe(waves(0.5) / 8);
  // A third of the way from 1 to 4: (2/3) / 8 + 1/3 = 5/12.
  expect(scaledFrequency(waves(2), scaling) / waves(2)).toBeCloseTo(5 / 12, 12);
  expect(scaledFrequency(waves(4), scaling) / waves(4)).toBeCloseTo(1, 12);
  expect(scaledFrequency(waves(1), scaling) / waves(1)).toBeCloseTo(1 / 8, 12);
});

test('the table has a row a position and turns what the model turns', () => {
  const config = tinyLlama({ width: 16, heads: 2, ropeTheta: 100, maxPositions: 3, rotaryWidth: 4 });
  const table = modelRopeTable({ ...config, ropeScaling: { kind: 'linear', factor: 2 } });
  expect(table.shape).toEqual([3, 4]);
  // Frequencies 1/2 and 1/20; position 2.
  const row = [...table.dataSync()].slice(8);
  [Math.cos(1), Math.cos(0.1), Math.sin(1), Math.sin(0.1)].forEach((value, i) => {
    expect(row[i]).toBeCloseTo(value, 6);
  });
  table.dispose();
});
