// WGSL of matrix products for GPUs that gain from workgroup memory: 16 × 16 threads read a stretch of both operands together,
// then each adds its own rows × columns. Software adapters emulate the barriers slowly; tuning.ts finds out.
import { repeat } from '../gpu';
import type { Layout, MatmulTile } from './tiles';

const SIDE = 16;
const STRETCH = 16;
export const SHARED_WORKGROUP = SIDE * SIDE;

/** Rows and columns that a workgroup makes. */
export const spanOf = ({ rows, columns }: MatmulTile): [rows: number, columns: number] => [SIDE * rows, SIDE * columns];

/** WGSL workgroup variables: both operands' stretches, K outside. */
export function sharedVariables(tile: MatmulTile): string {
  const [down, across] = spanOf(tile);
  return `
    var<workgroup> leftTile : array<f32, ${down * STRETCH}>;
    var<workgroup> rightTile : array<f32, ${across * STRETCH}>;`;
}

/** WGSL: all threads copy one operand's stretch; neighbours read neighbours, whichever way the operand lies. */
function fill(to: string, from: string, span: number, size: 'M' | 'N', along: boolean, corner: string): string {
  const [inner, outer] = along ? [`e % ${STRETCH}`, `e / ${STRETCH}`] : [`e / ${span}`, `e % ${span}`];
  return `
    for (var e = local; e < ${span * STRETCH}; e += ${SHARED_WORKGROUP}) {
      let d = ${inner};
      let i = ${outer};
      let at = ${corner} + i;
      var value = 0.0;
      if (at < ${size} && k + d < last) { value = ${from}[${along ? 'at * K + k + d' : `(k + d) * ${size} + at`}]; }
      ${to}[d * ${span} + i] = value;
    }`;
}

/** WGSL: as `registerTiles`; `row` and `column` are the thread's, `groupRow` and `groupColumn` the workgroup's. */
export function sharedTiles(tile: MatmulTile, { a, b, transposeA, transposeB }: Layout): string {
  const { rows, columns } = tile;
  const [down, across] = spanOf(tile);
  return `
    for (var k = first; k < last; k += ${STRETCH}) {
      ${fill('leftTile', a, down, 'M', !transposeA, 'groupRow')}
      ${fill('rightTile', b, across, 'N', transposeB, 'groupColumn')}
      workgroupBarrier();
      for (var d = 0; d < ${STRETCH}; d += 1) {
        let l = d * ${down} + row - groupRow;
        let r = d * ${across} + column - groupColumn;
        ${repeat(columns / 4, (c) => `let right${c} = vec4<f32>(${[0, 1, 2, 3].map((i) => `rightTile[r + ${4 * c + i}]`).join(', ')});`)}
        ${repeat(rows, (i) => `let left${i} = leftTile[l + ${i}]; ${repeat(columns / 4, (c) => `sum${i}_${c} += left${i} * right${c};`)}`)}
      }
      workgroupBarrier();
    }`;
}
