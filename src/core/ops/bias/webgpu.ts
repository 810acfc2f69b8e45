// Bias and its gradient (column sums) in WGSL.
import { columnSums, registerGpuKernel, vectorFor } from '../gpu';

registerGpuKernel<'x' | 'bias'>('AlloAddBias', ({ x, bias }, gpu) => {
  const [rows, width] = x.shape as [number, number];
  const vector = vectorFor(width);
  const pieces = width / vector;
  return gpu.run({
    name: 'addBias',
    constants: { pieces },
    inputs: { x, bias },
    vectors: { x: vector, bias: vector },
    outputShape: x.shape,
    outputVector: vector,
    threads: rows * pieces,
    code: () => 'result[index] = x[index] + bias[index % pieces];',
  });
});

registerGpuKernel<'x'>('AlloColumnSum', ({ x }, gpu) =>
  columnSums(gpu, 'columnSum', { x }, x.shape[0]!, x.shape[1]!, ['x[at]']),
);
