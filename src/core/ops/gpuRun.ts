// Records compute programs and copies into TensorFlow.js' own command encoder. Its `runWebGPUProgram` allows one output a program
// and spends most of a step's JavaScript on shape uniforms and keys; here a program has several outputs, and only scalars.
import { tf, type webgpu } from '../tf';
import { limitPool } from './gpuPool';

export interface Binding {
  name: string;
  info: tf.TensorInfo;
  /** WGSL type of an element. */
  type: string;
  isWritten: boolean;
}

export interface Compiled {
  /** All that the shader's text depends on. */
  key: string;
  bindings: readonly Binding[];
  /** Names of the uniforms: 32-bit integers first, then floats. */
  integers: readonly string[];
  floats: readonly string[];
  workgroup: number;
  /** WGSL at module level: constants, workgroup variables. */
  declarations: () => string;
  /** WGSL of one thread: it is number `index`, number `local` of its workgroup, which is number `place`. */
  code: () => string;
  /** Threads of a workgroup work together: all of them run `code`, also those past the last. */
  cooperates: boolean;
}

/** What the backend keeps private and a recorder needs: the open encoder, and which tensors its commands use. */
interface Recording {
  commandEncoder: GPUCommandEncoder;
  computePassEncoder: GPUComputePassEncoder | null;
  commandQueueOwnedIds: WeakSet<object>;
  dispatchCountInPass: number;
}

interface DeviceCache {
  /** Bytes in use after the last submission. */
  bytesThen: number;
  pipelines: Map<string, { pipeline: GPUComputePipeline; layout: GPUBindGroupLayout }>;
  uniforms: Map<string, GPUBuffer>;
}

const caches = new WeakMap<GPUDevice, DeviceCache>();
function cacheOf(device: GPUDevice): DeviceCache {
  let cache = caches.get(device);
  if (!cache) {
    cache = { bytesThen: 0, pipelines: new Map(), uniforms: new Map() };
    caches.set(device, cache);
  }
  return cache;
}

/** A submission costs JavaScript about a millisecond on a machine of two cores, twenty times what a program does. */
export const MANY_PROGRAMS = 64;
/** A page paints between submissions only: a step of a 25 M-parameter model is then cut into stretches of a few milliseconds. */
export const FEW_PROGRAMS = 8;

/** How many programs are recorded before they are submitted; fewer at once leave the page more room on the GPU. */
export function submitEvery(programs: number): void {
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', programs);
}
submitEvery(MANY_PROGRAMS);

/**
 * What is disposed of is only free for others once the commands that use it are submitted: beyond this many bytes made since, that is
 * done early. (A step of a 26 M-parameter model: 970 MB without it, 720 MB with it.)
 */
const MOST_BYTES_HELD = 32 << 20;
/** Values beyond these many are made again: a learning rate that changes each step must not pile up buffers. */
const MOST_UNIFORMS = 2000;
const MOST_GROUPS_ACROSS = 32768;

function shaderOf(compiled: Compiled): string {
  const { bindings, integers, floats, workgroup, cooperates } = compiled;
  const buffers = bindings.map(
    ({ name, type, isWritten }, i) =>
      `@group(0) @binding(${i}) var<storage, ${isWritten ? 'read_write' : 'read'}> ${name} : array<${type}>;`,
  );
  return `
    struct Uniforms { ${[...integers.map((name) => `${name} : i32`), ...floats.map((name) => `${name} : f32`)].join(', ')} }
    ${buffers.join('\n')}
    @group(0) @binding(${bindings.length}) var<uniform> uniforms : Uniforms;
    ${compiled.declarations()}
    @compute @workgroup_size(${workgroup})
    fn main(@builtin(workgroup_id) groupAt : vec3<u32>, @builtin(num_workgroups) groupCounts : vec3<u32>,
            @builtin(local_invocation_index) within : u32) {
      let place = i32(groupAt.y * groupCounts.x + groupAt.x);
      let local = i32(within);
      let index = place * ${workgroup} + local;
      ${cooperates ? '' : 'if (index >= uniforms.threads) { return; }'}
      ${compiled.code()}
    }`;
}

