// Watches a WebGPU device. What happens to it is told in promises and events that TensorFlow.js does not look at: a lost device would leave a run
// waiting for numbers for ever, and memory that was refused would give numbers that mean nothing. Here the first trouble ends every read,
// those under way too, and the backend is put aside for a new one.
import { DeviceLostError, DeviceRefusedError, type DeviceTrouble, OutOfMemoryError } from '../failures';
import { tf, type webgpu } from '../tf';

interface Watch {
  trouble: DeviceTrouble | null;
  /** Told of the trouble. Whoever waits no longer takes itself out: one promise for all of them would keep everybody who ever waited. */
  waiting: Set<(trouble: DeviceTrouble) => void>;
  fail(trouble: DeviceTrouble): void;
}

const watches = new WeakMap<object, Watch>();
/** The backend that TensorFlow.js has under the name “webgpu”. */
let present: webgpu.WebGPUBackend | null = null;
/** Its priority in TensorFlow.js: the highest. */
const PRIORITY = 3;
const listeners = new Set<(trouble: DeviceTrouble) => void>();

/** Called once with the trouble of each device that was in use, also when nobody waits for it. */
export function onDeviceTrouble(listener: (trouble: DeviceTrouble) => void): void {
  listeners.add(listener);
}

/** A read that is refused by a lost device is refused a moment before the loss is told: so long it is waited for, ms. */
const LOSS_COMES_MS = 1000;

/** What browsers say of memory in errors that are not of the class for it. */
const MEMORY = /out of memory|buffer size|exceeds the max|too large|allocation/i;

function newWatch(): Watch {
  const watch: Watch = {
    ...{ trouble: null, waiting: new Set() },
    fail(trouble) {
      if (watch.trouble) return;
      watch.trouble = trouble;
      for (const tell of watch.waiting) tell(trouble);
      for (const listener of listeners) listener(trouble);
    },
  };
  return watch;
}

/** Once a backend. Its reads then end with the device. */
export function watchDevice(backend: webgpu.WebGPUBackend): void {
  present = backend;
  if (watches.has(backend)) return;
  const watch = newWatch();
  watches.set(backend, watch);
  const { device } = backend;
  void device.lost.then(({ reason, message }) => watch.fail(new DeviceLostError(reason, message)));
  device.addEventListener('uncapturederror', ({ error }) => watch.fail(troubleOf(error)));
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    if (watch.trouble) throw watch.trouble;
    const values = await beforeLoss(watch, read(dataId));
    // Numbers of a step whose memory was refused: the refusal is told first.
    if (watch.trouble) throw watch.trouble;
    return values;
  };
}

function troubleOf(error: GPUError): DeviceTrouble {
  const isMemory = error.constructor.name === 'GPUOutOfMemoryError' || MEMORY.test(error.message);
  return isMemory
    ? new OutOfMemoryError(`The GPU has no memory left for the run: ${error.message}`)
    : new DeviceRefusedError(error.message);
}

async function beforeLoss<T>(watch: Watch, work: Promise<T>): Promise<T> {
  if (watch.trouble) {
    work.catch(() => {});
    throw watch.trouble;
  }
  let tell!: (trouble: DeviceTrouble) => void;
  const failed = new Promise<never>((_, reject) => {
    tell = reject;
  });
  // It may come when nobody waits any more.
  failed.catch(() => {});
  watch.waiting.add(tell);
  try {
    return await Promise.race([work, failed]);
  } catch (error) {
    if (watch.trouble) throw watch.trouble;
    await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, LOSS_COMES_MS))]);
    throw error;
  } finally {
    watch.waiting.delete(tell);
  }
}

/** Resolves as `work` does, or rejects with the trouble of the backend's device, whatever comes first. */
export function orTrouble<T>(backend: object, work: Promise<T>): Promise<T> {
  const watch = watches.get(backend);
  return watch ? beforeLoss(watch, work) : work;
}

/** What ended the use of the backend's device; null while it works, and for a backend without one. */
export const troubleOfBackend = (backend: object): DeviceTrouble | null => watches.get(backend)?.trouble ?? null;

/** Puts the webgpu backend aside if its device has had trouble: the next `setBackend` makes a new one. Its tensors can still be disposed of. */
export function renewBackend(): void {
  const factory = tf.findBackendFactory('webgpu');
  const backend = present;
  if (!factory || !backend || !troubleOfBackend(backend)) return;
  present = null;
  tf.removeBackend('webgpu');
  // What was refused memory may still hold some.
  backend.device.destroy();
  tf.registerBackend('webgpu', factory, PRIORITY);
}
