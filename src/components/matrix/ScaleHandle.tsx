// One end of a domain on its bar: dragged by pointer or moved by arrow keys.
import type { RefObject } from 'react';
import { formatNumber } from '../format';
import { type Domain, positionIn, valueAt } from './domain';

interface ScaleHandleProps {
  name: string;
  value: number;
  /** What the bar spans. */
  extent: Domain;
  track: RefObject<HTMLElement | null>;
  onMove(value: number): void;
}

const STEPS: Record<string, number> = {
  ArrowLeft: -0.01,
  ArrowDown: -0.01,
  ArrowRight: 0.01,
  ArrowUp: 0.01,
  PageDown: -0.1,
  PageUp: 0.1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

const inside = (position: number): number => Math.max(0, Math.min(1, position));

/** The position in [0, 1] that a key leads to, by hundredths and tenths of the bar; null when the key does not move. */
export function handleStep(key: string, position: number): number | null {
  const step = STEPS[key];
  return step === undefined ? null : inside(position + step);
}

export function ScaleHandle({ name, value, extent, track, onMove }: ScaleHandleProps) {
  const position = inside(positionIn(extent)(value) || 0);
  const drag = (event: React.PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (box && box.width > 0) onMove(valueAt(extent, inside((event.clientX - box.left) / box.width)));
  };
  return (
    <div
      className="scale-handle"
      style={{ left: `${position * 100}%` }}
      role="slider"
      aria-label={name}
      aria-valuemin={extent.low}
      aria-valuemax={extent.high}
      aria-valuenow={Math.max(extent.low, Math.min(extent.high, value))}
      aria-valuetext={formatNumber(value)}
      tabIndex={0}
      onKeyDown={(event) => {
        const next = handleStep(event.key, position);
        if (next === null || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        onMove(valueAt(extent, next));
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        event.currentTarget.focus();
      }}
      onPointerMove={(event) => {
        if (event.buttons & 1) drag(event);
      }}
    />
  );
}
