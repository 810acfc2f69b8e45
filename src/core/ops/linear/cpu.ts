// Matrix product, either side transposed; for fused kernels with a `bias` and something of its own size (`plus`) added. Plain loops on
// cpu, the SIMD module on wasm.
import { type Attributes, registerHostKernel, type Shape } from '../host';

/** Rows, columns and inner size of the product, and how far apart neighbours of a row and of a column lie in a and b. */
function planOf(shapes: Readonly<Record<string, Shape>>, { transposeA, transposeB }: Attributes) {
  const [aRows, aColumns] = shapes.a as [number, number];
  const [bRows, bColumns] = shapes.b as [number, number];
  return {
    rows: transposeA ? aColumns : aRows,
    inner: transposeA ? aRows : aColumns,
    columns: transposeB ? bRows : bColumns,
    a: strides(aColumns, transposeA),
    b: strides(bColumns, transposeB),
  };
}

const strides = (columns: number, isTransposed: number | boolean | undefined): [row: number, column: number] =>
  isTransposed ? [1, columns] : [columns, 1];

/** The SIMD module's pieces of work: columns, or rows where a is turned; and what one thread needs for it (assembly/matmul.ts). */
const PANEL = 8;
const TURNED_PIECE = 12;
const SCRATCH_BYTES = 4 * 512 * (PANEL + 48);

registerHostKernel({
  name: 'AlloMatMul',
  outputs: (shapes, attributes) => {
    const { rows, columns } = planOf(shapes, attributes);
    return [[rows, columns]];
  },
  run({ a, b, bias, plus }, [out], attributes, shapes) {
    const plan = planOf(shapes, attributes);
    const { rows, inner, columns } = plan;
    const row = new Float64Array(columns);
    for (let m = 0; m < rows; m++) {
      row.fill(0);
      for (let k = 0; k < inner; k++) {
        const x = a![m * plan.a[0] + k * plan.a[1]]!;
        const at = k * plan.b[0];
        for (let n = 0; n < columns; n++) row[n] = row[n]! + x * b![at + n * plan.b[1]]!;
      }
      out!.set(row, m * columns);
    }
    // Rounded to float32 in between, as by kernels of their own.
    if (bias) for (let i = 0; i < out!.length; i++) out![i] = out![i]! + bias[i % columns]!;
    if (plus) for (let i = 0; i < out!.length; i++) out![i] = out![i]! + plus[i]!;
  },
  simd(heap, { a, b, bias, plus }, [out], attributes, shapes) {
    const plan = planOf(shapes, attributes);
    const { rows, inner, columns } = plan;
    // As the module sees it: a turned row of one column lies in memory like a plain one.
    const isTurned = plan.a[1] !== 1;
    const pieces = isTurned ? Math.ceil(rows / TURNED_PIECE) : Math.ceil(columns / PANEL);
    const values = [a!, ...plan.a, b!, ...plan.b, out!, bias ?? 0, plus ?? 0, rows, columns, inner];
    heap.run('matmul', values, pieces, {
      scratchBytes: SCRATCH_BYTES,
      nanoseconds: (rows * columns * inner) / pieces / 15,
    });
  },
});
