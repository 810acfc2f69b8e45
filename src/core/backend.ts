// Picks the backend (webgpu on a real adapter, wasm else, cpu last), checks it against cpu before the first run, and says in
// words why a faster one was not taken. No DOM: what the browser offers comes in as `BackendEnvironment`.
import type { BackendChoice } from './config';
import type { BackendName, BackendReport } from './events';
import { type DeviceTrouble, endsEverything, SelfCheckError } from './failures';
import { renewBackend, troubleOfBackend, watchDevice } from './ops/deviceWatch';
import { limitPool } from './ops/gpuPool';
import { type TileStore, tuneMatmul } from './ops/linear/measureTiles';
import { setTileChoice, tileChoice } from './ops/linear/tuning';
import { noteSharedMemory, threadsReady } from './ops/simd/heap';
import { selfCheck } from './selfCheck';
import { tf, wasm, type webgpu } from './tf';

/** What there is to choose from; the default reads it from the global scope of a worker, a page or Node. */
export interface BackendEnvironment {
  gpu: Pick<GPU, 'requestAdapter'> | undefined;
  isSecureContext: boolean;
  crossOriginIsolated: boolean;
  hardwareConcurrency: number;
  inBrowser: boolean;
  /** Where the browser finds the wasm binaries; Node knows by itself. */
  wasmPaths?: Parameters<typeof wasm.setWasmPaths>[0];
  /** Remembers the fastest matrix product of every adapter. */
  tiles?: TileStore;
}

interface GlobalScope {
  navigator?: { gpu?: GPU; hardwareConcurrency?: number };
  isSecureContext?: boolean;
  crossOriginIsolated?: boolean;
  WorkerGlobalScope?: unknown;
  window?: unknown;
}

export function detectEnvironment(): BackendEnvironment {
  const scope = globalThis as unknown as GlobalScope;
  return {
    gpu: scope.navigator?.gpu,
    isSecureContext: scope.isSecureContext ?? true,
    crossOriginIsolated: scope.crossOriginIsolated ?? false,
    hardwareConcurrency: scope.navigator?.hardwareConcurrency ?? 1,
    inBrowser: scope.WorkerGlobalScope !== undefined || scope.window !== undefined,
  };
}

type Refusal = BackendReport['refused'][number];

const refuse = (backend: BackendName, reason: string, fix: string): Refusal => ({ backend, reason, fix });

