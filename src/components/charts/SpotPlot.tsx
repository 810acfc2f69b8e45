// The plot of a picture of spots on the page: axes, marks, and one spot at a time that is hovered or walked to with the keys; its numbers
// stand beside it and are spoken. What is drawn comes as a function of the plot's size.
import { memo, useId, useMemo, useRef, useState } from 'react';
import { tickAnchor } from './axes';
import { Shape } from './MarksDrawing';
import { type Drawing, gridMarks, nearestSpot, type Spot, type SpotSource, spotAfter } from './spots';
import { type Size, useSize } from './useSize';
import './spotPlot.css';

const EDGES = { right: 14, top: 10, bottom: 42, left: 50, leftOfRows: 8 } as const;
/** Pixels from the pointer. */
const REACH = 22;

interface SpotPlotProps {
  /** Accessible name. */
  name: string;
  source: SpotSource;
  /** What a click on a spot, or Enter, does; absent where nothing can be picked. */
  onPick?: (pick: string) => void;
  /** The `pick` of spots that are marked as selected. */
  picked: string | null;
  hasRows: boolean;
}

export const SpotPlot = memo(function SpotPlot({ name, source, onPick, picked, hasRows }: SpotPlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width: whole } = useSize(box);
  const keysId = useId();
  const [at, setAt] = useState<string | null>(null);
  const [isSpoken, setSpoken] = useState(false);
  const left = hasRows ? EDGES.leftOfRows : EDGES.left;
  const width = Math.max(0, whole - left - EDGES.right);
  const size = useMemo(() => ({ width, height: source.height(Math.max(1, width)) }), [source, width]);
  const drawing = useMemo(() => (width > 40 ? source.draw(size) : null), [source, size, width]);
  const spot = drawing?.spots.find(({ key }) => key === at) ?? null;
  const pick = (chosen: Spot | null) => {
    if (chosen?.pick != null) onPick?.(chosen.pick);
  };
  const under = (event: React.PointerEvent | React.MouseEvent): Spot | null => {
    const bounds = box.current?.getBoundingClientRect();
    if (!bounds || !drawing) return null;
    const x = event.clientX - bounds.left - left;
    return nearestSpot(drawing.spots, x, event.clientY - bounds.top - EDGES.top, REACH);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !drawing) return;
    if (event.key === 'Escape') return setAt(null);
    if (event.key === 'Enter' || event.key === ' ') pick(spot);
    else {
      const next = spotAfter(drawing.spots, at, event.key);
      if (!next) return;
      setAt(next.key);
      setSpoken(true);
    }
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      className="spot-plot"
      role="application"
      aria-roledescription="chart"
      aria-label={name}
      aria-describedby={keysId}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keys that its description names
      tabIndex={0}
      data-at={spot?.name}
      data-picks={(spot && spot.pick !== null && onPick !== undefined) || undefined}
      style={{ height: size.height + EDGES.top + EDGES.bottom }}
      onPointerMove={(event) => {
        setAt(under(event)?.key ?? null);
        setSpoken(false);
      }}
      onPointerLeave={() => setAt(null)}
      onClick={(event) => {
        const found = under(event);
        setAt(found?.key ?? null);
        pick(found);
      }}
      onBlur={() => setAt(null)}
      onKeyDown={onKeyDown}
    >
      <span id={keysId} className="visually-hidden">
        Arrow keys move between the points{onPick && ', Enter selects one'}.
      </span>
      {drawing && (
        <svg width={whole} height={size.height + EDGES.top + EDGES.bottom} aria-hidden="true">
          <g transform={`translate(${left} ${EDGES.top})`}>
            <Ground drawing={drawing} size={size} />
            {drawing.spots.map((each) =>
              each.pick !== null && each.pick === picked && !each.isQuiet ? (
                <circle key={each.key} className="spot-picked" cx={each.x} cy={each.y} r={9} />
              ) : null,
            )}
            {spot && <circle className="spot-ring" cx={spot.x} cy={spot.y} r={10} />}
          </g>
        </svg>
      )}
      {spot && <Readout spot={spot} left={left} width={whole} />}
      <span className="visually-hidden" aria-live="polite">
        {isSpoken && spot ? [spot.name, ...spot.lines].join(', ') : ''}
      </span>
    </div>
  );
});

const Ground = memo(function Ground({ drawing, size }: { drawing: Drawing; size: Size }) {
  const { x, y, marks } = drawing;
  const grid = gridMarks(drawing, size, 'var(--line)');
  return (
    <>
      {grid.map((mark, i) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
        mark.type === 'line' ? <Shape key={i} mark={mark} /> : null,
      )}
      {y?.ticks.map(({ position, text }) => (
        <text key={position} className="spot-tick" x={-8} y={(1 - position) * size.height + 4} textAnchor="end">
          {text}
        </text>
      ))}
      {x.ticks.map(({ position, text }) => (
        <text
          key={position}
          className="spot-tick"
          x={position * size.width}
          y={size.height + 18}
          textAnchor={tickAnchor(position)}
        >
          {text}
        </text>
      ))}
      <text className="spot-axis" x={size.width} y={size.height + 36} textAnchor="end">
        {x.title}
      </text>
      {marks.map((mark, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a mark is its place
        <Shape key={i} mark={mark} />
      ))}
    </>
  );
});

/** On the side where there is room. */
function Readout({ spot, left, width }: { spot: Spot; left: number; width: number }) {
  const x = spot.x + left;
  const side = x > width / 2 ? { right: width - x + 14 } : { left: x + 14 };
  return (
    <div className="spot-readout" style={{ ...side, top: spot.y + EDGES.top + 12 }} aria-hidden="true">
      <strong>{spot.name}</strong>
      {spot.lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </div>
  );
}
