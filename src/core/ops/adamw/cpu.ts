// AdamW as loops, dense and masked: cpu and wasm.
import { type Attributes, type HostArray, registerHostKernel, type Shape, sizeOf } from '../host';
import type { SimdHeap } from '../simd/heap';
import type { AdamwStep } from './op';

interface Arrays {
  parameter: HostArray;
  gradient: HostArray;
  moments: HostArray;
  scale: HostArray;
}

function update(
  arrays: Arrays,
  index: HostArray | null,
  next: Float32Array,
  nextMoments: Float32Array,
  attributes: Attributes,
): void {
  const step = attributes as unknown as AdamwStep;
  const { learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2 } = step;
  const { parameter, gradient, moments } = arrays;
  const scale = arrays.scale[0]!;
  const rootCorrection = Math.sqrt(correction2);
  const count = index ? index.length : parameter.length;
  next.set(parameter);
  if (scale === 0) {
    nextMoments.set(moments);
    return;
  }
  for (let k = 0; k < count; k++) {
    const i = index ? index[k]! : k;
    const g = gradient[i]! * scale;
    const m = beta1 * moments[2 * k]! + (1 - beta1) * g;
    const v = beta2 * moments[2 * k + 1]! + (1 - beta2) * g * g;
    nextMoments[2 * k] = m;
    nextMoments[2 * k + 1] = v;
    if (step.torch) {
      next[i] =
        parameter[i]! * (1 - learningRate * weightDecay) -
        ((learningRate / correction1) * m) / (Math.sqrt(v) / rootCorrection + epsilon);
    } else {
      const moved = parameter[i]! - (((learningRate * rootCorrection) / correction1) * m) / (Math.sqrt(v) + epsilon);
      next[i] = moved - learningRate * weightDecay * moved;
    }
  }
}

/** Of a step that is not sound: everything stays. True where that was done. */
function standStill(heap: SimdHeap, at: readonly number[], shapes: Readonly<Record<string, Shape>>): boolean {
  const [parameter, moments, next, nextMoments, scale] = at as [number, number, number, number, number];
  // The bits of 0 are those of the integer 0.
  if (heap.ints(scale, 1)[0] !== 0) return false;
  const [size, momentsSize] = [sizeOf(shapes.parameter!), sizeOf(shapes.moments!)];
  heap.ints(next, size).set(heap.ints(parameter, size));
  heap.ints(nextMoments, momentsSize).set(heap.ints(moments, momentsSize));
  return true;
}

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
  outputs: ({ parameter, moments }) => [parameter!, moments!],
  run(inputs, [next, nextMoments], attributes) {
    update(inputs as unknown as Arrays, null, next!, nextMoments!, attributes);
  },
  simd(heap, { parameter, gradient, moments, scale }, [next, nextMoments], attributes, shapes) {
    if (standStill(heap, [parameter!, moments!, next!, nextMoments!, scale!], shapes)) return;
    const tensors = [parameter!, gradient!, moments!, next!, nextMoments!, scale!];
    heap.run('adamw', [...tensors, ...simdStep(attributes)], sizeOf(shapes.parameter!), { nanoseconds: 1 });
  },
});

registerHostKernel({
  name: 'AlloAdamwMasked',
  outputs: ({ parameter, moments }) => [parameter!, moments!],
  run(inputs, [next, nextMoments], attributes) {
    update(inputs as unknown as Arrays, inputs.index!, next!, nextMoments!, attributes);
  },
  simd(heap, { parameter, gradient, moments, index, scale }, [next, nextMoments], attributes, shapes) {
    if (standStill(heap, [parameter!, moments!, next!, nextMoments!, scale!], shapes)) return;
    const size = sizeOf(shapes.parameter!);
    heap.ints(next!, size).set(heap.ints(parameter!, size));
    const tensors = [parameter!, gradient!, moments!, index!, next!, nextMoments!, scale!];
    heap.run('adamwMasked', [...tensors, ...simdStep(attributes)], shapes.index![0]!, { nanoseconds: 5 });
  },
});
