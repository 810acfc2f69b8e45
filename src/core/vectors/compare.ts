// Comparing what the project computed with what a golden case expects, field by field.
import { type GoldenArray, isGoldenArray, type Tolerance } from './format';

/** A computed array; its shape must equal the expected one. */
export interface GotArray {
  shape: readonly number[];
  data: ArrayLike<number>;
}
export const gotArray = (data: ArrayLike<number>, shape: readonly number[] = [data.length]): GotArray => ({
  shape,
  data,
});

/** A computed whole number that has to match exactly, whatever the tolerance of the case. */
export class Exactly {
  constructor(readonly value: number) {}
}
export const exactly = (value: number): Exactly => new Exactly(value);

/** One disagreement, as text with the numbers. */
export interface Mismatch {
  path: string;
  text: string;
}

/** |got − expected| ≤ atol + rtol·|expected|; without a tolerance equality. NaN never passes. */
export function withinTolerance(got: number, expected: number, tolerance: Tolerance | null): boolean {
  if (!tolerance) return got === expected;
  return Math.abs(got - expected) <= tolerance.atol + tolerance.rtol * Math.abs(expected);
}

/**
 * Compare one value of `expected` with the computed one. `toleranceOf` gives the tolerance by path (null = exact).
 * Objects are compared key by key of `expected`, so that nothing expected goes unchecked.
 */
export function compareValue(
  path: string,
  expected: unknown,
  got: unknown,
  toleranceOf: (path: string) => Tolerance | null,
): Mismatch[] {
  if (got === undefined) return [{ path, text: `${path}: not computed` }];
  if (isGoldenArray(expected)) return compareArray(path, expected, got, toleranceOf(path));
  if (typeof expected === 'number') return compareNumber(path, expected, got, toleranceOf(path));
  if (Array.isArray(expected)) {
    const list = listOf(got);
    if (!list || list.length !== expected.length) {
      return [{ path, text: `${path}: expected ${expected.length} entries, got ${list ? list.length : shown(got)}` }];
    }
    return expected.flatMap((value, i) => compareValue(`${path}[${i}]`, value, list[i], toleranceOf));
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof got !== 'object' || got === null) return [{ path, text: `${path}: expected fields, got ${shown(got)}` }];
    const fields: Record<string, unknown> = { ...got };
    return Object.entries(expected).flatMap(([key, value]) =>
      compareValue(
        path ? `${path}.${key}` : key,
        value,
        Object.hasOwn(fields, key) ? fields[key] : undefined,
        toleranceOf,
      ),
    );
  }
  return got === expected ? [] : [{ path, text: `${path}: got ${shown(got)}, expected ${shown(expected)}` }];
}

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value);

function listOf(got: unknown): readonly unknown[] | null {
  if (Array.isArray(got)) return got;
  return ArrayBuffer.isView(got) && !(got instanceof DataView) ? Array.from(got as Float32Array) : null;
}

function compareNumber(path: string, expected: number, got: unknown, tolerance: Tolerance | null): Mismatch[] {
  const isExact = got instanceof Exactly;
  const value = isExact ? got.value : got;
  if (typeof value !== 'number') return [{ path, text: `${path}: got ${shown(value)}, expected ${expected}` }];
  if (withinTolerance(value, expected, isExact ? null : tolerance)) return [];
  return [
    { path, text: `${path}: got ${value}, expected ${expected}${allowance(expected, isExact ? null : tolerance)}` },
  ];
}

const allowance = (expected: number, tolerance: Tolerance | null): string =>
  tolerance ? ` (allowed ±${(tolerance.atol + tolerance.rtol * Math.abs(expected)).toPrecision(3)})` : ' (exact)';

function compareArray(path: string, expected: GoldenArray, got: unknown, tolerance: Tolerance | null): Mismatch[] {
  if (typeof got === 'number') return compareArray(path, expected, gotArray([got], []), tolerance);
  if (typeof got !== 'object' || got === null || !('data' in got) || !('shape' in got)) {
    return [{ path, text: `${path}: expected an array, got ${shown(got)}` }];
  }
  const { shape, data } = got as GotArray;
  if (shape.length !== expected.shape.length || shape.some((extent, i) => extent !== expected.shape[i])) {
    return [{ path, text: `${path}: got shape [${shape.join(', ')}], expected [${expected.shape.join(', ')}]` }];
  }
  const allowed = expected.dtype === 'bool' || expected.dtype === 'int32' ? null : tolerance;
  const wrong = expected.data.flatMap((value, i) =>
    withinTolerance(Number(data[i]), Number(value), allowed) ? [] : [i],
  );
  if (data.length !== expected.data.length) wrong.push(Math.min(data.length, expected.data.length));
  if (wrong.length === 0) return [];
  const error = (i: number) => Math.abs(Number(data[i]) - Number(expected.data[i]));
  const worst = wrong.reduce((a, b) => (Number.isNaN(error(b)) || error(b) > error(a) ? b : a));
  const numbers = `got ${data[worst]}, expected ${expected.data[worst]}${allowance(Number(expected.data[worst]), allowed)}`;
  return [{ path, text: `${path}[${worst}]: ${numbers}; ${wrong.length} of ${expected.data.length} values differ` }];
}
