// AdamW as loops, dense and masked: cpu and wasm.
import { type Attributes, type HostArray, registerHostKernel, sizeOf } from '../host';
import type { SimdHeap } from '../simd/heap';
import type { AdamwStep } from './op';

interface Arrays {
  parameter: HostArray;
  gradient: HostArray;
  moments: HostArray;
  scale: HostArray;
}

function update(arrays: Arrays, index: HostArray | null, attributes: Attributes): void {
  const step = attributes as unknown as AdamwStep;
  const { learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2 } = step;
  const { parameter, gradient, moments } = arrays;
  const scale = arrays.scale[0]!;
  if (scale === 0) return;
  const rootCorrection = Math.sqrt(correction2);
  const count = index ? index.length : parameter.length;
  for (let k = 0; k < count; k++) {
    const i = index ? index[k]! : k;
    const p = parameter[i]!;
    const g = gradient[i]! * scale;
    const m = beta1 * moments[2 * k]! + (1 - beta1) * g;
    const v = beta2 * moments[2 * k + 1]! + (1 - beta2) * g * g;
    moments[2 * k] = m;
    moments[2 * k + 1] = v;
    if (step.torch) {
      parameter[i] =
        p * (1 - learningRate * weightDecay) -
        ((learningRate / correction1) * m) / (Math.sqrt(v) / rootCorrection + epsilon);
    } else {
      const moved = p - (((learningRate * rootCorrection) / correction1) * m) / (Math.sqrt(v) + epsilon);
      parameter[i] = moved - learningRate * weightDecay * moved;
    }
  }
}

/** Are the gradients not sound? The bits of 0 are those of the integer 0. */
const isUnsound = (heap: SimdHeap, scale: number): boolean => heap.ints(scale, 1)[0] === 0;

/** The numbers that the SIMD module takes: how far the moment term moves a weight, in either form. */
function simdStep(attributes: Attributes): number[] {
  const step = attributes as unknown as AdamwStep;
  const rootCorrection = Math.sqrt(step.correction2);
  const rate = step.learningRate / step.correction1;
  const { beta1, beta2 } = step;
  const moment = step.torch ? [rate, 1 / rootCorrection] : [rate * rootCorrection, 1];
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2];
  return [...betas, ...moment, step.epsilon, step.learningRate * step.weightDecay, step.torch ? 1 : 0];
}

registerHostKernel({
  name: 'AlloAdamw',
  outputs: () => [],
  run(inputs, _, attributes) {
    update(inputs as unknown as Arrays, null, attributes);
  },
  simd(heap, { parameter, gradient, moments, scale }, _, attributes, shapes) {
    if (isUnsound(heap, scale!)) return;
    const tensors = [parameter!, gradient!, moments!, scale!];
    heap.run('adamw', [...tensors, ...simdStep(attributes)], sizeOf(shapes.parameter!), { nanoseconds: 1 });
  },
});

registerHostKernel({
  name: 'AlloAdamwMasked',
  outputs: () => [],
  run(inputs, _, attributes) {
    update(inputs as unknown as Arrays, inputs.index!, attributes);
  },
  simd(heap, { parameter, gradient, moments, index, scale }, _, attributes, shapes) {
    if (isUnsound(heap, scale!)) return;
    const tensors = [parameter!, gradient!, moments!, index!, scale!];
    heap.run('adamwMasked', [...tensors, ...simdStep(attributes)], shapes.index![0]!, { nanoseconds: 5 });
  },
});
