// One tensor, large: the layer's cells, how many are selected along its edges, what lies under the cursor in words, and how far its
// weights moved beside the threshold of the mask.
import { useCallback, useMemo, useRef } from 'react';
import { formatCount, formatNumber, formatShare } from '../../components/format';
import { type MatrixHandle, MatrixView } from '../../components/matrix/MatrixView';
import type { Cell, MatrixPlace } from '../../components/matrix/matrixWindow';
import type { Profile } from '../../components/matrix/profile';
import { PictureButtons } from '../../components/PictureButtons';
import type { TensorProfile } from '../../core/masks/profiles';
import { matrixShape } from '../../core/masks/tensorKinds';
import type { TensorSpec } from '../../core/model/config';
import { useAtlasClient } from '../../state/atlasContext';
import type { BlockStatistic, CellReading, LayerRef, MaskRef, SelectionSummary } from '../../worker/atlasProtocol';
import { ChangeHistogram } from './ChangeHistogram';
import { detailPicture } from './layerPictures';
import type { LayerInfo } from './layers';
import { figureName } from './NeuronAtlas';
import type { Subject } from './subject';
import { axesOf } from './tensorNames';
import { useAnswer, useAtlasSource } from './useAtlas';
import type { LayerColours } from './useLayerColours';

export interface DetailProps {
  subject: Subject;
  spec: TensorSpec;
  info: LayerInfo;
  layer: LayerRef;
  mask: MaskRef | null;
  hasUpdate: boolean;
  statistic: BlockStatistic;
  colours: LayerColours;
  selection: SelectionSummary | null;
  threshold: number | null;
  /** Where the matrix is looked at, at first and from then on. */
  place: MatrixPlace | null;
  cell: Cell | null;
  onSight(place: MatrixPlace | null, cell: Cell | null): void;
  onValue(value: number | null): void;
  children: React.ReactNode;
}

