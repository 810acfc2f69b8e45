// Label log-probs in WGSL: one thread a slot, two passes over its logits. The gradient finds every row's slot by search, so
// that each logit is written once and without atomics.
import { floats, registerGpuKernel, repeat, sumOf, type Vector, vectorFor } from '../gpu';
import { findFirst } from '../search';

const largest = (vector: Vector): string =>
  vector === 1 ? 'most' : Array.from({ length: vector }, (_, i) => `most[${i}]`).reduce((a, b) => `max(${a}, ${b})`);

/** WGSL: `highest` and `total` = Σ exp(logit − highest) of the row whose vectors begin at `at`. */
const statistics = (vector: Vector): string => `
  var most = logits[at];
  for (var c = 1; c < pieces; c += 1) { most = max(most, logits[at + c]); }
  let highest = ${largest(vector)};
  var terms = ${floats(vector)}(0.0);
  for (var c = 0; c < pieces; c += 1) {
    terms += exp(max(logits[at + c] - highest, ${floats(vector)}(-80.0)));
  }
  let total = ${sumOf('terms', vector)};`;

registerGpuKernel<'logits' | 'labels' | 'rows'>('AlloTokenLogps', ({ logits, labels, rows }, gpu) => {
  const width = logits.shape[1]!;
  const vector = vectorFor(width);
  return gpu.run({
    name: 'tokenLogps',
    constants: { pieces: width / vector },
    inputs: { logits, labels, rows },
    vectors: { logits: vector },
    outputShape: labels.shape,
    threads: labels.shape[0]!,
    code: () => `
      let label = labels[index];
      if (label < 0) { result[index] = 0.0; return; }
      let at = rows[index] * pieces;
      ${statistics(vector)}
      let chosen = logits[at + label / ${vector}]${vector === 1 ? '' : `[label % ${vector}]`};
      result[index] = chosen - highest - log(total);`,
  });
});

registerGpuKernel<'logits' | 'labels' | 'rows' | 'dy'>('AlloTokenLogpsGrad', ({ logits, labels, rows, dy }, gpu) => {
  const [count, width] = logits.shape as [number, number];
  const vector = vectorFor(width);
  const pieces = width / vector;
  const slotVector = vectorFor(labels.shape[0]!);
  // Per row: highest logit, dy / total, dy and label of its slot; zeros for a row without one.
  const rowValues = gpu.run({
    name: 'tokenLogpsRows',
    constants: { pieces },
    inputs: { logits, labels, rows, dy },
    vectors: { logits: vector, labels: slotVector, rows: slotVector },
    outputShape: [count, 4],
    outputVector: 4,
    threads: count,
    code: () => `
      ${findFirst(slotVector, '0', 'i32(arrayLength(&rows))', (m, type) => `(rows[${m}] == ${type}(index)) & (labels[${m}] >= ${type}(0))`)}
      if (found < 0) { result[index] = vec4<f32>(0.0); return; }
      let g = dy[found];
      let label = labels[found / ${slotVector}]${slotVector === 1 ? '' : `[found % ${slotVector}]`};
      let at = index * pieces;
      ${statistics(vector)}
      result[index] = vec4<f32>(highest, g / total, g, f32(label));`,
  });
  const dlogits = gpu.run({
    name: 'tokenLogpsGrad',
    constants: { pieces },
    inputs: { logits, rowValues },
    vectors: { logits: vector, rowValues: 4 },
    outputShape: logits.shape,
    outputVector: vector,
    threads: count * pieces,
    code: () => `
      let row = rowValues[index / pieces];
      if (row.z == 0.0) { result[index] = ${floats(vector)}(0.0); return; }
      var slope = exp(max(logits[index] - row.x, ${floats(vector)}(-80.0))) * -row.y;
      let own = i32(row.w) - ${vector} * (index % pieces);
      ${vector === 1 ? 'if (own == 0) { slope += row.z; }' : repeat(vector, (i) => `if (own == ${i}) { slope.${'xyzw'[i]} += row.z; }`)}
      result[index] = slope;`,
  });
  gpu.free(rowValues);
  return dlogits;
});
