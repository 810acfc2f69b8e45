// Causal attention over packed sequences in WGSL: one thread a query and head walks the keys with a running softmax. The
// gradient keeps two numbers a query and head and computes the weights again from them.
import type { tf } from '../../tf';
import { floats, type Gpu, registerGpuKernel, repeat, sumOf, type Vector, vectorFor } from '../gpu';
import type { Attributes } from '../host';

interface Plan {
  /** Vectors in a head, and their size. */
  pieces: number;
  vector: Vector;
  heads: number;
  kvHeads: number;
}

export function planOf(q: tf.TensorInfo, attributes: Attributes): Plan {
  const heads = attributes.heads as number;
  const headWidth = q.shape[1]! / heads;
  const vector = vectorFor(headWidth);
  return { pieces: headWidth / vector, vector, heads, kvHeads: attributes.kvHeads as number };
}

export const constantsOf = ({ pieces, vector, heads, kvHeads }: Plan): Record<string, number> => ({
  pieces,
  heads,
  kvHeads,
  group: heads / kvHeads,
  scale: 1 / Math.sqrt(pieces * vector),
});

/** WGSL: local copies name0, name1, … of a head's vectors. */
export const load = (plan: Plan, name: string, from: string): string =>
  repeat(plan.pieces, (i) => `let ${name}${i} = ${from} + ${i}];`);

/** WGSL: the scalar product of the local copies `name` with a head of a buffer. */
export const product = (plan: Plan, name: string, from: string): string =>
  sumOf(`(${Array.from({ length: plan.pieces }, (_, i) => `${name}${i} * ${from} + ${i}]`).join(' + ')})`, plan.vector);

/** WGSL: zeroed local sums, and adding a multiple of a head to them. */
export const zeros = (plan: Plan, name = 'sum'): string =>
  repeat(plan.pieces, (i) => `var ${name}${i} = ${floats(plan.vector)}(0.0);`);
export const addTo = (plan: Plan, factor: string, from: string, name = 'sum'): string =>
  repeat(plan.pieces, (i) => `${name}${i} += ${factor} * ${from} + ${i}];`);
const write = (plan: Plan, at: string, factor = ''): string =>
  repeat(plan.pieces, (i) => `result[${at} + ${i}] = sum${i}${factor};`);

/**
 * WGSL: sum0… = Σ weights · values over `count` keys from the vector `at` on, one running softmax; `total` their normaliser.
 * exp never sees less than −80: what is left out is below 1e-34 of the largest weight.
 */
