// GELU (tanh form) and its gradient in WGSL, element by element.
import { elementwise, registerGpuKernel } from '../gpu';

/** WGSL: t = tanh of the formula's inner part of `value`, and `slope`, the inner part's. Some devices' tanh is NaN for large arguments; at ±10 it is ±1 in float32. */
export const geluTanh = (type: string): string => `
  let slope = 0.7978845608028654 * (1.0 + 0.134145 * value * value);
  let inner = 0.7978845608028654 * (value + 0.044715 * value * value * value);
  let t = tanh(clamp(inner, ${type}(-10.0), ${type}(10.0)));`;

registerGpuKernel<'x'>('AlloGelu', ({ x }, gpu) =>
  elementwise(
    gpu,
    'gelu',
    { x },
    (type) => `let value = x[index]; ${geluTanh(type)} result[index] = 0.5 * value * (1.0 + t);`,
  ),
);

registerGpuKernel<'x' | 'dy'>('AlloGeluGrad', ({ x, dy }, gpu) =>
  elementwise(
    gpu,
    'geluGrad',
    { x, dy },
    (type) => `let value = x[index];
      ${geluTanh(type)}
      result[index] = dy[index] * (0.5 * (1.0 + t) + 0.5 * value * (1.0 - t * t) * slope);`,
  ),
);
