// Matrix product in WGSL: every thread makes a tile of rows × columns in registers; operands are read in place, transposed or
// not, four numbers at once where the sizes allow. No shared tiles (see gpu.ts).
import type { tf } from '../../tf';
import { type Gpu, registerGpuKernel, repeat, sumParts, type Vector } from '../gpu';

export interface MatmulTile {
  /** Rows a thread makes. */
  rows: number;
  /** Columns a thread makes, a multiple of 4. */
  columns: number;
  /** Into how many stretches K is cut; each makes a product of its own, and a second program adds them up. */
  parts: number;
  workgroup: number;
}

interface Plan extends MatmulTile {
  transposeA: boolean;
  transposeB: boolean;
  vectorA: Vector;
  vectorB: Vector;
  vectorOut: Vector;
  /** K is no multiple of 4. */
  tail: boolean;
}

const vectorOf = (size: number): Vector => (size % 4 === 0 ? 4 : 1);
const QUAD = [0, 1, 2, 3];
const part = (i: number): string => 'xyzw'[i & 3]!;

/** WGSL vec4 of four neighbours in a buffer: one read at `at`, or four at `places`. */
const four = (buffer: string, vector: Vector, at: string, places: readonly string[]): string =>
  vector === 4 ? `${buffer}[(${at}) >> 2u]` : `vec4<f32>(${places.map((place) => `${buffer}[${place}]`).join(', ')})`;

/** One operand's piece of a step along K: the WGSL that loads it, and how its numbers are then called. */
interface Piece {
  load: string[];
  name(i: number, d: number): string;
}

/** a of the tile's rows and `depth` steps from k on; name(r, d) is the scalar a[row r, k + d]. */
function leftPiece({ rows, transposeA, vectorA }: Plan, depth: number): Piece {
  const load: string[] = [];
  if (transposeA) {
    for (let d = 0; d < depth; d++)
      for (let r = 0; r < rows; r += 4) {
        const places = QUAD.map((i) => `(k + ${d}) * M + row${Math.min(r + i, rows - 1)}`);
        load.push(`let a${d}_${r / 4} = ${four('a', vectorA, places[0]!, places)};`);
      }
    return { load, name: (r, d) => `a${d}_${r >> 2}.${part(r)}` };
  }
  for (let r = 0; r < rows; r++) {
    const places = QUAD.map((d) => `row${r} + k + ${d}`);
    load.push(`let a${r} = ${depth === 4 ? four('a', vectorA, places[0]!, places) : `a[row${r} + k]`};`);
  }
  return { load, name: depth === 4 ? (r, d) => `a${r}.${part(d)}` : (r) => `a${r}` };
}

/** b of `depth` steps and the tile's columns; name(c, d) is the vec4 b[k + d, columns 4c…4c + 3]. */
function rightPiece({ columns, transposeB, vectorB }: Plan, depth: number): Piece {
  const load: string[] = [];
  if (transposeB) {
    for (let c = 0; c < columns; c++) {
      const places = QUAD.map((d) => `column${c} + k + ${d}`);
      load.push(`let b${c} = ${depth === 4 ? four('b', vectorB, places[0]!, places) : `b[column${c} + k]`};`);
    }
    for (let d = 0; d < depth; d++)
      for (let c = 0; c < columns / 4; c++) {
        const turned = QUAD.map((i) => `b${4 * c + i}${depth === 4 ? `.${part(d)}` : ''}`);
        load.push(`let t${d}_${c} = vec4<f32>(${turned.join(', ')});`);
      }
    return { load, name: (c, d) => `t${d}_${c}` };
  }
  for (let d = 0; d < depth; d++)
    for (let c = 0; c < columns; c += 4) {
      const places = QUAD.map((i) => `(k + ${d}) * N + column${c + i}`);
      load.push(`let b${d}_${c / 4} = ${four('b', vectorB, places[0]!, places)};`);
    }
  return { load, name: (c, d) => `b${d}_${c}` };
}

/** One step of `depth` along K: load both operands' pieces, then multiply and add. */
function step(plan: Plan, depth: 1 | 4): string {
  const left = leftPiece(plan, depth);
  const right = rightPiece(plan, depth);
  const lines = [...left.load, ...right.load];
  for (let d = 0; d < depth; d++)
    for (let c = 0; c < plan.columns / 4; c++)
      for (let r = 0; r < plan.rows; r++) lines.push(`sum${r}_${c} += ${left.name(r, d)} * ${right.name(c, d)};`);
  return lines.join('\n');
}

