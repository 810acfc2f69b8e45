// Taking rows in WGSL.
import { floats, registerGpuKernel, vectorFor } from '../gpu';

registerGpuKernel<'x' | 'rows'>('AlloTakeRows', ({ x, rows }, gpu) => {
  const [count, width] = x.shape as [number, number];
  const taken = rows.shape[0]!;
  const vector = vectorFor(width);
  const pieces = width / vector;
  return gpu.run({
    name: 'takeRows',
    constants: { pieces },
    integers: { count },
    inputs: { x, rows },
    vectors: { x: vector },
    outputShape: [taken, width],
    outputVector: vector,
    threads: taken * pieces,
    code: () => `
      let row = rows[index / pieces];
      if (row < 0 || row >= uniforms.count) { result[index] = ${floats(vector)}(0.0); return; }
      result[index] = x[row * pieces + index % pieces];`,
  });
});
