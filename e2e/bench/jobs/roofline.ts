// What a WebGPU adapter can do at most, measured by programs that do nothing else: chains of multiply-adds that stay in registers,
// and one pass over buffers far larger than caches. Bare WebGPU: no library stands between.
import type { RooflineJob, RooflineResult } from '../protocol';

/** vec4 chains a thread, independent of each other: enough to hide the latency of one multiply-add. */
const CHAINS = 8;
/** Multiply-adds of every chain in one turn of the loop, written out. */
const UNROLLED = 8;
const WORKGROUP = 64;
const THREADS = 2 ** 17;
/** Two operations a component. */
const FLOPS_A_TURN = THREADS * CHAINS * UNROLLED * 4 * 2;
/** A measured program takes at least this long, but by far not the two seconds after which systems stop it. */
const LONG_ENOUGH_MS = 60;
const MOST_TURNS = 2 ** 20;
/** Floats of a bandwidth buffer: 64 MiB, within every device's default limits. */
const FLOATS = 2 ** 24;
const MOST_GROUPS_ACROSS = 32768;

/** The factor is read from a buffer and the sum is written, so that nothing can be left out or computed ahead. */
const chainsShader = (isFused: boolean): string => {
  const names = Array.from({ length: CHAINS }, (_, i) => `x${i}`);
  const round = names.map((x) => (isFused ? `${x} = fma(${x}, a, b);` : `${x} = ${x} * a + b;`)).join(' ');
  return `
    @group(0) @binding(0) var<storage, read> given : array<vec4<f32>>;
    @group(0) @binding(1) var<storage, read_write> made : array<vec4<f32>>;
    @group(0) @binding(2) var<uniform> turns : vec4<u32>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id : vec3<u32>) {
      let a = given[0];
      let b = given[1] + f32(id.x) * 1e-9;
      ${names.map((x, i) => `var ${x} = b * ${i + 1}.0;`).join(' ')}
      for (var turn = 0u; turn < turns.x; turn += 1u) {
        ${Array.from({ length: UNROLLED }, () => round).join('\n        ')}
      }
      made[id.x] = ${names.join(' + ')};
    }`;
};

/** c = `value`, of what stands at the same place in the inputs. */
const passShader = (inputs: readonly string[], value: string): string => `
  ${inputs.map((name, i) => `@group(0) @binding(${i}) var<storage, read> ${name} : array<vec4<f32>>;`).join('\n  ')}
  @group(0) @binding(${inputs.length}) var<storage, read_write> c : array<vec4<f32>>;
  @compute @workgroup_size(${WORKGROUP})
  fn main(@builtin(workgroup_id) group : vec3<u32>, @builtin(num_workgroups) groups : vec3<u32>,
          @builtin(local_invocation_index) local : u32) {
    let i = (group.y * groups.x + group.x) * ${WORKGROUP}u + local;
    c[i] = ${value};
  }`;

/** A program with its buffers; `run` resolves with the milliseconds of `times` passes of it. */
function programOn(device: GPUDevice, code: string, buffers: readonly GPUBuffer[], threads: number) {
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
  const groups = threads / WORKGROUP;
  const across = Math.min(groups, MOST_GROUPS_ACROSS);
  return async (times: number): Promise<number> => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < times; i++) pass.dispatchWorkgroups(across, groups / across);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
}

/** Raises the amount until it takes long enough; the best speed per ms of the repeats at that amount. */
async function bestSpeed(run: (amount: number) => Promise<number>, most: number, repeats: number): Promise<number> {
  await run(1);
  let amount = 1;
  while (amount < most && (await run(amount)) < LONG_ENOUGH_MS) amount *= 2;
  let best = 0;
  for (let i = 0; i < repeats; i++) best = Math.max(best, amount / (await run(amount)));
  return best;
}

async function peakOf(device: GPUDevice, isFused: boolean, repeats: number): Promise<number> {
  const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
  const given = device.createBuffer({ size: 32, usage: STORAGE | COPY_DST });
  const made = device.createBuffer({ size: 16 * THREADS, usage: STORAGE });
  const turns = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  // x → 0.999 x + 0.001: settles at 1, far from numbers that processors are slow with.
  device.queue.writeBuffer(given, 0, new Float32Array([0.999, 0.999, 0.999, 0.999, 0.001, 0.001, 0.001, 0.001]));
  const run = programOn(device, chainsShader(isFused), [given, made, turns], THREADS);
  const turnsPerMs = await bestSpeed(
    (amount) => {
      device.queue.writeBuffer(turns, 0, new Uint32Array([amount, 0, 0, 0]));
      return run(1);
    },
    MOST_TURNS,
    repeats,
  );
  for (const buffer of [given, made, turns]) buffer.destroy();
  return (turnsPerMs * FLOPS_A_TURN) / 1e6;
}

/** GB/s: every buffer is read or written once a pass. */
async function bandwidthOf(
  device: GPUDevice,
  inputs: readonly string[],
  value: string,
  repeats: number,
): Promise<number> {
  const buffers = Array.from({ length: inputs.length + 1 }, () =>
    device.createBuffer({ size: 4 * FLOATS, usage: GPUBufferUsage.STORAGE }),
  );
  const run = programOn(device, passShader(inputs, value), buffers, FLOATS / 4);
  const passesPerMs = await bestSpeed(run, MOST_TURNS, repeats);
  for (const buffer of buffers) buffer.destroy();
  return (passesPerMs * 4 * FLOATS * buffers.length) / 1e6;
}

/** Throws Error without an adapter, or when it refuses a program. */
export async function measureRoofline({ repeats }: RooflineJob): Promise<RooflineResult> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new Error(
      'WebGPU offers no adapter here: the graphics driver is missing, or (Linux) VK_ICD_FILENAMES has to name its file.',
    );
  const device = await adapter.requestDevice();
  let refused: string | null = null;
  device.onuncapturederror = ({ error }) => {
    refused ??= error.message;
  };
  const { vendor, architecture, description } = adapter.info;
  const peaks = [await peakOf(device, true, repeats), await peakOf(device, false, repeats)];
  const copyGBs = await bandwidthOf(device, ['a'], 'a[i]', repeats);
  const triadGBs = await bandwidthOf(device, ['a', 'b'], 'a[i] + 3.0 * b[i]', repeats);
  device.destroy();
  if (refused !== null) throw new Error(`The adapter refused a program: ${refused}`);
  return {
    adapter: [vendor, description || architecture].filter(Boolean).join(' ') || 'unnamed adapter',
    fp32Gflops: Math.max(...peaks),
    copyGBs,
    triadGBs,
  };
}
