// One way to write a WGSL kernel: inputs, the numbers that are compiled in, how many threads, and what one thread does. The
// kernels here use no barrier, no workgroup memory and no atomics: software adapters emulate those slowly, and sums stay in
// one fixed order.
import { tf, type webgpu } from '../tf';
import { type Binding, type Compiled, record, recordCopy } from './gpuRun';
import type { Attributes } from './host';

/** How many neighbouring numbers are read or written at once. */
export type Vector = 1 | 2 | 4;

export interface GpuOutput {
  shape: readonly number[];
  vector?: Vector;
  type?: 'float32' | 'int32';
  /** Written in place instead of a new tensor; it may also be read. */
  into?: tf.TensorInfo;
}

export interface GpuProgram {
  /** Tells programs apart whose constants are the same. */
  name: string;
  /** Compiled in as WGSL constants and part of the pipeline's key: `code` may depend on these and on nothing else. */
  constants?: Readonly<Record<string, number | boolean>>;
  /** Part of the key only. */
  variant?: string;
  inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Vector size of an input's elements, 1 where not named. */
  vectors?: Readonly<Record<string, Vector>>;
  /** Eight buffers at most, inputs and outputs together: what every device binds. */
  outputs: Readonly<Record<string, GpuOutput>>;
  /** int32 values that change from call to call: `uniforms.<name>`. `uniforms.threads` is always there. */
  integers?: Readonly<Record<string, number>>;
  /** The same for float32. */
  floats?: Readonly<Record<string, number>>;
  /** Calls of `code`, with `index` from 0. */
  threads: number;
  workgroup?: number;
  /** WGSL workgroup variables; with these, whole workgroups run `code`: `place` is the workgroup's number, `local` the thread's in it. */
  shared?: string;
  code: () => string;
}

/** A program with the one output `result`. */
export type SingleProgram = Omit<GpuProgram, 'outputs'> & {
  outputShape: readonly number[];
  outputVector?: Vector;
  outputType?: 'float32' | 'int32';
  output?: tf.TensorInfo;
};

export interface Gpu {
  run(program: SingleProgram): tf.TensorInfo;
  /** The outputs in the order in which the program names them. */
  runMany(program: GpuProgram): tf.TensorInfo[];
  /** Copies `count` numbers from one place to another; no program runs. */
  copy(from: tf.TensorInfo, fromAt: number, to: tf.TensorInfo, toAt: number, count: number): void;
  make(shape: readonly number[]): tf.TensorInfo;
  /** The same data under another owner. */
  share(info: tf.TensorInfo): tf.TensorInfo;
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
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = gpuOf(backend as webgpu.WebGPUBackend);
      const made = [kernel(inputs as unknown as Inputs<Name>, gpu, (attrs ?? {}) as Attributes)].flat();
      return made.length === 1 ? made[0]! : made;
    },
  });
}

export const gpuOf = (backend: webgpu.WebGPUBackend): Gpu => ({
  run: ({ outputShape: shape, outputVector: vector, outputType: type, output: into, ...program }) =>
    runProgram(backend, { ...program, outputs: { result: { shape, vector, type, into } } })[0]!,
  runMany: (program) => runProgram(backend, program),
  copy: (from, fromAt, to, toAt, count) => recordCopy(backend, from, fromAt, to, toAt, count),
  make: (shape) => backend.makeTensorInfo([...shape], 'float32'),
  share(info) {
    backend.incRef(info.dataId);
    return { dataId: info.dataId, shape: info.shape, dtype: info.dtype };
  },
  free: (...infos) => {
    for (const { dataId } of infos) backend.disposeData(dataId);
  },
});

