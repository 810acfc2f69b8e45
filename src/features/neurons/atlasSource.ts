// The tiles of one tensor's picture, asked from the atlas worker.
import { type MatrixSource, matrixLevels } from '../../components/matrix/matrixSource';
import type { AtlasClient } from '../../worker/atlasClient';
import type { BlockStatistic, LayerRef } from '../../worker/atlasProtocol';

export const atlasSource = (
  atlas: Pick<AtlasClient, 'ask'>,
  layer: LayerRef,
  tensor: string,
  statistic: BlockStatistic,
  rows: number,
  columns: number,
): MatrixSource => ({
  rows,
  columns,
  levels: matrixLevels(rows, columns),
  tile: (level, row, column, signal) =>
    atlas.ask({ type: 'tile', layer, tensor, statistic, level, row, column }, undefined, signal),
});
