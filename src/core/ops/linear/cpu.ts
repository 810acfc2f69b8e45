// cpu: plain loops, the specification. wasm: XNNPACK, which is ten times slower on transposed operands, so those are
// transposed first; a transposed weight is kept until its owner says that the weight changed.
import { tf, type wasm } from '../../tf';

interface MatmulArguments {
  inputs: Readonly<Record<string, tf.TensorInfo>>;
  backend: unknown;
  attrs?: unknown;
}
const attributesOf = (args: MatmulArguments) => args.attrs as { transposeA: boolean; transposeB: boolean };

tf.registerKernel({
  kernelName: 'AlloMatMul',
  backendName: 'cpu',
  kernelFunc: (args) => {
    const { a, b } = args.inputs as unknown as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attributesOf(args as MatmulArguments);
    const cpu = args.backend as {
      data: { get(dataId: object): { values: Float32Array } };
      makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
    };
    const A = cpu.data.get(a.dataId).values;
    const B = cpu.data.get(b.dataId).values;
    const rows = transposeA ? a.shape[1]! : a.shape[0]!;
    const inner = transposeA ? a.shape[0]! : a.shape[1]!;
    const columns = transposeB ? b.shape[0]! : b.shape[1]!;
    const out = new Float32Array(rows * columns);
    const row = new Float64Array(columns);
    for (let m = 0; m < rows; m++) {
      row.fill(0);
      if (transposeB) {
        for (let n = 0; n < columns; n++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) sum += A[transposeA ? k * rows + m : m * inner + k]! * B[n * inner + k]!;
          row[n] = sum;
        }
      } else {
        for (let k = 0; k < inner; k++) {
          const x = A[transposeA ? k * rows + m : m * inner + k]!;
          const at = k * columns;
          for (let n = 0; n < columns; n++) row[n] = row[n]! + x * B[at + n]!;
        }
      }
      out.set(row, m * columns);
    }
    return cpu.makeTensorInfo([rows, columns], 'float32', out);
  },
});

const transposedWeights = new Map<object, { info: tf.TensorInfo; backend: wasm.BackendWasm }>();
const keepTransposed = new WeakSet<object>();

/** Marks a long-lived weight: its transposed copy is kept between products until `forgetTransposed`. */
export const rememberTransposed = (weight: tf.Tensor): void => {
  keepTransposed.add(weight.dataId);
};

/** Frees the transposed copy of a weight that changes or goes. */
export function forgetTransposed(weight: tf.Tensor): void {
  const kept = transposedWeights.get(weight.dataId);
  if (kept) kept.backend.disposeData(kept.info.dataId);
  transposedWeights.delete(weight.dataId);
}

function transpose(info: tf.TensorInfo, backend: wasm.BackendWasm): tf.TensorInfo {
  const kernel = tf.getKernel('Transpose', 'wasm');
  return kernel.kernelFunc({ inputs: { x: info }, backend, attrs: { perm: [1, 0] } }) as tf.TensorInfo;
}

tf.registerKernel({
  kernelName: 'AlloMatMul',
  backendName: 'wasm',
  kernelFunc: (args) => {
    const { a, b } = args.inputs as unknown as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attributesOf(args as MatmulArguments);
    const backend = args.backend as wasm.BackendWasm;
    const left = transposeA ? transpose(a, backend) : a;
    let right = b;
    let temporary = false;
    if (transposeB) {
      const kept = transposedWeights.get(b.dataId);
      right = kept?.info ?? transpose(b, backend);
      if (!kept) {
        temporary = !keepTransposed.has(b.dataId);
        if (!temporary) transposedWeights.set(b.dataId, { info: right, backend });
      }
    }
    const product = tf.getKernel('BatchMatMul', 'wasm').kernelFunc({
      inputs: { a: left, b: right },
      backend,
      attrs: { transposeA: false, transposeB: false },
    }) as tf.TensorInfo;
    if (transposeA) backend.disposeData(left.dataId);
    if (temporary) backend.disposeData(right.dataId);
    return product;
  },
});
