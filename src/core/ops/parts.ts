// Fused kernels on cpu and wasm: the kernels they fuse, run one after the other. On cpu that is their specification.
import { tf } from '../tf';
import type { Attributes } from './host';

export interface Parts {
  /** Runs another kernel of the same backend. */
  run(kernelName: string, inputs: Readonly<Record<string, tf.TensorInfo>>, attributes?: Attributes): tf.TensorInfo[];
  /** A stretch of a matrix. */
  slice(info: tf.TensorInfo, begin: number[], size: number[]): tf.TensorInfo;
  /** Matrices side by side. */
  concat(infos: readonly tf.TensorInfo[]): tf.TensorInfo;
  /** The same data under another owner. */
  share(info: tf.TensorInfo): tf.TensorInfo;
  /** Gives intermediate tensors back. */
  free(...infos: tf.TensorInfo[]): void;
}

interface Backend {
  incRef(dataId: object): void;
  disposeData(dataId: object): boolean;
}

function partsOf(backendName: string, backend: Backend): Parts {
  const run = (kernelName: string, inputs: unknown, attributes: unknown): tf.TensorInfo[] => {
    const { kernelFunc } = tf.getKernel(kernelName, backendName);
    return [
      kernelFunc({ inputs: inputs as tf.NamedTensorInfoMap, backend, attrs: attributes as tf.NamedAttrMap }),
    ].flat();
  };
  return {
    run: (kernelName, inputs, attributes = {}) => run(kernelName, inputs, attributes),
    slice: (x, begin, size) => run('Slice', { x }, { begin, size })[0]!,
    concat: (infos) => run('Concat', infos, { axis: 1 })[0]!,
    share({ dataId, shape, dtype }) {
      backend.incRef(dataId);
      return { dataId, shape, dtype };
    },
    free: (...infos) => {
      for (const { dataId } of infos) backend.disposeData(dataId);
    },
  };
}

/** Registers the kernel on cpu and wasm; `Name` lists its inputs. */
export function registerFromParts<Name extends string>(
  kernelName: string,
  kernel: (inputs: Readonly<Record<Name, tf.TensorInfo>>, parts: Parts, attributes: Attributes) => tf.TensorInfo[],
): void {
  for (const backendName of ['cpu', 'wasm']) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, backend, attrs }) => {
        const given = inputs as unknown as Readonly<Record<Name, tf.TensorInfo>>;
        const made = kernel(given, partsOf(backendName, backend as Backend), (attrs ?? {}) as Attributes);
        return made.length === 1 ? made[0]! : made;
      },
    });
  }
}
