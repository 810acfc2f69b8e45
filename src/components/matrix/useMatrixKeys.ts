// The keys of a matrix, carried out: cursor, pan, zoom, next cell of interest.
import { useCallback } from 'react';
import { actionOf, type MatrixAction, stepCell } from './matrixKeys';
import type { MatrixStage } from './matrixStage';
import { type Cell, followCell, inSight, panWindow, zoomToCell, zoomWindow } from './matrixWindow';

interface Cursor {
  pinned: Cell | null;
  onPin(cell: Cell | null): void;
  nextCell?(from: Cell | null, direction: 1 | -1): Cell | null | Promise<Cell | null>;
}

export function useMatrixKeys(stage: MatrixStage, { pinned, onPin, nextCell }: Cursor) {
  return useCallback(
    (event: React.KeyboardEvent) => {
      const action = actionOf(event);
      if (!action || !stage.current || (action.type === 'next' && !nextCell)) return;
      event.preventDefault();
      const put = (cell: Cell) => {
        onPin(cell);
        if (stage.current) stage.go(followCell(stage.window(), cell, stage.current.extent));
      };
      if (action.type === 'clear') onPin(null);
      else if (action.type === 'next') {
        Promise.resolve(nextCell?.(pinned, action.direction)).then((cell) => {
          if (cell) put(cell);
        });
      } else if (!moveWindow(stage, action, pinned)) put(cursorAfter(stage, action, pinned));
    },
    [stage, pinned, onPin, nextCell],
  );
}

/** True when the action was one of the window's. */
function moveWindow(stage: MatrixStage, action: MatrixAction, pinned: Cell | null): boolean {
  const { extent } = stage.current!;
  const window = stage.window();
  const [x, y] = [extent.width / 2, extent.height / 2];
  switch (action.type) {
    case 'zoom':
      stage.go(zoomWindow(window, action.factor, x, y, extent));
      return true;
    case 'zoomToCell':
      stage.go(zoomToCell(window, pinned ?? middleOf(stage), extent));
      return true;
    case 'fit':
      stage.go(null);
      return true;
    case 'pan':
      stage.go(panWindow(window, action.columns * extent.width, action.rows * extent.height, extent));
      return true;
    default:
      return false;
  }
}

function middleOf(stage: MatrixStage): Cell {
  const sight = inSight(stage.window(), stage.current!.extent);
  return {
    row: Math.floor((sight.firstRow + sight.endRow - 1) / 2),
    column: Math.floor((sight.firstColumn + sight.endColumn - 1) / 2),
  };
}

/** The cursor appears in the middle of the window, then moves by drawn blocks. */
function cursorAfter(stage: MatrixStage, action: MatrixAction, pinned: Cell | null): Cell {
  const { extent } = stage.current!;
  if (!pinned) return middleOf(stage);
  if (action.type === 'move') {
    const block = stage.block();
    return stepCell(pinned, action.rows * block, action.columns * block, extent);
  }
  if (action.type === 'page') {
    const { firstRow, endRow } = inSight(stage.window(), extent);
    return stepCell(pinned, action.direction * Math.max(1, endRow - firstRow - 1), 0, extent);
  }
  if (action.type === 'edge') {
    const column = action.column === 'first' ? 0 : extent.columns - 1;
    const row = action.row === null ? pinned.row : action.row === 'first' ? 0 : extent.rows - 1;
    return { row, column };
  }
  return pinned;
}
