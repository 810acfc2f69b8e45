// Norm and skip connection on webgpu: the norms' own programs, told to add the skip's gradient.
import type { tf } from '../../tf';
import { registerGpuKernel } from '../gpu';
import { layerNormGradient, layerNormRows } from '../layerNorm/webgpu';
import { rmsNormGradient, rmsNormRows } from '../rmsNorm/webgpu';

type Grad = Readonly<Record<'x' | 'weight' | 'dy' | 'skip', tf.TensorInfo>>;

registerGpuKernel<'x' | 'weight' | 'bias'>('AlloSkipLayerNorm', (inputs, gpu, { epsilon }) => [
  layerNormRows(gpu, inputs, epsilon as number),
  gpu.share(inputs.x),
]);
registerGpuKernel('AlloSkipLayerNormGrad', (inputs: Grad, gpu, { epsilon }) =>
  layerNormGradient(gpu, inputs, epsilon as number),
);

registerGpuKernel<'x' | 'weight'>('AlloSkipRmsNorm', (inputs, gpu, { epsilon }) => [
  rmsNormRows(gpu, inputs, epsilon as number),
  gpu.share(inputs.x),
]);
registerGpuKernel('AlloSkipRmsNormGrad', (inputs: Grad, gpu, { epsilon }) =>
  rmsNormGradient(gpu, inputs, epsilon as number),
);
