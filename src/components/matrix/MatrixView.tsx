// One matrix, large: zoom and pan by wheel, drag, pinch and keys, minimap, axes, cell cursor with a read-out, profiles along the edges.
// What rows, columns and values mean is the caller's knowledge, and so are the data: they come tile by tile from a source.
import { type ReactNode, type Ref, useEffect, useId, useImperativeHandle, useMemo, useRef, useState } from 'react';
import { formatNumber } from '../format';
import { useThemeKey } from '../heatmapTheme';
import type { Colouring } from './colouring';
import { Minimap, sightText } from './Minimap';
import { GUTTER_TOP, gutterFor, type MatrixAxis, readInk } from './matrixAxes';
import { ZOOM_STEP } from './matrixKeys';
import type { MatrixSource } from './matrixSource';
import { MatrixStage, type PlotCapture, type Rest, type StageScene } from './matrixStage';
import { type Cell, type Extent, fitWindow, type MatrixPlace, zoomToCell, zoomWindow } from './matrixWindow';
import { ProfileStrip } from './ProfileStrip';
import type { Profile } from './profile';
import { TileStore } from './tileStore';
import { useDescription } from './useDescription';
import { useGestures } from './useGestures';
import { useMatrixKeys } from './useMatrixKeys';
import { useFirstPlace, useSight } from './useMatrixPlace';
import { useWidth } from './useWidth';
import './matrixView.css';

export interface MatrixHandle {
  /** The plot for a picture file, once every tile in sight is there. */
  capture(): Promise<PlotCapture>;
  /** Puts the cursor on a cell and zooms to single cells around it. */
  goTo(cell: Cell): void;
}

export interface MatrixViewProps {
  /** Accessible name of the picture. */
  name: string;
  rows: number;
  columns: number;
  /** null while it is being prepared. */
  source: MatrixSource | null;
  /** Colours of blocks, and of single cells where these differ. Keep the objects while nothing changes. */
  colouring: Colouring;
  cellColouring?: Colouring;
  rowAxis: MatrixAxis;
  columnAxis: MatrixAxis;
  /** The cell in words: index, value, rank, selected or not; `block` is the side of the drawn block around it, 1 for single cells. */
  describe(cell: Cell, block: number): string | Promise<string>;
  /** Said while there is neither pointer nor cursor. */
  hint?: string;
  rowProfile?: Profile | null;
  columnProfile?: Profile | null;
  /** The next cell of interest after (1) or before (−1) one, such as the next selected weight; null when there is none. */
  nextCell?(from: Cell | null, direction: 1 | -1): Cell | null | Promise<Cell | null>;
  /** What nextCell goes to: "selected weight". */
  nextName?: string;
  /** Where the window and the cursor stand at first. */
  initialPlace?: MatrixPlace | null;
  initialCell?: Cell | null;
  /** Where they stand once they have come to rest; a place of null is the whole matrix. */
  onSight?(place: MatrixPlace | null, cell: Cell | null): void;
  /** Height of the plot at most, CSS pixels. */
  maxHeight?: number;
  /** CSS pixels of a block at least: smaller ones hold too few cells for a mean and look like noise. */
  leastBlock?: number;
  /** Further controls at the right of the toolbar. */
  tools?: ReactNode;
  ref?: Ref<MatrixHandle>;
}

/** Room for the profiles and, in their corner, the minimap; beside a narrow picture they take less of it. */
const PROFILES = { right: 88, bottom: 64 };
const NARROW_PROFILES = { right: 56, bottom: 56 };
const NARROW = 440;
const HINT = 'Point at the matrix, or focus it and use the arrow keys.';

