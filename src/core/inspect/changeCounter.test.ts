import { describe, expect, it } from 'vitest';
import { toBfloat16Bits, toFloat16Bits } from '../halfFloats';
import { HIGH_BINS } from '../masks/magnitudeIndex';
import { createRng } from '../rng';
import { type ChangeCounter, plainCounter, type RawPair, wasmCounter } from './changeCounter';
import type { FloatDtype, RawFloats } from './floats';

const DTYPES: readonly FloatDtype[] = ['F32', 'F16', 'BF16', 'F64'];

function stored(dtype: FloatDtype, values: readonly number[]): RawFloats {
  if (dtype === 'F32') return { dtype, values: Float32Array.from(values) };
  if (dtype === 'F64') return { dtype, values: Float64Array.from(values) };
  return { dtype, values: Uint16Array.from(values, dtype === 'F16' ? toFloat16Bits : toBfloat16Bits) };
}

function highOf(counter: ChangeCounter): Uint32Array {
  const high = new Uint32Array(HIGH_BINS);
  counter.takeHigh(high);
  return high;
}

function lowOf(counter: ChangeCounter): [number, number][] {
  const { patterns } = counter;
  const low: [number, number][] = [];
  counter.takeLow((pattern, count) => low.push([pattern, count]));
  expect(low).toHaveLength(patterns);
  return low.sort(([a], [b]) => a - b);
}

const isEqual = (a: Uint32Array, b: Uint32Array): boolean => a.every((count, i) => count === b[i]);

describe('changeCounter', () => {
  const wasm = wasmCounter(1 << 17)!;
  const plain = plainCounter();

  it('counts by hand', () => {
    const pair: RawPair = [stored('F32', [0, 1, 0, 0, -0]), stored('BF16', [1, 1, -1, 1.5, 0])];
    for (const counter of [wasm, plain]) {
      // |Δ| = 1, 0, 1, 1.5, 0; the pattern of 1 is 3f800000, of 1.5 3fc00000.
      expect(counter.tally(pair, 5)).toBe(2);
      expect(counter.hasNonFinite()).toBe(false);
      const high = highOf(counter);
      expect([high[0], high[0x7f00], high[0x7f80]]).toEqual([2, 2, 1]);
      expect(highOf(counter).some((count) => count > 0)).toBe(false);
      expect(counter.countBin(pair, 5, 0x7f00)).toBe(1);
      expect(lowOf(counter)).toEqual([[0, 2]]);
      expect(counter.tally([stored('F16', [Number.NaN]), stored('F16', [1])], 1)).toBe(0);
      expect(counter.hasNonFinite()).toBe(true);
      highOf(counter);
    }
  });

  it('counts in WebAssembly what the plain loops count, for all dtypes and lengths', () => {
    const rng = createRng(41, 'counters');
    for (let round = 0; round < 120; round++) {
      const size = rng.pick([1, 2, 3, 5, 7, 9, 100, 2047, 2048, 2049, 4096, 9001]);
      const isCoarse = rng.int(2) === 0;
      const scale = rng.pick([1, 1e-3, 1e-7, 1e-41, 60_000]);
      const value = () => {
        if (rng.int(4000) === 0) return rng.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]);
        return (isCoarse ? rng.int(7) / 4 : rng.normal()) * scale;
      };
      const side = () => stored(rng.pick(DTYPES), Array.from({ length: size }, value));
      const pair: RawPair = [side(), side()];
      const count = rng.int(3) === 0 ? rng.int(size + 1) : size;
      expect(wasm.tally(pair, count)).toBe(plain.tally(pair, count));
      expect(wasm.hasNonFinite()).toBe(plain.hasNonFinite());
      const high = highOf(plain);
      expect(isEqual(highOf(wasm), high)).toBe(true);
      const bins = [...high.keys()].filter((bin) => high[bin]! > 0);
      for (const bin of [rng.pick([0, ...bins]), rng.int(HIGH_BINS)]) {
        expect(wasm.countBin(pair, count, bin)).toBe(plain.countBin(pair, count, bin));
        expect(lowOf(wasm)).toEqual(lowOf(plain));
      }
    }
  });

  it('refuses pieces that are larger than its memory', () => {
    const pair: RawPair = [stored('F32', new Array(100).fill(0)), stored('F32', new Array(100).fill(0))];
    expect(() => wasmCounter(100)!.tally(pair, 100)).toThrow(RangeError);
    expect(() => wasm.tally(pair, 101)).toThrow(RangeError);
  });
});
