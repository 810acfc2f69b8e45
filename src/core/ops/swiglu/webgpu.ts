// SwiGLU and its gradient in WGSL, element by element.
import { elementwise, floats, registerGpuKernel, sizeOf, vectorFor } from '../gpu';

/** WGSL: s = the sigmoid of `value`. WGSL may assume that nothing overflows: e^±80 is far inside float32, and beyond it the sigmoid is 0 or 1 anyway. */
export const sigmoid = (type: string): string => `
  let s = 1.0 / (1.0 + exp(-clamp(value, ${type}(-80.0), ${type}(80.0))));`;

registerGpuKernel<'gate' | 'up'>('AlloSwiglu', ({ gate, up }, gpu) =>
  elementwise(
    gpu,
    'swiglu',
    { gate, up },
    (type) => `let value = gate[index]; ${sigmoid(type)} result[index] = value * s * up[index];`,
  ),
);

registerGpuKernel<'gate' | 'up' | 'dy'>('AlloSwigluGrad', ({ gate, up, dy }, gpu) => {
  const vector = vectorFor(sizeOf(gate));
  return gpu.runMany({
    name: 'swigluGrad',
    inputs: { gate, up, dy },
    vectors: { gate: vector, up: vector, dy: vector },
    outputs: { dgate: { shape: gate.shape, vector }, dup: { shape: gate.shape, vector } },
    threads: sizeOf(gate) / vector,
    code: () => `
      let value = gate[index];
      ${sigmoid(floats(vector))}
      dgate[index] = dy[index] * up[index] * s * (1.0 + value * (1.0 - s));
      dup[index] = dy[index] * value * s;`,
  });
});
