// Drawing a chart costs some 20 ms: a few at once would hold the page up. Figures take turns, one a frame, each at most
// a few times a second.
import { useEffect, useRef, useState } from 'react';

const MIN_INTERVAL_MS = 250;

const waiting: (() => void)[] = [];

function takeTurn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) requestAnimationFrame(takeTurn);
}

function queueTurn(draw: () => void): void {
  waiting.push(draw);
  if (waiting.length === 1) requestAnimationFrame(takeTurn);
}

/** The latest `value` as of this figure's last turn; null before its first. */
export function useTurn<T>(value: T): T | null {
  const [shown, setShown] = useState<T | null>(null);
  const latest = useRef(value);
  const state = useRef({ isQueued: false, lastTurn: Number.NEGATIVE_INFINITY, isGone: false });
  latest.current = value;
  useEffect(() => {
    state.current.isGone = false;
    return () => {
      state.current.isGone = true;
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value asks for a turn
  useEffect(() => {
    const own = state.current;
    if (own.isQueued) return;
    own.isQueued = true;
    const draw = () => {
      own.isQueued = false;
      own.lastTurn = performance.now();
      if (!own.isGone) setShown(latest.current);
    };
    setTimeout(() => queueTurn(draw), Math.max(0, own.lastTurn + MIN_INTERVAL_MS - performance.now()));
  }, [value]);
  return shown;
}
