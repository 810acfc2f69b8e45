// AdamW in WGSL, dense and masked: one program changes the parameter and its moments in place.
import type { tf } from '../../tf';
import { type Gpu, registerGpuKernel, sizeOf, type Vector } from '../gpu';
import type { Attributes } from '../host';
import type { AdamwStep } from './op';

/** The formula's numbers: p·decay − rate·m/(√v·root + ε), or (p − rate·m/(√v·root + ε))·decay. */
function factorsOf(step: AdamwStep): Record<string, number> {
  const { learningRate, beta1, beta2, epsilon, weightDecay, correction1, correction2, torch } = step;
  const rootCorrection = Math.sqrt(correction2);
  return {
    beta1,
    rest1: 1 - beta1,
    beta2,
    rest2: 1 - beta2,
    rate: torch ? learningRate / correction1 : (learningRate * rootCorrection) / correction1,
    root: torch ? 1 / rootCorrection : 1,
    decay: 1 - learningRate * weightDecay,
    epsilon,
  };
}

/** WGSL: moments and entry `p` after the step, from the gradient `g`; what they were where the gradient is not sound. */
const update = (torch: boolean, vector: Vector): string => `
  if (scale[0] == 0.0) { return; }
  let old = moments[index];
  let m = uniforms.beta1 * old.${vector === 2 ? 'xz' : 'x'} + uniforms.rest1 * g;
  let v = uniforms.beta2 * old.${vector === 2 ? 'yw' : 'y'} + uniforms.rest2 * g * g;
  moments[index] = ${vector === 2 ? 'vec4<f32>(m.x, v.x, m.y, v.y)' : 'vec2<f32>(m, v)'};
  let change = uniforms.rate * m / (sqrt(v) * uniforms.root + uniforms.epsilon);
  let after = ${torch ? 'p * uniforms.decay - change' : '(p - change) * uniforms.decay'};`;

type Inputs = Readonly<Record<'parameter' | 'gradient' | 'moments' | 'scale', tf.TensorInfo>>;

registerGpuKernel('AlloAdamw', (inputs: Inputs, gpu: Gpu, attributes: Attributes) => {
  const { parameter, gradient, moments, scale } = inputs;
  const step = attributes as unknown as AdamwStep;
  const vector: Vector = sizeOf(parameter) % 2 === 0 ? 2 : 1;
  gpu.runMany({
    name: 'adamw',
    constants: { torch: step.torch },
    inputs: { gradient, scale },
    vectors: { gradient: vector },
    floats: factorsOf(step),
    outputs: {
      parameter: { shape: parameter.shape, vector, into: parameter },
      moments: { shape: moments.shape, vector: vector === 2 ? 4 : 2, into: moments },
    },
    threads: sizeOf(parameter) / vector,
    code: () => `
      let g = gradient[index] * scale[0];
      let p = parameter[index];
      ${update(step.torch, vector)}
      parameter[index] = after;`,
  });
  return [];
});

registerGpuKernel('AlloAdamwMasked', (inputs: Inputs & { index: tf.TensorInfo }, gpu: Gpu, attributes: Attributes) => {
  const { parameter, gradient, moments, index: selected, scale } = inputs;
  const step = attributes as unknown as AdamwStep;
  gpu.runMany({
    name: 'adamwMasked',
    constants: { torch: step.torch },
    inputs: { gradient, selected, scale },
    floats: factorsOf(step),
    outputs: {
      parameter: { shape: parameter.shape, into: parameter },
      moments: { shape: moments.shape, vector: 2, into: moments },
    },
    threads: sizeOf(selected),
    code: () => `
      let entry = selected[index];
      let g = gradient[entry] * scale[0];
      let p = parameter[entry];
      ${update(step.torch, 1)}
      parameter[entry] = after;`,
  });
  return [];
});
