// AdamW in WGSL, dense and masked: one program writes the parameter and its moments. Masked, the parameter is copied and the
// selected entries then change in the copy.
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

/** WGSL: new moments m and v of one or two entries from `old` and the gradient `g`, and `after` from the entry `p`. */
const update = (torch: boolean, vector: Vector): string => `
  let still = scale[0] == 0.0;
  let m = uniforms.beta1 * old.${vector === 2 ? 'xz' : 'x'} + uniforms.rest1 * g;
  let v = uniforms.beta2 * old.${vector === 2 ? 'yw' : 'y'} + uniforms.rest2 * g * g;
  nextMoments[index] = select(${vector === 2 ? 'vec4<f32>(m.x, v.x, m.y, v.y)' : 'vec2<f32>(m, v)'}, old, still);
  let change = uniforms.rate * m / (sqrt(v) * uniforms.root + uniforms.epsilon);
  let after = select(${torch ? 'p * uniforms.decay - change' : '(p - change) * uniforms.decay'}, p, still);`;

type Inputs = Readonly<Record<'parameter' | 'gradient' | 'moments' | 'scale', tf.TensorInfo>>;

registerGpuKernel('AlloAdamw', (inputs: Inputs, gpu: Gpu, attributes: Attributes) => {
  const { parameter, gradient, moments, scale } = inputs;
  const step = attributes as unknown as AdamwStep;
  const vector: Vector = sizeOf(parameter) % 2 === 0 ? 2 : 1;
  const pair: Vector = vector === 2 ? 4 : 2;
  return gpu.runMany({
    name: 'adamw',
    constants: { torch: step.torch },
    inputs: { parameter, gradient, moments, scale },
    vectors: { parameter: vector, gradient: vector, moments: pair },
    floats: factorsOf(step),
    outputs: { next: { shape: parameter.shape, vector }, nextMoments: { shape: moments.shape, vector: pair } },
    threads: sizeOf(parameter) / vector,
    code: () => `
      let old = moments[index];
      let g = gradient[index] * scale[0];
      let p = parameter[index];
      ${update(step.torch, vector)}
      next[index] = after;`,
  });
});

registerGpuKernel('AlloAdamwMasked', (inputs: Inputs & { index: tf.TensorInfo }, gpu: Gpu, attributes: Attributes) => {
  const { parameter, gradient, moments, index: selected, scale } = inputs;
  const step = attributes as unknown as AdamwStep;
  const copy = gpu.make(parameter.shape);
  gpu.copy(parameter, 0, copy, 0, sizeOf(parameter));
  return gpu.runMany({
    name: 'adamwMasked',
    constants: { torch: step.torch },
    inputs: { gradient, moments, selected, scale },
    vectors: { moments: 2 },
    floats: factorsOf(step),
    outputs: { next: { shape: parameter.shape, into: copy }, nextMoments: { shape: moments.shape, vector: 2 } },
    threads: sizeOf(selected),
    code: () => `
      let old = moments[index];
      let entry = selected[index];
      let g = gradient[entry] * scale[0];
      let p = next[entry];
      ${update(step.torch, 1)}
      next[entry] = after;`,
  });
});
