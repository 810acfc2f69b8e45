// What is let in from outside: everything that was recorded, and nothing that would hold up whoever draws it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resultOf } from '../../testing/studyWorld';
import { type ArmResult, parseResult, type StudyResult } from './result';
import { variant, variantConfig } from './variants';

const result = resultOf(
  { kind: 'arm', split: 'held-out', config: variantConfig(variant('dpo-full'), 'tiny', 'math', 1) },
  {},
) as ArmResult;
const measured = (kind: 'interpolation' | 'agreement' | 'change'): StudyResult =>
  resultOf({ kind, split: 'held-out', config: variantConfig(variant('allo'), 'tiny', 'math', 1) }, {});
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
const named = <T>(count: number, value: T): Record<string, T> =>
  Object.fromEntries(times(count, value).map((each, i) => [`name ${i}`, each]));
const curveOf = (count: number, losses = count) => ({
  ...{ stage: 'improving', step: times(count, 1), loss: times(losses, 0.5) },
});

test('every recorded result is one', () => {
  const lines = readFileSync(new URL('../../../public/study/results.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean);
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines) expect(() => parseResult(JSON.parse(line))).not.toThrow();
});

test('long ones are let in up to their limits', () => {
  const long: ArmResult = {
    ...result,
    path: times(1000, result.path[0]!),
    curves: [curveOf(10_000)],
    updates: named(64, 1),
    failure: 'x'.repeat(2000),
  };
  expect(parseResult(long)).toEqual(long);
});

test('beyond them the field is named', () => {
  const refused = (change: Partial<ArmResult>, field: string) =>
    expect(() => parseResult({ ...result, ...change })).toThrow(`A study result, field “${field}”`);
  const { before } = result;
  refused({ path: times(1001, result.path[0]!) }, 'path');
  refused({ curves: [curveOf(10_001)] }, 'curves.0.step');
  refused({ curves: times(65, curveOf(1)) }, 'curves');
  refused({ updates: named(65, 1) }, 'updates');
  refused({ tokens: named(65, 1) }, 'tokens');
  refused({ maskPercent: named(65, 1) }, 'maskPercent');
  refused({ settings: named(65, '1') }, 'settings');
  refused({ before: { ...before, families: named(65, before.families.math!) } }, 'before.families');
  refused({ failure: 'x'.repeat(2001) }, 'failure');
  const many = (value: StudyResult, list: object, field: string) =>
    expect(() => parseResult({ ...value, ...list })).toThrow(`field “${field}”`);
  many(measured('interpolation'), { points: times(1001, { lambda: 0, klToSft: 0, accuracy: 1 }) }, 'points');
  const tensor = { name: 'a', size: 1, change: 1, gradient: 1 };
  many(measured('change'), { tensors: times(1001, tensor) }, 'tensors');
  const pair = { family: 'qa', seed: 1, score: 'change', percent: 10, iou: 0.1, chance: 0.1 };
  many(measured('agreement'), { pairs: times(1001, pair) }, 'pairs');
});

test('a curve has one loss for each step', () => {
  expect(() => parseResult({ ...result, curves: [curveOf(3, 2)] })).toThrow(
    'field “curves.0”: A curve needs one loss for each step: “step” and “loss” have different lengths.',
  );
});
