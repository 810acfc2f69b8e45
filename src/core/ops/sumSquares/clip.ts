// The clipping factor from a sum of squares: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloClipFactor',
  outputs: () => [[1], [1]],
  run({ sum, loss, last }, [norm, factor], { maxNorm, refusesZeros }) {
    // The norm is rounded to float32 before it is used, as it is where it passes through a tensor.
    norm![0] = Math.sqrt(sum![0]!);
    const areNumbers = Number.isFinite(norm![0]!) && Number.isFinite(loss![0]!);
    const isSound = areNumbers && last![0] !== 0 && !(refusesZeros && (norm![0] === 0 || loss![0] === 0));
    factor![0] = isSound ? Math.min(1, (maxNorm as number) / Math.fround(norm![0]! + Math.fround(1e-6))) : 0;
  },
});
