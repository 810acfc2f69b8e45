// One way to write a WGSL kernel: inputs, the numbers that are compiled in, how many threads, and what one thread does. The
// kernels here use no barrier, no workgroup memory and no atomics: software adapters emulate those slowly, and sums stay in
// one fixed order.
import { tf, type webgpu } from '../tf';
import type { Attributes } from './host';

/** How many neighbouring numbers are read or written at once. */
export type Vector = 1 | 2 | 4;

export interface GpuProgram {
  /** Tells programs apart whose constants are the same. */
  name: string;
  /** Compiled in as WGSL constants and part of the pipeline's key: `code` may depend on these and on nothing else. */
  constants?: Readonly<Record<string, number | boolean>>;
  /** Every one must be read by `code`. The shapes are in WGSL as `uniforms.<name>Shape`. */
  inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Vector size of an input's elements, 1 where not named. */
  vectors?: Readonly<Record<string, Vector>>;
  outputShape: readonly number[];
  outputVector?: Vector;
  outputType?: 'float32' | 'int32';
  /** Written in place instead of a new tensor. */
  output?: tf.TensorInfo;
  /** float32 values that change from call to call: `uniforms.<name>`; every one must be read. */
  uniforms?: Readonly<Record<string, number>>;
  /** Calls of `code`, with `index` from 0; the output is `result`. */
  threads: number;
  workgroup?: number;
  code: () => string;
}

export interface Gpu {
  run(program: GpuProgram): tf.TensorInfo;
  /** Gives intermediate tensors back. */
  free(...infos: tf.TensorInfo[]): void;
}

type Inputs<Name extends string> = Readonly<Record<Name, tf.TensorInfo>>;

/** Registers a kernel on webgpu; `Name` lists its inputs. */
export function registerGpuKernel<Name extends string>(
  kernelName: string,
  kernel: (inputs: Inputs<Name>, gpu: Gpu, attributes: Attributes) => tf.TensorInfo | tf.TensorInfo[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) =>
      kernel(inputs as unknown as Inputs<Name>, gpuOf(backend as webgpu.WebGPUBackend), (attrs ?? {}) as Attributes),
  });
}

export const gpuOf = (backend: webgpu.WebGPUBackend): Gpu => ({
  run: (program) => runProgram(backend, program),
  free: (...infos) => {
    for (const { dataId } of infos) backend.disposeData(dataId);
  },
});

function runProgram(backend: webgpu.WebGPUBackend, program: GpuProgram): tf.TensorInfo {
  const { inputs, threads, workgroup = 64, outputVector = 1, outputType = 'float32' } = program;
  const names = Object.keys(inputs);
  const constants = Object.entries(program.constants ?? {});
  const uniforms = Object.entries(program.uniforms ?? {});
  const vectors = names.map((name) => program.vectors?.[name] ?? 1);
  return backend.runWebGPUProgram(
    {
      variableNames: names,
      variableComponents: vectors,
      outputShape: [...program.outputShape],
      outputComponent: outputVector,
      dispatchLayout: { x: [0] },
      dispatch: [Math.ceil(threads / workgroup), 1, 1],
      workgroupSize: [workgroup, 1, 1],
      uniforms: ['threads : i32', ...uniforms.map(([name]) => `${name} : f32`)].map((field) => `${field}, `).join(''),
      shaderKey: `allo ${program.name} ${vectors} ${outputVector} ${constants}`,
      getUserCode: () => `
        ${constants.map(([name, value]) => `const ${name} = ${value};`).join('\n')}
        fn main(index : i32) {
          if (index >= uniforms.threads) { return; }
          ${program.code()}
        }`,
    },
    Object.values(inputs),
    outputType,
    [{ type: 'int32', data: [threads] }, ...uniforms.map(([, value]) => ({ type: 'float32', data: [value] }))],
    program.output,
  );
}

export const sizeOf = (info: tf.TensorInfo): number => info.shape.reduce((product, n) => product * n, 1);

/** The widest vector that divides all the sizes. */
export function vectorFor(...sizes: number[]): Vector {
  if (sizes.every((n) => n % 4 === 0)) return 4;
  return sizes.every((n) => n % 2 === 0) ? 2 : 1;
}

/** WGSL name of a float vector type. */
export const floats = (vector: Vector): string => (vector === 1 ? 'f32' : `vec${vector}<f32>`);

/** WGSL sum of a vector's components. */
export const sumOf = (value: string, vector: Vector): string =>
  vector === 1 ? value : `dot(${value}, ${floats(vector)}(1.0))`;

/** WGSL text of `count` repetitions: loops over local vectors must be written out to stay in registers. */
export const repeat = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join('\n');

/** Adds up equal parts laid end to end, part by part → a tensor of `shape`. */
export function sumParts(gpu: Gpu, parts: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const size = shape.reduce((product, n) => product * n, 1);
  const vector = vectorFor(size);
  return gpu.run({
    name: 'sumParts',
    inputs: { parts },
    vectors: { parts: vector },
    outputShape: shape,
    outputVector: vector,
    threads: size / vector,
    code: () => `
      var sum = parts[index];
      for (var at = index + uniforms.threads; at < i32(arrayLength(&parts)); at += uniforms.threads) { sum += parts[at]; }
      result[index] = sum;`,
  });
}

/** One output number (or vector of them) per thread from equal places of the inputs. */
export function elementwise(
  gpu: Gpu,
  name: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  code: (type: string) => string,
): tf.TensorInfo {
  const shape = Object.values(inputs)[0]!.shape;
  const size = shape.reduce((product, n) => product * n, 1);
  const vector = vectorFor(size);
  return gpu.run({
    name,
    inputs,
    vectors: Object.fromEntries(Object.keys(inputs).map((input) => [input, vector])),
    outputShape: shape,
    outputVector: vector,
    threads: size / vector,
    code: () => code(floats(vector)),
  });
}

/** Rows that one thread of `columnSums` adds up. */
const ROWS_A_PART = 64;

/** Σ over rows n of `term` (WGSL, reads row n, column c and at = n · width + c), per column → [width]. */
export function columnSums(
  gpu: Gpu,
  name: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  rows: number,
  width: number,
  term: string,
): tf.TensorInfo {
  const parts = Math.ceil(rows / ROWS_A_PART);
  const partial = gpu.run({
    name,
    constants: { width, rowsAPart: ROWS_A_PART },
    uniforms: { rows },
    inputs,
    outputShape: parts === 1 ? [width] : [parts, width],
    threads: parts * width,
    code: () => `
      let c = index % width;
      let first = (index / width) * rowsAPart;
      let last = min(first + rowsAPart, i32(uniforms.rows));
      var sum = 0.0;
      for (var n = first; n < last; n += 1) {
        let at = n * width + c;
        sum += ${term};
      }
      result[index] = sum;`,
  });
  if (parts === 1) return partial;
  const total = sumParts(gpu, partial, [width]);
  gpu.free(partial);
  return total;
}
