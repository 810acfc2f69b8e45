// The cases on which every backend must agree with cpu, forward and gradient: odd sizes, real sizes, grouped heads, ragged
// packed sequences. Pure data and calls, so that Vitest and a page in Chromium run the same list; comparing is done by the caller.
import { createRng } from '../rng';
import { tf } from '../tf';
import { type AdamwStep, adamw, adamwMasked } from './adamw/op';
import { attention } from './attention/op';
import { addBias } from './bias/op';
import { cacheWrite, decodeAttention } from './decode/op';
import { embedding } from './embedding/op';
import { gelu } from './gelu/op';
import { geluErf } from './geluErf/op';
import { layerNorm } from './layerNorm/op';
import { matmul } from './linear/op';
import { rmsNorm } from './rmsNorm/op';
import { rope, ropeTable } from './rope/op';
import { splitHeads } from './splitHeads/op';
import { sumSquares } from './sumSquares/op';
import { swiglu } from './swiglu/op';
import { tokenLogps } from './tokenLogps/op';

export interface ParityCase {
  name: string;
  /** Outputs by name on the current backend: the forward result `y`, and `d…` for the gradients. The caller disposes. */
  run(): Record<string, tf.Tensor>;
}

/** Seeded inputs: the same numbers on every backend. */
export interface Random {
  floats(shape: number[], scale?: number): tf.Tensor;
  ints(count: number, below: number): Int32Array;
}

function randomFor(name: string): Random {
  const rng = createRng(1, name);
  return {
    floats(shape, scale = 1) {
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal() * scale);
      return tf.tensor(values, shape);
    },
    ints: (count, below) => Int32Array.from({ length: count }, () => rng.int(below)),
  };
}

export const int32 = (values: ArrayLike<number>): tf.Tensor1D => tf.tensor1d(Int32Array.from(values), 'int32');

export function plainCase(name: string, run: (random: Random) => Record<string, tf.Tensor>): ParityCase {
  return { name, run: () => tf.tidy(() => run(randomFor(name))) };
}

/** y = f(inputs) and the gradient of Σ y · g for a random g of size `scale`, for every input named. */
export function gradientCase<Name extends string>(
  name: string,
  makeInputs: (random: Random) => Record<Name, tf.Tensor>,
  f: (inputs: Record<Name, tf.Tensor>, random: Random) => tf.Tensor,
  scale = 1,
): ParityCase {
  return plainCase(name, (random) => {
    const inputs = makeInputs(random);
    const names = Object.keys(inputs) as Name[];
    // The function runs twice (once for y); what it draws must be the same, so it gets a stream of its own each time.
    const evaluate = (...tensors: tf.Tensor[]): tf.Tensor =>
      f(
        Object.fromEntries(names.map((key, i) => [key, tensors[i]])) as Record<Name, tf.Tensor>,
        randomFor(`${name}/f`),
      );
    const tensors = names.map((key) => inputs[key]);
    const y = evaluate(...tensors);
    const gradients = tf.grads(evaluate)(tensors, random.floats(y.shape, scale));
    return { y, ...Object.fromEntries(names.map((key, i) => [`d${key}`, gradients[i]!])) };
  });
}

export const matrix = (t: tf.Tensor): tf.Tensor2D => t as tf.Tensor2D;
export const vector = (t: tf.Tensor): tf.Tensor1D => t as tf.Tensor1D;

/** Factors of a size that makes every result about 1: sums of a thousand larger terms would be no test of 1e-5. */
export function matmulCase(M: number, K: number, N: number, transposeA = false, transposeB = true): ParityCase {
  const scale = Math.max(M, K, N) ** -0.25;
  return gradientCase(
    `matmul ${M}×${K}×${N}${transposeA ? ' aᵀ' : ''}${transposeB ? ' bᵀ' : ''}`,
    (random) => ({
      a: random.floats(transposeA ? [K, M] : [M, K], scale),
      b: random.floats(transposeB ? [N, K] : [K, N], scale),
    }),
    ({ a, b }) => matmul(matrix(a), matrix(b), transposeA, transposeB),
    scale,
  );
}

function rmsNormCase(rows: number, width: number): ParityCase {
  return gradientCase(
    `rmsNorm ${rows}×${width}`,
    (random) => ({ x: random.floats([rows, width]), weight: random.floats([width]) }),
    ({ x, weight }) => rmsNorm(matrix(x), vector(weight), 1e-5),
  );
}

function layerNormCase(rows: number, width: number): ParityCase {
  return gradientCase(
    `layerNorm ${rows}×${width}`,
    (random) => ({ x: random.floats([rows, width]), weight: random.floats([width]), bias: random.floats([width]) }),
    ({ x, weight, bias }) => layerNorm(matrix(x), vector(weight), vector(bias), 1e-5),
  );
}

function biasCase(rows: number, width: number): ParityCase {
  return gradientCase(
    `addBias ${rows}×${width}`,
    (random) => ({ x: random.floats([rows, width]), bias: random.floats([width]) }),
    ({ x, bias }) => addBias(matrix(x), vector(bias)),
  );
}

