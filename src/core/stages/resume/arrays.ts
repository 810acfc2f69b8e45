// Weights, rows of numbers and masks in and out of a point's arrays. What is read has the lengths it should have, or it is refused.

import { unpackBits } from '../../masks/packedBits';
import { type ModelConfig, sizeOf, tensorSpecs } from '../../model/config';
import type { Model, Weights } from '../../model/model';
import { type Held, holdTensor } from '../../ops/held';
import type { Stretches } from '../../stretches';
import type { tf } from '../../tf';
import { type Difference, withDifferences } from '../entries';
import { differenceOf, differMostly } from './differences';
import { damaged, PointRefused } from './point';
import { isFiniteArray, type PointArray, wordSumBeside } from './wordSum';

/** Of arrays that stay: each is summed once. */
const lastingSums = new WeakMap<PointArray, number>();

/** What a point's arrays are. */
export interface WrittenArrays {
  arrays: Map<string, PointArray>;
  /** Those that stay as they are until the run ends. */
  lasting: string[];
  sums: Record<string, number>;
}

type Job = (written: WrittenArrays, stretches: Stretches) => Promise<void>;

/**
 * Notes at one moment what is to be kept, which takes next to no time, and reads, compares and sums it later. What it holds until then is
 * written once, or dropped.
 */
export class ArrayWriter {
  private readonly jobs: Job[] = [];
  private readonly held: Held[] = [];

  /** An array that nobody else writes to. */
  put(name: string, values: PointArray): void {
    this.jobs.push((written, stretches) => keep(written, name, values, stretches));
  }

  /** An array that the run itself holds and never writes to, or how it is made. */
  putLasting(name: string, values: PointArray | (() => PointArray)): void {
    this.jobs.push((written, stretches) =>
      keepLasting(written, name, typeof values === 'function' ? values() : values, stretches),
    );
  }

  /** Numbers of a model that trains. Refused where one is not finite. */
  putHeld(name: string, held: Held): void {
    this.held.push(held);
    this.jobs.push(async (written, stretches) => {
      await keep(written, name, await soundValues(name, held, stretches), stretches);
    });
  }

  /** A model's weights as they differ from others; whole tensors where most of them do. Refused where one is not finite. */
  putWeights(prefix: string, model: Pick<Model, 'hold'>, reference: Weights): void {
    for (const [name, held] of model.hold()) {
      this.held.push(held);
      this.jobs.push(async (written, stretches) => {
        const values = (await soundValues(name, held, stretches)) as Float32Array;
        const before = reference.get(name)!;
        const path = `${prefix}/${name}`;
        if (await differMostly(before, values, stretches)) return keep(written, path, values, stretches);
        const difference = await differenceOf(before, values, stretches);
        if (!difference) return;
        await keep(written, `${path}/at`, difference.at, stretches);
        await keep(written, `${path}/values`, difference.values, stretches);
      });
    }
  }

  /** Weights of a model that is trained no more; `read` gets them once they are there. */
  putLastingWeights(prefix: string, model: Pick<Model, 'hold'>, read: (weights: Weights) => void): void {
    const weights: Weights = new Map();
    const all = model.hold();
    for (const [name, held] of all) {
      this.held.push(held);
      this.jobs.push(async (written, stretches) => {
        const values = (await soundValues(name, held, stretches)) as Float32Array;
        weights.set(name, values);
        if (weights.size === all.size) read(weights);
        await keepLasting(written, `${prefix}/${name}`, values, stretches);
      });
    }
  }

  /** Differences that stay. */
  putDifferences(prefix: string, differences: ReadonlyMap<string, Difference>): void {
    for (const [name, difference] of differences)
      this.putDifference(`${prefix}/${name}`, () => Promise.resolve(difference));
  }

  /** One that stays, and is to be found; null: there is none. */
  putDifference(path: string, found: (stretches: Stretches) => Promise<Difference | null>): void {
    this.jobs.push(async (written, stretches) => {
      const difference = await found(stretches);
      if (!difference) return;
      await keepLasting(written, `${path}/at`, difference.at, stretches);
      await keepLasting(written, `${path}/values`, difference.values, stretches);
    });
  }

  /** Rows end to end. */
  putRows(name: string, rows: readonly Float32Array[]): void {
    this.put(name, endToEnd(rows));
  }

  /** A number on the device as it is now, for the facts: `fill` gets it before the point is there. */
  readNumber(scalar: tf.Scalar, fill: (value: number) => void): void {
    const held = holdTensor(scalar);
    this.held.push(held);
    this.jobs.push(async (_, stretches) => {
      for await (const [value] of held.portions(stretches)) fill(value!);
    });
  }

  /** Once. Throws PointRefused where a number of a model that trains is not finite. */
  async written(stretches: Stretches): Promise<WrittenArrays> {
    const written: WrittenArrays = { arrays: new Map(), lasting: [], sums: {} };
    try {
      for (const job of this.jobs) {
        await job(written, stretches);
        await stretches.pause();
      }
    } finally {
      this.drop();
    }
    return written;
  }

  /** Gives back what is held. */
  drop(): void {
    for (const held of this.held) held.release();
  }
}

async function keep(written: WrittenArrays, name: string, values: PointArray, stretches: Stretches): Promise<void> {
  written.arrays.set(name, values);
  written.sums[name] = await wordSumBeside(values, stretches);
}

async function keepLasting(
  written: WrittenArrays,
  name: string,
  values: PointArray,
  stretches: Stretches,
): Promise<void> {
  // A run and the one within it may hold the same.
  if (written.arrays.get(name) === values) return;
  const sum = lastingSums.get(values) ?? (await wordSumBeside(values, stretches));
  lastingSums.set(values, sum);
  written.arrays.set(name, values);
  written.lasting.push(name);
  written.sums[name] = sum;
}

/** Read to the end and given back. */
async function soundValues(name: string, held: Held, stretches: Stretches): Promise<Float32Array | Float64Array> {
  let all: Float32Array | Float64Array | null = null;
  let at = 0;
  for await (const portion of held.portions(stretches)) {
    if (!isFiniteArray(portion)) throw notFinite(name);
    if (portion.length === held.size) all = portion;
    else {
      all ??= portion instanceof Float64Array ? new Float64Array(held.size) : new Float32Array(held.size);
      all.set(portion, at);
    }
    at += portion.length;
    await stretches.pause();
  }
  held.release();
  return all ?? new Float32Array(0);
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
