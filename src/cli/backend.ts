// The backend of a headless run. wasm and cpu work anywhere; webgpu needs the optional dev package `webgpu` (Dawn).
import type { BackendChoice } from '../core/config';
import type { BackendReport } from '../core/events';

interface Dawn {
  create(options: string[]): GPU;
  globals: Record<string, unknown>;
}

/** Chooses and checks the backend. Throws Error with a sentence when the one asked for is not there. */
export async function headlessBackend(name: string): Promise<BackendReport> {
  if (name !== 'wasm' && name !== 'cpu' && name !== 'webgpu')
    throw new Error(`Unknown backend “${name}”: use wasm, cpu or webgpu.`);
  if (name === 'webgpu') await offerDawn();
  const { chooseBackend, detectEnvironment } = await import('../core/backend');
  const report = await chooseBackend(name satisfies BackendChoice, detectEnvironment());
  if (report.name !== name) throw new Error(report.refused.map(({ reason, fix }) => `${reason} ${fix}`).join(' '));
  return report;
}

/** Must run before TensorFlow.js is loaded: its webgpu backend registers itself only where it sees a GPU. */
async function offerDawn(): Promise<void> {
  const packageName = 'webgpu';
  let dawn: Dawn;
  try {
    dawn = (await import(packageName)) as Dawn;
  } catch {
    throw new Error(
      'WebGPU in Node needs Dawn: “npm install --no-save webgpu” brings it. Without it use --backend wasm.',
    );
  }
  Object.assign(globalThis, dawn.globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: dawn.create([]), hardwareConcurrency: 1 },
    configurable: true,
  });
  Object.assign(globalThis, { WorkerGlobalScope: class {} });
}
