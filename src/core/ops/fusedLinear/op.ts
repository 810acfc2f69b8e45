// Linear layers with what stands around them: bias and residual, several weights over one input, and the activation in front
// of the feed-forward's second product, whose gradient is taken while that product's own is still in registers.
import { tf } from '../../tf';
import { GELU } from '../gelu/op';
import { assertShape, runKernel } from '../host';
import { matmul } from '../linear/op';
import { SWIGLU } from '../swiglu/op';
import './cpu';
import './webgpu';

export const LINEAR = 'AlloLinear';
export const LINEAR_GRAD = 'AlloLinearGrad';
export const LINEARS = 'AlloLinears';
export const LINEARS_GRAD_X = 'AlloLinearsGradX';
export const LINEARS_GRAD_WEIGHTS = 'AlloLinearsGradWeights';
export const GELU_LINEAR_GRAD = 'AlloGeluLinearGrad';
export const SWIGLU_LINEAR_GRAD = 'AlloSwigluLinearGrad';

export interface Around {
  /** [out] */
  bias?: tf.Tensor1D;
  /** [N, out], added to the result. */
  residual?: tf.Tensor2D;
}

const present = (around: Around): Record<string, tf.Tensor> => ({
  ...(around.bias ? { bias: around.bias } : {}),
  ...(around.residual ? { residual: around.residual } : {}),
});

function assertShapes(op: string, x: tf.Tensor2D, weight: tf.Tensor2D, around: Around, outFirst: boolean): void {
  const out = weight.shape[outFirst ? 0 : 1];
  assertShape(op, 'weight', weight.shape, outFirst ? [out, x.shape[1]] : [x.shape[1], out]);
  if (around.bias) assertShape(op, 'bias', around.bias.shape, [out]);
  if (around.residual) assertShape(op, 'residual', around.residual.shape, [x.shape[0], out]);
}

/** Gradients of weight and bias. */
const weightGradients = (x: tf.Tensor2D, dy: tf.Tensor2D, outFirst: boolean, hasBias: boolean): tf.Tensor[] =>
  hasBias
    ? (runKernel(LINEAR_GRAD, { x, dy }, { outFirst }) as tf.Tensor[])
    : [outFirst ? matmul(dy, x, true) : matmul(x, dy, true)];

/** x [N, in] · weight + bias + residual → [N, out]; `outFirst` says that the weight is [out, in]. */
export function linearWith(x: tf.Tensor2D, weight: tf.Tensor2D, around: Around, outFirst = true): tf.Tensor2D {
  assertShapes('linear', x, weight, around, outFirst);
  return runKernel(
    LINEAR,
    { x, weight, ...present(around) },
    { outFirst, hasBias: Boolean(around.bias) },
  ) as tf.Tensor2D;
}

tf.registerGradient({
  kernelName: LINEAR,
  inputsToSave: ['x', 'weight'],
  gradFunc: (dy, saved, attrs) => {
    const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
    const { outFirst, hasBias } = attrs as unknown as { outFirst: boolean; hasBias: boolean };
    const g = dy as tf.Tensor2D;
    const [dweight, dbias] = weightGradients(x, g, outFirst, hasBias);
    return {
      x: () => matmul(g, weight, false, !outFirst),
      weight: () => dweight!,
      bias: () => dbias!,
      residual: () => g.clone(),
    };
  },
});

const COUNTS = [2, 3] as const;
/** Weights (or their gradients) as a kernel's inputs. */
const numbered = (name: string, tensors: readonly tf.Tensor[]): Record<string, tf.Tensor> =>
  Object.fromEntries(tensors.map((tensor, i) => [`${name}${i}`, tensor]));

/** x [N, in] through two or three weights [out_i, in] → one [N, out_i] each. */
export function linears(x: tf.Tensor2D, weights: readonly tf.Tensor2D[]): tf.Tensor2D[] {
  if (!COUNTS.some((count) => count === weights.length)) {
    throw new RangeError(`linears: ${weights.length} weights, expected 2 or 3`);
  }
  for (const weight of weights) assertShapes('linears', x, weight, {}, true);
  return runKernel(`${LINEARS}${weights.length}`, { x, ...numbered('weight', weights) }) as tf.Tensor2D[];
}

for (const count of COUNTS) {
  const names = Array.from({ length: count }, (_, i) => `weight${i}`);
  tf.registerGradient({
    kernelName: `${LINEARS}${count}`,
    inputsToSave: ['x', ...names],
    gradFunc: (dy, saved) => {
      const [x, ...weights] = saved as [tf.Tensor2D, ...tf.Tensor2D[]];
      const dys = numbered('dy', dy as tf.Tensor[]);
      const dweights = runKernel(`${LINEARS_GRAD_WEIGHTS}${count}`, { x, ...dys }) as tf.Tensor[];
      return {
        x: () => runKernel(`${LINEARS_GRAD_X}${count}`, { ...dys, ...numbered('weight', weights) }) as tf.Tensor,
        ...Object.fromEntries(names.map((name, i) => [name, () => dweights[i]!])),
      };
    },
  });
}

/** gelu(x [N, F]) · weight [F, out] + bias + residual → [N, out]. */
export function geluLinear(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D, residual: tf.Tensor2D): tf.Tensor2D {
  assertShapes('geluLinear', x, weight, { bias, residual }, false);
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const hidden = runKernel(GELU, { x }) as tf.Tensor2D; // [N, F]
    save([x, weight, hidden]);
    return {
      value: runKernel(LINEAR, { x: hidden, weight, bias, residual }, { outFirst: false, hasBias: true }) as tf.Tensor,
      gradFunc: (dy, saved) => {
        const [before, w, after] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const dx = runKernel(GELU_LINEAR_GRAD, { dy, weight: w, x: before }) as tf.Tensor;
        const [dweight, dbias] = weightGradients(after, dy as tf.Tensor2D, false, true);
        return [dx, dweight!, dbias!, dy.clone()];
      },
    };
  })(x, weight, bias, residual) as tf.Tensor2D;
}

/** (silu(gate) · up) [N, F] · weight [out, F] + residual → [N, out]. */
export function swigluLinear(
  gate: tf.Tensor2D,
  up: tf.Tensor2D,
  weight: tf.Tensor2D,
  residual: tf.Tensor2D,
): tf.Tensor2D {
  assertShape('swigluLinear', 'up', up.shape, gate.shape);
  assertShapes('swigluLinear', gate, weight, { residual }, true);
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const save = args.at(-1) as tf.GradSaveFunc;
    const hidden = runKernel(SWIGLU, { gate, up }) as tf.Tensor2D; // [N, F]
    save([gate, up, weight, hidden]);
    return {
      value: runKernel(LINEAR, { x: hidden, weight, residual }, { outFirst: true, hasBias: false }) as tf.Tensor,
      gradFunc: (dy, saved) => {
        const [g, u, w, after] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const [dgate, dup] = runKernel(SWIGLU_LINEAR_GRAD, { dy, weight: w, gate: g, up: u }) as tf.Tensor[];
        const [dweight] = weightGradients(after, dy as tf.Tensor2D, true, false);
        return [dgate!, dup!, dweight!, dy.clone()];
      },
    };
  })(gate, up, weight, residual) as tf.Tensor2D;
}