export const weightedValues = (plan: Plan, keys: string, values: string): string => `
  ${zeros(plan)}
  var highest = -1e30;
  var total = 0.0;
  for (var j = 0; j < count; j += 1) {
    let score = ${product(plan, 'q', `${keys}[at`)} * scale;
    if (score > highest) {
      let shrink = exp(max(highest - score, -80.0));
      total *= shrink;
      ${repeat(plan.pieces, (i) => `sum${i} *= shrink;`)}
      highest = score;
    }
    let weight = exp(max(score - highest, -80.0));
    total += weight;
    ${addTo(plan, 'weight', `${values}[at`)}
    at += kvHeads * pieces;
  }`;

registerGpuKernel<'q' | 'k' | 'v' | 'starts'>('AlloAttention', ({ q, k, v, starts }, gpu, attributes) => {
  const plan = planOf(q, attributes);
  const { vector } = plan;
  return gpu.run({
    name: 'attention',
    constants: constantsOf(plan),
    inputs: { q, k, v, starts },
    vectors: { q: vector, k: vector, v: vector },
    outputShape: q.shape,
    outputVector: vector,
    threads: q.shape[0]! * plan.heads,
    code: () => `
      let n = index / heads;
      let first = starts[n];
      let count = n - first + 1;
      var at = (first * kvHeads + (index % heads) / group) * pieces;
      ${load(plan, 'q', 'q[index * pieces')}
      ${weightedValues(plan, 'k', 'v')}
      ${write(plan, 'index * pieces', ' / total')}`,
  });
});

type GradInputs = Readonly<Record<'q' | 'k' | 'v' | 'starts' | 'dy', tf.TensorInfo>>;

/** Per query and head: log Σ exp(score), and Σ weight · (dy · value). */
function queryValues(plan: Plan, { q, k, v, starts, dy }: GradInputs, gpu: Gpu): tf.TensorInfo {
  const { vector } = plan;
  return gpu.run({
    name: 'attentionQueries',
    constants: constantsOf(plan),
    inputs: { q, k, v, starts, dy },
    vectors: { q: vector, k: vector, v: vector, dy: vector },
    outputShape: [q.shape[0]!, plan.heads, 2],
    outputVector: 2,
    threads: q.shape[0]! * plan.heads,
    code: () => `
      let n = index / heads;
      var at = (starts[n] * kvHeads + (index % heads) / group) * pieces;
      ${load(plan, 'q', 'q[index * pieces')}
      ${load(plan, 'g', 'dy[index * pieces')}
      var highest = -1e30;
      var total = 0.0;
      var delta = 0.0;
      for (var j = starts[n]; j <= n; j += 1) {
        let score = ${product(plan, 'q', 'k[at')} * scale;
        if (score > highest) {
          let shrink = exp(max(highest - score, -80.0));
          total *= shrink;
          delta *= shrink;
          highest = score;
        }
        let weight = exp(max(score - highest, -80.0));
        total += weight;
        delta += weight * ${product(plan, 'g', 'v[at')};
        at += kvHeads * pieces;
      }
      result[index] = vec2<f32>(highest + log(total), delta / total);`,
  });
}

function queryGradient(
  plan: Plan,
  { q, k, v, starts, dy }: GradInputs,
  perQuery: tf.TensorInfo,
  gpu: Gpu,
): tf.TensorInfo {
  const { vector } = plan;
  return gpu.run({
    name: 'attentionDq',
    constants: constantsOf(plan),
    inputs: { q, k, v, starts, dy, perQuery },
    vectors: { q: vector, k: vector, v: vector, dy: vector, perQuery: 2 },
    outputShape: q.shape,
    outputVector: vector,
    threads: q.shape[0]! * plan.heads,
    code: () => `
      let n = index / heads;
      var at = (starts[n] * kvHeads + (index % heads) / group) * pieces;
      let own = perQuery[index];
      ${load(plan, 'q', 'q[index * pieces')}
      ${load(plan, 'g', 'dy[index * pieces')}
      ${zeros(plan)}
      for (var j = starts[n]; j <= n; j += 1) {
        let score = ${product(plan, 'q', 'k[at')} * scale;
        let weight = exp(clamp(score - own.x, -80.0, 0.0));
        let slope = weight * (${product(plan, 'g', 'v[at')} - own.y) * scale;
        ${addTo(plan, 'slope', 'k[at')}
        at += kvHeads * pieces;
      }
      ${write(plan, 'index * pieces')}`,
  });
}

/** dk or dv: one thread a key and key/value head walks the later queries of its sequence, all heads of its group. */
function keyGradient(
  plan: Plan,
  side: 'dk' | 'dv',
  { q, k, v, starts, dy }: GradInputs,
  perQuery: tf.TensorInfo,
  gpu: Gpu,
): tf.TensorInfo {
  const { vector } = plan;
  const isKey = side === 'dk';
  return gpu.run({
    name: `attention ${side}`,
    constants: constantsOf(plan),
    inputs: { q, k, ...(isKey ? { v } : {}), starts, dy, perQuery },
    vectors: { q: vector, k: vector, v: vector, dy: vector, perQuery: 2 },
    outputShape: k.shape,
    outputVector: vector,
    threads: k.shape[0]! * plan.kvHeads,
    code: () => `
      let j = index / kvHeads;
      let first = starts[j];
      ${load(plan, 'k', 'k[index * pieces')}
      ${isKey ? load(plan, 'v', 'v[index * pieces') : ''}
      ${zeros(plan)}
      for (var n = j; n < uniforms.kShape.x; n += 1) {
        if (starts[n] != first) { break; }
        for (var h = 0; h < group; h += 1) {
          let query = n * heads + (index % kvHeads) * group + h;
          let at = query * pieces;
          let score = ${product(plan, 'k', 'q[at')} * scale;
          let weight = exp(clamp(score - perQuery[query].x, -80.0, 0.0));
          ${
            isKey
              ? `let slope = weight * (${product(plan, 'v', 'dy[at')} - perQuery[query].y) * scale;
                 ${addTo(plan, 'slope', 'q[at')}`
              : addTo(plan, 'weight', 'dy[at')
          }
        }
      }
      ${write(plan, 'index * pieces')}`,
  });
}

registerGpuKernel<keyof GradInputs>('AlloAttentionGrad', (inputs, gpu, attributes) => {
  const plan = planOf(inputs.q, attributes);
  const perQuery = queryValues(plan, inputs, gpu);
  const dq = queryGradient(plan, inputs, perQuery, gpu);
  const dk = keyGradient(plan, 'dk', inputs, perQuery, gpu);
  const dv = keyGradient(plan, 'dv', inputs, perQuery, gpu);
  gpu.free(perQuery);
  return [dq, dk, dv];
});
