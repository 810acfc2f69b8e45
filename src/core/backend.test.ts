import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tensorsLeft } from '../testing/tinyModel';
import { type BackendEnvironment, chooseBackend, detectEnvironment, inspectWebgpu } from './backend';
import { TILE_CANDIDATES } from './ops/linear/tuning';
import { tf } from './tf';

const environment = (changes: Partial<BackendEnvironment> = {}): BackendEnvironment => ({
  ...{ gpu: undefined, isSecureContext: true, crossOriginIsolated: false, hardwareConcurrency: 4, inBrowser: true },
  // Remembered, so that nothing is measured: here the GPU is a stand-in.
  tiles: { get: async () => TILE_CANDIDATES[0]!.name, set: async () => {} },
  ...changes,
});

const gpuWith = (info: Partial<GPUAdapterInfo> | null): BackendEnvironment['gpu'] => ({
  requestAdapter: async () =>
    info && ({ info: { vendor: '', architecture: '', device: '', description: '', ...info } } as GPUAdapter),
});
const REAL = gpuWith({ vendor: 'nvidia', architecture: 'ampere' });
const SOFTWARE = gpuWith({ vendor: 'google', architecture: 'swiftshader' });

describe('inspectWebgpu', () => {
  const refusal = async (changes: Partial<BackendEnvironment>) => {
    const found = await inspectWebgpu(environment(changes));
    if (!('refused' in found)) throw new Error('not refused');
    expect(found.refused.backend).toBe('webgpu');
    return found;
  };

  it('has four different texts, each with its fix, for why there is no real WebGPU', async () => {
    const insecure = await refusal({ isSecureContext: false });
    expect(insecure.refused.reason).toContain('plain http');
    expect(insecure.refused.fix).toMatch(/https.*localhost/);
    const missing = await refusal({});
    expect(missing.refused.reason).toContain('navigator.gpu is missing');
    expect(missing.refused.fix).toMatch(/Chrome.*Firefox/);
    const none = await refusal({ gpu: gpuWith(null) });
    expect(none.refused.reason).toContain('null adapter');
    expect(none.refused.fix).toMatch(/acceleration.*driver/);
    const software = await refusal({ gpu: SOFTWARE });
    expect(software.refused.reason).toContain('software adapter here (google swiftshader)');
    expect(software.refused.fix).toMatch(/driver/);
    const found = [insecure, missing, none, software];
    expect(new Set(found.map(({ refused }) => refused.reason)).size).toBe(4);
    expect(new Set(found.map(({ refused }) => refused.fix)).size).toBe(4);
    expect(found.map(({ software: name }) => name)).toEqual([null, null, null, 'google swiftshader']);
  });

  it('asks for the insecure origin first, since browsers hide navigator.gpu there', async () => {
    expect((await refusal({ isSecureContext: false, gpu: REAL })).refused.reason).toContain('plain http');
  });

  it('takes an adapter request that fails for no adapter', async () => {
    const gpu = { requestAdapter: () => Promise.reject(new Error('lost')) };
    expect((await refusal({ gpu })).refused.reason).toContain('null adapter');
  });

  it.each([
    { vendor: 'google', architecture: 'swiftshader' },
    { vendor: 'mesa', description: 'llvmpipe (LLVM 15)' },
    { description: 'Microsoft Basic Render Driver (WARP)' },
    { vendor: 'x', isFallbackAdapter: true },
    { vendor: 'intel', device: 'SwiftShader Device' },
  ])('knows software adapters: %o', async (info) => {
    expect((await refusal({ gpu: gpuWith(info) })).refused.reason).toContain('software adapter');
  });

  it('names a real adapter', async () => {
    expect(await inspectWebgpu(environment({ gpu: REAL }))).toEqual({ adapter: 'nvidia ampere' });
    const described = gpuWith({ vendor: 'apple', architecture: 'metal-3', description: 'Apple M3' });
    expect(await inspectWebgpu(environment({ gpu: described }))).toEqual({ adapter: 'apple Apple M3' });
    expect(await inspectWebgpu(environment({ gpu: gpuWith({}) }))).toEqual({ adapter: 'unnamed adapter' });
  });
});

describe('detectEnvironment', () => {
  it('finds no browser and no GPU in Node, and a secure context', () => {
    expect(detectEnvironment()).toMatchObject({ gpu: undefined, isSecureContext: true, inBrowser: false });
  });
});

