// Embedding in WGSL. Its gradient needs no atomics: equal ids are first linked in token order, then every table row walks its
// own chain.
import { floats, registerGpuKernel, vectorFor } from '../gpu';
import { findFirst } from '../search';

registerGpuKernel<'table' | 'ids'>('AlloEmbedding', ({ table, ids }, gpu) => {
  const [rows, width] = table.shape as [number, number];
  const count = ids.shape[0]!;
  const vector = vectorFor(width);
  const pieces = width / vector;
  return gpu.run({
    name: 'embedding',
    constants: { rows, pieces },
    inputs: { table, ids },
    vectors: { table: vector },
    outputShape: [count, width],
    outputVector: vector,
    threads: count * pieces,
    code: () => `
      let row = clamp(ids[index / pieces], 0, rows - 1);
      result[index] = table[row * pieces + index % pieces];`,
  });
});

registerGpuKernel<'ids' | 'dy'>('AlloEmbeddingGrad', ({ ids, dy }, gpu, attributes) => {
  const rows = attributes.rows as number;
  const [count, width] = dy.shape as [number, number];
  const vector = vectorFor(width);
  const pieces = width / vector;
  const idVector = vectorFor(count);
  // [rows + count]: the first token of every row, then of every token the next one with its id; −1 ends.
  const links = gpu.run({
    name: 'embeddingLinks',
    constants: { rows },
    inputs: { ids },
    vectors: { ids: idVector },
    outputShape: [rows + count],
    outputType: 'int32',
    threads: rows + count,
    code: () => `
      var id = index;
      var first = 0;
      if (index >= rows) {
        first = index - rows + 1;
        let own = index - rows;
        id = ids[own / ${idVector}]${idVector === 1 ? '' : `[own % ${idVector}]`};
      }
      ${findFirst(idVector, 'first', `i32(arrayLength(&ids))`, (m, type) => `ids[${m}] == ${type}(id)`)}
      result[index] = found;`,
  });
  const dtable = gpu.run({
    name: 'embeddingGrad',
    constants: { rows, pieces },
    inputs: { links, dy },
    vectors: { dy: vector },
    outputShape: [rows, width],
    outputVector: vector,
    threads: rows * pieces,
    code: () => `
      let c = index % pieces;
      var sum = ${floats(vector)}(0.0);
      var n = links[index / pieces];
      while (n >= 0) {
        sum += dy[n * pieces + c];
        n = links[rows + n];
      }
      result[index] = sum;`,
  });
  gpu.free(links);
  return dtable;
});
