// WGSL of matrix products in which every thread makes a tile of rows × columns in registers; operands are read in place,
// transposed or not, four numbers at once where the sizes allow. No barriers (see gpu.ts); sharedTiles.ts has the other way.
import { repeat, type Vector } from '../gpu';

export interface MatmulTile {
  /** Rows a thread makes. */
  rows: number;
  /** Columns a thread makes, a multiple of 4. */
  columns: number;
  workgroup: number;
  /** Workgroups of 16 × 16 threads read both operands through workgroup memory. */
  shared: boolean;
}

/** How the operands of a product lie, and the names of their buffers. */
export interface Layout {
  a: string;
  b: string;
  transposeA: boolean;
  transposeB: boolean;
  vectorA: Vector;
  vectorB: Vector;
  vectorOut: Vector;
  /** K is no multiple of 4. */
  tail: boolean;
}

type Plan = MatmulTile & Layout;

const QUAD = [0, 1, 2, 3];
const part = (i: number): string => 'xyzw'[i & 3]!;

/** WGSL vec4 of four neighbours in a buffer: one read at `at`, or four at `places`. */
const four = (buffer: string, vector: Vector, at: string, places: readonly string[]): string =>
  vector === 4 ? `${buffer}[(${at}) >> 2u]` : `vec4<f32>(${places.map((place) => `${buffer}[${place}]`).join(', ')})`;

/** One operand's piece of a step along K: the WGSL that loads its parts, and how its numbers are then called. */
interface Piece {
  load: string[];
  name(i: number, d: number): string;
}

/** a of the tile's rows and `depth` steps from k on; name(r, d) is the scalar a[row r, k + d]. */
function leftPiece({ a, rows, transposeA, vectorA }: Plan, depth: number): Piece {
  const load: string[] = [];
  if (transposeA) {
    for (let d = 0; d < depth; d++)
      for (let r = 0; r < rows; r += 4) {
        const places = QUAD.map((i) => `(k + ${d}) * M + row${Math.min(r + i, rows - 1)}`);
        load.push(`let l${d}_${r / 4} = ${four(a, vectorA, places[0]!, places)};`);
      }
    return { load, name: (r, d) => `l${d}_${r >> 2}.${part(r)}` };
  }
  for (let r = 0; r < rows; r++) {
    const places = QUAD.map((d) => `row${r} + k + ${d}`);
    load.push(`let l${r} = ${depth === 4 ? four(a, vectorA, places[0]!, places) : `${a}[row${r} + k]`};`);
  }
  return { load, name: depth === 4 ? (r, d) => `l${r}.${part(d)}` : (r) => `l${r}` };
}

/** b of `depth` steps and the tile's columns; name(c, d) is the vec4 b[k + d, columns 4c…4c + 3]. */
function rightPiece({ b, columns, transposeB, vectorB }: Plan, depth: number): Piece {
  const load: string[] = [];
  if (transposeB) {
    for (let c = 0; c < columns; c++) {
      const places = QUAD.map((d) => `column${c} + k + ${d}`);
      load.push(`let r${c} = ${depth === 4 ? four(b, vectorB, places[0]!, places) : `${b}[column${c} + k]`};`);
    }
    for (let d = 0; d < depth; d++)
      for (let c = 0; c < columns / 4; c++) {
        const turned = QUAD.map((i) => `r${4 * c + i}${depth === 4 ? `.${part(d)}` : ''}`);
        load.push(`let t${d}_${c} = vec4<f32>(${turned.join(', ')});`);
      }
    return { load, name: (c, d) => `t${d}_${c}` };
  }
  for (let d = 0; d < depth; d++)
    for (let c = 0; c < columns; c += 4) {
      const places = QUAD.map((i) => `(k + ${d}) * N + column${c + i}`);
      load.push(`let r${d}_${c / 4} = ${four(b, vectorB, places[0]!, places)};`);
    }
  return { load, name: (c, d) => `r${d}_${c}` };
}

/**
 * One step of `depth` along K: all of b's piece first, then a's part by part (rows, or steps where a is transposed), each used
 * as soon as it is there. Compilers for software adapters keep this order; with all loads first they spill.
 */
function step(plan: Plan, depth: 1 | 4): string {
  const { rows, columns, transposeA } = plan;
  const left = leftPiece(plan, depth);
  const right = rightPiece(plan, depth);
  const multiplyAdd = (r: number, d: number): string =>
    repeat(columns / 4, (c) => `sum${r}_${c} += ${left.name(r, d)} * ${right.name(c, d)};`);
  const partCount = transposeA ? depth : rows;
  const loads = left.load.length / partCount;
  return `${right.load.join('\n')}
    ${repeat(partCount, (i) => {
      const uses = transposeA ? repeat(rows, (r) => multiplyAdd(r, i)) : repeat(depth, (d) => multiplyAdd(i, d));
      return `${left.load.slice(i * loads, (i + 1) * loads).join('\n')}\n${uses}`;
    })}`;
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

/** WGSL: adds the product from `first` to `last` along K to the sums of the tile at `row`, `column`. */
export function registerTiles(tile: MatmulTile, layout: Layout): string {
  const plan: Plan = { ...tile, ...layout };
  return `{
    ${positions(plan, 'row')}
    ${positions(plan, 'column')}
    var k = first;
    for (; k + 3 < last; k += 4) { ${step(plan, 4)} }
    ${plan.tail ? `for (; k < last; k += 1) { ${step(plan, 1)} }` : ''}
  }`;
}

/** WGSL: the tile's sums, zeroed. */
export const zeroSums = ({ rows, columns }: MatmulTile): string =>
  repeat(rows, (r) => repeat(columns / 4, (c) => `var sum${r}_${c} = vec4<f32>(0.0);`));

/** WGSL: hands each sum that lies inside to `store(value, at)`, with the place in the whole output, counted in its vectors. */
export function storeSums(
  { rows, columns }: MatmulTile,
  vectorOut: Vector,
  store: (value: string, at: string, column: string) => string,
): string {
  return repeat(rows, (r) => {
    const writes = repeat(columns / 4, (c) => {
      const first = `column + ${4 * c}`;
      if (vectorOut === 4)
        return `if (${first} < N) { ${store(`sum${r}_${c}`, `((at + ${4 * c}) >> 2u)`, `((${first}) >> 2u)`)} }`;
      return repeat(
        4,
        (i) =>
          `if (${first} + ${i} < N) { ${store(`sum${r}_${c}.${part(i)}`, `(at + ${4 * c + i})`, `(${first} + ${i})`)} }`,
      );
    });
    return `if (row + ${r} < M) { let at = (part * M + row + ${r}) * N + column; ${writes} }`;
  });
}
