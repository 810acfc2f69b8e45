// RMSNorm in WGSL: one thread a row; the gradient keeps two numbers a row, from which the rest is element by element.
import { columnSums, floats, registerGpuKernel, sumOf, vectorFor } from '../gpu';

registerGpuKernel<'x' | 'weight'>('AlloRmsNorm', ({ x, weight }, gpu, attributes) => {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  return gpu.run({
    name: 'rmsNorm',
    constants: { width, pieces: width / vector, epsilon: attributes.epsilon! },
    inputs: { x, weight },
    vectors: { x: vector, weight: vector },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows,
    code: () => `
      let at = index * pieces;
      var squares = ${floats(vector)}(0.0);
      for (var c = 0; c < pieces; c += 1) { squares += x[at + c] * x[at + c]; }
      let scale = 1.0 / sqrt(${sumOf('squares', vector)} / f32(width) + epsilon);
      for (var c = 0; c < pieces; c += 1) { result[at + c] = x[at + c] * scale * weight[c]; }`,
  });
});

registerGpuKernel<'x' | 'weight' | 'dy'>('AlloRmsNormGrad', ({ x, weight, dy }, gpu, attributes) => {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  const pieces = width / vector;
  const zero = `${floats(vector)}(0.0)`;
  // Per row: the scale, and by how much of x the gradient is pulled back.
  const rowValues = gpu.run({
    name: 'rmsNormRows',
    constants: { width, pieces, epsilon: attributes.epsilon! },
    inputs: { x, weight, dy },
    vectors: { x: vector, weight: vector, dy: vector },
    outputShape: [rows, 2],
    outputVector: 2,
    threads: rows,
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
      result[index] = vec2<f32>(scale, ${sumOf('product', vector)} * scale * scale * scale / f32(width));`,
  });
  const dx = gpu.run({
    name: 'rmsNormDx',
    constants: { pieces },
    inputs: { x, weight, dy, rowValues },
    vectors: { x: vector, weight: vector, dy: vector, rowValues: 2 },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows * pieces,
    code: () => `
      let row = rowValues[index / pieces];
      result[index] = dy[index] * weight[index % pieces] * row.x - x[index] * row.y;`,
  });
  const terms = { x, dy, rowValues };
  const dweight = columnSums(gpu, 'rmsNormDweight', terms, rows, width, 'dy[at] * x[at] * rowValues[2 * n]');
  gpu.free(rowValues);
  return [dx, dweight];
});
