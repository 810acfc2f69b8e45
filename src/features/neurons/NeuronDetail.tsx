// One tensor's mask, large, with what lies under the cursor in words.
import { useCallback, useMemo, useState } from 'react';
import { formatCount, formatShare } from '../../components/format';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { ColourBar, Swatch } from '../../components/Legend';
import { rampCss, sequentialMap, themeOf } from '../../components/matrix/colourMaps';
import { MatrixView } from '../../components/matrix/MatrixView';
import type { Cell } from '../../components/matrix/matrixWindow';
import { useMemorySource } from '../../components/matrix/useMemorySource';
import type { MaskTensor } from '../../core/events';
import { matrixShape } from '../../core/masks/tensorKinds';
import type { ModelConfig } from '../../core/model/config';
import { maskColours } from './maskColours';
import { densityReach, type MaskEvent, timesText } from './maskText';
import { axesOf } from './tensorNames';

interface DetailProps {
  mask: MaskEvent;
  tensor: MaskTensor;
  model: ModelConfig;
  vocabulary: readonly string[];
}

/** The side of the block whose density stands beside a cell's value where single weights are drawn. */
const BLOCK = 16;

export function NeuronDetail({ mask, tensor, model, vocabulary }: DetailProps) {
  const [at, setAt] = useState<{ cell: Cell; block: number } | null>(null);
  const { rows, columns } = matrixShape(tensor);
  const axes = useMemo(() => axesOf(tensor, model, vocabulary), [tensor, model, vocabulary]);
  const onCell = useCallback((cell: Cell | null, block: number) => setAt(cell && { cell, block }), []);
  const upper = densityReach(mask);
  const theme = useThemeKey();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  const colours = useMemo(() => maskColours(upper), [upper, theme]);
  const source = useMemorySource(tensor.mask, rows, columns, 'mean');
  const share = mask.requestedPercent / 100;
  const density = tensor.selected / Math.max(1, tensor.mask.length);
  const around = at && blockAround(tensor, at.cell, at.block);
  return (
    <figure className="neurons-large" aria-label={`Neuron mask ${tensor.name}`}>
      <figcaption>
        <h3 className="heading neurons-name">{tensor.name}</h3>
        <p className="caption">
          {tensor.shape.join(' × ')} weights, {formatCount(tensor.selected)} of {formatCount(tensor.mask.length)}{' '}
          selected: {formatShare(density)}, {timesText(share > 0 ? density / share : 0)} the requested share. Down:{' '}
          {axes.rows.title}. Across: {axes.columns.title}.
        </p>
      </figcaption>
      <MatrixView
        name={tensor.name}
        rows={rows}
        columns={columns}
        source={source}
        colouring={colours.blocks}
        cellColouring={colours.cells}
        rowAxis={axes.rows}
        columnAxis={axes.columns}
        describe={(cell, block) => cellText(tensor, cell, block, axes)}
        hint="Point at the matrix, or focus it and use the arrow keys. + and − zoom, drag pans, N goes to the next selected weight."
        nextCell={(from, direction) => nextSelected(tensor, from, direction)}
        nextName="selected weight"
        onCell={onCell}
      />
      <MaskLegend upper={upper} marker={around ? around.selected / around.entries / upper : null} />
    </figure>
  );
}

/** Selected and all entries of the aligned block that holds a cell; of 16 × 16 entries where single weights are drawn. */
function blockAround(tensor: MaskTensor, cell: Cell, drawn: number) {
  const size = drawn > 1 ? drawn : BLOCK;
  const { rows, columns } = matrixShape(tensor);
  const top = Math.floor(cell.row / size) * size;
  const left = Math.floor(cell.column / size) * size;
  const [height, width] = [Math.min(size, rows - top), Math.min(size, columns - left)];
  let selected = 0;
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) selected += tensor.mask[row * columns + column]!;
  }
  return { rows: height, columns: width, selected, entries: height * width };
}

/** In reading order. */
function nextSelected(tensor: MaskTensor, from: Cell | null, direction: 1 | -1): Cell | null {
  const { columns } = matrixShape(tensor);
  const start = from && from.row * columns + from.column;
  const at =
    direction === 1
      ? tensor.mask.indexOf(1, start === null ? 0 : start + 1)
      : start === 0
        ? -1
        : tensor.mask.lastIndexOf(1, start === null ? tensor.mask.length - 1 : start - 1);
  return at < 0 ? null : { row: Math.floor(at / columns), column: at % columns };
}

function cellText(tensor: MaskTensor, cell: Cell, block: number, axes: ReturnType<typeof axesOf>): string {
  const { columns } = matrixShape(tensor);
  const flat = cell.row * columns + cell.column;
  const around = blockAround(tensor, cell, block);
  return (
    `${tensor.mask[flat] === 1 ? '■ selected' : '□ not selected'}, row ${formatCount(cell.row)} (${axes.rows.label(cell.row)}), ` +
    `column ${formatCount(cell.column)} (${axes.columns.label(cell.column)}), flat index ${formatCount(flat)}; ` +
    `${around.rows} × ${around.columns} block around it: ${formatShare(around.selected / around.entries)} selected`
  );
}

function MaskLegend({ upper, marker }: { upper: number; marker: number | null }) {
  useThemeKey();
  const { ramp } = sequentialMap(themeOf(themeColour('--paper')));
  return (
    <div className="neurons-legend">
      <Swatch colour="var(--selected)">selected weight</Swatch>
      <Swatch colour="var(--quiet)">not selected, empty block</Swatch>
      <ColourBar
        label="density of an occupied block"
        colours={rampCss(ramp, 9)}
        ticks={['> 0', formatShare(upper / 2), upper < 1 ? `≥ ${formatShare(upper)}` : formatShare(1)]}
        marker={marker}
      />
    </div>
  );
}