/** Is there a real GPU behind WebGPU? Four different answers why not, each with its fix. */
export async function inspectWebgpu(
  environment: BackendEnvironment,
): Promise<{ adapter: string } | { refused: Refusal; software: string | null }> {
  const no = (reason: string, fix: string, software: string | null = null) => ({
    refused: refuse('webgpu', reason, fix),
    software,
  });
  if (!environment.isSecureContext) {
    return no(
      'This page was opened over plain http from another machine, where browsers hide WebGPU.',
      'Open it over https, or on the machine itself through http://localhost.',
    );
  }
  if (!environment.gpu) {
    return no(
      'This browser has no WebGPU (navigator.gpu is missing).',
      'Use Chrome or Edge 113 or newer, Safari 26, or Firefox 141 or newer; on Linux, Chrome needs chrome://flags/#enable-unsafe-webgpu.',
    );
  }
  let adapter: GPUAdapter | null = null;
  try {
    adapter = await environment.gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch {
    adapter = null;
  }
  if (!adapter) {
    return no(
      'WebGPU is there, but it offers no graphics adapter (null adapter).',
      'Turn on “use graphics acceleration” in the browser’s settings, update the graphics driver, and look at chrome://gpu for what is blocked.',
    );
  }
  const { vendor, architecture, description } = adapter.info;
  const name = [vendor, description || architecture].filter(Boolean).join(' ') || 'unnamed adapter';
  const isSoftware =
    adapter.info.isFallbackAdapter ||
    /swiftshader|llvmpipe|lavapipe|software|warp/i.test(`${name} ${adapter.info.device}`);
  if (isSoftware) {
    return no(
      `WebGPU runs on a software adapter here (${name}), which is slower than WASM.`,
      'Install the graphics driver of the real GPU, or start the browser with its GPU enabled; “WebGPU” in the backend list takes the software adapter anyway.',
      name,
    );
  }
  return { adapter: name };
}

/** What is tried for a choice, in this order. */
const ORDERS: Readonly<Record<BackendChoice, readonly BackendName[]>> = {
  auto: ['webgpu', 'wasm', 'cpu'],
  webgpu: ['webgpu', 'wasm', 'cpu'],
  wasm: ['wasm', 'cpu'],
  cpu: ['cpu'],
};

/**
 * Takes the best backend, or the one asked for, initialises it and runs the self-check. A backend that is missing or fails the check
 * is refused by name and the next one taken; cpu is always left. Throws SelfCheckError when even that fails. A GPU device that is lost, or has refused a
 * command, is put aside for a new one: what was on it is gone.
 */
export async function chooseBackend(
  choice: BackendChoice,
  environment: BackendEnvironment = detectEnvironment(),
): Promise<BackendReport> {
  renewBackend();
  const refused: Refusal[] = [];
  const gpu = await inspectWebgpu(environment);
  const isForcedGpu = choice === 'webgpu' && 'software' in gpu && gpu.software !== null;
  if ('refused' in gpu && !isForcedGpu) refused.push(gpu.refused);
  for (const name of ORDERS[choice]) {
    if (refused.some(({ backend }) => backend === name)) continue;
    try {
      await activate(name, environment);
      // On software adapters the default is known to be the best, and compiling all candidates would take seconds.
      if (name === 'webgpu' && 'adapter' in gpu) await tuneMatmul(gpu.adapter, environment.tiles);
      else if (name === 'webgpu') setTileChoice();
      const checks = name === 'cpu' ? [] : await selfCheck(name);
      const failed = checks.filter(({ passed }) => !passed);
      if (failed.length === 0) return reportOf(name, 'adapter' in gpu ? gpu.adapter : gpu.software, refused, checks);
      const errors = failed.map(({ op, maxError }) => `${op} is off by ${maxError.toExponential(1)}`).join(', ');
      refused.push(
        refuse(
          name,
          `${NAMES[name]} computes wrong numbers here: ${errors}.`,
          'Update the browser and the graphics driver; the next backend is used meanwhile.',
        ),
      );
    } catch (error) {
      // A device that dies at its check leaves no half of itself to the next run.
      if (endsEverything(error)) renewBackend();
      refused.push(
        refuse(
          name,
          `${NAMES[name]} could not start: ${error instanceof Error ? error.message : error}`,
          'The next backend is used. Reload the page to try again.',
        ),
      );
    }
  }
  throw new SelfCheckError(`No backend works here. ${refused.map(({ reason }) => reason).join(' ')}`);
}

/** Why what `chooseBackend` took last cannot be worked with any more, as with a lost device; null while it can. */
export const backendTrouble = (): DeviceTrouble | null =>
  tf.getBackend() === 'webgpu' ? troubleOfBackend(tf.backend()) : null;

const NAMES: Readonly<Record<BackendName, string>> = { webgpu: 'WebGPU', wasm: 'WASM', cpu: 'CPU' };

function reportOf(
  name: BackendName,
  adapter: string | null,
  refused: BackendReport['refused'],
  checks: BackendReport['selfCheck'],
): BackendReport {
  const common = { name, threads: 1, adapter: null, refused, selfCheck: checks };
  switch (name) {
    case 'webgpu': {
      const { tile, source, speeds } = tileChoice();
      const { maxBufferSize, maxStorageBufferBindingSize } = (tf.backend() as webgpu.WebGPUBackend).device.limits;
      return {
        ...{ ...common, adapter, label: `WebGPU · ${adapter}`, matmul: { tile: tile.name, source, speeds } },
        largestBuffer: Math.min(maxBufferSize, maxStorageBufferBindingSize),
      };
    }
    case 'wasm': {
      const threads = wasm.getThreadsCount();
      return { ...common, threads, label: `WASM ×${threads}` };
    }
    case 'cpu':
      return { ...common, label: 'CPU (plain JavaScript)' };
  }
}

/** Asked of the registry itself: `tf.findBackend` would start one where there is none, beside the one that is then started here. */
const hasStartedBefore = (name: BackendName): boolean => name in tf.engine().registry;

async function activate(name: BackendName, environment: BackendEnvironment): Promise<void> {
  if (name === 'wasm' && !hasStartedBefore('wasm')) {
    if (environment.wasmPaths) wasm.setWasmPaths(environment.wasmPaths);
    if (environment.crossOriginIsolated)
      wasm.setThreadsCount(Math.max(1, Math.min(8, environment.hardwareConcurrency)));
  }
  const start = () => tf.setBackend(name);
  const hasStarted = await (name === 'wasm' ? noteSharedMemory(start) : start());
  if (!hasStarted) throw new Error(`TensorFlow.js has no working “${name}” backend`);
  await tf.ready();
  if (name === 'webgpu') {
    const backend = tf.backend() as webgpu.WebGPUBackend;
    watchDevice(backend);
    limitPool(backend);
  }
  if (name === 'wasm') await threadsReady(tf.backend() as wasm.BackendWasm);
}