/** Clamped positions of the tile's rows (or columns): element offsets where the operand lies along K, else plain indices. */
function positions(plan: Plan, side: 'row' | 'column'): string {
  const isRow = side === 'row';
  const count = isRow ? plan.rows : plan.columns;
  const size = isRow ? 'M' : 'N';
  const along = isRow ? !plan.transposeA : plan.transposeB;
  const vector = isRow ? plan.vectorA : plan.vectorB;
  return repeat(count, (i) => {
    // A vec4 is inside or outside as a whole, so its first index is what must be held inside.
    if (!along && vector === 4) return i % 4 === 0 ? `let ${side}${i} = min(${side} + ${i}, ${size} - 4);` : '';
    return `let ${side}${i} = min(${side} + ${i}, ${size} - 1)${along ? ' * K' : ''};`;
  });
}

function store(plan: Plan): string {
  const { rows, columns, vectorOut } = plan;
  return repeat(rows, (r) => {
    const writes = repeat(columns / 4, (c) => {
      if (vectorOut === 4) return `if (column + ${4 * c} < N) { result[(at + ${4 * c}) >> 2u] = sum${r}_${c}; }`;
      return repeat(
        4,
        (i) => `if (column + ${4 * c + i} < N) { result[at + ${4 * c + i}] = sum${r}_${c}.${'xyzw'[i]}; }`,
      );
    });
    return `if (row + ${r} < M) { let at = (part * M + row + ${r}) * N + column; ${writes} }`;
  });
}

function matmulCode(plan: Plan): string {
  const { rows, columns, parts, tail, transposeA, transposeB } = plan;
  return `
    let M = ${transposeA ? 'uniforms.aShape.y' : 'uniforms.aShape.x'};
    let K = ${transposeA ? 'uniforms.aShape.x' : 'uniforms.aShape.y'};
    let N = ${transposeB ? 'uniforms.bShape.x' : 'uniforms.bShape.y'};
    let across = (N + ${columns - 1}) / ${columns};
    let tiles = across * ((M + ${rows - 1}) / ${rows});
    let part = index / tiles;
    let row = ((index % tiles) / across) * ${rows};
    let column = (index % across) * ${columns};
    ${positions(plan, 'row')}
    ${positions(plan, 'column')}
    ${repeat(rows, (r) => repeat(columns / 4, (c) => `var sum${r}_${c} = vec4<f32>(0.0);`))}
    let span = ((K + ${4 * parts - 1}) / ${4 * parts}) * 4;
    let last = min((part + 1) * span, K);
    var k = part * span;
    for (; k + 3 < last; k += 4) { ${step(plan, 4)} }
    ${tail ? `for (; k < last; k += 1) { ${step(plan, 1)} }` : ''}
    ${store(plan)}`;
}

/** Product with a given tiling; `tileFor` chooses one. */
export function product(
  gpu: Gpu,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  tile: MatmulTile,
): tf.TensorInfo {
  const M = a.shape[transposeA ? 1 : 0]!;
  const K = a.shape[transposeA ? 0 : 1]!;
  const N = b.shape[transposeB ? 0 : 1]!;
  const plan: Plan = {
    ...tile,
    transposeA,
    transposeB,
    vectorA: vectorOf(transposeA ? M : K),
    vectorB: vectorOf(transposeB ? K : N),
    vectorOut: vectorOf(N),
    tail: K % 4 !== 0,
  };
  const { rows, columns, parts, workgroup } = tile;
  const partial = gpu.run({
    name: 'matmul',
    constants: { transposeA, transposeB, rows, columns, parts, tail: plan.tail },
    inputs: { a, b },
    vectors: { a: plan.vectorA, b: plan.vectorB },
    outputShape: [parts * M, N],
    outputVector: plan.vectorOut,
    threads: Math.ceil(M / rows) * Math.ceil(N / columns) * parts,
    workgroup,
    code: () => matmulCode(plan),
  });
  if (parts === 1) return partial;
  const total = sumParts(gpu, partial, [M, N]);
  gpu.free(partial);
  return total;
}

/** A tiling for the sizes. Short sides get small tiles; a long K over a small output is cut, so that enough threads work. */
export function tileFor(M: number, N: number, K: number, transposeA: boolean): MatmulTile {
  const rows = M < 4 && !transposeA ? 1 : M < 64 ? 4 : 8;
  const columns = N < 8 ? 4 : 8;
  const tiles = Math.ceil(M / rows) * Math.ceil(N / columns);
  const parts = Math.max(1, Math.min(Math.floor(ENOUGH_THREADS / tiles), Math.floor(K / SHORTEST_PART)));
  return { rows, columns, parts, workgroup: 64 };
}
const ENOUGH_THREADS = 1024;
const SHORTEST_PART = 256;

registerGpuKernel<'a' | 'b'>('AlloMatMul', ({ a, b }, gpu, attributes) => {
  const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean };
  const M = a.shape[transposeA ? 1 : 0]!;
  const K = a.shape[transposeA ? 0 : 1]!;
  const N = b.shape[transposeB ? 0 : 1]!;
  return product(gpu, a, b, transposeA, transposeB, tileFor(M, N, K, transposeA));
});
