// The cases of parity.ts for the fused kernels: against cpu, where they are their parts.
import { tf } from '../tf';
import { packedAttention } from './attention/op';
import { geluLinear, linears, linearWith, swigluLinear } from './fusedLinear/op';
import { pack, unpack } from './pack/op';
import { gradientCase, int32, matmulCase, matrix, type ParityCase, plainCase, startsOf, vector } from './parity';
import { ropePair, ropeTable } from './rope/op';
import { skipLayerNorm, skipRmsNorm } from './skipNorm/op';
import { clipFactor } from './sumSquares/op';
import { takeRows } from './takeRows/op';

/** Makes every result about 1, as in parity.ts. */
const scaleFor = (...sizes: number[]): number => Math.max(...sizes) ** -0.25;

function linearWithCase(
  rows: number,
  inner: number,
  out: number,
  outFirst: boolean,
  around: 'bias' | 'residual' | 'both',
) {
  const scale = scaleFor(rows, inner, out);
  return gradientCase(
    `linearWith ${around} ${rows}×${inner}×${out}${outFirst ? '' : ', [in, out]'}`,
    (random): Record<string, tf.Tensor> => ({
      x: random.floats([rows, inner], scale),
      weight: random.floats(outFirst ? [out, inner] : [inner, out], scale),
      ...(around === 'residual' ? {} : { bias: random.floats([out]) }),
      ...(around === 'bias' ? {} : { residual: random.floats([rows, out]) }),
    }),
    ({ x, weight, ...rest }) => {
      const { bias, residual } = rest as { bias?: tf.Tensor1D; residual?: tf.Tensor2D };
      return linearWith(matrix(x!), matrix(weight!), { bias, residual }, outFirst);
    },
    scale,
  );
}

function linearsCase(rows: number, inner: number, ...outs: number[]): ParityCase {
  const scale = scaleFor(rows, inner, ...outs);
  return gradientCase(
    `linears ${rows}×${inner}×(${outs})`,
    (random): Record<string, tf.Tensor> => ({
      x: random.floats([rows, inner], scale),
      ...Object.fromEntries(outs.map((out, i) => [`weight${i}`, random.floats([out, inner], scale)])),
    }),
    ({ x, ...weights }) => tf.concat(linears(matrix(x!), Object.values(weights).map(matrix)), 1),
    scale,
  );
}

function geluLinearCase(rows: number, inner: number, out: number): ParityCase {
  const scale = scaleFor(rows, inner, out);
  return gradientCase(
    `geluLinear ${rows}×${inner}×${out}`,
    (random) => ({
      x: random.floats([rows, inner]),
      weight: random.floats([inner, out], scale),
      bias: random.floats([out]),
      residual: random.floats([rows, out]),
    }),
    ({ x, weight, bias, residual }) => geluLinear(matrix(x!), matrix(weight!), vector(bias), matrix(residual)),
    scale,
  );
}

function swigluLinearCase(rows: number, inner: number, out: number): ParityCase {
  const scale = scaleFor(rows, inner, out);
  return gradientCase(
    `swigluLinear ${rows}×${inner}×${out}`,
    (random) => ({
      gate: random.floats([rows, inner]),
      up: random.floats([rows, inner]),
      weight: random.floats([out, inner], scale),
      residual: random.floats([rows, out]),
    }),
    ({ gate, up, weight, residual }) => swigluLinear(matrix(gate), matrix(up), matrix(weight!), matrix(residual)),
    scale,
  );
}

/** Both outputs count, the skipped one three times, so that its gradient cannot be mistaken for the norm's. */
function skipNormCase(rows: number, width: number, isLayerNorm: boolean): ParityCase {
  return gradientCase(
    `${isLayerNorm ? 'skipLayerNorm' : 'skipRmsNorm'} ${rows}×${width}`,
    (random): Record<string, tf.Tensor> => ({
      x: random.floats([rows, width]),
      weight: random.floats([width]),
      ...(isLayerNorm ? { bias: random.floats([width]) } : {}),
    }),
    ({ x, weight, ...rest }) => {
      const [bias] = Object.values(rest) as tf.Tensor1D[];
      const [y, skip] = bias
        ? skipLayerNorm(matrix(x!), vector(weight!), bias, 1e-5)
        : skipRmsNorm(matrix(x!), vector(weight!), 1e-5);
      return tf.add(y, tf.mul(skip, 3));
    },
  );
}

function packedAttentionCase(
  lengths: readonly number[],
  heads: number,
  kvHeads: number,
  headWidth: number,
): ParityCase {
  const rows = lengths.reduce((a, b) => a + b, 0);
  return gradientCase(
    `packedAttention ${rows} tokens, ${heads}/${kvHeads} heads of ${headWidth}`,
    (random) => ({ qkv: random.floats([rows, (heads + 2 * kvHeads) * headWidth]) }),
    ({ qkv }) => packedAttention(matrix(qkv), int32(startsOf(lengths)), heads, kvHeads),
  );
}

