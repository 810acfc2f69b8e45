// The fused linear layers as their parts: cpu and wasm.
import type { tf } from '../../tf';
import { type Parts, registerFromParts } from '../parts';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

/** The sum of some tensors, which are freed. */
function sum(parts: Parts, terms: readonly tf.TensorInfo[]): tf.TensorInfo {
  return terms.reduce((a, b) => {
    const [total] = parts.run('Add', { a, b });
    parts.free(a, b);
    return total!;
  });
}

registerFromParts('AlloLinear', (inputs: Infos, parts, { outFirst }) => {
  const { x, weight, bias, residual } = inputs;
  let [y] = parts.run('AlloMatMul', { a: x!, b: weight! }, { transposeA: false, transposeB: outFirst! });
  if (bias) {
    const [withBias] = parts.run('AlloAddBias', { x: y!, bias });
    parts.free(y!);
    y = withBias;
  }
  return [residual ? sum(parts, [y!, parts.share(residual)]) : y!];
});

registerFromParts<'x' | 'dy'>('AlloLinearGrad', ({ x, dy }, parts, { outFirst }) => [
  ...parts.run('AlloMatMul', outFirst ? { a: dy, b: x } : { a: x, b: dy }, { transposeA: true, transposeB: false }),
  ...parts.run('AlloColumnSum', { x: dy }),
]);

for (const count of [2, 3]) {
  const each = Array.from({ length: count }, (_, i) => i);
  registerFromParts(`AlloLinears${count}`, (inputs: Infos, parts) =>
    each.flatMap((i) =>
      parts.run('AlloMatMul', { a: inputs.x!, b: inputs[`weight${i}`]! }, { transposeA: false, transposeB: true }),
    ),
  );
  registerFromParts(`AlloLinearsGradX${count}`, (inputs: Infos, parts) => [
    sum(
      parts,
      each.flatMap((i) =>
        parts.run(
          'AlloMatMul',
          { a: inputs[`dy${i}`]!, b: inputs[`weight${i}`]! },
          { transposeA: false, transposeB: false },
        ),
      ),
    ),
  ]);
  registerFromParts(`AlloLinearsGradWeights${count}`, (inputs: Infos, parts) =>
    each.flatMap((i) =>
      parts.run('AlloMatMul', { a: inputs[`dy${i}`]!, b: inputs.x! }, { transposeA: true, transposeB: false }),
    ),
  );
}

registerFromParts<'dy' | 'weight' | 'x'>('AlloGeluLinearGrad', ({ dy, weight, x }, parts) => {
  const [dhidden] = parts.run('AlloMatMul', { a: dy, b: weight }, { transposeA: false, transposeB: true });
  const dx = parts.run('AlloGeluGrad', { x, dy: dhidden! });
  parts.free(dhidden!);
  return dx;
});

registerFromParts<'dy' | 'weight' | 'gate' | 'up'>('AlloSwigluLinearGrad', ({ dy, weight, gate, up }, parts) => {
  const [dhidden] = parts.run('AlloMatMul', { a: dy, b: weight }, { transposeA: false, transposeB: false });
  const gradients = parts.run('AlloSwigluGrad', { gate, up, dy: dhidden! });
  parts.free(dhidden!);
  return gradients;
});
