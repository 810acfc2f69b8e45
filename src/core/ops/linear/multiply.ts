// Matrix products as one program: a sum of products into one output, or several products side by side, with what follows (bias,
// residual, the activation's gradient) done while the sums are still in registers.
import type { tf } from '../../tf';
import { floats, type Gpu, type GpuOutput, repeat, type Vector } from '../gpu';
import { SHARED_WORKGROUP, sharedTiles, sharedVariables, spanOf } from './sharedTiles';
import { type Layout, type MatmulTile, registerTiles, storeSums, zeroSums } from './tiles';
import { tileFor } from './tuning';

export interface Product {
  a: tf.TensorInfo;
  b: tf.TensorInfo;
}

/** What becomes of each finished sum. */
export interface Epilogue {
  key: string;
  /** Read beside the operands, in vectors of the output's size. */
  inputs: Readonly<Record<string, tf.TensorInfo>>;
  /** Names of the outputs, each of the product's shape. */
  outputs: readonly string[];
  /** WGSL that writes them; `at` and `column` count vectors of type `type`. */
  store(value: string, at: string, column: string, type: string): string;
}

export interface Multiplication {
  transposeA: boolean;
  transposeB: boolean;
  /** Per output the products that are added up in it. All operands of one side and number have one shape but for b's (a's) free side. */
  sums: readonly (readonly Product[])[];
  /** Only with one output. */
  epilogue?: Epilogue;
  /** Also gives the column sums of b, [N]: the gradient of a bias. Only with one product, b not transposed. */
  columnSums?: boolean;
}

const PLAIN: Epilogue = {
  key: '',
  inputs: {},
  outputs: ['result'],
  store: (value, at) => `result[${at}] = ${value};`,
};

const vectorOf = (size: number): Vector => (size % 4 === 0 ? 4 : 1);

interface Sizes {
  M: number;
  N: number;
  K: number;
}

function sizesOf({ a, b }: Product, transposeA: boolean, transposeB: boolean): Sizes {
  const [M, K] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  return { M, K, N: b.shape[transposeB ? 0 : 1]! };
}

/** Into how many stretches K is cut, so that enough threads work on a small output; a second program then adds them up. */
function partsFor({ M, N, K }: Sizes, tile: MatmulTile): number {
  if (tile.shared) return 1;
  const tiles = Math.ceil(M / tile.rows) * Math.ceil(N / tile.columns);
  return Math.max(1, Math.min(Math.floor(ENOUGH_THREADS / tiles), Math.floor(K / SHORTEST_PART)));
}
const ENOUGH_THREADS = 1024;
const SHORTEST_PART = 256;

/** The products' operands as buffers, each tensor once. */
function operandsOf(request: Multiplication, isShared: boolean) {
  const inputs: Record<string, tf.TensorInfo> = {};
  const vectors: Record<string, Vector> = {};
  const nameOf = (side: 'a' | 'b', info: tf.TensorInfo, alongRows: boolean): string => {
    const known = Object.keys(inputs).find((name) => name[0] === side && inputs[name]!.dataId === info.dataId);
    if (known) return known;
    const name = `${side}${Object.keys(inputs).length}`;
    inputs[name] = info;
    vectors[name] = isShared ? 1 : vectorOf(info.shape[alongRows ? 1 : 0]!);
    return name;
  };
  const layouts = request.sums.map((products) =>
    products.map((product): Layout => {
      const { transposeA, transposeB } = request;
      const a = nameOf('a', product.a, true);
      const b = nameOf('b', product.b, true);
      const { K, N } = sizesOf(product, transposeA, transposeB);
      const [vectorA, vectorB] = [vectors[a]!, vectors[b]!];
      return { a, b, transposeA, transposeB, vectorA, vectorB, vectorOut: vectorOf(N), tail: K % 4 !== 0 };
    }),
  );
  return { inputs, vectors, layouts };
}

/** WGSL: tile `tile` of output number `group`, if it is one of its own. */
function outputCode(
  tile: MatmulTile,
  layouts: readonly Layout[],
  group: number,
  parts: number,
  store: Epilogue['store'],
): string {
  const [down, across] = tile.shared ? spanOf(tile) : [tile.rows, tile.columns];
  const loop = tile.shared ? sharedTiles : registerTiles;
  const corner = tile.shared
    ? `let groupRow = tileRow; let groupColumn = tileColumn;
       let row = groupRow + (local / 16) * ${tile.rows}; let column = groupColumn + (local % 16) * ${tile.columns};`
    : 'let row = tileRow; let column = tileColumn;';
  const { vectorOut } = layouts[0]!;
  const type = floats(vectorOut);
  return `{
    let M = uniforms.M${group};
    let N = uniforms.N${group};
    let across = (N + ${across - 1}) / ${across};
    let tiles = across * ((M + ${down - 1}) / ${down});
    if (tile < tiles * ${parts}) {
      let part = tile / tiles;
      let tileRow = ((tile % tiles) / across) * ${down};
      let tileColumn = (tile % across) * ${across};
      ${corner}
      ${zeroSums(tile)}
      ${repeat(
        layouts.length,
        (term) => `{
        let K = uniforms.K${group}_${term};
        let span = ((K + ${4 * parts - 1}) / ${4 * parts}) * 4;
        let first = part * span;
        let last = min(first + span, K);
        ${loop(tile, layouts[term]!)}
      }`,
      )}
      ${storeSums(tile, vectorOut, (value, at, column) => `{ ${store(value, at, column, type)} }`)}
      return;
    }
    tile -= tiles * ${parts};
  }`;
}

