// Causal attention over packed sequences in WGSL: one thread a query and head walks the keys with a running softmax. The
// gradient keeps two numbers a query and head, from which the keys' own computes the weights again.
import type { tf } from '../../tf';
import { floats, type Gpu, ROWS_WORKGROUP, registerGpuKernel, repeat, sumOf, type Vector, vectorFor } from '../gpu';
import type { Attributes } from '../host';

export interface Plan {
  /** Vectors in a head, and their size. */
  pieces: number;
  vector: Vector;
  heads: number;
  kvHeads: number;
  /** Vectors from row to row of the queries, and of the keys and values. */
  queryStride: number;
  keyStride: number;
  /** Where keys begin in their row, and from a key to its value: 0 unless all three lie in one row. */
  keyOffset: number;
  valueShift: number;
}

export function planOf(headWidth: number, attributes: Attributes, isPacked: boolean): Plan {
  const heads = attributes.heads as number;
  const kvHeads = attributes.kvHeads as number;
  const vector = vectorFor(headWidth);
  const pieces = headWidth / vector;
  const row = (heads + 2 * kvHeads) * pieces;
  return {
    pieces,
    vector,
    heads,
    kvHeads,
    queryStride: isPacked ? row : heads * pieces,
    keyStride: isPacked ? row : kvHeads * pieces,
    keyOffset: isPacked ? heads * pieces : 0,
    valueShift: isPacked ? kvHeads * pieces : 0,
  };
}

