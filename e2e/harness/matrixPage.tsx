// The picture engine by itself, on matrices that are known: `?scene=big` 4096 × 11008 with one set cell, `?scene=signed` a small one with
// values of both signs, NaN and infinities, `?scene=overlay` two masks. matrix.spec.ts bundles it.
import { StrictMode, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import '../../src/app/theme.css';
import { themeColour, useThemeKey } from '../../src/components/heatmapTheme';
import type { Colouring } from '../../src/components/matrix/colouring';
import { divergingMap, overlayColours, sequentialMap, themeOf } from '../../src/components/matrix/colourMaps';
import { type Domain, domainOf } from '../../src/components/matrix/domain';
import { ThumbItem } from '../../src/components/matrix/MatrixThumb';
import { type MatrixHandle, MatrixView } from '../../src/components/matrix/MatrixView';
import { type MatrixAxis, readInk } from '../../src/components/matrix/matrixAxes';
import { matrixPicture, outsideSwatches } from '../../src/components/matrix/matrixPicture';
import type { MatrixSource } from '../../src/components/matrix/matrixSource';
import type { Statistic } from '../../src/components/matrix/pyramid';
import { CLIPS, type ClipName, ScaleBar } from '../../src/components/matrix/ScaleBar';
import { useMemorySource } from '../../src/components/matrix/useMemorySource';
import { countOutside, histogramOf } from '../../src/components/matrix/valueHistogram';
import { pictureAsPng, pictureSvg } from '../../src/components/pictureExport';
import { followTheme } from './theme';

/** Where the one set cell of the big matrix is. */
export const LONE = { row: 2717, column: 7001 };

interface Drawn {
  name: string;
  cells: Float32Array | Uint8Array;
  rows: number;
  columns: number;
  statistic: Statistic;
}

function bigMask(): Drawn {
  const [rows, columns] = [4096, 11008];
  const cells = new Uint8Array(rows * columns);
  cells[LONE.row * columns + LONE.column] = 1;
  return { name: 'one set cell', cells, rows, columns, statistic: 'mean' };
}

function signed(): Drawn {
  const [rows, columns] = [64, 48];
  const cells = Float32Array.from({ length: rows * columns }, (_, i) => ((i % 97) - 48) * ((i % 31) / 31) ** 3);
  cells[5 * columns + 7] = Number.NaN;
  cells[6 * columns + 7] = Number.POSITIVE_INFINITY;
  return { name: 'signed values', cells, rows, columns, statistic: 'peak' };
}

function overlay(): Drawn {
  const [rows, columns] = [64, 48];
  const cells = Uint8Array.from({ length: rows * columns }, (_, i) => (i % 7 === 0 ? 1 : 0) | (i % 5 === 0 ? 2 : 0));
  return { name: 'two masks', cells, rows, columns, statistic: 'commonest' };
}

const numbered = (title: string, word: string): MatrixAxis => ({ title, label: (i) => `${word} ${i}`, groups: [] });
const ROWS: MatrixAxis = {
  title: 'query heads × dims',
  label: (i) => `head ${Math.floor(i / 16)}, dim ${i % 16}`,
  groups: Array.from({ length: 4 }, (_, head) => ({ start: head * 16, label: `head ${head}` })),
};
const UNITS = numbered('MLP units', 'unit');
const DIMS = numbered('residual dims', 'dim');

/** Non-zero finite cells per row and per column. */
function profilesOf({ cells, rows, columns }: Drawn) {
  const perRow = new Float32Array(rows);
  const perColumn = new Float32Array(columns);
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] === 0) continue;
    const [row, column] = [Math.floor(i / columns), i % columns];
    perRow[row] = perRow[row]! + 1;
    perColumn[column] = perColumn[column]! + 1;
  }
  const format = (value: number) => String(value);
  return {
    row: { label: 'set per row', values: perRow, format },
    column: { label: 'set per column', values: perColumn, format },
  };
}

function nextSet({ cells, columns }: Drawn, from: { row: number; column: number } | null, direction: 1 | -1) {
  const is = (value: number) => value !== 0;
  const start = from ? from.row * columns + from.column : -1;
  let at = start + direction;
  while (at >= 0 && at < cells.length && !is(cells[at]!)) at += direction;
  return at >= 0 && at < cells.length ? { row: Math.floor(at / columns), column: at % columns } : null;
}

export type MatrixPageWindow = Window & {
  /** Milliseconds that the callbacks of each frame took. */
  frameCosts?: number[];
  exported?: () => Promise<{ svg: string; png: Blob }>;
};
const page = window as MatrixPageWindow;

