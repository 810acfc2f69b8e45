// RMSNorm in WGSL: one thread a row; the gradient keeps its scale for the weight's own.
import type { tf } from '../../tf';
import { columnSums, floats, type Gpu, ROWS_WORKGROUP, registerGpuKernel, sumOf, vectorFor } from '../gpu';

export function rmsNormRows(
  gpu: Gpu,
  { x, weight }: Readonly<Record<'x' | 'weight', tf.TensorInfo>>,
  epsilon: number,
): tf.TensorInfo {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  return gpu.run({
    name: 'rmsNorm',
    constants: { width, pieces: width / vector, epsilon },
    inputs: { x, weight },
    vectors: { x: vector, weight: vector },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows,
    workgroup: ROWS_WORKGROUP,
    code: () => `
      let at = index * pieces;
      var squares = ${floats(vector)}(0.0);
      for (var c = 0; c < pieces; c += 1) { squares += x[at + c] * x[at + c]; }
      let scale = 1.0 / sqrt(${sumOf('squares', vector)} / f32(width) + epsilon);
      for (var c = 0; c < pieces; c += 1) { result[at + c] = x[at + c] * scale * weight[c]; }`,
  });
}

registerGpuKernel<'x' | 'weight'>('AlloRmsNorm', (inputs, gpu, { epsilon }) =>
  rmsNormRows(gpu, inputs, epsilon as number),
);

/** `skip` [N, C], if there is one, is added to dx. */
export function rmsNormGradient(
  gpu: Gpu,
  { x, weight, dy, skip }: { x: tf.TensorInfo; weight: tf.TensorInfo; dy: tf.TensorInfo; skip?: tf.TensorInfo },
  epsilon: number,
): tf.TensorInfo[] {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  const zero = `${floats(vector)}(0.0)`;
  const [dx, scales] = gpu.runMany({
    name: 'rmsNormDx',
    constants: { width, pieces: width / vector, epsilon },
    inputs: { x, weight, dy, ...(skip ? { skip } : {}) },
    vectors: { x: vector, weight: vector, dy: vector, skip: vector },
    outputs: { dx: { shape: x.shape, vector }, scales: { shape: [rows] } },
    threads: rows,
    workgroup: ROWS_WORKGROUP,
    code: () => `
      let at = index * pieces;
      var squares = ${zero};
      var product = ${zero};
      for (var c = 0; c < pieces; c += 1) {
        let value = x[at + c];
        squares += value * value;
        product += dy[at + c] * weight[c] * value;
      }
      let scale = 1.0 / sqrt(${sumOf('squares', vector)} / f32(width) + epsilon);
      let pull = ${sumOf('product', vector)} * scale * scale * scale / f32(width);
      for (var c = 0; c < pieces; c += 1) {
        dx[at + c] = dy[at + c] * weight[c] * scale - x[at + c] * pull${skip ? ' + skip[at + c]' : ''};
      }
      scales[index] = scale;`,
  });
  const terms = { x, dy, scales: scales! };
  const [dweight] = columnSums(gpu, 'rmsNormDweight', terms, rows, width, ['dy[at] * x[at] * scales[n]']);
  gpu.free(scales!);
  return [dx!, dweight!];
}

registerGpuKernel<'x' | 'weight' | 'dy'>('AlloRmsNormGrad', (inputs, gpu, { epsilon }) =>
  rmsNormGradient(gpu, inputs, epsilon as number),
);