/** WGSL: threads beyond the tiles add up b's columns over their part's rows. */
const columnSumCode = (b: string, parts: number, vector: Vector, isShared: boolean): string => `
  {
    let width = uniforms.N0 / ${vector};
    let slot = ${isShared ? 'tile * 256 + local' : 'tile'};
    if (slot < width * ${parts}) {
      let K = uniforms.K0_0;
      let span = ((K + ${4 * parts - 1}) / ${4 * parts}) * 4;
      let last = min((slot / width + 1) * span, K);
      var sum = ${floats(vector)}(0.0);
      for (var k = (slot / width) * span; k < last; k += 1) { sum += ${b}[k * width + slot % width]; }
      columns[slot] = sum;
    }
  }`;

/** Runs it → the outputs, then the column sums. */
export function multiply(gpu: Gpu, request: Multiplication, given?: MatmulTile): tf.TensorInfo[] {
  const { transposeA, transposeB, sums, columnSums = false } = request;
  const sizes = sums.map((products) => products.map((product) => sizesOf(product, transposeA, transposeB)));
  const heads = sizes.map(([first]) => first!);
  const tile = given ?? tileFor(heads, transposeA);
  const { inputs, vectors, layouts } = operandsOf(request, tile.shared);
  const isSingle = sums.length === 1 && sums[0]!.length === 1;
  const parts = isSingle ? partsFor(heads[0]!, tile) : 1;
  const epilogue = parts === 1 ? (request.epilogue ?? PLAIN) : PLAIN;
  const outputs: Record<string, GpuOutput> = {};
  heads.forEach(({ M, N }, group) => {
    const names = sums.length > 1 ? [`result${group}`] : epilogue.outputs;
    for (const name of names) outputs[name] = { shape: [parts * M, N], vector: vectorOf(N) };
  });
  const columnVector = Object.values(vectors).at(-1)!;
  if (columnSums) outputs.columns = { shape: parts === 1 ? [heads[0]!.N] : [parts, heads[0]!.N], vector: columnVector };
  const [down, across] = tile.shared ? spanOf(tile) : [tile.rows, tile.columns];
  const tiles = heads.reduce((sum, { M, N }) => sum + Math.ceil(M / down) * Math.ceil(N / across) * parts, 0);
  const extra = columnSums ? (parts * heads[0]!.N) / columnVector : 0;
  const made = gpu.runMany({
    name: 'matmul',
    variant: `${JSON.stringify([tile, layouts, parts, columnSums])} ${epilogue.key}`,
    inputs: { ...inputs, ...epilogue.inputs },
    vectors: { ...vectors, ...Object.fromEntries(Object.keys(epilogue.inputs).map((n) => [n, vectorOf(heads[0]!.N)])) },
    outputs,
    integers: Object.fromEntries(
      sizes.flatMap((terms, group) => [
        [`M${group}`, terms[0]!.M],
        [`N${group}`, terms[0]!.N],
        ...terms.map(({ K }, term): [string, number] => [`K${group}_${term}`, K]),
      ]),
    ),
    threads: tile.shared ? (tiles + Math.ceil(extra / SHARED_WORKGROUP)) * SHARED_WORKGROUP : tiles + extra,
    workgroup: tile.shared ? SHARED_WORKGROUP : tile.workgroup,
    shared: tile.shared ? sharedVariables(tile) : undefined,
    code: () => `
      var tile = ${tile.shared ? 'place' : 'index'};
      ${repeat(sums.length, (group) =>
        outputCode(tile, layouts[group]!, group, parts, sums.length > 1 ? storeIn(`result${group}`) : epilogue.store),
      )}
      ${columnSums ? columnSumCode(layouts[0]![0]!.b, parts, columnVector, tile.shared) : ''}`,
  });
  if (parts === 1) return made;
  const finished = finish(gpu, made, heads[0]!, request.epilogue ?? PLAIN);
  gpu.free(...made);
  return finished;
}

const storeIn =
  (name: string): Epilogue['store'] =>
  (value, at) =>
    `${name}[${at}] = ${value};`;

/** Adds up the parts of a product (and of the column sums), then does what follows. */
function finish(gpu: Gpu, parts: readonly tf.TensorInfo[], { M, N }: Sizes, epilogue: Epilogue): tf.TensorInfo[] {
  const vector = vectorOf(N);
  const type = floats(vector);
  const [partial, columnParts] = parts;
  const outputs: Record<string, GpuOutput> = Object.fromEntries(
    epilogue.outputs.map((name) => [name, { shape: [M, N], vector }]),
  );
  if (columnParts) outputs.columns = { shape: [N], vector };
  const inputs = { partial: partial!, ...(columnParts ? { columnParts } : {}), ...epilogue.inputs };
  const sumOver = (buffer: string, at: string, length: string): string => `
    var sum = ${buffer}[${at}];
    for (var i = ${at} + ${length}; i < i32(arrayLength(&${buffer})); i += ${length}) { sum += ${buffer}[i]; }`;
  return gpu.runMany({
    name: 'matmulParts',
    variant: epilogue.key,
    inputs,
    vectors: Object.fromEntries(Object.keys(inputs).map((name) => [name, vector])),
    outputs,
    integers: { size: (M * N) / vector, width: N / vector },
    threads: (M * N + (columnParts ? N : 0)) / vector,
    code: () => `
      if (index < uniforms.size) {
        ${sumOver('partial', 'index', 'uniforms.size')}
        ${epilogue.store('sum', 'index', '(index % uniforms.width)', type)}
        return;
      }
      ${columnParts ? `let slot = index - uniforms.size; ${sumOver('columnParts', 'slot', 'uniforms.width')} columns[slot] = sum;` : ''}`,
  });
}
