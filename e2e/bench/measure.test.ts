import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { countGpu } from './jobs/measure';

const MAP_READ = 1;

/** As much of WebGPU as is counted; the time of a submission is its number. */
function fakeGpu(): Record<string, unknown> {
  class GPUBuffer {
    constructor(
      readonly size: number,
      readonly usage: number,
    ) {}
    destroy(): void {}
  }
  class GPUDevice {
    createBuffer({ size, usage }: { size: number; usage: number }): GPUBuffer {
      return new GPUBuffer(size, usage);
    }
  }
  class GPUQueue {
    submit(): void {}
  }
  class GPUCommandEncoder {
    copyBufferToBuffer(): void {}
  }
  class GPUComputePassEncoder {
    dispatchWorkgroups(): void {}
    dispatchWorkgroupsIndirect(): void {}
  }
  return {
    ...{ GPUBuffer, GPUDevice, GPUQueue, GPUCommandEncoder, GPUComputePassEncoder },
    GPUBufferUsage: { MAP_READ },
  };
}

describe('countGpu', () => {
  let now = 0;
  beforeEach(() => {
    for (const [name, value] of Object.entries(fakeGpu())) vi.stubGlobal(name, value);
    vi.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it('takes the time of the last submission with a dispatch or a copy on the device, not of read-backs', () => {
    const counts = countGpu();
    const device = new GPUDevice();
    const [queue, encoder, pass] = [new GPUQueue(), new GPUCommandEncoder(), new GPUComputePassEncoder()];
    const plain = device.createBuffer({ size: 8, usage: 0 });
    const staging = device.createBuffer({ size: 8, usage: MAP_READ });
    const submitAt = (time: number) => {
      now = time;
      queue.submit([]);
    };
    expect(counts.lastSubmit).toBe(0);
    submitAt(1);
    expect(counts.lastSubmit).toBe(0);
    pass.dispatchWorkgroups(1);
    encoder.copyBufferToBuffer(plain, 0, staging, 0, 8);
    submitAt(2);
    expect(counts.lastSubmit).toBe(2);
    encoder.copyBufferToBuffer(plain, staging, 8);
    submitAt(3);
    expect(counts.lastSubmit).toBe(2);
    encoder.copyBufferToBuffer(plain, 0, plain, 4, 4);
    submitAt(4);
    expect(counts.lastSubmit).toBe(4);
    expect(counts.dispatches).toBe(1);
  });

  it('keeps the most bytes of buffers alive at once; a buffer dies once', () => {
    const counts = countGpu();
    const device = new GPUDevice();
    const [first] = [device.createBuffer({ size: 100, usage: 0 }), device.createBuffer({ size: 50, usage: 0 })];
    first.destroy();
    first.destroy();
    device.createBuffer({ size: 60, usage: 0 });
    expect(counts.liveBytes).toBe(110);
    expect(counts.peakBytes).toBe(150);
  });
});