export function NeuronDetail(props: DetailProps) {
  const { subject, spec, info, layer, mask, statistic, colours, selection, threshold, onValue } = props;
  const atlas = useAtlasClient();
  const handle = useRef<MatrixHandle>(null);
  const { rows, columns } = matrixShape(spec);
  const { model, vocabulary } = subject;
  const axes = useMemo(() => axesOf(spec, model, vocabulary), [spec, model, vocabulary]);
  const source = useAtlasSource(layer, spec.name, statistic, rows, columns);
  const profile = useAnswer(mask && { type: 'profile', mask, tensor: spec.name }, 'profile').value;
  const [rowProfile, columnProfile] = useMemo(
    () => [
      profile && profileOf('selected per row', profile.rows.counts, rows),
      profile && profileOf('selected per column', profile.columns.counts, columns),
    ],
    [profile, rows, columns],
  );
  const describe = async (cell: Cell, block: number): Promise<string> => {
    try {
      const reading = await atlas.ask({ type: 'cell', layer, mask, tensor: spec.name, ...cell, block });
      onValue(info.form === 'size' || info.form === 'signed' ? reading.value : null);
      const isGradient = mask?.from === 'lab' && mask.options.rule === 'gradient';
      return cellText(reading, info, cell, columns, axes, isGradient ? 'Σ g' : 'Δ');
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  const nextCell = useCallback(
    (from: Cell | null, direction: 1 | -1) =>
      mask ? atlas.ask({ type: 'next', mask, tensor: spec.name, from, direction }) : null,
    [atlas, mask, spec.name],
  );
  const row = selection?.tensors.find(({ name }) => name === spec.name);
  return (
    <figure className="neurons-large" aria-label={figureName(info, spec.name)}>
      <figcaption>
        <h3 className="heading neurons-name">{spec.name}</h3>
        <p className="caption">
          {spec.shape.join(' × ')} weights
          {row &&
            `, ${formatCount(row.selected)} of ${formatCount(row.entries)} selected${info.form === 'overlay' ? ' in A' : ''}: ${formatShare(row.density)}${row.rank === null ? ', out of scope' : `, rank ${row.rank} of ${selection?.tensors.length}`}`}
          . Down: {axes.rows.title}. Across: {axes.columns.title}.
        </p>
      </figcaption>
      <MatrixView
        ref={handle}
        name={spec.name}
        rows={rows}
        columns={columns}
        source={source}
        colouring={colours.blocks}
        cellColouring={colours.cells}
        rowAxis={axes.rows}
        columnAxis={axes.columns}
        describe={describe}
        hint={mask ? `${HINT} N goes to the next selected weight.` : HINT}
        nextCell={mask ? nextCell : undefined}
        nextName="selected weight"
        rowProfile={rowProfile}
        columnProfile={columnProfile}
        initialPlace={props.place}
        initialCell={props.cell}
        onSight={props.onSight}
        tools={
          <PictureButtons
            what="the matrix"
            fileName={`${subject.name}-${info.name}-${spec.name}`}
            make={() => detailPicture({ atlas, ...props }, handle.current!, spec, axes)}
          />
        }
      />
      {props.children}
      {profile && <DeadAndHot profile={profile} axes={axes} />}
      {mask && props.hasUpdate && <TensorHistogram {...{ subject, mask, threshold }} tensor={spec.name} />}
    </figure>
  );
}

const HINT =
  'Point at the matrix or tap it; once it has the focus, arrow keys move the cursor, wheel, pinch or + and − zoom, dragging pans.';

const profileOf = (label: string, counts: Uint32Array, lines: number): Profile | null =>
  lines > 1 ? { label, values: Float32Array.from(counts), format: (value) => formatCount(value) } : null;

interface TensorHistogramProps extends Pick<DetailProps, 'subject' | 'threshold'> {
  mask: MaskRef;
  tensor: string;
}

function TensorHistogram({ subject, mask, tensor, threshold }: TensorHistogramProps) {
  const { value } = useAnswer({ type: 'magnitudes', runId: subject.id, mask, tensor }, 'magnitudes');
  return value && <ChangeHistogram histogram={value} {...{ subject, threshold, tensor }} />;
}

/** By the code of a cell: 1 is A, 2 is B. */
const OVERLAY = ['□ in neither', '■ in A only', '■ in B only', '■ in A and B'];

type Axes = ReturnType<typeof axesOf>;

function cellText(
  reading: CellReading,
  info: LayerInfo,
  cell: Cell,
  columns: number,
  axes: Axes,
  ranked: string,
): string {
  const { selected, facts, rankWithin, around, value } = reading;
  const parts = [
    ...(info.form === 'overlay'
      ? [OVERLAY[value] ?? '']
      : selected === null
        ? []
        : [selected ? '■ selected' : '□ not selected']),
    `row ${formatCount(cell.row)} (${axes.rows.label(cell.row)})`,
    `column ${formatCount(cell.column)} (${axes.columns.label(cell.column)})`,
    `flat index ${formatCount(cell.row * columns + cell.column)}`,
  ];
  if (info.form === 'size' || info.form === 'signed') parts.push(`${info.label} ${formatNumber(value)}`);
  if (facts) {
    parts.push(`${ranked} ${formatNumber(facts.value)}`);
    if (facts.rank !== null) parts.push(`rank ${formatCount(facts.rank)} of ${formatCount(facts.total)}`);
    else if (rankWithin) parts.push(`rank ${rankWithin.map(formatCount).join(' to ')} of ${formatCount(facts.total)}`);
  }
  if (!around) return parts.join(', ');
  const share = formatShare(around.selected / Math.max(1, around.rows * around.columns));
  return `${parts.join(', ')}; ${around.rows} × ${around.columns} block around it: ${share} selected${info.form === 'overlay' ? ' in A' : ''}`;
}

/** Which rows and columns are empty, which hold most. */
function DeadAndHot({ profile, axes }: { profile: TensorProfile; axes: Axes }) {
  const sides = [
    { what: 'rows', lines: profile.rows, label: axes.rows.label },
    { what: 'columns', lines: profile.columns, label: axes.columns.label },
  ].filter(({ lines }) => lines.counts.length > 1);
  if (profile.selected === 0) return <p className="caption">Nothing is selected in this tensor.</p>;
  return (
    <p className="caption">
      {sides
        .map(({ what, lines, label }) => {
          const hottest = lines.hottest[0];
          const hot =
            hottest &&
            `${label(hottest.index)} holds most (${formatCount(hottest.selected)}, ${formatNumber(hottest.times)}× the mean)`;
          const dead =
            lines.dead.length > 0
              ? `${formatCount(lines.dead.length)} without a selected weight`
              : 'none unexpectedly empty';
          return `Of the ${what}, ${hot}; ${dead}.`;
        })
        .join(' ')}
    </p>
  );
}
