// SwiGLU and its gradient in WGSL, element by element.
import { elementwise, registerGpuKernel } from '../gpu';

/** WGSL may assume that nothing overflows: e^±80 is far inside float32, and beyond it the sigmoid is 0 or 1 anyway. */
const sigmoid = (type: string): string => `
  let value = gate[index];
  let s = 1.0 / (1.0 + exp(-clamp(value, ${type}(-80.0), ${type}(80.0))));`;

registerGpuKernel<'gate' | 'up'>('AlloSwiglu', ({ gate, up }, gpu) =>
  elementwise(gpu, 'swiglu', { gate, up }, (type) => `${sigmoid(type)} result[index] = value * s * up[index];`),
);

registerGpuKernel<'gate' | 'up' | 'dy'>('AlloSwigluGrad', ({ gate, up, dy }, gpu) => [
  elementwise(
    gpu,
    'swigluDgate',
    { gate, up, dy },
    (type) => `${sigmoid(type)} result[index] = dy[index] * up[index] * s * (1.0 + value * (1.0 - s));`,
  ),
  elementwise(gpu, 'swigluDup', { gate, dy }, (type) => `${sigmoid(type)} result[index] = dy[index] * value * s;`),
]);
