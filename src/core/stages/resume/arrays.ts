// Weights, rows of numbers and masks in and out of a point's arrays. What is read has the lengths it should have, or it is refused.
import { packBits, unpackBits } from '../../masks/packedBits';
import { type ModelConfig, sizeOf, tensorSpecs } from '../../model/config';
import type { Weights } from '../../model/model';
import { type Difference, differencesOf, differMostly, withDifferences } from '../entries';
import { damaged, PointRefused } from './point';
import { isFiniteArray, type PointArray, wordSum } from './wordSum';

/** Of arrays that stay: each is summed once. */
const lastingSums = new WeakMap<PointArray, number>();

export class ArrayWriter {
  readonly arrays = new Map<string, PointArray>();
  readonly lasting: string[] = [];
  readonly sums: Record<string, number> = {};

  put(name: string, values: PointArray): void {
    this.arrays.set(name, values);
    this.sums[name] = wordSum(values);
  }

  /** An array that the run itself holds and never writes to. */
  putLasting(name: string, values: PointArray): void {
    const sum = lastingSums.get(values) ?? wordSum(values);
    lastingSums.set(values, sum);
    this.arrays.set(name, values);
    this.lasting.push(name);
    this.sums[name] = sum;
  }

  /** Of a model that trains. Throws PointRefused where a value is not finite. */
  putSound(name: string, values: Float32Array | Float64Array): void {
    if (!isFiniteArray(values)) throw notFinite(name);
    this.put(name, values);
  }

  /** Weights as they differ from others; whole tensors where most of them do. Throws PointRefused where one is not finite. */
  putWeights(prefix: string, weights: Weights, reference: Weights): void {
    const few: Weights = new Map();
    for (const [name, values] of weights) {
      if (differMostly(reference.get(name)!, values)) this.putSound(`${prefix}/${name}`, values);
      else if (isFiniteArray(values)) few.set(name, values);
      else throw notFinite(name);
    }
    for (const [name, { at, values }] of differencesOf(reference, few)) {
      this.put(`${prefix}/${name}/at`, at);
      this.put(`${prefix}/${name}/values`, values);
    }
  }

  /** Differences that stay. */
  putDifferences(prefix: string, differences: ReadonlyMap<string, Difference>): void {
    for (const [name, { at, values }] of differences) {
      this.putLasting(`${prefix}/${name}/at`, at);
      this.putLasting(`${prefix}/${name}/values`, values);
    }
  }

  /** Rows end to end. */
  putRows(name: string, rows: readonly Float32Array[]): void {
    this.put(name, endToEnd(rows));
  }
}

const notFinite = (name: string): PointRefused =>
  new PointRefused('not finite', `“${name}” holds a number that is not finite: this moment is not saved.`);

export function endToEnd(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

export class ArrayReader {
  constructor(private readonly arrays: ReadonlyMap<string, PointArray>) {}

  has(name: string): boolean {
    return this.arrays.has(name);
  }

  floats(name: string, length?: number): Float32Array<ArrayBuffer> {
    return this.read(name, Float32Array, length) as Float32Array<ArrayBuffer>;
  }

  moments(name: string): Float32Array | Float64Array {
    return this.arrays.get(name) instanceof Float64Array
      ? this.read(name, Float64Array)
      : this.read(name, Float32Array);
  }

  /** Rows of these lengths. */
  rows(name: string, lengths: readonly number[]): Float32Array[] {
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const all = this.floats(name, total);
    let at = 0;
    return lengths.map((length) => {
      at += length;
      return all.slice(at - length, at);
    });
  }

  mask(name: string, entries: number): Uint8Array {
    try {
      return unpackBits(this.read(name, Uint8Array), entries);
    } catch {
      throw damaged(`the mask “${name}” does not fit its tensor`);
    }
  }

  /** Whole tensors. */
  weights(prefix: string, config: ModelConfig): Weights {
    return new Map(tensorSpecs(config).map((spec) => [spec.name, this.floats(`${prefix}/${spec.name}`, sizeOf(spec))]));
  }

  /** What `putWeights` wrote, against the same reference. */
  weightsFrom(prefix: string, reference: Weights): Weights {
    const weights: Weights = withDifferences(reference, this.differences(prefix, reference));
    for (const [name, values] of reference)
      if (this.has(`${prefix}/${name}`)) weights.set(name, this.floats(`${prefix}/${name}`, values.length));
    return weights;
  }

  /** Those tensors of which the differences were written. */
  differences(prefix: string, reference: Weights): Map<string, Difference> {
    const found = new Map<string, Difference>();
    for (const [name, { length }] of reference) {
      if (!this.has(`${prefix}/${name}/at`)) continue;
      const at = this.read(`${prefix}/${name}/at`, Uint32Array);
      const values = this.floats(`${prefix}/${name}/values`, at.length);
      if (at.some((place) => place >= length)) throw damaged(`an entry of “${name}” is beyond its tensor`);
      found.set(name, { at, values });
    }
    return found;
  }

  private read<T extends PointArray>(name: string, type: new (length: number) => T, length?: number): T {
    const found = this.arrays.get(name);
    if (!found) throw damaged(`the array “${name}” is missing`);
    if (!(found instanceof type)) throw damaged(`the array “${name}” has another type`);
    if (length !== undefined && found.length !== length)
      throw damaged(`the array “${name}” has ${found.length} values, expected ${length}`);
    return found;
  }
}

export { packBits };
