// Which buffers of run events move to the page instead of being copied.
import type { RunEvent } from '../core/events';

/** Every ArrayBuffer that the events' typed arrays own wholly, each once. A view into a bigger buffer is left to be copied. */
export function buffersOf(events: readonly RunEvent[]): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const add = (array: Uint8Array | Float32Array | null): void => {
    if (array && array.buffer instanceof ArrayBuffer && array.byteLength === array.buffer.byteLength) {
      buffers.add(array.buffer);
    }
  };
  for (const event of events) {
    if (event.type === 'mask') for (const tensor of event.tensors) add(tensor.mask);
    else if (event.type === 'log-ratios') for (const record of event.records) add(record.logRatio);
    else if (event.type === 'pair-log-ratios')
      for (const { chosen, rejected } of event.records) [chosen, rejected].forEach(add);
    else if (event.type === 'losses') add(event.losses);
    else if (event.type === 'weights' || event.type === 'update') for (const values of event.tensors) add(values);
    else if (event.type === 'snapshot') for (const row of [...event.policy, ...event.reference]) add(row);
    else if (event.type === 'moments') {
      for (const values of [...event.secondMoments, ...(event.gradients ?? [])]) add(values);
    } else if (event.type === 'rewards') {
      for (const record of event.records) {
        add(record.rewards);
        add(record.weights);
        add(record.wrong);
      }
    }
  }
  return [...buffers].filter((buffer) => buffer.byteLength > 0);
}
