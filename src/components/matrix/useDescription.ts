// A cell in words, which may come from a worker: an answer that comes too late is dropped.
import { useEffect, useRef, useState } from 'react';
import type { Cell } from './matrixWindow';

/** null without a cell. The old text stays until the new one is there, and is asked for again with new `data`. `delay` ms of rest before it is asked for. */
export function useDescription(
  describe: (cell: Cell, block: number) => string | Promise<string>,
  cell: Cell | null,
  block: number,
  data: unknown,
  delay = 0,
): string | null {
  const [text, setText] = useState<string | null>(null);
  const ask = useRef(describe);
  ask.current = describe;
  const row = cell?.row ?? null;
  const column = cell?.column ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: other data give another answer
  useEffect(() => {
    if (row === null || column === null) {
      setText(null);
      return;
    }
    let isLate = false;
    const run = async () => {
      const answer = await ask.current({ row, column }, block);
      if (!isLate) setText(answer);
    };
    const timer = setTimeout(run, delay);
    return () => {
      isLate = true;
      clearTimeout(timer);
    };
  }, [row, column, block, data, delay]);
  return text;
}
