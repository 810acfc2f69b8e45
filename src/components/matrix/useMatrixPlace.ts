// Where a matrix is looked at, in and out: the place and cursor it opens with, and word of them when they have come to rest.
import { useEffect, useRef, useState } from 'react';
import type { MatrixStage, Rest } from './matrixStage';
import { type Cell, type Extent, type MatrixPlace, type MatrixWindow, windowAt } from './matrixWindow';

/** Shows a place until somebody moves the window, whatever size the picture gets meanwhile. */
export function useFirstPlace(stage: MatrixStage, place: MatrixPlace | null, extent: Extent, ratio: number): void {
  const [first] = useState(place);
  const put = useRef<MatrixWindow | null>(null);
  useEffect(() => {
    if (!first || (put.current && !stage.isAt(put.current))) return;
    put.current = windowAt(first, extent, ratio);
    stage.go(put.current);
  }, [stage, first, extent, ratio]);
}

/** Keys move the cursor many times a second. */
const SIGHT_MS = 150;

interface Sight {
  initialPlace?: MatrixPlace | null;
  initialCell?: Cell | null;
  onSight?(place: MatrixPlace | null, cell: Cell | null): void;
}

/** Tells where window and cursor are when that has changed and they are at rest. */
export function useSight({ initialPlace, initialCell, onSight }: Sight, rest: Rest | null, cell: Cell | null): void {
  const heard = useRef(onSight);
  heard.current = onSight;
  const told = useRef(JSON.stringify([initialPlace ?? null, initialCell ?? null]));
  const now = rest && JSON.stringify([rest.place, cell && { row: cell.row, column: cell.column }]);
  useEffect(() => {
    if (now === null || now === told.current) return;
    const timer = setTimeout(() => {
      told.current = now;
      const sight: [MatrixPlace | null, Cell | null] = JSON.parse(now);
      heard.current?.(...sight);
    }, SIGHT_MS);
    return () => clearTimeout(timer);
  }, [now]);
}
