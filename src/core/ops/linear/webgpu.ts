// The plain matrix product on webgpu.
import { registerGpuKernel } from '../gpu';
import { multiply } from './multiply';

registerGpuKernel<'a' | 'b'>('AlloMatMul', ({ a, b }, gpu, attributes) => {
  const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
  return multiply(gpu, { transposeA, transposeB, sums: [[{ a, b }]] });
});
