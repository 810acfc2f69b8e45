// Tiles grown from strips and from their own cells, against the pyramid of the whole.
import { expect, test } from 'vitest';
import { cutTile, matrixLevels, pyramidTile } from '../components/matrix/matrixSource';
import { pyramidSlices, runThrough, type Statistic } from '../components/matrix/pyramid';
import { createRng } from '../core/rng';
import type { LayerRef } from './atlasProtocol';
import type { Cells, TensorCells } from './inspectCells';
import { finestKept, inspectTiles } from './inspectTiles';

const LAYER: LayerRef = { kind: 'change', runId: 'inspect' };
const signal = new AbortController().signal;

function memoryCells(all: Cells, rows: number, columns: number): TensorCells & { read: number } {
  const cells = {
    ...{ rows, columns, bytes: all.byteLength, read: 0 },
    async range(begin: number, end: number) {
      cells.read += end - begin;
      return all.slice(begin, end);
    },
    async area({ rowBegin, rowEnd, columnBegin, columnEnd }: Parameters<TensorCells['area']>[0]) {
      const width = columnEnd - columnBegin;
      const out = all.slice(0, width * (rowEnd - rowBegin));
      for (let row = rowBegin; row < rowEnd; row++) {
        out.set(all.subarray(row * columns + columnBegin, row * columns + columnEnd), (row - rowBegin) * width);
      }
      return out;
    },
  };
  return cells;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Cells) => Buffer.from(buffer, byteOffset, byteLength);

async function compareAll(all: Cells, rows: number, columns: number, statistic: Statistic, mostBlocks: number) {
  const cells = memoryCells(all, rows, columns);
  const tiles = inspectTiles(mostBlocks);
  const pyramid = runThrough(pyramidSlices(all, rows, columns, statistic));
  for (const [level, size] of matrixLevels(rows, columns).entries()) {
    for (let row = 0; row * 256 < size.rows; row++) {
      for (let column = 0; column * 256 < size.columns; column++) {
        const question = { type: 'tile' as const, layer: LAYER, tensor: 't', statistic, level, row, column };
        const tile = await tiles.tile(cells, question, signal);
        const whole = level === 0 ? cutTile(all, columns, size, row, column) : pyramidTile(pyramid, level, row, column);
        expect(tile.constructor).toBe(whole.constructor);
        expect(bytesOf(tile).equals(bytesOf(whole))).toBe(true);
      }
    }
  }
  return cells;
}

const floats = (count: number) => {
  const rng = createRng(3, 'tiles');
  // Some are no numbers, and most are nothing: as changes are.
  return Float32Array.from({ length: count }, () =>
    rng.int(4000) === 0 ? Number.NaN : rng.int(3) === 0 ? rng.normal() : 0,
  );
};

test('every tile of every level is the whole pyramid’s, whichever levels are kept', async () => {
  const [rows, columns] = [533, 781];
  const all = floats(rows * columns);
  for (const mostBlocks of [1e9, 30_000, 2000]) {
    for (const statistic of ['mean', 'peak'] as const) await compareAll(all, rows, columns, statistic, mostBlocks);
  }
  const rng = createRng(5, 'bits');
  const codes = Uint8Array.from({ length: rows * columns }, () => rng.int(9) % 4);
  await compareAll(codes, rows, columns, 'commonest', 2000);
  const bits = codes.map((code) => code & 1);
  for (const statistic of ['mean', 'any'] as const) await compareAll(bits, rows, columns, statistic, 2000);
});

test('long thin matrices and single rows too', async () => {
  await compareAll(floats(3000), 3000, 1, 'mean', 500);
  await compareAll(floats(3000), 1, 3000, 'mean', 500);
  await compareAll(floats(1), 1, 1, 'mean', 500);
});

test('a kept pyramid is grown once; fine levels never go through the whole', async () => {
  const [rows, columns] = [533, 781];
  const cells = await compareAll(floats(rows * columns), rows, columns, 'mean', 30_000);
  expect(finestKept(rows, columns, 30_000)).toBe(2);
  expect(cells.read).toBe(rows * columns);
});

test('a tile that nobody waits for any more stops between two strips', async () => {
  const [rows, columns] = [5000, 1000];
  const all = new Float32Array(rows * columns);
  const cells = memoryCells(all, rows, columns);
  const controller = new AbortController();
  const { range } = cells;
  cells.range = (begin, end) => {
    if (begin > 0) controller.abort(new Error('enough'));
    return range(begin, end);
  };
  const question = { type: 'tile' as const, layer: LAYER, tensor: 't', statistic: 'mean' as const };
  const asked = inspectTiles().tile(cells, { ...question, level: 8, row: 0, column: 0 }, controller.signal);
  await expect(asked).rejects.toThrow('enough');
  expect(cells.read).toBeLessThan(rows * columns);
});

test('a tile outside is refused', async () => {
  const cells = memoryCells(new Float32Array(6), 2, 3);
  const question = { type: 'tile' as const, layer: LAYER, tensor: 't', statistic: 'mean' as const };
  const refused = inspectTiles().tile(cells, { ...question, level: 0, row: 1, column: 0 }, signal);
  await expect(refused).rejects.toThrow(RangeError);
});
