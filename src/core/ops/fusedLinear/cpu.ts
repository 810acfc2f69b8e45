// The fused linear layers as their parts: cpu and wasm.
import type { tf } from '../../tf';
import { registerFromParts } from '../parts';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

registerFromParts('AlloLinear', ({ x, weight, bias, residual }: Infos, parts, { outFirst }) => {
  const added = { ...(bias && { bias }), ...(residual && { plus: residual }) };
  return parts.run('AlloMatMul', { a: x!, b: weight!, ...added }, { transposeA: false, transposeB: outFirst! });
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
  registerFromParts(`AlloLinearsGradX${count}`, (inputs: Infos, parts) => {
    let sum: tf.TensorInfo[] = [];
    for (const i of each) {
      const [plus] = sum;
      const product = { a: inputs[`dy${i}`]!, b: inputs[`weight${i}`]!, ...(plus && { plus }) };
      sum = parts.run('AlloMatMul', product, { transposeA: false, transposeB: false });
      if (plus) parts.free(plus);
    }
    return sum;
  });
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
