// One way to write a kernel for the machine's own processor: declare the outputs, then loop over typed arrays. Registered for
// both 'cpu' (where it is the specification) and 'wasm' (where the arrays are views of the heap, or where the SIMD module does the same).
import { tf, type wasm } from '../tf';
import { heapOf, type SimdHeap } from './simd/heap';

export type Shape = readonly number[];
export type Attributes = Readonly<Record<string, number | boolean>>;
export type HostArray = Float32Array | Int32Array;

export interface HostKernel {
  /** Kernel name, the same on every backend. */
  name: string;
  /** Shapes of the float32 outputs. */
  outputs(shapes: Readonly<Record<string, Shape>>, attributes: Attributes): Shape[];
  /** Fills `outputs` (zeroed). Input and output arrays never overlap; only the optimiser's kernels change inputs. */
  run(
    inputs: Readonly<Record<string, HostArray>>,
    outputs: Float32Array[],
    attributes: Attributes,
    shapes: Readonly<Record<string, Shape>>,
  ): void;
  /** The same on the wasm backend through the SIMD module; inputs and outputs (not zeroed) are byte offsets. */
  simd?(
    heap: SimdHeap,
    inputs: Readonly<Record<string, number>>,
    outputs: readonly number[],
    attributes: Attributes,
    shapes: Readonly<Record<string, Shape>>,
  ): void;
  /** `simd` counts on zeroed outputs. */
  zeroed?: boolean;
}

/** Numbers in a tensor of the shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

type Inputs = Readonly<Record<string, tf.TensorInfo>>;

/** A kernel call is often shorter than building such an object by way of entries. */
function mapInputs<T>(inputs: Inputs, of: (info: tf.TensorInfo) => T): Record<string, T> {
  const out: Record<string, T> = {};
  for (const name in inputs) out[name] = of(inputs[name]!);
  return out;
}

interface CpuBackend {
  data: { get(dataId: object): { values: HostArray } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
}

/** Registers the kernel on cpu and wasm. */
export function registerHostKernel(kernel: HostKernel): void {
  tf.registerKernel({
    kernelName: kernel.name,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const cpu = backend as CpuBackend;
      const given = inputs as Inputs;
      const shapes = mapInputs<Shape>(given, ({ shape }) => shape);
      const attributes = (attrs ?? {}) as Attributes;
      const outputShapes = kernel.outputs(shapes, attributes);
      const outputs = outputShapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
      const views = mapInputs(given, ({ dataId }) => cpu.data.get(dataId).values);
      kernel.run(views, outputs, attributes, shapes);
      const infos = outputs.map((values, i) => cpu.makeTensorInfo([...outputShapes[i]!], 'float32', values));
      return infos.length === 1 ? infos[0]! : infos;
    },
  });
  tf.registerKernel({
    kernelName: kernel.name,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const owner = backend as wasm.BackendWasm;
      const given = inputs as Inputs;
      const shapes = mapInputs<Shape>(given, ({ shape }) => shape);
      const attributes = (attrs ?? {}) as Attributes;
      // All outputs first: an allocation may grow the heap, which detaches earlier views.
      const infos = kernel.outputs(shapes, attributes).map((shape) => owner.makeOutput([...shape], 'float32'));
      const view = (info: tf.TensorInfo): HostArray => owner.typedArrayFromHeap(info) as HostArray;
      if (kernel.zeroed || !kernel.simd) for (const info of infos) view(info).fill(0);
      if (kernel.simd) {
        const heap = heapOf(owner);
        kernel.simd(heap, mapInputs(given, heap.at), infos.map(heap.at), attributes, shapes);
      } else {
        kernel.run(mapInputs(given, view), infos.map(view) as Float32Array[], attributes, shapes);
      }
      return infos.length === 1 ? infos[0]! : infos;
    },
  });
}

/** Runs a kernel of ours by name. */
export function runKernel(
  name: string,
  inputs: Readonly<Record<string, tf.Tensor>>,
  attributes: Attributes = {},
): tf.Tensor | tf.Tensor[] {
  return tf.engine().runKernel(name, inputs as unknown as tf.NamedTensorMap, attributes as unknown as tf.NamedAttrMap);
}

/** A tensor's numbers; the tensor is given back, whether they come or not. */
export async function readOnce(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<'float32'>();
  } finally {
    tensor.dispose();
  }
}

/** Throws a readable error when a shape is not what an op needs. */
export function assertShape(op: string, what: string, shape: Shape, expected: Shape): void {
  if (shape.length !== expected.length || shape.some((n, i) => n !== expected[i])) {
    throw new Error(`${op}: ${what} has shape [${shape.join(', ')}], expected [${expected.join(', ')}]`);
  }
}

// TensorFlow.js clones every input that a gradient will need; on wasm its clone copies the numbers. Tensors never change, so ours
// shares them, as its own cpu backend does.
tf.unregisterKernel('Identity', 'wasm');
tf.registerKernel({
  kernelName: 'Identity',
  backendName: 'wasm',
  kernelFunc: ({ inputs, backend }) => {
    const { dataId, shape, dtype } = inputs.x as tf.TensorInfo;
    (backend as wasm.BackendWasm).incRef(dataId);
    return { dataId, shape, dtype };
  },
});
