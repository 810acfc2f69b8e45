// Legends: a colour bar with its domain and a marker at the hovered value, and swatches that differ by shape as well as by colour.
import type { ReactNode } from 'react';
import './legend.css';

export interface ColourBarProps {
  /** What the colours measure. */
  label: string;
  /** CSS colours from low to high, evenly spaced. */
  colours: readonly string[];
  /** Texts under the bar, evenly spaced from its left to its right end. */
  ticks: readonly string[];
  /** Where the hovered value stands in [0, 1]; null for none. */
  marker: number | null;
}

export function ColourBar({ label, colours, ticks, marker }: ColourBarProps) {
  return (
    <div className="legend-bar">
      <span className="legend-label">{label}</span>
      <span className="legend-track" style={{ background: `linear-gradient(to right, ${colours.join(', ')})` }}>
        {marker !== null && (
          <span className="legend-marker" style={{ left: `${Math.max(0, Math.min(1, marker)) * 100}%` }} />
        )}
      </span>
      <span className="legend-ticks">
        {ticks.map((tick) => (
          <span key={tick}>{tick}</span>
        ))}
      </span>
    </div>
  );
}

/** One entry of a swatch legend: a sample of the mark, then its meaning. */
export function Swatch({ className, colour, children }: { className?: string; colour?: string; children: ReactNode }) {
  return (
    <span className="legend-swatch">
      <span
        className={`legend-sample ${className ?? ''}`}
        style={colour ? { background: colour } : undefined}
        aria-hidden="true"
      />
      <span>{children}</span>
    </span>
  );
}
