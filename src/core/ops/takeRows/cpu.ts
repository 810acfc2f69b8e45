// Taking rows, on cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloTakeRows',
  outputs: ({ x, rows }) => [[rows![0]!, x![1]!]],
  run({ x, rows }, [y], _, shapes) {
    const [count, width] = shapes.x as [number, number];
    for (let s = 0; s < rows!.length; s++) {
      const row = rows![s]!;
      if (row >= count) throw new RangeError(`takeRows: row ${row} at place ${s} is outside 0…${count - 1}`);
      if (row >= 0) y!.set(x!.subarray(row * width, (row + 1) * width), s * width);
    }
  },
});
