// A chart's marks on the page: the same ones that go into a picture file. Lines keep their width when the drawing is stretched.
import type { ShapeMark } from './chartPicture';

interface DrawingProps {
  marks: readonly ShapeMark[];
  width: number;
  height: number;
  /** Accessible name. */
  label: string;
  /** Fills its place without keeping its proportions. */
  isStretched?: boolean;
}

export function MarksDrawing({ marks, width, height, label, isStretched = false }: DrawingProps) {
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio={isStretched ? 'none' : undefined}
      role="img"
      aria-label={label}
    >
      {marks.map((mark, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a mark is its place
        <Shape key={i} mark={mark} />
      ))}
    </svg>
  );
}

function Shape({ mark }: { mark: ShapeMark }) {
  const { colour } = mark;
  if (mark.type === 'rectangle')
    return <rect x={mark.x} y={mark.y} width={mark.width} height={mark.height} fill={colour} />;
  if (mark.type === 'dot') return <circle cx={mark.x} cy={mark.y} r={mark.radius} fill={colour} />;
  return (
    <polyline
      points={mark.points.map(([x, y]) => `${x},${y}`).join(' ')}
      fill="none"
      stroke={colour}
      strokeWidth={mark.width}
      strokeDasharray={mark.dashed ? '4 4' : undefined}
      vectorEffect="non-scaling-stroke"
    />
  );
}