function Scene({ drawn, profiles }: { drawn: Drawn; profiles: ReturnType<typeof profilesOf> }) {
  const theme = useThemeKey();
  const source = useMemorySource(drawn.cells, drawn.rows, drawn.columns, drawn.statistic);
  const handle = useRef<MatrixHandle>(null);
  const histogram = useMemo(
    () => histogramOf(drawn.cells instanceof Float32Array ? drawn.cells : drawn.cells.subarray(0, 4096)),
    [drawn],
  );
  const isSigned = drawn.statistic === 'peak';
  const [clip, setClip] = useState<ClipName>('none');
  const [domain, setDomain] = useState<Domain>(() =>
    isSigned
      ? domainOf(histogram, { kind: 'symlog', clip: null, diverging: true })
      : { kind: 'linear', low: 0, high: 1, threshold: 1 },
  );
  const [isLocked, setLocked] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  const colouring = useMemo((): Colouring => {
    const tone = themeOf(themeColour('--paper'));
    if (drawn.statistic === 'commonest') {
      return { type: 'categories', colours: overlayColours(tone), nonFinite: [176, 0, 255] };
    }
    const map = isSigned ? divergingMap(tone) : sequentialMap(tone);
    return { type: 'scale', domain, map, zero: isSigned ? null : themeColour('--quiet') };
  }, [theme, domain, drawn, isSigned]);
  const rowAxis = drawn.rows > 1000 ? UNITS : ROWS;
  page.exported = async () => {
    const capture = await handle.current!.capture();
    const picture = matrixPicture({
      title: drawn.name,
      notes: ['Made for a test'],
      capture,
      rowAxis,
      columnAxis: DIMS,
      colouring,
      scaleLabel: 'value',
      swatches:
        colouring.type === 'scale' ? outsideSwatches(colouring, countOutside(histogram, domain.low, domain.high)) : [],
      ink: readInk(),
    });
    return { svg: pictureSvg(picture), png: await pictureAsPng(picture) };
  };
  return (
    <main style={{ display: 'grid', gap: 24, padding: 16, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <h1 className="title">Matrix of {drawn.name}</h1>
      <MatrixView
        ref={handle}
        name={drawn.name}
        rows={drawn.rows}
        columns={drawn.columns}
        source={source}
        colouring={colouring}
        rowAxis={rowAxis}
        columnAxis={DIMS}
        describe={async ({ row, column }) =>
          `row ${row}, column ${column}, value ${drawn.cells[row * drawn.columns + column]}`
        }
        rowProfile={profiles.row}
        columnProfile={profiles.column}
        nextCell={(from, direction) => nextSet(drawn, from, direction)}
        nextName="set cell"
      />
      {colouring.type === 'scale' && (
        <ScaleBar
          label="value"
          domain={domain}
          onDomain={(next) => {
            setDomain(next);
            setClip('manual');
          }}
          map={colouring.map}
          histogram={histogram}
          kinds={isSigned ? ['linear', 'symlog'] : ['linear', 'log', 'symlog']}
          clip={clip}
          onClip={(name) => {
            setClip(name);
            setDomain(domainOf(histogram, { kind: domain.kind, clip: CLIPS[name], diverging: isSigned }));
          }}
          locked={isLocked}
          onLock={setLocked}
          marker={null}
          threshold={{ value: 0.5, label: 'threshold' }}
        />
      )}
      <Thumb source={source} colouring={colouring} name={drawn.name} />
    </main>
  );
}

function Thumb({ source, colouring, name }: { source: MatrixSource | null; colouring: Colouring; name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <figure aria-label={`Thumbnail of ${name}`}>
      <ThumbItem
        source={source}
        colouring={colouring}
        width={110}
        height={41}
        openLabel={`Open ${name}`}
        title={null}
        density="5 %"
        rank="1.2 ×"
        isOpen={isOpen}
        onOpen={() => setOpen(!isOpen)}
      />
    </figure>
  );
}

/** What each frame's callbacks cost, summed. */
function watchFrames(): void {
  const costs: number[] = [];
  const ask = window.requestAnimationFrame.bind(window);
  let frame = -1;
  window.requestAnimationFrame = (callback) =>
    ask((time) => {
      const start = performance.now();
      callback(time);
      const cost = performance.now() - start;
      if (time === frame) costs.push((costs.pop() ?? 0) + cost);
      else costs.push(cost);
      frame = time;
    });
  page.frameCosts = costs;
}

followTheme();
const scene = new URLSearchParams(location.search).get('scene');
const drawn = scene === 'signed' ? signed() : scene === 'overlay' ? overlay() : bigMask();
const profiles = profilesOf(drawn);
watchFrames();
// Making the data is not what is tested.
performance.mark('judged: preparing the cells');
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Scene drawn={drawn} profiles={profiles} />
  </StrictMode>,
);
