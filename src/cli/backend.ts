// The backend of a headless run. wasm and cpu work anywhere; webgpu needs the optional package `webgpu` (Dawn).
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { BackendChoice } from '../core/config';
import type { BackendReport } from '../core/events';

interface Dawn {
  create(options: string[]): GPU;
  globals: Record<string, unknown>;
}

/** How to get Dawn; said wherever it is missing. */
export const DAWN_ADVICE = 'WebGPU in Node needs Dawn: “npm install --no-save webgpu” brings it.';

/** Chooses and checks the backend. Throws Error with a sentence when the one asked for is not there. */
export async function headlessBackend(name: string): Promise<BackendReport> {
  if (name !== 'wasm' && name !== 'cpu' && name !== 'webgpu')
    throw new Error(`Unknown backend “${name}”: use wasm, cpu or webgpu.`);
  if (name === 'webgpu' && !(await offerDawn())) throw new Error(`${DAWN_ADVICE} Without it use --backend wasm.`);
  const { chooseBackend, detectEnvironment } = await import('../core/backend');
  const report = await chooseBackend(name satisfies BackendChoice, detectEnvironment());
  if (report.name !== name) throw new Error(report.refused.map(({ reason, fix }) => `${reason} ${fix}`).join(' '));
  return report;
}

/** Where Dawn's package is: in node_modules here or above, or in a folder that NODE_PATH names; null where it is in none. */
export function findDawn(): string | null {
  try {
    return createRequire(import.meta.url).resolve('webgpu');
  } catch {
    return null;
  }
}

/**
 * Gives Node WebGPU's globals; false without Dawn. Must run before TensorFlow.js is loaded: its webgpu backend registers itself
 * only where it sees a GPU.
 */
export async function offerDawn(): Promise<boolean> {
  const path = findDawn();
  if (path === null) return false;
  const dawn: Dawn = await import(pathToFileURL(path).href);
  Object.assign(globalThis, dawn.globals);
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu: dawn.create([]), hardwareConcurrency: 1 },
    configurable: true,
  });
  Object.assign(globalThis, { WorkerGlobalScope: class {} });
  return true;
}
