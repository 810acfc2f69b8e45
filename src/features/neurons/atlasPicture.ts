// The whole atlas as a picture for a file: every tensor with its name and density, one legend for all.
import { fileInks } from '../../components/charts/chartInks';
import { formatNumber, formatShare } from '../../components/format';
import { wholeMatrix } from '../../components/matrix/drawWhole';
import { scalePicture } from '../../components/matrix/matrixPicture';
import type { Mark, Picture } from '../../components/pictureLayout';
import { matrixShape } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';
import type { ScaleChoice } from '../../state/neuronsChoice';
import type { SelectionSummary } from '../../worker/atlasProtocol';
import { listed, type Order } from './atlasOrder';
import { atlasPlaces, LINE, type PlacedTensor } from './atlasPlaces';
import { atlasSource } from './atlasSource';
import { barLabel, legendSwatches, type ShownLayer, TOLD } from './layerPictures';
import type { Subject } from './subject';
import { thumbScale } from './tensorGrid';
import { layerColours } from './useLayerColours';
import { wantedDomain } from './useLayerScale';

interface ShownAtlas extends ShownLayer {
  subject: Subject;
  ownDomains: boolean;
  scale: ScaleChoice;
  selection: SelectionSummary | null;
  order: Order;
  filter: string;
}

/** CSS pixels that the matrices of one layer take side by side, and of a block at least. */
export const LAYER_WIDTH = 352;
const LEAST_BLOCK = 2;
/** Pixels a CSS pixel. */
const RATIO = 2;

/** All tensors that the atlas shows, each with its name, density and rank, and its own domain where it has one. */
export async function atlasPicture(shown: ShownAtlas): Promise<Picture> {
  const { atlas, subject, info, layer, statistic, selection, order, filter } = shown;
  const { specs } = subject;
  const rowOf = new Map(selection?.tensors.map((row) => [row.name, row]));
  const wanted = listed(specs, order, filter, rowOf);
  const hasOwn = shown.ownDomains && (info.form === 'size' || info.form === 'signed');
  const coloured = new Map(
    await Promise.all(
      wanted.map(async ({ name }) => {
        const histogram = await atlas.ask({ type: 'histogram', layer, tensor: name });
        const colours = hasOwn
          ? layerColours(info.form, statistic, 1, wantedDomain(histogram, info, shown.scale))
          : shown.colours;
        return [name, { ...colours, histogram }] as const;
      }),
    ),
  );
  const said = ({ name }: TensorSpec): string[] => {
    const row = rowOf.get(name);
    const { cells } = coloured.get(name)!;
    const own =
      hasOwn && cells.type === 'scale'
        ? [`${formatNumber(cells.domain.low)} to ${formatNumber(cells.domain.high)}`]
        : [];
    return row ? [formatShare(row.density), row.rank === null ? 'out of scope' : `rank ${row.rank}`, ...own] : own;
  };
  const places = atlasPlaces(wanted, order, thumbScale(specs, LAYER_WIDTH), said);
  const images = await Promise.all(
    places.tensors.map(({ spec, size }) => {
      const { rows, columns } = matrixShape(spec);
      const source = atlasSource(atlas, layer, spec.name, statistic, rows, columns);
      return wholeMatrix(source, coloured.get(spec.name)!, { ...size, leastBlock: LEAST_BLOCK }, RATIO);
    }),
  );
  const { ink, quietInk, paper, font } = fileInks();
  const { blocks } = shown.colours;
  return {
    title: `${info.label}: ${wanted.length === specs.length ? 'all' : wanted.length} tensors of ${inSentence(subject.title)}`,
    notes: [
      ...(filter.trim() ? [`Of ${specs.length} tensors, those called “${filter.trim()}”.`] : []),
      `A block of cells shows ${TOLD[statistic]}.${hasOwn ? ' Every tensor has a domain of colours of its own, written under it.' : ''}`,
    ],
    width: places.width,
    height: places.height,
    plot: places.tensors.flatMap((tensor, i) => tensorMarks(tensor, images[i]!, quietInk)),
    rows: { title: '', marks: places.rows },
    columns: { title: '', marks: [] },
    scale: blocks.type === 'scale' && !hasOwn ? scalePicture(blocks, barLabel(info, blocks)) : null,
    swatches: legendSwatches(info, [...coloured.values()]),
    colours: { ink, quietInk, paper },
    font,
  };
}

const inSentence = (title: string): string => title.charAt(0).toLowerCase() + title.slice(1);

function tensorMarks({ spec, x, y, size, lines }: PlacedTensor, image: HTMLCanvasElement, colour: string): Mark[] {
  return [
    { type: 'image', x, y, ...size, image, name: spec.name },
    ...lines.map((text, i): Mark => {
      return { type: 'text', x, y: y + size.height + (i + 1) * LINE - 2, text, size: 11, colour, anchor: 'start' };
    }),
  ];
}
