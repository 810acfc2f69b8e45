// One tensor's mask, large, with what lies under the cursor in words.
import { useCallback, useId, useMemo, useState } from 'react';
import { formatCount, formatShare } from '../../components/format';
import { HeatmapMatrix } from '../../components/HeatmapMatrix';
import { countRegion } from '../../components/heatmapPyramid';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import type { Cell } from '../../components/heatmapView';
import { ColourBar, Swatch } from '../../components/Legend';
import { densityRamp } from '../../components/legendColours';
import type { MaskTensor } from '../../core/events';
import { matrixShape } from '../../core/masks/tensorKinds';
import type { ModelConfig } from '../../core/model/config';
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
  const readoutId = useId();
  const [at, setAt] = useState<{ cell: Cell; block: number } | null>(null);
  const { rows, columns } = matrixShape(tensor);
  const axes = useMemo(() => axesOf(tensor, model, vocabulary), [tensor, model, vocabulary]);
  const onCell = useCallback((cell: Cell | null, block: number) => {
    setAt(cell && { cell, block: block > 1 ? block : BLOCK });
  }, []);
  const upper = densityReach(mask);
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
      <HeatmapMatrix
        name={tensor.name}
        mask={tensor.mask}
        rows={rows}
        columns={columns}
        rowAxis={axes.rows}
        columnAxis={axes.columns}
        upper={upper}
        onCell={onCell}
        describedBy={readoutId}
      />
      <p id={readoutId} className="neurons-readout" aria-live="polite">
        {at && around ? (
          <CellText tensor={tensor} cell={at.cell} axes={axes} around={around} />
        ) : (
          'Point at the matrix, or focus it and use the arrow keys (Shift: 16 cells). + and − zoom, drag pans.'
        )}
      </p>
      <MaskLegend upper={upper} marker={around ? around.selected / around.entries / upper : null} />
    </figure>
  );
}

/** The aligned block of `size` × `size` entries that holds a cell. */
function blockAround(tensor: MaskTensor, cell: Cell, size: number) {
  const { rows, columns } = matrixShape(tensor);
  const row = Math.floor(cell.row / size) * size;
  const column = Math.floor(cell.column / size) * size;
  const flat = { rows, columns, levels: [{ block: 1, rows, columns, counts: tensor.mask }] };
  const region = { row, column, rows: size, columns: size };
  return { ...countRegion(flat, region), rows: Math.min(size, rows - row), columns: Math.min(size, columns - column) };
}

interface CellTextProps {
  tensor: MaskTensor;
  cell: Cell;
  axes: ReturnType<typeof axesOf>;
  around: ReturnType<typeof blockAround>;
}

function CellText({ tensor, cell, axes, around }: CellTextProps) {
  const { columns } = matrixShape(tensor);
  const flat = cell.row * columns + cell.column;
  const isSelected = tensor.mask[flat] === 1;
  return (
    <>
      <span className={isSelected ? 'neurons-state neurons-selected' : 'neurons-state'}>
        {isSelected ? '■ selected' : '□ not selected'}
      </span>{' '}
      row {formatCount(cell.row)} ({axes.rows.label(cell.row)}), column {formatCount(cell.column)} (
      {axes.columns.label(cell.column)}), flat index {formatCount(flat)}; {around.rows} × {around.columns} block around
      it: {formatShare(around.selected / around.entries)} selected
    </>
  );
}

function MaskLegend({ upper, marker }: { upper: number; marker: number | null }) {
  useThemeKey();
  const ramp = densityRamp(themeColour('--quiet'));
  const colours = [0, 64, 128, 192, 255].map((i) => `rgb(${ramp[i]!.join(' ')})`);
  return (
    <div className="neurons-legend">
      <Swatch colour="var(--selected)">selected weight</Swatch>
      <Swatch colour="var(--quiet)">not selected, empty block</Swatch>
      <ColourBar
        label="density of an occupied block"
        colours={colours}
        ticks={['> 0', formatShare(upper / 2), upper < 1 ? `≥ ${formatShare(upper)}` : formatShare(1)]}
        marker={marker}
      />
    </div>
  );
}
