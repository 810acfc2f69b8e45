// Packing and unpacking on webgpu: buffer copies, recorded between the programs.
import type { tf } from '../../tf';
import { type Gpu, registerGpuKernel, sizeOf } from '../gpu';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

export function packed(gpu: Gpu, tensors: readonly tf.TensorInfo[]): tf.TensorInfo {
  const flat = gpu.make([tensors.reduce((sum, x) => sum + sizeOf(x), 0)]);
  let at = 0;
  for (const x of tensors) {
    gpu.copy(x, 0, flat, at, sizeOf(x));
    at += sizeOf(x);
  }
  return flat;
}

registerGpuKernel('AlloPack', (inputs: Infos, gpu) => packed(gpu, Object.values(inputs)));

registerGpuKernel('AlloUnpack', ({ flat, ...like }: Infos, gpu) => {
  let at = 0;
  return Object.values(like).map((x) => {
    const y = gpu.make(x.shape);
    gpu.copy(flat!, at, y, 0, sizeOf(x));
    at += sizeOf(x);
    return y;
  });
});
