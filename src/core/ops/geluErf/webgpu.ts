// GELU (exact form) and its gradient in WGSL, element by element.
import { elementwise, registerGpuKernel } from '../gpu';

/**
 * WGSL: `share`, the normal distribution's share below `value`, and `bell` = e^(−value²/2). Abramowitz and Stegun 7.1.26, at most 1.5e-7 off: no more
 * than float32 rounds. WGSL may assume that nothing underflows: beyond e^−80 nothing is left of either.
 */
const normalShare = (type: string): string => `
  let bell = exp(max(-0.5 * value * value, ${type}(-80.0)));
  let t = 1.0 / (1.0 + 0.23164189 * abs(value));
  let tail = 0.5 * bell * t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let share = select(tail, 1.0 - tail, value >= ${type}(0.0));`;

registerGpuKernel<'x'>('AlloGeluErf', ({ x }, gpu) =>
  elementwise(
    gpu,
    'geluErf',
    { x },
    (type) => `let value = x[index]; ${normalShare(type)} result[index] = value * share;`,
  ),
);

registerGpuKernel<'x' | 'dy'>('AlloGeluErfGrad', ({ x, dy }, gpu) =>
  elementwise(
    gpu,
    'geluErfGrad',
    { x, dy },
    (type) => `let value = x[index];
      ${normalShare(type)}
      result[index] = dy[index] * (share + value * 0.3989422804014327 * bell);`,
  ),
);
