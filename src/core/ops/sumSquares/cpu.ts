// Σ x² as a loop: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloSumSquares',
  outputs: () => [[1]],
  run(inputs, [out]) {
    let sum = 0;
    for (const x of Object.values(inputs)) for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
    out![0] = sum;
  },
});
