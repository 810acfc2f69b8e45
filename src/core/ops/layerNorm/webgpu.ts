// LayerNorm in WGSL: one thread a row; the gradient keeps two numbers a row for the weights' own.
import type { tf } from '../../tf';
import { columnSums, floats, type Gpu, ROWS_WORKGROUP, registerGpuKernel, sumOf, type Vector, vectorFor } from '../gpu';

/** WGSL: `mean` and `scale` of the row that begins at `at`. Two passes, as the variance of large values needs. */
const statistics = (vector: Vector): string => `
  var total = ${floats(vector)}(0.0);
  for (var c = 0; c < pieces; c += 1) { total += x[at + c]; }
  let mean = ${sumOf('total', vector)} / f32(width);
  var squares = ${floats(vector)}(0.0);
  for (var c = 0; c < pieces; c += 1) { let off = x[at + c] - mean; squares += off * off; }
  let scale = 1.0 / sqrt(${sumOf('squares', vector)} / f32(width) + epsilon);`;

export function layerNormRows(
  gpu: Gpu,
  { x, weight, bias }: Readonly<Record<'x' | 'weight' | 'bias', tf.TensorInfo>>,
  epsilon: number,
): tf.TensorInfo {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  return gpu.run({
    name: 'layerNorm',
    constants: { width, pieces: width / vector, epsilon },
    inputs: { x, weight, bias },
    vectors: { x: vector, weight: vector, bias: vector },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows,
    workgroup: ROWS_WORKGROUP,
    code: () => `
      let at = index * pieces;
      ${statistics(vector)}
      for (var c = 0; c < pieces; c += 1) { result[at + c] = (x[at + c] - mean) * scale * weight[c] + bias[c]; }`,
  });
}

registerGpuKernel<'x' | 'weight' | 'bias'>('AlloLayerNorm', (inputs, gpu, { epsilon }) =>
  layerNormRows(gpu, inputs, epsilon as number),
);

/** `skip` [N, C], if there is one, is added to dx. */
export function layerNormGradient(
  gpu: Gpu,
  { x, weight, dy, skip }: { x: tf.TensorInfo; weight: tf.TensorInfo; dy: tf.TensorInfo; skip?: tf.TensorInfo },
  epsilon: number,
): tf.TensorInfo[] {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  const [dx, rowValues] = gpu.runMany({
    name: 'layerNormDx',
    constants: { width, pieces: width / vector, epsilon },
    inputs: { x, weight, dy, ...(skip ? { skip } : {}) },
    vectors: { x: vector, weight: vector, dy: vector, skip: vector },
    outputs: { dx: { shape: x.shape, vector }, rowValues: { shape: [rows, 2], vector: 2 } },
    threads: rows,
    workgroup: ROWS_WORKGROUP,
    code: () => `
      let at = index * pieces;
      ${statistics(vector)}
      var sum = ${floats(vector)}(0.0);
      var product = ${floats(vector)}(0.0);
      for (var c = 0; c < pieces; c += 1) {
        let g = dy[at + c] * weight[c];
        sum += g;
        product += g * (x[at + c] - mean) * scale;
      }
      let meanGradient = ${sumOf('sum', vector)} / f32(width);
      let pull = ${sumOf('product', vector)} / f32(width);
      for (var c = 0; c < pieces; c += 1) {
        let normal = (x[at + c] - mean) * scale;
        dx[at + c] = scale * (dy[at + c] * weight[c] - meanGradient - normal * pull)${skip ? ' + skip[at + c]' : ''};
      }
      rowValues[index] = vec2<f32>(mean, scale);`,
  });
  const [dweight, dbias] = columnSums(gpu, 'layerNormDweight', { x, dy, rowValues: rowValues! }, rows, width, [
    'dy[at] * (x[at] - rowValues[2 * n]) * rowValues[2 * n + 1]',
    'dy[at]',
  ]);
  gpu.free(rowValues!);
  return [dx!, dweight!, dbias!];
}

registerGpuKernel<'x' | 'weight' | 'dy'>('AlloLayerNormGrad', (inputs, gpu, { epsilon }) =>
  layerNormGradient(gpu, inputs, epsilon as number),
);