export function MatrixView(props: MatrixViewProps) {
  const { rows, columns, source, hint = HINT, rowAxis, columnAxis, nextCell, describe } = props;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const helpId = useId();
  const [pin, setPinned] = useState<Cell | null>(props.initialCell ?? null);
  const [hovered, setHovered] = useState<Cell | null>(null);
  // A smaller matrix may have come in.
  const pinned = pin && pin.row < rows && pin.column < columns ? pin : null;
  const [rest, setRest] = useState<Rest | null>(null);
  const [profileRead, setProfileRead] = useState<string | null>(null);
  const [stage] = useState(() => new MatrixStage(setRest));

  const width = useWidth(body);
  const profiles = width < NARROW ? NARROW_PROFILES : PROFILES;
  const ratio = typeof window === 'undefined' ? 1 : window.devicePixelRatio;
  const gutter = useGutter(rowAxis, rows, width);
  const room = width - profiles.right - 8 - gutter;
  const extent = useExtent(rows, columns, room, props.maxHeight ?? 480, ratio);
  const store = useStage(props, stage, canvas, { extent, gutter, ratio, pinned, hovered });
  useFirstPlace(stage, props.initialPlace ?? null, extent, ratio);
  useSight(props, rest, pinned);

  const active = hovered ?? pinned;
  const block = rest?.block ?? 1;
  const text = useDescription(describe, active, block, source);
  const spoken = useDescription(describe, pinned, block, source, 250);
  const show = (cell: Cell | null) => {
    setPinned(cell);
    setHovered(null);
  };
  const gestures = useGestures(frame, stage, { onPin: show, onHover: setHovered });
  const onKeyDown = useMatrixKeys(stage, { pinned, onPin: show, nextCell });
  useImperativeHandle(
    props.ref,
    () => ({
      capture: () => stage.capture(),
      goTo(cell) {
        setPinned(cell);
        if (stage.current) stage.go(zoomToCell(stage.window(), cell, stage.current.extent, Number.POSITIVE_INFINITY));
      },
    }),
    [stage],
  );

  const zoom = (factor: number) =>
    stage.go(zoomWindow(stage.window(), factor, extent.width / 2, extent.height / 2, extent));
  const profileSums = pinned && profilesAt(props, pinned);
  return (
    <div className="matrix" ref={body}>
      <div className="matrix-tools">
        <ZoomButtons
          onZoom={zoom}
          onFit={() => stage.go(null)}
          onCell={pinned ? () => stage.go(zoomToCell(stage.window(), pinned, extent)) : null}
        />
        <span className="caption matrix-scale">{scaleText(rest, ratio)}</span>
        {props.tools}
      </div>
      <div className="matrix-plots" style={{ gridTemplateColumns: `fit-content(100%) ${profiles.right}px` }}>
        <div
          ref={frame}
          className="matrix-frame"
          style={{ width: extent.width / ratio + gutter, height: extent.height / ratio + GUTTER_TOP }}
          role="application"
          aria-roledescription="matrix"
          aria-label={`${props.name}: ${rows} rows, ${columns} columns`}
          aria-describedby={helpId}
          aria-busy={source === null}
          data-gutter={gutter}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: the matrix takes the arrow keys
          tabIndex={0}
          onKeyDown={onKeyDown}
          {...gestures}
        >
          <canvas ref={canvas} />
        </div>
        {props.rowProfile && (
          <ProfileStrip
            stage={stage}
            profile={props.rowProfile}
            along="rows"
            label={rowAxis.label}
            depth={profiles.right}
            onRead={setProfileRead}
          />
        )}
        {props.columnProfile && (
          <ProfileStrip
            stage={stage}
            profile={props.columnProfile}
            along="columns"
            label={columnAxis.label}
            depth={profiles.bottom}
            onRead={setProfileRead}
          />
        )}
        <div className={props.columnProfile ? 'matrix-corner' : 'matrix-corner matrix-corner-beside'}>
          <Minimap
            stage={stage}
            store={store}
            rows={rows}
            columns={columns}
            rest={rest?.window ?? null}
            width={profiles.right}
            height={props.columnProfile || props.rowProfile ? profiles.bottom : profiles.right}
          />
        </div>
      </div>
      <p className="matrix-readout">
        {profileRead ?? (text && withProfiles(text, hovered ? null : profileSums)) ?? hint}
      </p>
      <p className="visually-hidden" role="status">
        {spoken && withProfiles(spoken, profileSums)}
      </p>
      <p id={helpId} className="visually-hidden">
        {keyHelp(nextCell ? (props.nextName ?? 'cell of interest') : null)}{' '}
        {sightText(rest?.window ?? null, stage.current?.extent)}.
      </p>
    </div>
  );
}

const withProfiles = (text: string, profiles: string | null): string => (profiles ? `${text}; ${profiles}` : text);

