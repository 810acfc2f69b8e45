// Small helpers of the golden-vector kinds: decoded arrays to tensors and back, gradients of a scalar.
import { tf } from '../tf';
import type { GotArray } from './compare';
import type { DecodedArray } from './format';

/** The array as a float32 tensor of its own shape. */
export const toTensor = <T extends tf.Tensor = tf.Tensor2D>(array: DecodedArray): T =>
  tf.tensor(array.data, array.shape, 'float32') as T;

/** Read tensors back and dispose them. */
export async function readAll<Name extends string>(tensors: Record<Name, tf.Tensor>): Promise<Record<Name, GotArray>> {
  const entries: [string, GotArray][] = [];
  for (const [name, tensor] of Object.entries<tf.Tensor>(tensors)) {
    entries.push([name, { shape: tensor.shape, data: (await tensor.data()).slice() }]);
    tensor.dispose();
  }
  return Object.fromEntries(entries) as Record<Name, GotArray>;
}

/**
 * Run `compute` on the named arrays and take the gradient of its `loss` for `wanted`; inputs the loss does not depend on get 0.
 * Returns all outputs and, under `grad_<name>`, the gradients.
 */
export async function evaluateWithGradients<Name extends string>(
  arrays: Readonly<Record<Name, DecodedArray>>,
  wanted: readonly NoInfer<Name>[],
  compute: (inputs: Record<Name, tf.Tensor2D>) => { loss: tf.Scalar } & Record<string, tf.Tensor>,
): Promise<Record<string, GotArray>> {
  const variables = Object.fromEntries(
    Object.entries<DecodedArray>(arrays).map(([name, array]) => [name, tf.tidy(() => tf.variable(toTensor(array)))]),
  ) as Record<Name, tf.Variable>;
  const inputs = variables as unknown as Record<Name, tf.Tensor2D>;
  const outputs = tf.tidy(() => compute(inputs));
  const wantedVariables = wanted.map((name) => variables[name]);
  const { value, grads } = tf.variableGrads(() => compute(inputs).loss, wantedVariables);
  value.dispose();
  const gradients = Object.fromEntries(
    wanted.map((name) => [`grad_${name}`, grads[variables[name].name] ?? tf.zerosLike(variables[name])]),
  );
  const got = await readAll<string>({ ...outputs, ...gradients });
  for (const variable of Object.values<tf.Variable>(variables)) variable.dispose();
  return got;
}
