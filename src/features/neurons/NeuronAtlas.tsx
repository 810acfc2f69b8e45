// The atlas: one thumbnail a tensor, layers as rows and kinds as columns, or a list by kind or density, all matrices at one scale.
import { formatShare } from '../../components/format';
import { ThumbItem } from '../../components/matrix/MatrixThumb';
import { PictureButtons } from '../../components/PictureButtons';
import { matrixShape, placeOf } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';
import { useAtlasClient } from '../../state/atlasContext';
import type { ScaleChoice } from '../../state/neuronsChoice';
import type { BlockStatistic, LayerRef, SelectionSummary } from '../../worker/atlasProtocol';
import { type Density, listed, type Order } from './atlasOrder';
import { atlasPicture, LAYER_WIDTH } from './atlasPicture';
import type { LayerInfo } from './layers';
import type { Subject } from './subject';
import { type TensorGrid, type ThumbSize, tensorGrid, thumbScale } from './tensorGrid';
import { useAtlasSource } from './useAtlas';
import { type LayerColours, useLayerColours } from './useLayerColours';
import { useOwnDomain } from './useLayerScale';

export interface AtlasProps {
  subject: Subject;
  info: LayerInfo;
  layer: LayerRef;
  statistic: BlockStatistic;
  colours: LayerColours;
  /** Every tensor with a domain of its own. */
  ownDomains: boolean;
  scale: ScaleChoice;
  selection: SelectionSummary | null;
  /** There is a mask whose densities are told. */
  hasMask: boolean;
  order: Order;
  filter: string;
  opened: string;
  onOpen(name: string): void;
}

export function NeuronAtlas(props: AtlasProps) {
  const { order, filter, selection } = props;
  const { specs, name } = props.subject;
  const atlas = useAtlasClient();
  const sizeOf = thumbScale(specs, LAYER_WIDTH);
  const densities = new Map(selection?.tensors.map((row) => [row.name, row]));
  const wanted = listed(specs, order, filter, densities);
  const cell = (spec: TensorSpec, title: 'kind' | 'inner' | 'full') => (
    <AtlasCell
      key={spec.name}
      {...props}
      spec={spec}
      size={sizeOf(spec)}
      row={densities.get(spec.name)}
      title={title}
    />
  );
  if (wanted.length === 0) {
    return (
      <p className="neurons-empty">
        No tensor is called “{filter}”. Empty the filter to see all {specs.length} again.
      </p>
    );
  }
  const buttons = (
    <div className="neurons-controls">
      <PictureButtons
        what="the atlas"
        fileName={`${name}-atlas-${props.info.name}`}
        make={() => atlasPicture({ atlas, ...props })}
      />
    </div>
  );
  if (order !== 'layer') {
    return (
      <section className="neurons-atlas" aria-label="All tensors">
        <div className="neurons-ends-cells">{wanted.map((spec) => cell(spec, 'full'))}</div>
        {buttons}
      </section>
    );
  }
  const grid = tensorGrid(wanted);
  return (
    <section className="neurons-atlas" aria-label="All tensors">
      <Ends title="Before the layers">{grid.before.map((spec) => cell(spec, 'kind'))}</Ends>
      {grid.layers.length > 0 && (
        <div className="neurons-layers" style={{ '--columns': columnTemplate(grid, sizeOf) } as React.CSSProperties}>
          <div className="neurons-row neurons-kinds" aria-hidden="true">
            <span />
            {grid.kinds.map((kind) => (
              <span key={kind}>{shortKind(kind)}</span>
            ))}
          </div>
          {grid.layers.map(({ layer, cells }) => (
            <div className="neurons-row" key={layer}>
              <h3 className="neurons-layer">Layer {layer}</h3>
              {cells.map((tensors, i) => (
                <div className="neurons-stack" key={grid.kinds[i]}>
                  {tensors.map((spec) => cell(spec, 'inner'))}
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      <Ends title="After the layers">{grid.after.map((spec) => cell(spec, 'kind'))}</Ends>
      {buttons}
    </section>
  );
}

function Ends({ title, children }: { title: string; children: React.ReactNode[] }) {
  if (children.length === 0) return null;
  return (
    <div className="neurons-ends">
      <h3 className="neurons-layer">{title}</h3>
      <div className="neurons-ends-cells">{children}</div>
    </div>
  );
}

const columnTemplate = (grid: TensorGrid<TensorSpec>, sizeOf: (spec: TensorSpec) => ThumbSize): string =>
  grid.kinds
    .map(
      (_, i) => `${Math.max(38, ...grid.layers.flatMap((row) => row.cells[i]!.map((cell) => sizeOf(cell).width)))}px`,
    )
    .join(' ');

/** `q_proj` → "q", `input_layernorm` → "input norm": column heads are narrow. The full name is in the figure's name. */
const shortKind = (kind: string): string =>
  kind
    .replace(/^(q|k|v|o|gate|up|down)_proj$/, '$1')
    .replace('.c_proj', ' c_proj')
    .replace('post_attention_layernorm', 'post norm')
    .replace('input_layernorm', 'input norm')
    .replace(/^.*\.bias$/, 'bias');

interface CellProps extends AtlasProps {
  spec: TensorSpec;
  size: ThumbSize;
  row: Density | undefined;
  title: 'kind' | 'inner' | 'full';
}

function AtlasCell(props: CellProps) {
  const { spec, size, row, info, layer, statistic, ownDomains, scale, title, opened, onOpen } = props;
  const { rows, columns } = matrixShape(spec);
  const source = useAtlasSource(layer, spec.name, statistic, rows, columns);
  const ownDomain = useOwnDomain(info, ownDomains ? layer : null, spec.name, scale);
  const ownColours = useLayerColours(info, statistic, 1, ownDomain);
  const colours = ownDomains && ownDomain ? ownColours : props.colours;
  const { kind, layer: number } = placeOf(spec.name);
  const isInner = title === 'inner' && !kind.endsWith('.bias');
  const button = (
    <ThumbItem
      source={source}
      colouring={colours.blocks}
      cellColouring={colours.cells}
      width={size.width}
      height={size.height}
      openLabel={`Open ${spec.name}`}
      title={
        <span className={isInner ? 'neurons-kind neurons-kind-inner' : 'neurons-kind'}>
          {title === 'full' && number !== null ? `${number} ` : ''}
          {shortKind(kind)}
        </span>
      }
      density={row ? formatShare(row.density) : props.hasMask ? '…' : ''}
      rank={row ? (row.rank === null ? 'out of scope' : `rank\u00a0${row.rank}`) : ''}
      tooltip={`${spec.name}  ${spec.shape.join(' × ')}`}
      isOpen={spec.name === opened}
      onOpen={() => onOpen(spec.name)}
    />
  );
  // The opened tensor's figure is the large one: every tensor has exactly one figure of its name.
  if (spec.name === opened) return <div className="neurons-figure">{button}</div>;
  return (
    <figure className="neurons-figure" aria-label={figureName(info, spec.name)}>
      {button}
    </figure>
  );
}

export const figureName = ({ form, label }: LayerInfo, tensor: string): string =>
  form === 'mask' ? `Neuron mask ${tensor}` : `${label}, ${tensor}`;
