import { expect, it } from 'vitest';
import { bytesOfRows, packRows, readRows } from './snapshotRecord';

const rows = {
  policy: [Float32Array.of(-1, -2), Float32Array.of(), Float32Array.of(-3)],
  reference: [Float32Array.of(-4, -5), Float32Array.of(), Float32Array.of(-6)],
};

it('lays rows end to end and splits them again', () => {
  const record = packRows(rows);
  expect(record).toEqual({
    version: 1,
    lengths: Uint32Array.of(2, 0, 1),
    policy: Float32Array.of(-1, -2, -3),
    reference: Float32Array.of(-4, -5, -6),
  });
  expect(readRows(record)).toEqual(rows);
  expect(bytesOfRows(rows)).toBe(24);
});

it('refuses what is damaged, foreign or of another version', () => {
  const record = packRows(rows);
  for (const bad of [
    undefined,
    null,
    {},
    { ...record, version: 2 },
    { ...record, lengths: Uint32Array.of(2, 1, 1) },
    { ...record, reference: Float32Array.of(1) },
    { ...record, policy: [-1, -2, -3] },
  ])
    expect(readRows(bad)).toBeNull();
  expect(() => packRows({ policy: rows.policy, reference: [] })).toThrow(/different lengths/);
});
