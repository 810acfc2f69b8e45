// The source of an array that the page holds, built in idle time and once per array and statistic.
import { useEffect, useState } from 'react';
import { enqueueDrawing } from '../heatmapQueue';
import { type MatrixSource, memorySourceSlices, type Tile } from './matrixSource';
import type { Statistic } from './pyramid';

const known = new WeakMap<Tile, Map<Statistic, MatrixSource>>();

const keyed = (cells: Tile): Map<Statistic, MatrixSource> => {
  const sources = known.get(cells) ?? new Map<Statistic, MatrixSource>();
  known.set(cells, sources);
  return sources;
};

/** Null while the pyramid is being built. Throws RangeError (into the queue) when the length is not rows × columns. */
export function useMemorySource(
  cells: Tile,
  rows: number,
  columns: number,
  statistic: Statistic,
  wanted = true,
): MatrixSource | null {
  const ready = known.get(cells)?.get(statistic) ?? null;
  const [, setBuilt] = useState<MatrixSource | null>(null);
  useEffect(() => {
    if (!wanted || keyed(cells).has(statistic)) return;
    function* job(): Generator<void, void> {
      // Another picture of the same array may have been first in the queue.
      const source = keyed(cells).get(statistic) ?? (yield* memorySourceSlices(cells, rows, columns, statistic));
      keyed(cells).set(statistic, source);
      setBuilt(source);
    }
    return enqueueDrawing(job());
  }, [cells, rows, columns, statistic, wanted]);
  return ready;
}