function ropeCase(rows: number, heads: number, headWidth: number): ParityCase {
  return gradientCase(
    `rope ${rows}×${heads}×${headWidth}`,
    (random) => ({ x: random.floats([rows, heads * headWidth]) }),
    ({ x }, random) => rope(matrix(x), int32(random.ints(rows, 50)), ropeTable(50, headWidth, 10000)),
  );
}

/** Row of the first token of each token's sequence, for sequences of these lengths. */
export const startsOf = (lengths: readonly number[]): Int32Array => {
  const starts: number[] = [];
  for (const length of lengths) starts.push(...Array<number>(length).fill(starts.length));
  return Int32Array.from(starts);
};

function attentionCase(lengths: readonly number[], heads: number, kvHeads: number, headWidth: number): ParityCase {
  const rows = lengths.reduce((a, b) => a + b, 0);
  return gradientCase(
    `attention ${rows} tokens, ${heads}/${kvHeads} heads of ${headWidth}`,
    (random) => ({
      q: random.floats([rows, heads * headWidth]),
      k: random.floats([rows, kvHeads * headWidth]),
      v: random.floats([rows, kvHeads * headWidth]),
    }),
    ({ q, k, v }) => attention(matrix(q), matrix(k), matrix(v), int32(startsOf(lengths)), heads, kvHeads),
  );
}

function decodeCase(lengths: readonly number[], positions: number, heads: number, kvHeads: number, headWidth: number) {
  const batchSize = lengths.length;
  const kvWidth = kvHeads * headWidth;
  return plainCase(`decode ${batchSize}×${positions}, ${heads}/${kvHeads} heads of ${headWidth}`, (random) => {
    const keys = random.floats([batchSize, positions, kvWidth]) as tf.Tensor3D;
    const values = random.floats([batchSize, positions, kvWidth]) as tf.Tensor3D;
    const slots = int32(lengths.map((length, b) => b * positions + length - 1));
    cacheWrite(keys, matrix(random.floats([batchSize, kvWidth])), slots);
    cacheWrite(values, matrix(random.floats([batchSize, kvWidth])), slots);
    const q = matrix(random.floats([batchSize, heads * headWidth]));
    return { y: decodeAttention(q, keys, values, int32(lengths), heads, kvHeads), keys, values };
  });
}

function swigluCase(rows: number, width: number, scale: number): ParityCase {
  return gradientCase(
    `swiglu ${rows}×${width}, scale ${scale}`,
    (random) => ({ gate: random.floats([rows, width], scale), up: random.floats([rows, width]) }),
    ({ gate, up }) => swiglu(matrix(gate), matrix(up)),
  );
}

function geluCase(rows: number, width: number, scale: number): ParityCase {
  return gradientCase(
    `gelu ${rows}×${width}, scale ${scale}`,
    (random) => ({ x: random.floats([rows, width], scale) }),
    ({ x }) => gelu(matrix(x)),
  );
}

function geluErfCase(rows: number, width: number, scale: number): ParityCase {
  return gradientCase(
    `geluErf ${rows}×${width}, scale ${scale}`,
    (random) => ({ x: random.floats([rows, width], scale) }),
    ({ x }) => geluErf(matrix(x)),
  );
}

/** Each of the three results with a factor of its own, so that none can stand for another. */
function splitHeadsCase(rows: number, heads: number, headWidth: number, rotaryWidth: number): ParityCase {
  return gradientCase(
    `splitHeads ${rows}×${heads}×${headWidth}, ${rotaryWidth} turned`,
    (random) => ({ qkv: random.floats([rows, 3 * heads * headWidth]) }),
    ({ qkv }, random) => {
      const positions = int32(random.ints(rows, 50));
      const [q, k, v] = splitHeads(matrix(qkv), positions, ropeTable(50, rotaryWidth, 10000), heads);
      return tf.concat([q, tf.mul(k, 2), tf.mul(v, 3)], 1);
    },
  );
}

/** Ids from the lower half of the table, so that some rows repeat and some are never used. */
function embeddingCase(count: number, rows: number, width: number): ParityCase {
  return gradientCase(
    `embedding ${count} of ${rows}×${width}`,
    (random) => ({ table: random.floats([rows, width]) }),
    ({ table }, random) => embedding(matrix(table), int32(random.ints(count, Math.ceil(rows / 2)))),
  );
}

/** Every third slot is empty; the others read distinct rows in a shuffled order. */
function tokenLogpsCase(rows: number, slots: number, width: number, scale: number): ParityCase {
  return gradientCase(
    `tokenLogps ${slots} slots of ${rows}×${width}, scale ${scale}`,
    (random) => ({ logits: random.floats([rows, width], scale) }),
    ({ logits }, random) => {
      const labels = random.ints(slots, width).map((label, m) => (m % 3 === 1 ? -1 : label));
      const order = createRng(2, 'slots').shuffle(Array.from({ length: rows }, (_, n) => n));
      return tokenLogps(matrix(logits), int32(labels), int32(labels.map((label, m) => (label < 0 ? 0 : order[m]!))));
    },
  );
}