function pipelineOf(device: GPUDevice, compiled: Compiled) {
  const { pipelines } = cacheOf(device);
  const known = pipelines.get(compiled.key);
  if (known) return known;
  const visibility = GPUShaderStage.COMPUTE;
  const entries = compiled.bindings.map(
    ({ isWritten }, binding): GPUBindGroupLayoutEntry => ({
      binding,
      visibility,
      buffer: { type: isWritten ? 'storage' : 'read-only-storage' },
    }),
  );
  entries.push({ binding: entries.length, visibility, buffer: { type: 'uniform' } });
  const layout = device.createBindGroupLayout({ entries });
  const pipeline = device.createComputePipeline({
    label: compiled.key,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code: shaderOf(compiled) }), entryPoint: 'main' },
  });
  const made = { pipeline, layout };
  pipelines.set(compiled.key, made);
  return made;
}

/** A small buffer with these numbers, never written again, so one serves all calls with equal numbers. */
function uniformBuffer(device: GPUDevice, integers: readonly number[], floats: readonly number[]): GPUBuffer {
  const { uniforms } = cacheOf(device);
  const key = `${integers}|${floats}`;
  const known = uniforms.get(key);
  if (known) return known;
  if (uniforms.size >= MOST_UNIFORMS) uniforms.clear();
  const size = Math.ceil((integers.length + floats.length) / 4) * 16;
  const buffer = device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM, mappedAtCreation: true });
  const bytes = buffer.getMappedRange();
  new Int32Array(bytes, 0, integers.length).set(integers);
  new Float32Array(bytes, 4 * integers.length, floats.length).set(floats);
  buffer.unmap();
  uniforms.set(key, buffer);
  return buffer;
}

function bufferOf(backend: webgpu.WebGPUBackend, info: tf.TensorInfo): GPUBuffer {
  backend.uploadToGPU(info.dataId);
  return backend.tensorMap.get(info.dataId).resource as GPUBuffer;
}

/** Records one program; submits when the runtime's own programs would. */
export function record(
  backend: webgpu.WebGPUBackend,
  compiled: Compiled,
  integers: readonly number[],
  floats: readonly number[],
  threads: number,
): void {
  const { device } = backend;
  const { bindings, workgroup } = compiled;
  const entries = bindings.map(
    ({ info }, binding): GPUBindGroupEntry => ({ binding, resource: { buffer: bufferOf(backend, info) } }),
  );
  entries.push({ binding: entries.length, resource: { buffer: uniformBuffer(device, integers, floats) } });
  const { pipeline, layout } = pipelineOf(device, compiled);
  const recording = backend as unknown as Recording;
  limitPool(backend);
  backend.ensureCommandEncoderReady();
  recording.computePassEncoder ??= recording.commandEncoder.beginComputePass();
  const pass = recording.computePassEncoder;
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  const groups = Math.ceil(threads / workgroup);
  const across = Math.min(groups, MOST_GROUPS_ACROSS);
  pass.dispatchWorkgroups(across, Math.ceil(groups / across));
  // Their buffers must not be given to others before these commands are submitted.
  for (const { info } of bindings) recording.commandQueueOwnedIds.add(info.dataId);
  recording.dispatchCountInPass++;
  const cache = cacheOf(device);
  const isFull = recording.dispatchCountInPass >= (tf.env().get('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE') as number);
  if (isFull || bytesInUse(backend) - cache.bytesThen > MOST_BYTES_HELD) submit(backend);
}

const bytesInUse = (backend: webgpu.WebGPUBackend): number =>
  (backend as unknown as { bufferManager: { numBytesUsed: number } }).bufferManager.numBytesUsed;

/** Hands what is recorded to the GPU now. */
export function submit(backend: webgpu.WebGPUBackend): void {
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
  cacheOf(backend.device).bytesThen = bytesInUse(backend);
}

/** Records a copy of `count` 32-bit values; no program runs. */
export function recordCopy(
  backend: webgpu.WebGPUBackend,
  from: tf.TensorInfo,
  fromAt: number,
  to: tf.TensorInfo,
  toAt: number,
  count: number,
): void {
  const [source, target] = [bufferOf(backend, from), bufferOf(backend, to)];
  const recording = backend as unknown as Recording;
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  recording.commandEncoder.copyBufferToBuffer(source, 4 * fromAt, target, 4 * toAt, 4 * count);
  recording.commandQueueOwnedIds.add(from.dataId);
  recording.commandQueueOwnedIds.add(to.dataId);
}
