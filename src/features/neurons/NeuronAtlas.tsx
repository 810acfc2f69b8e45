// The atlas: one thumbnail a tensor, layers as rows and kinds as columns, all matrices at one scale.
import { useMemo } from 'react';
import { formatShare } from '../../components/format';
import { useThemeKey } from '../../components/heatmapTheme';
import { ThumbItem } from '../../components/matrix/MatrixThumb';
import { useMemorySource } from '../../components/matrix/useMemorySource';
import type { MaskTensor } from '../../core/events';
import { matrixShape, placeOf } from '../../core/masks/tensorKinds';
import { type MaskColours, maskColours } from './maskColours';
import { densityReach, type MaskEvent, timesText } from './maskText';
import { type TensorGrid, type ThumbSize, tensorGrid, thumbScale } from './tensorGrid';

/** CSS pixels that the matrices of one layer take side by side. */
const LAYER_WIDTH = 416;

interface AtlasProps {
  mask: MaskEvent;
  opened: string;
  onOpen(name: string): void;
}

export function NeuronAtlas({ mask, opened, onOpen }: AtlasProps) {
  const grid = tensorGrid(mask.tensors);
  const sizeOf = thumbScale(mask.tensors, LAYER_WIDTH);
  const share = mask.requestedPercent / 100;
  const theme = useThemeKey();
  const upper = densityReach(mask);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  const colours = useMemo(() => maskColours(upper), [upper, theme]);
  const cell = (tensor: MaskTensor, withKind: boolean) => (
    <AtlasCell
      key={tensor.name}
      tensor={tensor}
      size={sizeOf(tensor)}
      colours={colours}
      share={share}
      opened={tensor.name === opened}
      withKind={withKind}
      onOpen={onOpen}
    />
  );
  return (
    <section className="neurons-atlas" aria-label="All tensors">
      <Ends title="Before the layers">{grid.before.map((tensor) => cell(tensor, true))}</Ends>
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
                  {tensors.map((tensor) => cell(tensor, false))}
                </div>
              ))}
            </div>
          ))}
        </div>
      )}
      <Ends title="After the layers">{grid.after.map((tensor) => cell(tensor, true))}</Ends>
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

const columnTemplate = (grid: TensorGrid<MaskTensor>, sizeOf: (tensor: MaskTensor) => ThumbSize): string =>
  grid.kinds
    .map(
      (_, i) => `${Math.max(46, ...grid.layers.flatMap((row) => row.cells[i]!.map((cell) => sizeOf(cell).width)))}px`,
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

interface CellProps {
  tensor: MaskTensor;
  size: ThumbSize;
  colours: MaskColours;
  share: number;
  opened: boolean;
  withKind: boolean;
  onOpen(name: string): void;
}

function AtlasCell({ tensor, size, colours, share, opened, withKind, onOpen }: CellProps) {
  const density = tensor.selected / Math.max(1, tensor.mask.length);
  const { rows, columns } = matrixShape(tensor);
  const source = useMemorySource(tensor.mask, rows, columns, 'mean');
  const { kind } = placeOf(tensor.name);
  const isBias = kind.endsWith('.bias');
  const button = (
    <ThumbItem
      source={source}
      colouring={colours.blocks}
      cellColouring={colours.cells}
      width={size.width}
      height={size.height}
      openLabel={`Open ${tensor.name}`}
      title={
        <span className={withKind || isBias ? 'neurons-kind' : 'neurons-kind neurons-kind-inner'}>
          {shortKind(kind)}
        </span>
      }
      density={formatShare(density)}
      rank={timesText(share > 0 ? density / share : 0)}
      tooltip={`${tensor.name}  ${tensor.shape.join(' × ')}`}
      isOpen={opened}
      onOpen={() => onOpen(tensor.name)}
    />
  );
  // The opened tensor's figure is the large one: every tensor has exactly one figure of its name.
  if (opened) return <div className="neurons-figure">{button}</div>;
  return (
    <figure className="neurons-figure" aria-label={`Neuron mask ${tensor.name}`}>
      {button}
    </figure>
  );
}