export const constantsOf = ({ vector, ...plan }: Plan): Record<string, number> => ({
  ...plan,
  group: plan.heads / plan.kvHeads,
  scale: 1 / Math.sqrt(plan.pieces * vector),
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
const write = (plan: Plan, to: string, value: (i: number) => string): string =>
  repeat(plan.pieces, (i) => `${to} + ${i}] = ${value(i)};`);

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
    ${addTo(plan, 'weight', `${values}[at + valueShift`)}
    at += keyStride;
  }`;

/** Queries, keys and values as three tensors, or as one whose rows hold all three; and how the WGSL calls them. */
interface Heads {
  plan: Plan;
  inputs: Readonly<Record<string, tf.TensorInfo>>;
  q: string;
  k: string;
  v: string;
  rows: number;
}

const separate = ({ q, k, v }: Readonly<Record<'q' | 'k' | 'v', tf.TensorInfo>>, attributes: Attributes): Heads => ({
  plan: planOf(q.shape[1]! / (attributes.heads as number), attributes, false),
  inputs: { q, k, v },
  q: 'q',
  k: 'k',
  v: 'v',
  rows: q.shape[0]!,
});

function packed(qkv: tf.TensorInfo, attributes: Attributes): Heads {
  const headWidth = qkv.shape[1]! / ((attributes.heads as number) + 2 * (attributes.kvHeads as number));
  const plan = planOf(headWidth, attributes, true);
  return { plan, inputs: { qkv }, q: 'qkv', k: 'qkv', v: 'qkv', rows: qkv.shape[0]! };
}

const vectorsOf = (names: readonly string[], vector: Vector): Record<string, Vector> =>
  Object.fromEntries(names.map((name) => [name, vector]));

/** WGSL: n, h and the place of the query of thread `index`. */
const QUERY = `
  let n = index / heads;
  let h = index % heads;
  let own = n * queryStride + h * pieces;
  let first = starts[n];
  let count = n - first + 1;
  var at = first * keyStride + keyOffset + (h / group) * pieces;`;

function attend({ plan, inputs, q, k, v, rows }: Heads, starts: tf.TensorInfo, gpu: Gpu): tf.TensorInfo {
  const { vector, heads, pieces } = plan;
  return gpu.run({
    name: 'attention',
    constants: constantsOf(plan),
    inputs: { ...inputs, starts },
    vectors: vectorsOf(Object.keys(inputs), vector),
    outputShape: [rows, heads * pieces * vector],
    outputVector: vector,
    threads: rows * heads,
    code: () => `
      ${QUERY}
      ${load(plan, 'q', `${q}[own`)}
      ${weightedValues(plan, k, v)}
      ${write(plan, 'result[index * pieces', (i) => `sum${i} / total`)}`,
  });
}

type Target = Readonly<Record<string, { shape: readonly number[]; into?: tf.TensorInfo }>>;

/**
 * dq into `target`'s one output, and per query and head log Σ exp(score) and Σ weight · (dy · value). One walk over the keys:
 * dq = scale · (Σ w a k − (Σ w a) Σ w k) with weights w and a = dy · value.
 */
function queryGradient(heads: Heads, starts: tf.TensorInfo, dy: tf.TensorInfo, target: Target, gpu: Gpu) {
  const { plan, inputs, q, k, v, rows } = heads;
  const { vector } = plan;
  const [name] = Object.keys(target);
  return gpu.runMany({
    name: 'attentionDq',
    constants: constantsOf(plan),
    inputs: { ...inputs, starts, dy },
    vectors: vectorsOf([...Object.keys(inputs), 'dy'], vector),
    outputs: { [name!]: { ...target[name!]!, vector }, perQuery: { shape: [rows, plan.heads, 2], vector: 2 } },
    threads: rows * plan.heads,
    workgroup: ROWS_WORKGROUP,
    code: () => `
      ${QUERY}
      ${load(plan, 'q', `${q}[own`)}
      ${load(plan, 'g', 'dy[index * pieces')}
      ${zeros(plan, 'sloped')}
      ${zeros(plan, 'plain')}
      var highest = -1e30;
      var total = 0.0;
      var delta = 0.0;
      for (var j = 0; j < count; j += 1) {
        let score = ${product(plan, 'q', `${k}[at`)} * scale;
        if (score > highest) {
          let shrink = exp(max(highest - score, -80.0));
          total *= shrink;
          delta *= shrink;
          ${repeat(plan.pieces, (i) => `sloped${i} *= shrink; plain${i} *= shrink;`)}
          highest = score;
        }
        let weight = exp(max(score - highest, -80.0));
        let slope = weight * ${product(plan, 'g', `${v}[at + valueShift`)};
        total += weight;
        delta += slope;
        ${addTo(plan, 'slope', `${k}[at`, 'sloped')}
        ${addTo(plan, 'weight', `${k}[at`, 'plain')}
        at += keyStride;
      }
      delta /= total;
      ${write(plan, `${name}[own`, (i) => `(sloped${i} - delta * plain${i}) * (scale / total)`)}
      perQuery[index] = vec2<f32>(highest + log(total), delta);`,
  });
}

/** dk and dv into `target`'s outputs: one thread a key and key/value head walks the later queries of its sequence, all heads of its group. */
function keyGradient(
  heads: Heads,
  starts: tf.TensorInfo,
  dy: tf.TensorInfo,
  perQuery: tf.TensorInfo,
  target: Target,
  gpu: Gpu,
): tf.TensorInfo[] {
  const { plan, inputs, q, k, v, rows } = heads;
  const { vector } = plan;
  const names = Object.keys(target);
  return gpu.runMany({
    name: 'attentionDkDv',
    constants: constantsOf(plan),
    inputs: { ...inputs, starts, dy, perQuery },
    vectors: { ...vectorsOf([...Object.keys(inputs), 'dy'], vector), perQuery: 2 },
    outputs: Object.fromEntries(names.map((name) => [name, { ...target[name]!, vector }])),
    integers: { rows },
    threads: rows * plan.kvHeads,
    workgroup: ROWS_WORKGROUP,
    code: () => `
      let j = index / kvHeads;
      let own = j * keyStride + keyOffset + (index % kvHeads) * pieces;
      let first = starts[j];
      ${load(plan, 'k', `${k}[own`)}
      ${load(plan, 'v', `${v}[own + valueShift`)}
      ${zeros(plan, 'dk')}
      ${zeros(plan, 'dv')}
      for (var n = j; n < uniforms.rows; n += 1) {
        if (starts[n] != first) { break; }
        for (var i = 0; i < group; i += 1) {
          let h = (index % kvHeads) * group + i;
          let query = n * heads + h;
          let at = n * queryStride + h * pieces;
          let g = query * pieces;
          let score = ${product(plan, 'k', `${q}[at`)} * scale;
          let weight = exp(clamp(score - perQuery[query].x, -80.0, 0.0));
          let slope = weight * (${product(plan, 'v', 'dy[g')} - perQuery[query].y) * scale;
          ${addTo(plan, 'slope', `${q}[at`, 'dk')}
          ${addTo(plan, 'weight', 'dy[g', 'dv')}
        }
      }
      ${write(plan, `${names[0]}[own`, (i) => `dk${i}`)}
      ${write(plan, `${names.at(-1)}[own + valueShift`, (i) => `dv${i}`)}`,
  });
}

registerGpuKernel<'q' | 'k' | 'v' | 'starts'>('AlloAttention', (inputs, gpu, attributes) =>
  attend(separate(inputs, attributes), inputs.starts, gpu),
);

registerGpuKernel<'q' | 'k' | 'v' | 'starts' | 'dy'>('AlloAttentionGrad', (inputs, gpu, attributes) => {
  const { q, k, v, starts, dy } = inputs;
  const heads = separate(inputs, attributes);
  const [dq, perQuery] = queryGradient(heads, starts, dy, { queries: { shape: q.shape } }, gpu);
  const target = { keys: { shape: k.shape }, values: { shape: v.shape } };
  const [dk, dv] = keyGradient(heads, starts, dy, perQuery!, target, gpu);
  gpu.free(perQuery!);
  return [dq!, dk!, dv!];
});

registerGpuKernel<'qkv' | 'starts'>('AlloPackedAttention', ({ qkv, starts }, gpu, attributes) =>
  attend(packed(qkv, attributes), starts, gpu),
);

registerGpuKernel<'qkv' | 'starts' | 'dy'>('AlloPackedAttentionGrad', ({ qkv, starts, dy }, gpu, attributes) => {
  const heads = packed(qkv, attributes);
  const [dqkv, perQuery] = queryGradient(heads, starts, dy, { gradient: { shape: qkv.shape } }, gpu);
  keyGradient(heads, starts, dy, perQuery!, { gradient: { shape: qkv.shape, into: dqkv! } }, gpu);
  gpu.free(perQuery!);
  return dqkv!;
});