function runProgram(backend: webgpu.WebGPUBackend, program: GpuProgram): tf.TensorInfo[] {
  const { inputs, threads, workgroup = 64 } = program;
  const constants = Object.entries(program.constants ?? {});
  const integers = { threads, ...program.integers };
  const floatValues = program.floats ?? {};
  const bindings: Binding[] = Object.entries(inputs).map(([name, info]) => ({
    name,
    info,
    type: elementOf(info.dtype, program.vectors?.[name] ?? 1),
    isWritten: false,
  }));
  const infos = Object.entries(program.outputs).map(([name, { shape, vector = 1, type = 'float32', into }]) => {
    const info = into ?? backend.makeTensorInfo([...shape], type);
    if (into) forgetValues(backend, into);
    bindings.push({ name, info, type: elementOf(type, vector), isWritten: true });
    return info;
  });
  const types = bindings.map(({ name, type }) => `${name} ${type}`);
  const compiled: Compiled = {
    key: `${program.name} ${program.variant ?? ''} ${workgroup} ${types} ${constants}`,
    bindings,
    integers: Object.keys(integers),
    floats: Object.keys(floatValues),
    workgroup,
    declarations: () =>
      constants.map(([name, value]) => `const ${name} = ${value};`).join('\n') + (program.shared ?? ''),
    code: program.code,
    cooperates: program.shared !== undefined,
  };
  if (threads > 0) record(backend, compiled, Object.values(integers), Object.values(floatValues), threads);
  return infos;
}

/** The backend keeps numbers that were read once; of a tensor that is written again they are the old ones. */
function forgetValues(backend: webgpu.WebGPUBackend, { dataId }: tf.TensorInfo): void {
  backend.uploadToGPU(dataId);
  (backend.tensorMap.get(dataId) as { values: unknown }).values = null;
}

function elementOf(dtype: string, vector: Vector): string {
  const scalar = dtype === 'float32' ? 'f32' : 'i32';
  return vector === 1 ? scalar : `vec${vector}<${scalar}>`;
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

/** For kernels with one thread a row: small groups spread few rows over all of a device. */
export const ROWS_WORKGROUP = 32;

/** Rows that one thread of `columnSums` adds up. */
const ROWS_A_PART = 64;

/** Σ over rows n of each of `terms` (WGSL, reads row n, column c and at = n · width + c), per column → [width] each. */
export function columnSums(
  gpu: Gpu,
  name: string,
  inputs: Readonly<Record<string, tf.TensorInfo>>,
  rows: number,
  width: number,
  terms: readonly string[],
): tf.TensorInfo[] {
  const parts = Math.ceil(rows / ROWS_A_PART);
  const names = terms.map((_, i) => `sums${i}`);
  const partial = gpu.runMany({
    name,
    constants: { width, rowsAPart: ROWS_A_PART },
    integers: { rows },
    inputs,
    outputs: Object.fromEntries(names.map((sums) => [sums, { shape: parts === 1 ? [width] : [parts, width] }])),
    threads: parts * width,
    code: () => `
      let c = index % width;
      let first = (index / width) * rowsAPart;
      let last = min(first + rowsAPart, uniforms.rows);
      ${repeat(terms.length, (i) => `var total${i} = 0.0;`)}
      for (var n = first; n < last; n += 1) {
        let at = n * width + c;
        ${repeat(terms.length, (i) => `total${i} += ${terms[i]};`)}
      }
      ${repeat(terms.length, (i) => `sums${i}[index] = total${i};`)}`,
  });
  if (parts === 1) return partial;
  const totals = gpu.runMany({
    name: 'columnTotals',
    constants: { width },
    inputs: Object.fromEntries(names.map((_, i) => [`parts${i}`, partial[i]!])),
    outputs: Object.fromEntries(names.map((sums) => [sums, { shape: [width] }])),
    threads: width,
    code: () =>
      repeat(
        terms.length,
        (i) => `{
        var sum = parts${i}[index];
        for (var at = index + width; at < i32(arrayLength(&parts${i})); at += width) { sum += parts${i}[at]; }
        sums${i}[index] = sum;
      }`,
      ),
  });
  gpu.free(...partial);
  return totals;
}