const sumSquaresCase = (...sizes: number[]): ParityCase =>
  plainCase(`sumSquares ${sizes.length > 3 ? `of ${sizes.length} tensors` : sizes}`, (random) => ({
    y: sumSquares(...sizes.map((size) => random.floats([size]))),
  }));

const STEP: AdamwStep = {
  learningRate: 1e-2,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.1,
  correction1: 1 - 0.9 ** 3,
  correction2: 1 - 0.999 ** 3,
  torch: true,
};

function adamwCase(size: number, torch: boolean, masked: boolean, isSound = true): ParityCase {
  const name = `adamw${masked ? 'Masked' : ''} ${size}, ${torch ? 'torch' : 'hf'}${isSound ? '' : ', not sound'}`;
  return plainCase(name, (random) => {
    const parameter = random.floats([size]);
    const gradient = random.floats([size]);
    const scale = tf.tensor1d([isSound ? 0.37 : 0]);
    const index = Int32Array.from({ length: size }, (_, i) => i).filter((i) => !masked || i % 7 === 3 || i < 5);
    const moments = tf.square(random.floats([index.length, 2], 0.1)) as tf.Tensor2D;
    const step = { ...STEP, torch };
    if (masked) adamwMasked(parameter, gradient, moments, int32(index), scale, step);
    else adamw(parameter, gradient, moments, scale, step);
    return { y: parameter, nextMoments: moments };
  });
}

/** Every kernel, on sizes that no vector or tile divides, and on small real ones. */
export const parityCases: readonly ParityCase[] = [
  matmulCase(37, 23, 61),
  matmulCase(37, 23, 61, false, false),
  matmulCase(37, 23, 61, true, false),
  matmulCase(37, 23, 61, true, true),
  matmulCase(37, 24, 61),
  matmulCase(36, 23, 60, true, false),
  matmulCase(61, 32, 36, false, false),
  matmulCase(70, 20, 12, true, true),
  matmulCase(1, 128, 180),
  matmulCase(1, 37, 61, true, false),
  matmulCase(3, 5, 2, false, false),
  matmulCase(72, 16, 48),
  matmulCase(16, 1030, 12, true, false),
  rmsNormCase(37, 23),
  rmsNormCase(70, 48),
  rmsNormCase(129, 6),
  layerNormCase(37, 23),
  layerNormCase(70, 48),
  layerNormCase(130, 6),
  biasCase(37, 23),
  biasCase(130, 64),
  ropeCase(37, 6, 4),
  ropeCase(10, 3, 6),
  ropeCase(64, 4, 32),
  attentionCase([5, 1, 9, 22], 6, 2, 4),
  attentionCase([1, 1, 1], 2, 1, 6),
  attentionCase([37], 3, 3, 5),
  attentionCase([16, 17, 31, 1, 1], 6, 2, 16),
  attentionCase([40, 24], 4, 4, 32),
  decodeCase([3, 1, 9], 9, 6, 2, 4),
  decodeCase([5, 17], 20, 3, 1, 7),
  decodeCase([12, 40, 33, 2], 48, 4, 4, 32),
  swigluCase(37, 23, 1),
  swigluCase(8, 16, 60),
  geluCase(37, 23, 1),
  geluCase(8, 16, 20),
  geluErfCase(37, 23, 1),
  geluErfCase(8, 16, 20),
  splitHeadsCase(37, 3, 5, 4),
  splitHeadsCase(10, 2, 8, 2),
  splitHeadsCase(16, 4, 6, 6),
  embeddingCase(37, 23, 5),
  embeddingCase(64, 180, 32),
  tokenLogpsCase(37, 23, 61, 1),
  tokenLogpsCase(64, 48, 180, 3),
  tokenLogpsCase(10, 10, 7, 40),
  sumSquaresCase(37),
  sumSquaresCase(40000),
  sumSquaresCase(...Array.from({ length: 60 }, (_, i) => 1 + ((i * 37) % 700))),
  adamwCase(37, true, false),
  adamwCase(64, false, false),
  adamwCase(61, true, true),
  adamwCase(100, false, true),
  adamwCase(37, true, false, false),
  adamwCase(100, false, true, false),
];

/** The default model's own sizes (1120 packed tokens, width 128, 4 heads of 32, MLP 352, 180 words). */
export const fullSizeCases: readonly ParityCase[] = [
  matmulCase(1120, 128, 352),
  matmulCase(1120, 352, 128),
  matmulCase(1120, 128, 180),
  matmulCase(1120, 128, 384, false, false),
  rmsNormCase(1120, 128),
  layerNormCase(1120, 128),
  biasCase(1120, 512),
  ropeCase(1120, 4, 32),
  attentionCase(Array<number>(16).fill(70), 4, 4, 32),
  swigluCase(1120, 352, 2),
  embeddingCase(1120, 180, 128),
  tokenLogpsCase(1120, 640, 180, 2),
  sumSquaresCase(352 * 128),
  adamwCase(352 * 128, true, false),
  adamwCase(352 * 128, false, true),
];
