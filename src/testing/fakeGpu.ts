// A WebGPU device that computes nothing and counts the bytes of its buffers: what a step takes of a GPU's memory is decided by
// JavaScript alone, so it can be measured exactly and anywhere.

export interface FakeGpu {
  bytes: number;
  peakBytes: number;
  /** Bytes of the largest buffer that programs read or write. */
  largestBytes: number;
  dispatches: number;
  submits: number;
}

const STORAGE = 128;

/** Installs the device as `navigator.gpu`, before TensorFlow.js is loaded. Numbers read back are zeros. */
export function installFakeGpu(): FakeGpu {
  const counts: FakeGpu = { bytes: 0, peakBytes: 0, largestBytes: 0, dispatches: 0, submits: 0 };
  class FakeBuffer {
    readonly usage: number;
    readonly mapState = 'unmapped';
    constructor(
      public size: number,
      usage: number,
    ) {
      this.usage = usage;
      counts.bytes += size;
      counts.peakBytes = Math.max(counts.peakBytes, counts.bytes);
      if (usage & STORAGE) counts.largestBytes = Math.max(counts.largestBytes, size);
    }
    getMappedRange = () => new ArrayBuffer(this.size);
    unmap(): void {}
    async mapAsync(): Promise<void> {}
    destroy(): void {
      counts.bytes -= this.size;
    }
  }
  const nothing = () => ({});
  const pass = {
    setPipeline() {},
    setBindGroup() {},
    dispatchWorkgroups() {
      counts.dispatches++;
    },
    end() {},
  };
  const pipeline = { getBindGroupLayout: nothing };
  const device = {
    queue: {
      submit() {
        counts.submits++;
      },
      writeBuffer() {},
      async onSubmittedWorkDone() {},
    },
    createBuffer: ({ size, usage }: GPUBufferDescriptor) => new FakeBuffer(size, usage),
    createCommandEncoder: () => ({ beginComputePass: () => pass, copyBufferToBuffer() {}, finish: nothing }),
    createBindGroup: nothing,
    createBindGroupLayout: nothing,
    createPipelineLayout: nothing,
    createShaderModule: nothing,
    createComputePipeline: () => pipeline,
    createComputePipelineAsync: async () => pipeline,
    features: new Set(),
    limits: {
      maxComputeWorkgroupsPerDimension: 65535,
      maxBufferSize: 2 ** 31,
      maxStorageBufferBindingSize: 2 ** 31,
      maxComputeWorkgroupStorageSize: 16384,
      maxComputeInvocationsPerWorkgroup: 256,
      maxComputeWorkgroupSizeX: 256,
    },
    lost: new Promise(() => {}),
    addEventListener() {},
  };
  const adapter = { features: new Set(), limits: device.limits, info: {}, requestDevice: async () => device };
  const globals = {
    GPUBuffer: FakeBuffer,
    GPUTexture: class {},
    GPUExternalTexture: class {},
    GPUBufferUsage: { MAP_READ: 1, MAP_WRITE: 2, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE },
    GPUMapMode: { READ: 1, WRITE: 2 },
    GPUShaderStage: { COMPUTE: 4 },
    navigator: { gpu: { requestAdapter: async () => adapter } },
  };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return counts;
}
