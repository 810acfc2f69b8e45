// Golden kinds of `adamw`: the optimiser over a single parameter vector, and clipping by the global norm.
import * as v from 'valibot';
import { Adamw, clipByGlobalNorm } from '../../optim/adamw';
import type { ParameterSet } from '../../optim/optimiser';
import { tf } from '../../tf';
import { gotArray } from '../compare';
import type { GoldenArray } from '../format';
import { readAll, toTensor } from '../tensors';
import type { Kind } from './kind';

const NAME = 'p';

export const adamwKind =
  (form: 'torch' | 'hf'): Kind =>
  async ({ inputs, params, vector }) => {
    const [beta1, beta2] = params.read('betas', v.tuple([v.number(), v.number()]));
    const start = inputs.array('p0');
    const size = start.data.length;
    const mask = form === 'hf' ? Uint8Array.from(inputs.array('mask').data) : new Uint8Array(size).fill(1);
    const parameter = tf.tidy(() => tf.variable(toTensor<tf.Tensor1D>(start)));
    const holder: ParameterSet = {
      parameters: new Map([[NAME, parameter as tf.Variable]]),
      get: () => parameter as tf.Variable,
      changed() {},
      assign(_: string, value: tf.Tensor) {
        parameter.assign(value as tf.Tensor1D);
        value.dispose();
      },
    };
    const weightDecay = params.number('weight_decay', 0);
    const optimiser = new Adamw(holder, {
      beta1,
      beta2,
      epsilon: params.number('eps'),
      weightDecay,
      form,
      biasCorrection: params.flag('correct_bias', true),
      ...(form === 'hf' ? { masks: new Map([[NAME, mask]]), decayUnselected: true } : {}),
    });
    const moving = Array.from(mask.keys()).filter((i) => mask[i]);
    const rates = params.read('lrs', v.array(v.number()));
    const grads = inputs.array('grads');
    const history: Record<'p' | 'm' | 'v', number[]> = { p: [], m: [], v: [] };
    const scale = tf.tensor1d([1]);
    for (const [step, rate] of rates.entries()) {
      const gradient = tf.tensor1d(grads.data.subarray(step * size, (step + 1) * size));
      optimiser.step({ [NAME]: gradient }, rate, scale);
      gradient.dispose();
      const moments = (await optimiser.state()).moments.get(NAME) ?? new Float32Array(0);
      history.p.push(...(await parameter.data()));
      history.m.push(...moving.map((_, k) => moments[2 * k]!));
      history.v.push(...moving.map((_, k) => moments[2 * k + 1]!));
    }
    tf.dispose([scale, parameter]);
    optimiser.dispose();
    // Moments exist for the selected entries only, so only those are compared.
    const columns = (array: unknown): GoldenArray => {
      const { data, dtype } = array as GoldenArray;
      const kept = rates.flatMap((_, step) => moving.map((i) => data[step * size + i]!));
      return { shape: [rates.length, moving.length], dtype, data: kept };
    };
    const packedShape = [rates.length, moving.length];
    return {
      got: {
        p: gotArray(history.p, [rates.length, size]),
        m: gotArray(history.m, packedShape),
        v: gotArray(history.v, packedShape),
      },
      expected: { m: columns(vector.expected.m), v: columns(vector.expected.v) },
    };
  };

export const clipGradNormKind: Kind = async ({ inputs, params }) => {
  const gradients = Object.fromEntries(inputs.names.map((name) => [name, toTensor<tf.Tensor>(inputs.array(name))]));
  const clip = clipByGlobalNorm(Object.values(gradients), params.number('max_norm'));
  const clipped = tf.tidy(() =>
    Object.fromEntries(
      Object.entries(gradients).map(([name, gradient]) => [`${name}_clipped`, tf.mul(gradient, clip.scale)]),
    ),
  );
  const { norm, scale, ...arrays } = await readAll<string>({ ...clip, ...clipped });
  tf.dispose(Object.values(gradients));
  return { got: { norm: gotArray(norm!.data, []), scale: gotArray(scale!.data, []), ...arrays } };
};
