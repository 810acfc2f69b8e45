// The fused linear layers in WGSL: each is one program of multiply.ts (two where a long inner side is cut into parts).
import type { tf } from '../../tf';
import { geluTanh } from '../gelu/webgpu';
import { columnSums, registerGpuKernel } from '../gpu';
import { type Epilogue, multiply } from '../linear/multiply';
import { sigmoid } from '../swiglu/webgpu';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

const around = ({ bias, residual }: Infos): Epilogue => ({
  key: `${bias ? 'bias ' : ''}${residual ? 'residual' : ''}`,
  inputs: { ...(bias ? { bias } : {}), ...(residual ? { residual } : {}) },
  outputs: ['result'],
  store: (value, at, column) =>
    `result[${at}] = ${value}${bias ? ` + bias[${column}]` : ''}${residual ? ` + residual[${at}]` : ''};`,
});

registerGpuKernel('AlloLinear', (inputs: Infos, gpu, { outFirst }) =>
  multiply(gpu, {
    transposeA: false,
    transposeB: outFirst as boolean,
    sums: [[{ a: inputs.x!, b: inputs.weight! }]],
    epilogue: around(inputs),
  }),
);

registerGpuKernel<'x' | 'dy'>('AlloLinearGrad', ({ x, dy }, gpu, { outFirst }) => {
  const shape = { transposeA: true, transposeB: false };
  if (!outFirst) return multiply(gpu, { ...shape, sums: [[{ a: x, b: dy }]], columnSums: true });
  const [dweight] = multiply(gpu, { ...shape, sums: [[{ a: dy, b: x }]] });
  return [dweight!, ...columnSums(gpu, 'columnSum', { x: dy }, dy.shape[0]!, dy.shape[1]!, ['x[at]'])];
});

for (const count of [2, 3]) {
  const each = Array.from({ length: count }, (_, i) => i);
  registerGpuKernel(`AlloLinears${count}`, (inputs: Infos, gpu) =>
    multiply(gpu, {
      transposeA: false,
      transposeB: true,
      sums: each.map((i) => [{ a: inputs.x!, b: inputs[`weight${i}`]! }]),
    }),
  );
  registerGpuKernel(`AlloLinearsGradX${count}`, (inputs: Infos, gpu) =>
    multiply(gpu, {
      transposeA: false,
      transposeB: false,
      sums: [each.map((i) => ({ a: inputs[`dy${i}`]!, b: inputs[`weight${i}`]! }))],
    }),
  );
  registerGpuKernel(`AlloLinearsGradWeights${count}`, (inputs: Infos, gpu) =>
    multiply(gpu, {
      transposeA: true,
      transposeB: false,
      sums: each.map((i) => [{ a: inputs[`dy${i}`]!, b: inputs.x! }]),
    }),
  );
}

registerGpuKernel<'dy' | 'weight' | 'x'>('AlloGeluLinearGrad', ({ dy, weight, x }, gpu) =>
  multiply(gpu, {
    transposeA: false,
    transposeB: true,
    sums: [[{ a: dy, b: weight }]],
    epilogue: {
      key: 'geluGrad',
      inputs: { x },
      outputs: ['result'],
      store: (value, at, _, type) => `
        let value = x[${at}];
        ${geluTanh(type)}
        result[${at}] = ${value} * (0.5 * (1.0 + t) + 0.5 * value * (1.0 - t * t) * slope);`,
    },
  }),
);

registerGpuKernel<'dy' | 'weight' | 'gate' | 'up'>('AlloSwigluLinearGrad', ({ dy, weight, gate, up }, gpu) =>
  multiply(gpu, {
    transposeA: false,
    transposeB: false,
    sums: [[{ a: dy, b: weight }]],
    epilogue: {
      key: 'swigluGrad',
      inputs: { gate, up },
      outputs: ['dgate', 'dup'],
      store: (value, at, _, type) => `
        let value = gate[${at}];
        ${sigmoid(type)}
        dgate[${at}] = ${value} * up[${at}] * s * (1.0 + value * (1.0 - s));
        dup[${at}] = ${value} * value * s;`,
    },
  }),
);
