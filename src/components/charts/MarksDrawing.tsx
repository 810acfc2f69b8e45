// A chart's marks on the page: the same ones that go into a picture file. Lines keep their width when the drawing is stretched.
import { dashOf, type Point } from '../pictureLayout';
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

/** Tenths of a pixel are enough, and make short texts. */
const textOf = (points: readonly Point[]): string =>
  points.map(([x, y]) => `${Math.round(x * 10) / 10},${Math.round(y * 10) / 10}`).join(' ');

export function Shape({ mark }: { mark: ShapeMark }) {
  const { colour } = mark;
  if (mark.type === 'rectangle')
    return <rect x={mark.x} y={mark.y} width={mark.width} height={mark.height} fill={colour} />;
  if (mark.type === 'dot') return <circle cx={mark.x} cy={mark.y} r={mark.radius} fill={colour} />;
  if (mark.type === 'area') return <polygon points={textOf(mark.points)} fill={colour} opacity={mark.opacity} />;
  if (mark.type === 'text') {
    return (
      <text x={mark.x} y={mark.y} fontSize={mark.size} fill={colour} textAnchor={mark.anchor}>
        {mark.text}
      </text>
    );
  }
  return (
    <polyline
      points={textOf(mark.points)}
      fill="none"
      stroke={colour}
      strokeWidth={mark.width}
      strokeDasharray={dashOf(mark).join(' ') || undefined}
      opacity={mark.opacity}
      strokeLinejoin="round"
      vectorEffect="non-scaling-stroke"
    />
  );
}
