// LayerNorm in WGSL: one thread a row; the gradient keeps four numbers a row, from which the rest is element by element.
import { columnSums, floats, registerGpuKernel, sumOf, type Vector, vectorFor } from '../gpu';

/** WGSL: `mean` and `scale` of the row that begins at `at`. Two passes, as the variance of large values needs. */
const statistics = (vector: Vector): string => `
  var total = ${floats(vector)}(0.0);
  for (var c = 0; c < pieces; c += 1) { total += x[at + c]; }
  let mean = ${sumOf('total', vector)} / f32(width);
  var squares = ${floats(vector)}(0.0);
  for (var c = 0; c < pieces; c += 1) { let off = x[at + c] - mean; squares += off * off; }
  let scale = 1.0 / sqrt(${sumOf('squares', vector)} / f32(width) + epsilon);`;

registerGpuKernel<'x' | 'weight' | 'bias'>('AlloLayerNorm', ({ x, weight, bias }, gpu, attributes) => {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  return gpu.run({
    name: 'layerNorm',
    constants: { width, pieces: width / vector, epsilon: attributes.epsilon! },
    inputs: { x, weight, bias },
    vectors: { x: vector, weight: vector, bias: vector },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows,
    code: () => `
      let at = index * pieces;
      ${statistics(vector)}
      for (var c = 0; c < pieces; c += 1) { result[at + c] = (x[at + c] - mean) * scale * weight[c] + bias[c]; }`,
  });
});

registerGpuKernel<'x' | 'weight' | 'dy'>('AlloLayerNormGrad', ({ x, weight, dy }, gpu, attributes) => {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  const pieces = width / vector;
  const rowValues = gpu.run({
    name: 'layerNormRows',
    constants: { width, pieces, epsilon: attributes.epsilon! },
    inputs: { x, weight, dy },
    vectors: { x: vector, weight: vector, dy: vector },
    outputShape: [rows, 4],
    outputVector: 4,
    threads: rows,
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
      result[index] = vec4<f32>(mean, scale, ${sumOf('sum', vector)} / f32(width), ${sumOf('product', vector)} / f32(width));`,
  });
  const dx = gpu.run({
    name: 'layerNormDx',
    constants: { pieces },
    inputs: { x, weight, dy, rowValues },
    vectors: { x: vector, weight: vector, dy: vector, rowValues: 4 },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows * pieces,
    code: () => `
      let row = rowValues[index / pieces];
      let normal = (x[index] - row.x) * row.y;
      result[index] = row.y * (dy[index] * weight[index % pieces] - row.z - normal * row.w);`,
  });
  const term = 'dy[at] * (x[at] - rowValues[4 * n]) * rowValues[4 * n + 1]';
  const dweight = columnSums(gpu, 'layerNormDweight', { x, dy, rowValues }, rows, width, term);
  const dbias = columnSums(gpu, 'columnSum', { x: dy }, rows, width, 'x[at]');
  gpu.free(rowValues);
  return [dx, dweight, dbias];
});
