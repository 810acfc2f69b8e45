// Key/value cache in WGSL: rows are written into the cache in place; decoding attends with one thread a row and head.
import { constantsOf, load, planOf, weightedValues } from '../attention/webgpu';
import { registerGpuKernel, repeat, vectorFor } from '../gpu';

registerGpuKernel<'cache' | 'rows' | 'slots'>('AlloCacheWrite', ({ cache, rows, slots }, gpu) => {
  const [count, width] = rows.shape as [number, number];
  const vector = vectorFor(width);
  const pieces = width / vector;
  gpu.run({
    name: 'cacheWrite',
    constants: { pieces },
    inputs: { rows, slots },
    vectors: { rows: vector },
    outputShape: cache.shape,
    outputVector: vector,
    output: cache,
    threads: count * pieces,
    code: () => 'result[slots[index / pieces] * pieces + index % pieces] = rows[index];',
  });
  // A tensor of its own over the same data: handing back the input itself would let the caller dispose the cache.
  return gpu.share(cache);
});

registerGpuKernel<'q' | 'keys' | 'values' | 'lengths'>(
  'AlloDecodeAttention',
  ({ q, keys, values, lengths }, gpu, attributes) => {
    const plan = planOf(q.shape[1]! / (attributes.heads as number), attributes, false);
    const { vector } = plan;
    return gpu.run({
      name: 'decodeAttention',
      constants: constantsOf(plan),
      inputs: { q, keys, values, lengths },
      vectors: { q: vector, keys: vector, values: vector },
      outputShape: q.shape,
      outputVector: vector,
      integers: { positions: keys.shape[1]! },
      threads: q.shape[0]! * plan.heads,
      code: () => `
        let b = index / heads;
        let count = lengths[b];
        var at = (b * uniforms.positions * kvHeads + (index % heads) / group) * pieces;
        ${load(plan, 'q', 'q[index * pieces')}
        ${weightedValues(plan, 'keys', 'values')}
        ${repeat(plan.pieces, (i) => `result[index * pieces + ${i}] = sum${i} / total;`)}`,
    });
  },
);