/** The profiles' values of the cell's row and column, for those who cannot hover the strips. */
function profilesAt({ rowProfile, columnProfile }: MatrixViewProps, cell: Cell): string {
  const parts = [
    rowProfile && `${rowProfile.label}: ${rowProfile.format(rowProfile.values[cell.row]!)}`,
    columnProfile && `${columnProfile.label}: ${columnProfile.format(columnProfile.values[cell.column]!)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

const keyHelp = (next: string | null): string =>
  'Arrow keys move the cell cursor, Page Up and Page Down by a window, Home and End to the ends of the row, Shift and arrow keys pan. ' +
  `Plus and minus zoom, Enter zooms in on the cursor, 0 shows everything, Escape takes the cursor away.${
    next ? ` N goes to the next ${next}, Shift and N to the one before.` : ''
  }`;

function scaleText(rest: Rest | null, ratio: number): string {
  if (!rest) return '';
  const { block, window } = rest;
  if (block > 1) return `${block} × ${block} cells a block`;
  return `single cells, ${formatNumber(window.pixelsAColumn / ratio, 2)} px each`;
}

function ZoomButtons(props: { onZoom(factor: number): void; onFit(): void; onCell: (() => void) | null }) {
  return (
    <fieldset className="matrix-zoom">
      <legend className="visually-hidden">Zoom</legend>
      <button type="button" className="button" onClick={() => props.onZoom(1 / ZOOM_STEP)} aria-label="Zoom out">
        −
      </button>
      <button type="button" className="button" onClick={() => props.onZoom(ZOOM_STEP)} aria-label="Zoom in">
        +
      </button>
      <button type="button" className="button" onClick={props.onFit}>
        Fit
      </button>
      <button type="button" className="button" disabled={!props.onCell} onClick={props.onCell ?? undefined}>
        To cursor
      </button>
    </fieldset>
  );
}

/** Room for the row labels. */
function useGutter(axis: MatrixAxis, rows: number, width: number): number {
  return useMemo(() => {
    const context = typeof document === 'undefined' ? null : document.createElement('canvas').getContext('2d');
    if (!context) return 64;
    context.font = `12px ${readInk().font}`;
    return gutterFor(axis, rows, width / 4, (text) => context.measureText(text).width);
  }, [axis, rows, width]);
}

/** A narrow matrix still has this much room to zoom in. */
const LEAST_WIDTH = 320;

/** The plot's size: as the fitted matrix needs, as far as there is room. */
function useExtent(rows: number, columns: number, room: number, maxHeight: number, ratio: number): Extent {
  return useMemo(() => {
    const inner = Math.max(32, Math.round(room * ratio));
    const most = Math.round(maxHeight * ratio);
    const fit = fitWindow({ rows, columns, width: inner, height: most });
    const height = Math.max(Math.round(32 * ratio), Math.min(most, Math.ceil(rows * fit.pixelsARow)));
    const width = Math.min(inner, Math.max(Math.round(LEAST_WIDTH * ratio), Math.ceil(columns * fit.pixelsAColumn)));
    return { rows, columns, width, height };
  }, [rows, columns, room, maxHeight, ratio]);
}

const LEAST_BLOCK = 3;

/** Gives the stage what it draws; returns the tiles, which the minimap shares. */
function useStage(
  props: MatrixViewProps,
  stage: MatrixStage,
  canvas: React.RefObject<HTMLCanvasElement | null>,
  scene: Pick<StageScene, 'extent' | 'gutter' | 'ratio' | 'pinned' | 'hovered'>,
): TileStore | null {
  const { extent, gutter, ratio, pinned, hovered } = scene;
  const { source, colouring, cellColouring = colouring, rowAxis, columnAxis, leastBlock = LEAST_BLOCK } = props;
  const theme = useThemeKey();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  const ink = useMemo(() => (typeof document === 'undefined' ? null : readInk()), [theme]);
  const store = useMemo(() => source && new TileStore(source), [source]);
  useEffect(() => () => store?.clear(), [store]);
  useEffect(() => store?.setColouring(colouring, cellColouring), [store, colouring, cellColouring]);
  useEffect(() => {
    stage.attach(canvas.current);
    return () => stage.attach(null);
  }, [stage, canvas]);
  useEffect(() => {
    if (ink) stage.update({ store, rowAxis, columnAxis, extent, gutter, ratio, leastBlock, ink, pinned, hovered });
  }, [stage, store, rowAxis, columnAxis, extent, gutter, ratio, leastBlock, ink, pinned, hovered]);
  return store;
}
