// The clipping factor from a sum of squares: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloClipFactor',
  outputs: () => [[1], [1]],
  run({ sum }, [norm, factor], { maxNorm }) {
    // The norm is rounded to float32 before it is used, as it is where it passes through a tensor.
    norm![0] = Math.sqrt(sum![0]!);
    factor![0] = Math.min(1, (maxNorm as number) / Math.fround(norm![0]! + Math.fround(1e-6)));
  },
});
