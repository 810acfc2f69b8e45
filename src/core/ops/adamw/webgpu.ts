// AdamW in WGSL, dense and masked. A program writes one tensor, so the moments come first and the parameter is made from
// them; masked, the parameter is copied and the selected entries are then written into the copy.
import type { tf } from '../../tf';
import { elementwise, floats, type Gpu, registerGpuKernel, sizeOf, type Vector } from '../gpu';
import type { Attributes } from '../host';
import type { AdamwStep } from './op';

/** The formula's numbers, once for both forms: p·decay − rate·m/(√v·root + ε), or (p − rate·m/(√v·root + ε))·decay. */
function factorsOf(step: AdamwStep): Record<string, number> {
  const { learningRate, epsilon, weightDecay, correction1, correction2, torch } = step;
  const rootCorrection = Math.sqrt(correction2);
  return {
    rate: torch ? learningRate / correction1 : (learningRate * rootCorrection) / correction1,
    root: torch ? 1 / rootCorrection : 1,
    decay: 1 - learningRate * weightDecay,
    epsilon,
  };
}

/** WGSL: the moments of one or two entries from `old` and the gradient `g`. */
const momentsCode = (vector: Vector): string =>
  vector === 2
    ? `let m = uniforms.beta1 * old.xz + uniforms.rest1 * g;
       let v = uniforms.beta2 * old.yw + uniforms.rest2 * g * g;
       result[index] = vec4<f32>(m.x, v.x, m.y, v.y);`
    : `result[index] = vec2<f32>(uniforms.beta1 * old.x + uniforms.rest1 * g, uniforms.beta2 * old.y + uniforms.rest2 * g * g);`;

/** WGSL: `next` from the entry `p` and its moments m and v. */
const parameterCode = (torch: boolean): string => `
  let change = uniforms.rate * m / (sqrt(v) * uniforms.root + uniforms.epsilon);
  let next = ${torch ? 'p * uniforms.decay - change' : '(p - change) * uniforms.decay'};`;

const decayRates = ({ beta1, beta2 }: AdamwStep): Record<string, number> => ({
  beta1,
  rest1: 1 - beta1,
  beta2,
  rest2: 1 - beta2,
});

type Inputs = Readonly<Record<'parameter' | 'gradient' | 'moments' | 'scale', tf.TensorInfo>>;

registerGpuKernel('AlloAdamw', (inputs: Inputs, gpu: Gpu, attributes: Attributes) => {
  const { parameter, gradient, moments, scale } = inputs;
  const step = attributes as unknown as AdamwStep;
  const vector: Vector = sizeOf(parameter) % 2 === 0 ? 2 : 1;
  const threads = sizeOf(parameter) / vector;
  const packed: Vector = vector === 2 ? 4 : 2;
  const nextMoments = gpu.run({
    name: 'adamwMoments',
    inputs: { gradient, moments, scale },
    vectors: { gradient: vector, moments: packed },
    uniforms: decayRates(step),
    outputShape: moments.shape,
    outputVector: packed,
    threads,
    code: () => `
      let old = moments[index];
      let g = gradient[index] * scale[0];
      ${momentsCode(vector)}`,
  });
  const next = gpu.run({
    name: 'adamwParameter',
    constants: { torch: step.torch },
    inputs: { parameter, nextMoments },
    vectors: { parameter: vector, nextMoments: packed },
    uniforms: factorsOf(step),
    outputShape: parameter.shape,
    outputVector: vector,
    threads,
    code: () => `
      let packed = nextMoments[index];
      let m : ${floats(vector)} = packed.${vector === 2 ? 'xz' : 'x'};
      let v : ${floats(vector)} = packed.${vector === 2 ? 'yw' : 'y'};
      let p = parameter[index];
      ${parameterCode(step.torch)}
      result[index] = next;`,
  });
  return [next, nextMoments];
});

registerGpuKernel('AlloAdamwMasked', (inputs: Inputs & { index: tf.TensorInfo }, gpu: Gpu, attributes: Attributes) => {
  const { parameter, gradient, moments, index: selected, scale } = inputs;
  const step = attributes as unknown as AdamwStep;
  const threads = sizeOf(selected);
  const nextMoments = gpu.run({
    name: 'adamwMaskedMoments',
    inputs: { gradient, moments, selected, scale },
    vectors: { moments: 2 },
    uniforms: decayRates(step),
    outputShape: moments.shape,
    outputVector: 2,
    threads,
    code: () => `
      let old = moments[index];
      let g = gradient[selected[index]] * scale[0];
      ${momentsCode(1)}`,
  });
  const copy = elementwise(gpu, 'copy', { parameter }, () => 'result[index] = parameter[index];');
  const next = gpu.run({
    name: 'adamwMaskedParameter',
    constants: { torch: step.torch },
    inputs: { parameter, nextMoments, selected },
    vectors: { nextMoments: 2 },
    uniforms: factorsOf(step),
    outputShape: parameter.shape,
    output: copy,
    threads,
    code: () => `
      let m = nextMoments[index].x;
      let v = nextMoments[index].y;
      let p = parameter[selected[index]];
      ${parameterCode(step.torch)}
      result[selected[index]] = next;`,
  });
  return [next, nextMoments];
});