describe('chooseBackend', () => {
  it('takes wasm where there is no GPU, says why, and shows that its numbers are right', async () => {
    const report = await chooseBackend('auto', environment());
    expect(report).toMatchObject({ name: 'wasm', threads: 1, label: 'WASM ×1', adapter: null });
    expect(report.refused.map(({ backend }) => backend)).toEqual(['webgpu']);
    expect(report.selfCheck.map(({ op, passed }) => [op, passed])).toEqual([
      ['forward', true],
      ['gradient', true],
      ['optimiser step', true],
    ]);
    expect(tf.getBackend()).toBe('wasm');
  });

  it.each([
    ['wasm', 'WASM ×1'],
    ['cpu', 'CPU (plain JavaScript)'],
  ] as const)('takes %s when it is asked for, whatever the GPU', async (name, label) => {
    const report = await chooseBackend(name, environment({ gpu: REAL }));
    expect(report).toMatchObject({ name, label, refused: [] });
    expect(tf.getBackend()).toBe(name);
  });

  it('goes on to wasm when webgpu is asked for but cannot start, and says so', async () => {
    // Node has no WebGPU behind TensorFlow.js, whatever the adapter says.
    for (const gpu of [REAL, SOFTWARE]) {
      const report = await chooseBackend('webgpu', environment({ gpu }));
      expect(report.name).toBe('wasm');
      expect(report.refused).toHaveLength(1);
      expect(report.refused[0]!.reason).toMatch(/^WebGPU could not start: /);
    }
    const without = await chooseBackend('webgpu', environment());
    expect(without.name).toBe('wasm');
    expect(without.refused[0]!.reason).toContain('navigator.gpu is missing');
  });

  it('leaves no tensor behind', async () => {
    expect(await tensorsLeft(() => chooseBackend('auto', environment({ gpu: REAL })))).toBe(0);
  });
});

/** A stand-in for the GPU: the cpu backend and its kernels under the name “webgpu”, of which one can be made to lie. */
describe('chooseBackend with a working and with a lying GPU', () => {
  beforeEach(async () => {
    await tf.setBackend('cpu');
    const cpu = tf.backend() as unknown as { constructor: new () => ReturnType<typeof tf.backend> };
    const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
    const device = { limits, lost: new Promise(() => {}), addEventListener() {} };
    const bufferManager = { acquireBuffer() {} };
    tf.registerBackend('webgpu', () => Object.assign(new cpu.constructor(), { device, bufferManager }));
    tf.copyRegisteredKernels('cpu', 'webgpu');
  });
  afterEach(async () => {
    await tf.setBackend('cpu');
    tf.removeBackend('webgpu');
  });

  const replaceKernel = (kernelName: string, factor: number) => {
    const kernel = tf.getKernel(kernelName, 'cpu')!;
    tf.unregisterKernel(kernelName, 'webgpu');
    tf.registerKernel({
      ...kernel,
      backendName: 'webgpu',
      kernelFunc: (call) => {
        const outputs = kernel.kernelFunc(call);
        for (const { dataId } of Array.isArray(outputs) ? outputs : [outputs]) {
          const values = (call.backend as ReturnType<typeof tf.backend>).readSync(dataId) as Float32Array;
          for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
        }
        return outputs;
      },
    });
  };

  it('prefers the GPU when its numbers are right', async () => {
    const report = await chooseBackend('auto', environment({ gpu: REAL }));
    expect(report).toMatchObject({
      ...{ name: 'webgpu', adapter: 'nvidia ampere', label: 'WebGPU · nvidia ampere', refused: [] },
    });
    // What can be made but not bound is of no use.
    expect(report.largestBuffer).toBe(2 ** 27);
    expect(report.selfCheck.map(({ tolerance }) => tolerance)).toEqual([1e-3, 1e-3, 2e-2]);
    expect(tf.getBackend()).toBe('webgpu');
  });

  it('takes a software adapter only when it is asked for', async () => {
    const auto = await chooseBackend('auto', environment({ gpu: SOFTWARE }));
    expect(auto.name).toBe('wasm');
    expect(auto.refused[0]!.reason).toContain('software adapter');
    const forced = await chooseBackend('webgpu', environment({ gpu: SOFTWARE }));
    expect(forced).toMatchObject({ name: 'webgpu', adapter: 'google swiftshader', refused: [] });
  });

  it.each([
    ['zeros', 0],
    ['numbers 1 % too large', 1.01],
    ['NaN', NaN],
  ])('refuses by name a GPU that gives %s, and takes the next', async (_, factor) => {
    replaceKernel('AlloLinear', factor);
    const report = await chooseBackend('auto', environment({ gpu: REAL }));
    expect(report.name).toBe('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect(report.refused).toHaveLength(1);
    expect(report.refused[0]).toMatchObject({ backend: 'webgpu' });
    expect(report.refused[0]!.reason).toMatch(/^WebGPU computes wrong numbers here: forward is off by \d\.\de[+-]\d/);
    expect(report.refused[0]!.fix).toContain('driver');
  });
});