function ropePairCase(rows: number, heads: number, kvHeads: number, headWidth: number): ParityCase {
  return gradientCase(
    `ropePair ${rows}×${heads}/${kvHeads}×${headWidth}`,
    (random) => ({ q: random.floats([rows, heads * headWidth]), k: random.floats([rows, kvHeads * headWidth]) }),
    ({ q, k }, random) => {
      const positions = int32(random.ints(rows, 50));
      return tf.concat(ropePair(matrix(q), matrix(k), positions, ropeTable(50, headWidth, 10000)), 1);
    },
  );
}

/** The second tensor is multiplied on the way, so that what comes back cannot be the inputs themselves. */
function packCase(...shapes: number[][]): ParityCase {
  return plainCase(`pack ${shapes.map((shape) => shape.join('×')).join(' ')}`, (random) => {
    const tensors = shapes.map((shape) => random.floats(shape));
    const y = pack(tensors);
    const back = unpack(tf.mul(y, 2), tensors);
    return { y, ...Object.fromEntries(back.map((tensor, i) => [`back${i}`, tensor])) };
  });
}

function clipFactorCase(sum: number, maxNorm: number, loss = 0.5, last = 1): ParityCase {
  return plainCase(`clipFactor ${sum} to ${maxNorm}, loss ${loss}, last ${last}`, () => {
    const [norm, y] = clipFactor(tf.tensor1d([sum]), tf.scalar(loss), tf.tensor1d([last]), maxNorm);
    return { y, norm };
  });
}

function takeRowsCase(count: number, width: number, taken: number): ParityCase {
  return gradientCase(
    `takeRows ${taken} of ${count}×${width}`,
    (random) => ({ x: random.floats([count, width]) }),
    ({ x }) => {
      const rows = Int32Array.from({ length: taken }, (_, s) => (s % 3 === 2 ? -1 : (s * 7) % count));
      const places = new Int32Array(count).fill(-1);
      rows.forEach((row, place) => {
        if (row >= 0) places[row] = place;
      });
      return takeRows(matrix(x), int32(rows), int32(places));
    },
  );
}

export const fusedCases: readonly ParityCase[] = [
  linearWithCase(37, 23, 61, true, 'both'),
  linearWithCase(37, 24, 60, false, 'both'),
  linearWithCase(37, 23, 61, false, 'bias'),
  linearWithCase(36, 20, 12, true, 'residual'),
  linearWithCase(300, 16, 12, false, 'residual'),
  linearWithCase(1030, 12, 16, false, 'both'),
  linearWithCase(5, 1030, 12, true, 'both'),
  linearWithCase(37, 23, 1, true, 'bias'),
  linearsCase(37, 23, 61, 12, 7),
  linearsCase(36, 24, 16, 8, 8),
  linearsCase(5, 20, 12, 30),
  geluLinearCase(37, 23, 61),
  geluLinearCase(36, 64, 16),
  swigluLinearCase(37, 23, 61),
  swigluLinearCase(36, 64, 16),
  skipNormCase(37, 23, true),
  skipNormCase(130, 8, true),
  skipNormCase(37, 23, false),
  skipNormCase(130, 8, false),
  packedAttentionCase([5, 1, 9, 22], 6, 2, 4),
  packedAttentionCase([37], 3, 3, 5),
  packedAttentionCase([40, 24], 4, 4, 32),
  ropePairCase(37, 6, 2, 4),
  ropePairCase(10, 3, 1, 6),
  takeRowsCase(37, 23, 20),
  takeRowsCase(64, 24, 30),
  takeRowsCase(37, 1, 20),
  packCase([3, 5], [7], [2, 2, 2]),
  packCase([64]),
  clipFactorCase(2.25, 1),
  clipFactorCase(0.04, 1),
  clipFactorCase(0.04, 1, Number.NaN),
  clipFactorCase(0.04, 1, Number.NEGATIVE_INFINITY),
  clipFactorCase(0.04, 1, 0.5, 0),
];

/** As in parity.ts: the default model's own sizes. */
export const fusedFullSizeCases: readonly ParityCase[] = [
  linearWithCase(1120, 128, 384, false, 'bias'),
  linearWithCase(1120, 128, 128, false, 'both'),
  linearsCase(1120, 128, 128, 128, 128),
  linearsCase(1120, 128, 352, 352),
  geluLinearCase(1120, 512, 128),
  swigluLinearCase(1120, 352, 128),
  skipNormCase(1120, 128, true),
  packedAttentionCase(Array<number>(16).fill(70), 4, 4, 32),
];

/** Large enough for every tile of the matrix product, and no multiple of any: run once with each. Every layout, odd sizes and even. */
export const tileCases: readonly ParityCase[] = [
  matmulCase(130, 70, 131),
  matmulCase(130, 70, 131, false, false),
  matmulCase(130, 70, 131, true, false),
  matmulCase(132, 72, 136, true, true),
];

/** The same for products fused with something: several outputs at once, sums of products, what follows a sum. */
export const fusedTileCases: readonly ParityCase[] = [
  swigluLinearCase(68, 130, 132),
  linearWithCase(130, 68, 132, false, 'both'),
  linearsCase(130, 68, 132, 67),
];
