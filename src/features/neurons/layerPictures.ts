// A tensor as a picture for a file: run, layer and tensor by name, colour bar with ticks, and every colour of the legend with how many
// cells have it.
import { formatCount, formatShare } from '../../components/format';
import type { Colouring } from '../../components/matrix/colouring';
import { cssColour } from '../../components/matrix/colourMaps';
import type { MatrixHandle } from '../../components/matrix/MatrixView';
import { readInk } from '../../components/matrix/matrixAxes';
import { matrixPicture, outsideSwatches } from '../../components/matrix/matrixPicture';
import type { PlotCapture } from '../../components/matrix/matrixStage';
import { binOf, countOutside } from '../../components/matrix/valueHistogram';
import type { Picture } from '../../components/pictureLayout';
import { matrixShape } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';
import type { AtlasClient } from '../../worker/atlasClient';
import type { BlockStatistic, LayerHistogram, LayerRef } from '../../worker/atlasProtocol';
import type { LayerInfo } from './layers';
import type { Subject } from './subject';
import type { axesOf } from './tensorNames';
import type { LayerColours } from './useLayerColours';

const CATEGORIES: Partial<Record<LayerInfo['form'], readonly string[]>> = {
  mask: ['not selected', 'selected weight'],
  overlay: ['neither', 'A only', 'B only', 'A and B'],
};

/** A tensor's single cells: their colours and how often which value occurs. */
export interface ColouredCells {
  cells: Colouring;
  histogram: LayerHistogram;
}

/** What single cells can be, each with its count: categories of masks, or what lies outside the scale. */
export function legendSwatches(
  { form, categories }: Pick<LayerInfo, 'form' | 'categories'>,
  tensors: readonly ColouredCells[],
): Picture['swatches'] {
  const cells = tensors[0]?.cells;
  if (!cells) return [];
  if (cells.type === 'categories') {
    const count = (code: number) => tensors.reduce((sum, { histogram }) => sum + histogram.counts[binOf(code)]!, 0);
    return cells.colours.map((colour, code) => ({
      colour: cssColour(colour),
      text: `${(categories ?? CATEGORIES[form])?.[code] ?? code}: ${formatCount(count(code))}`,
    }));
  }
  const all = { below: 0, above: 0, nonFinite: 0 };
  for (const { cells: own, histogram } of tensors) {
    if (own.type !== 'scale') continue;
    const { below, above, nonFinite } = countOutside(histogram, own.domain.low, own.domain.high);
    all.below += below;
    all.above += above;
    all.nonFinite += nonFinite;
  }
  return outsideSwatches(cells, all);
}

/** What the colour bar measures. */
export function barLabel({ form, label }: LayerInfo, colouring: Colouring): string {
  if (form !== 'mask' || colouring.type !== 'scale') return label;
  const { high } = colouring.domain;
  return `density of an occupied block${high < 1 ? `; ${formatShare(high)} and more in the last colour` : ''}`;
}

export const TOLD: Record<BlockStatistic, string> = {
  any: 'whether any of its cells is selected',
  mean: 'the mean of its cells',
  peak: 'its value farthest from 0',
  commonest: 'its commonest code',
};

/** What a block shows and which part of the matrix it is. */
export function captureNotes(
  { block, sight }: Pick<PlotCapture, 'block' | 'sight'>,
  rows: number,
  columns: number,
  statistic: BlockStatistic,
): string[] {
  const { firstRow, endRow, firstColumn, endColumn } = sight;
  const isWhole = firstRow === 0 && firstColumn === 0 && endRow === rows && endColumn === columns;
  return [
    ...(isWhole
      ? []
      : [
          `Rows ${firstRow} to ${endRow - 1} of ${rows}, columns ${firstColumn} to ${endColumn - 1} of ${columns}; counts are of the whole tensor.`,
        ]),
    block > 1 ? `A block of ${block} × ${block} cells shows ${TOLD[statistic]}.` : 'Single cells.',
  ];
}

export interface ShownLayer {
  atlas: Pick<AtlasClient, 'ask'>;
  subject: Pick<Subject, 'title'>;
  info: LayerInfo;
  layer: LayerRef;
  statistic: BlockStatistic;
  colours: LayerColours;
}

/** The matrix as it stands in its window. */
export async function detailPicture(
  { atlas, subject, info, layer, statistic, colours }: ShownLayer,
  handle: MatrixHandle,
  spec: TensorSpec,
  axes: ReturnType<typeof axesOf>,
): Promise<Picture> {
  const histogram = await atlas.ask({ type: 'histogram', layer, tensor: spec.name });
  const capture = await handle.capture();
  const colouring = capture.block > 1 ? colours.blocks : colours.cells;
  const { rows, columns } = matrixShape(spec);
  return matrixPicture({
    ...{ capture, colouring },
    title: `${info.label}: ${spec.name}`,
    notes: [`${subject.title}, ${spec.shape.join(' × ')} weights.`, ...captureNotes(capture, rows, columns, statistic)],
    rowAxis: axes.rows,
    columnAxis: axes.columns,
    scaleLabel: barLabel(info, colouring),
    swatches: legendSwatches(info, [{ cells: colours.cells, histogram }]),
    ink: readInk(),
  });
}
