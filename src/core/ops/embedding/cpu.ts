// Embedding and its gradient as loops: cpu and wasm.
import { registerHostKernel } from '../host';

registerHostKernel({
  name: 'AlloEmbedding',
  outputs: ({ table, ids }) => [[ids![0]!, table![1]!]],
  run({ table, ids }, [y], _, shapes) {
    const [rows, width] = shapes.table as [number, number];
    for (let n = 0; n < ids!.length; n++) {
      const id = ids![n]!;
      if (id < 0 || id >= rows) throw new RangeError(`embedding: id ${id} at position ${n} is outside 0…${rows - 1}`);
      y!.set((table as Float32Array).subarray(id * width, (id + 1) * width), n * width);
    }
  },
});

registerHostKernel({
  name: 'AlloEmbeddingGrad',
  outputs: ({ dy }, { rows }) => [[rows as number, dy![1]!]],
  run({ ids, dy }, [dtable], _, shapes) {
    const width = shapes.dy![1]!;
    for (let n = 0; n < ids!.length; n++) {
      const to = ids![n]! * width;
      const from = n * width;
      for (let c = 0; c < width; c++) dtable![to + c] = dtable![to + c]! + dy![from + c]!;
    }
  },
});
