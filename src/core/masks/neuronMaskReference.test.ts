import { describe, expect, it } from 'vitest';
import { roundToBfloat16 } from '../halfFloats';
import { createRng } from '../rng';
import { NonFiniteDeltaError, type TensorDelta } from './deltas';
import {
  ReferenceMaskError,
  type ReferenceMaskRule,
  referenceIndex,
  selectNeuronsReference,
  selectReferenceFromIndex,
} from './neuronMaskReference';

const tensors = (...rows: number[][]): TensorDelta[] =>
  rows.map((row, i) => ({ name: `t${i}`, values: Float32Array.from(row) }));
const bits = (masks: readonly Uint8Array[]) => masks.map((mask) => [...mask]);

/** The script, line by line; null where it fails. */
function asScripted(deltas: readonly TensorDelta[], { lower, upper, sign }: ReferenceMaskRule): number[][] | null {
  const total = deltas.reduce((sum, { values }) => sum + values.length, 0);
  const signed = deltas.map(({ values }) => [...values].map((value) => sign * Math.abs(value)));
  if (upper > 50 && signed.some((values) => Math.floor((values.length * upper * 2) / 100) > values.length)) return null;
  const pool = signed
    .flatMap((values) =>
      values
        .toSorted((a, b) => b - a)
        .slice(0, Math.floor((values.length * upper * 2) / 100))
        .map(roundToBfloat16),
    )
    .sort((a, b) => b - a);
  const threshold = (percent: number) => (percent === 0 ? 1e8 : pool[Math.floor((total * percent) / 100) - 1]);
  const [below, from] = [threshold(lower), threshold(upper)];
  if (below === undefined || from === undefined) return null;
  return signed.map((values) => values.map((value) => (value < below && value >= from ? 1 : 0)));
}

describe('selectNeuronsReference', () => {
  it('keeps every value tied with the bfloat16 threshold', () => {
    const { masks, selected } = selectNeuronsReference(tensors([1, 1, 1, 1, 1, 1, 1, 1, 1, 0]), {
      lower: 0,
      upper: 10,
      sign: 1,
    });
    expect(bits(masks)).toEqual([[1, 1, 1, 1, 1, 1, 1, 1, 1, 0]]);
    expect(selected).toBe(9);
  });

  it('equals the script on random tensors, where it fails too', () => {
    const rng = createRng(5, 'reference mask');
    let failed = 0;
    for (let round = 0; round < 300; round++) {
      const scale = [1, 1e-3, 1e-38][rng.int(3)]!;
      const coarse = rng.int(2) === 1;
      const value = () => (coarse ? rng.int(9) * scale : rng.normal() * rng.normal() * scale);
      const deltas = tensors(
        ...Array.from({ length: 1 + rng.int(4) }, () => Array.from({ length: rng.int(90) }, value)),
      );
      const index = referenceIndex(deltas);
      const [a, b] = [rng.int(3) ? 0 : rng.int(30), rng.int(60)];
      const rule: ReferenceMaskRule = { lower: Math.min(a, b), upper: b, sign: rng.pick([1, -1] as const) };
      const expected = asScripted(deltas, rule);
      if (expected) expect(bits(selectReferenceFromIndex(index, rule).masks)).toEqual(expected);
      else expect(() => selectReferenceFromIndex(index, rule)).toThrow(ReferenceMaskError);
      if (!expected) failed++;
    }
    expect(failed).toBeGreaterThan(20);
    expect(failed).toBeLessThan(150);
  });

  it('keeps all weights that did not move when asked for the last ones: they tie at −0', () => {
    const { masks, thresholdUpper } = selectNeuronsReference(tensors([0, 3, 0, 0, -0, 0, 2, 0, 0, 1]), {
      lower: 0,
      upper: 10,
      sign: -1,
    });
    expect(bits(masks)).toEqual([[1, 0, 1, 1, 1, 1, 0, 1, 1, 0]]);
    expect(thresholdUpper).toBe(-0);
  });

  it('fails where the released script fails, and for changes that are not finite', () => {
    const deltas = tensors(Array.from({ length: 100 }, (_, i) => i));
    const run = (lower: number, upper: number) => () => selectNeuronsReference(deltas, { lower, upper, sign: 1 });
    expect(run(0, 51)).toThrow(ReferenceMaskError);
    expect(run(0, 2.5)).toThrow(ReferenceMaskError);
    expect(run(0, 50)).not.toThrow();
    const tiny = tensors([1, 2], [3, 4]);
    expect(() => selectNeuronsReference(tiny, { lower: 0, upper: 25, sign: 1 })).not.toThrow();
    expect(() => selectNeuronsReference(tiny, { lower: 0, upper: 24, sign: 1 })).toThrow(ReferenceMaskError);
    expect(() => referenceIndex(tensors([1], [0, Number.NaN]))).toThrow(new NonFiniteDeltaError('t1', 1));
  });
});
