// A small picture of a whole matrix, drawn when it comes into sight, and the item of an atlas around it: name, density, rank. What the
// colours mean is the caller's: one colouring for all thumbs is one domain for all.
import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { Colouring } from './colouring';
import { drawWhole } from './drawWhole';
import type { MatrixSource } from './matrixSource';
import { TileStore } from './tileStore';
import './matrixThumb.css';

export interface MatrixThumbProps {
  /** null while it is being prepared. */
  source: MatrixSource | null;
  colouring: Colouring;
  cellColouring?: Colouring;
  /** Size in CSS pixels. */
  width: number;
  height: number;
  /** CSS pixels of a block at least: smaller ones hold too few cells for a mean and look like noise. */
  leastBlock?: number;
}

/** It has no name of its own: the figure around it has. */
export function MatrixThumb(props: MatrixThumbProps) {
  const { source, colouring, cellColouring = colouring, width, height, leastBlock = 2 } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const isSeen = useSeen(canvas);
  const store = useMemo(() => (source && isSeen ? new TileStore(source) : null), [source, isSeen]);

  useEffect(() => () => store?.clear(), [store]);
  useEffect(() => store?.setColouring(colouring, cellColouring), [store, colouring, cellColouring]);
  useEffect(() => {
    const element = canvas.current;
    if (!element || !store) return;
    const draw = () => void drawWhole(element, store, { width, height, leastBlock }, devicePixelRatio);
    draw();
    return store.onTile(draw);
  }, [store, width, height, leastBlock]);

  return <canvas ref={canvas} className="matrix-thumb" style={{ width, height }} />;
}

export interface ThumbItemProps extends MatrixThumbProps {
  /** Accessible name: "Open model.layers.0.mlp.up_proj.weight". */
  openLabel: string;
  /** Shown above the picture, such as a column's kind; null where the place says it. */
  title: ReactNode;
  /** Shown under it. */
  density: string;
  rank: string;
  /** Shown when the pointer rests on it. */
  tooltip?: string;
  isOpen: boolean;
  onOpen(): void;
}

/** One tensor of an atlas: opens it. */
export function ThumbItem({ openLabel, title, density, rank, tooltip, isOpen, onOpen, ...thumb }: ThumbItemProps) {
  return (
    <button type="button" className="thumb-item" aria-pressed={isOpen} title={tooltip} onClick={onOpen}>
      <span className="visually-hidden">{openLabel}</span>
      {title}
      <MatrixThumb {...thumb} />
      <span className="thumb-density">{density}</span>
      <span className="thumb-rank">{rank}</span>
    </button>
  );
}

/** True once the element has been near the window. */
export function useSeen(element: RefObject<HTMLElement | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const target = element.current;
    if (!target || seen) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
      },
      { rootMargin: '300px' },
    );
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, seen]);
  return seen;
}
