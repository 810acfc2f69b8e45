// Embedding and its gradient as loops: cpu and wasm.
import { type HostArray, registerHostKernel } from '../host';

function checkIds(ids: HostArray, rows: number): void {
  for (let n = 0; n < ids.length; n++) {
    const id = ids[n]!;
    if (id < 0 || id >= rows) throw new RangeError(`embedding: id ${id} at position ${n} is outside 0…${rows - 1}`);
  }
}

registerHostKernel({
  name: 'AlloEmbedding',
  outputs: ({ table, ids }) => [[ids![0]!, table![1]!]],
  run({ table, ids }, [y], _, shapes) {
    const [rows, width] = shapes.table as [number, number];
    checkIds(ids!, rows);
    ids!.forEach((id, n) => {
      y!.set((table as Float32Array).subarray(id * width, (id + 1) * width), n * width);
    });
  },
  simd(heap, { table, ids }, [y], _, shapes) {
    const [rows, width] = shapes.table as [number, number];
    const count = shapes.ids![0]!;
    checkIds(heap.ints(ids!, count), rows);
    heap.run('takeRows', [table!, ids!, y!, width], count);
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
  zeroed: true,
  simd(heap, { ids, dy }, [dtable], _, shapes) {
    heap.run('addRows', [dy!, ids!, dtable!, shapes.dy![1]!], shapes.ids![0]!);
  },
});
