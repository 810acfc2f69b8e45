// Label log-probs and their gradient as loops: cpu and wasm.
import { exp, log } from '../../math';
import { type HostArray, registerHostKernel } from '../host';

function highestOf(logits: HostArray, at: number, width: number): number {
  let highest = -Infinity;
  for (let v = 0; v < width; v++) if (logits[at + v]! > highest) highest = logits[at + v]!;
  return highest;
}

function checkLabels(labels: HostArray, width: number): void {
  const slot = labels.findIndex((label) => label >= width);
  if (slot >= 0) throw new RangeError(`tokenLogps: label ${labels[slot]} at slot ${slot} is outside 0…${width - 1}`);
}

registerHostKernel({
  name: 'AlloTokenLogps',
  outputs: ({ labels }) => [labels!],
  run({ logits, labels, rows }, [logps], _, shapes) {
    const width = shapes.logits![1]!;
    checkLabels(labels!, width);
    for (let m = 0; m < labels!.length; m++) {
      const label = labels![m]!;
      if (label < 0) continue;
      const at = rows![m]! * width;
      const highest = highestOf(logits!, at, width);
      let total = 0;
      for (let v = 0; v < width; v++) total += exp(logits![at + v]! - highest);
      logps![m] = logits![at + label]! - highest - log(total);
    }
  },
  zeroed: true,
  simd(heap, { logits, labels, rows }, [logps], _, shapes) {
    const slots = shapes.labels![0]!;
    const width = shapes.logits![1]!;
    checkLabels(heap.ints(labels!, slots), width);
    heap.run('tokenLogps', [logits!, labels!, rows!, logps!, width], slots, { nanoseconds: width });
  },
});

registerHostKernel({
  name: 'AlloTokenLogpsGrad',
  outputs: ({ logits }) => [logits!],
  run({ logits, labels, rows, dy }, [dlogits], _, shapes) {
    const width = shapes.logits![1]!;
    const terms = new Float64Array(width);
    for (let m = 0; m < labels!.length; m++) {
      const label = labels![m]!;
      const g = dy![m]!;
      if (label < 0 || g === 0) continue;
      const at = rows![m]! * width;
      const highest = highestOf(logits!, at, width);
      let total = 0;
      for (let v = 0; v < width; v++) {
        terms[v] = exp(logits![at + v]! - highest);
        total += terms[v]!;
      }
      for (let v = 0; v < width; v++) dlogits![at + v] = (-g * terms[v]!) / total;
      dlogits![at + label] = dlogits![at + label]! + g;
    }
  },
  zeroed: true,
  simd(heap, { logits, labels, rows, dy }, [dlogits], _, shapes) {
    const [slots, width] = [shapes.labels![0]!, shapes.logits![1]!];
    heap.run('tokenLogpsGrad', [logits!, labels!, rows!, dy!, dlogits!, width], slots, { nanoseconds: width });
  },
});
