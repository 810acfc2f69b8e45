// What the backends are called everywhere.
import type { BackendChoice } from '../core/config';

export const BACKEND_NAMES: Readonly<Record<BackendChoice, string>> = {
  auto: 'Auto',
  webgpu: 'WebGPU',
  wasm: 'WASM',
  cpu: 'CPU',
};
