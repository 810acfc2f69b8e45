// What every engine gets: the same seeded weights and the same batches, as plain arrays. No engine is imported here.
import { type ModelConfig, sizeOf, tensorSpecs } from '../../../src/core/model/config';
import { createRng } from '../../../src/core/rng';
import type { BenchModel } from '../protocol';

const SEED = 1;

export const modelConfigOf = (model: BenchModel): ModelConfig => ({
  architecture: 'gpt2',
  vocabularySize: model.vocabularySize,
  width: model.width,
  layers: model.layers,
  heads: model.heads,
  kvHeads: model.heads,
  mlpWidth: model.mlpWidth,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  tiedHead: true,
  attentionBias: true,
  maxPositions: model.length,
});

/** Adam without clipping and without decay. */
export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

const INITIAL_SCALE = 0.02;

/** Fresh weights under GPT-2's names: N(0, 0.02), norms 1, biases 0, residual projections scaled down by sqrt(2L). */
export function weightsOf(model: BenchModel): Map<string, Float32Array<ArrayBuffer>> {
  const rng = createRng(SEED, 'weights');
  return new Map(
    tensorSpecs(modelConfigOf(model)).map((spec) => {
      const values = new Float32Array(sizeOf(spec));
      if (/ln_\w+\.weight$/.test(spec.name)) return [spec.name, values.fill(1)];
      if (spec.name.endsWith('.bias')) return [spec.name, values];
      const scale = spec.name.endsWith('c_proj.weight') ? INITIAL_SCALE / Math.sqrt(2 * model.layers) : INITIAL_SCALE;
      const stream = rng.fork(spec.name);
      return [spec.name, values.map(() => stream.normal() * scale)];
    }),
  );
}

/** `batch` rows of `length` + 1 tokens: each is read up to its last, and predicted from its second. */
export type Batch = readonly Int32Array[];

/** Batch n. Three tokens of four follow from the one before, so that there is something to learn. */
export function batchOf(model: BenchModel, n: number): Batch {
  const rng = createRng(SEED, `batch/${n}`);
  const { vocabularySize, length } = model;
  return Array.from({ length: model.batch }, () => {
    const row = new Int32Array(length + 1);
    row[0] = rng.int(vocabularySize);
    for (let t = 1; t < row.length; t++)
      row[t] = rng.int(4) === 0 ? rng.int(vocabularySize) : (5 * row[t - 1]! + 17) % vocabularySize;
    return row;
  });
}

/** All rows end to end: what is read [B·T], and what is to be predicted [B·T]. */
export function inputsAndTargets(batch: Batch): { inputs: Int32Array<ArrayBuffer>; targets: Int32Array<ArrayBuffer> } {
  const length = batch[0]!.length - 1;
  const inputs = new Int32Array(batch.length * length);
  const targets = new Int32Array(batch.length * length);
  batch.forEach((row, b) => {
    inputs.set(row.subarray(0, length), b * length);
    targets.set(row.subarray(1), b * length);
  });
  return { inputs, targets };
}
