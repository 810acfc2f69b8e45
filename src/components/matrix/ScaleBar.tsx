// The colour bar that is also the control of its domain: handles at both ends, kind, percentile clip, lock, the values' histogram above,
// the threshold and the hovered value marked, and what lies outside named with its count.
import { useId, useMemo, useRef } from 'react';
import { Choice } from '../Choice';
import { formatCount, formatNumber } from '../format';
import { Swatch } from '../Legend';
import { type ColourMap, cssColour, rampCss } from './colourMaps';
import { type Domain, type DomainKind, domainTicks, type PercentClip, positionIn, tickText, withKind } from './domain';
import { ScaleHandle } from './ScaleHandle';
import { barsOf, countOutside, snapHigh, snapLow, snapReach, type ValueHistogram } from './valueHistogram';
import './scaleBar.css';

export interface ScaleBarProps {
  /** What the colours measure: "|θ′ − θ|". */
  label: string;
  domain: Domain;
  /** Moved by handle or by kind: manual, until the caller asks the data again. */
  onDomain(domain: Domain): void;
  map: ColourMap;
  /** Values that the domain was made for: extent of the bar, histogram, counts outside. */
  histogram: ValueHistogram;
  /** Kinds to choose from; signed values have no logarithm. One: no choice. */
  kinds: readonly DomainKind[];
  /** The choice of clips; null hides it. `clip` is the current one, "manual" after a handle moved. */
  clip: ClipName;
  onClip(clip: Exclude<ClipName, 'manual'>): void;
  /** The domain stays when another tensor, step or run is opened; null hides the lock. */
  locked: boolean | null;
  onLock(locked: boolean): void;
  /** Hovered value; null for none. */
  marker: number | null;
  /** A value with a name, such as the mask's threshold. */
  threshold?: { value: number; label: string } | null;
  /** Colour and meaning of exactly 0, when it has one of its own. */
  zero?: { colour: string; label: string } | null;
}

export type ClipName = 'none' | '1-99' | '0.1-99.9' | 'manual';

/** What each clip leaves outside. */
export const CLIPS: Record<Exclude<ClipName, 'manual'>, PercentClip> = {
  none: null,
  '1-99': [1, 99],
  '0.1-99.9': [0.1, 99.9],
};

const KIND_NAMES: Record<DomainKind, string> = { linear: 'Linear', log: 'Log', symlog: 'Symlog' };
const BARS = 96;

export function ScaleBar(props: ScaleBarProps) {
  const { label, domain, map, histogram, kinds, clip, locked, marker, threshold } = props;
  const track = useRef<HTMLDivElement>(null);
  const id = useId();
  const extent = useMemo(() => extentOf(domain, histogram), [domain, histogram]);
  const place = positionIn(extent);
  const inBar = (value: number): number => Math.max(0, Math.min(1, place(value) || 0));
  const [low, high] = [inBar(domain.low), inBar(domain.high)];
  const move = (end: 'low' | 'high', value: number) =>
    props.onDomain(movedEnd(domain, end, value, map.diverging, histogram));
  const colours = rampCss(map.ramp, 33).map(
    (colour, i) => `${colour} ${((low + ((high - low) * i) / 32) * 100).toFixed(2)}%`,
  );
  const ends = `${cssColour(map.below)} ${(low * 100).toFixed(2)}%`;
  const top = `${cssColour(map.above)} ${(high * 100).toFixed(2)}%`;
  const gradient = `linear-gradient(to right, ${cssColour(map.below)} 0%, ${ends}, ${colours.join(', ')}, ${top}, ${cssColour(map.above)} 100%)`;
  return (
    <fieldset className="scale-bar" aria-labelledby={id}>
      <div className="scale-head">
        <span id={id} className="scale-label">
          {label}
        </span>
        {kinds.length > 1 && (
          <Choice<DomainKind>
            label={`Spread of the colours, ${label}`}
            options={kinds.map((value) => ({ value, label: KIND_NAMES[value] }))}
            value={domain.kind}
            onChange={(kind) => props.onDomain(withKind(domain, kind, histogram))}
          />
        )}
        <Choice<ClipName>
          label={`Ends of the colours, ${label}`}
          options={[
            { value: 'none', label: 'All' },
            { value: '0.1-99.9', label: '0.1–99.9 %' },
            { value: '1-99', label: '1–99 %' },
            ...(clip === 'manual' ? [{ value: 'manual' as const, label: 'By hand' }] : []),
          ]}
          value={clip}
          onChange={(value) => {
            if (value !== 'manual') props.onClip(value);
          }}
        />
        {locked !== null && (
          <button
            type="button"
            className="button scale-lock"
            aria-pressed={locked}
            onClick={() => props.onLock(!locked)}
          >
            {locked ? 'Locked' : 'Lock'}
          </button>
        )}
      </div>
      <div className="scale-plot">
        <HistogramBars histogram={histogram} extent={extent} />
        <div ref={track} className="scale-track" style={{ background: gradient }}>
          {marker !== null && Number.isFinite(marker) && (
            <span className="scale-marker" style={{ left: `${inBar(marker) * 100}%` }} />
          )}
          {threshold && Number.isFinite(threshold.value) && (
            <span className="scale-threshold" style={{ left: `${inBar(threshold.value) * 100}%` }} />
          )}
          <ScaleHandle
            name={`Lower end, ${label}`}
            value={domain.low}
            {...{ extent, track }}
            onMove={(v) => move('low', v)}
          />
          <ScaleHandle
            name={`Upper end, ${label}`}
            value={domain.high}
            {...{ extent, track }}
            onMove={(v) => move('high', v)}
          />
        </div>
        <Ticks domain={domain} extent={extent} />
      </div>
      <ScaleNotes {...props} />
    </fieldset>
  );
}

/** What the bar spans: all values, and the domain where it reaches further. */
function extentOf(domain: Domain, histogram: ValueHistogram): Domain {
  if (histogram.finite === 0) return domain;
  const low = Math.min(domain.low, histogram.min);
  const high = Math.max(domain.high, histogram.max);
  if (domain.kind !== 'log') return { ...domain, low, high };
  const from = withKind({ ...domain, low }, 'log', histogram);
  return { ...domain, low: Math.min(domain.low, from.low), high };
}

/** The domain after an end has moved: on the edge of a histogram step, not past the other end, symmetric when diverging. */
export function movedEnd(
  domain: Domain,
  end: 'low' | 'high',
  value: number,
  isDiverging: boolean,
  histogram: ValueHistogram,
): Domain {
  if (isDiverging) {
    const reach = snapReach(value);
    return { ...domain, low: -reach, high: reach };
  }
  if (end === 'low') return { ...domain, low: Math.min(snapLow(value, histogram), domain.high) };
  return { ...domain, high: Math.max(snapHigh(value, histogram), domain.low) };
}

function HistogramBars({ histogram, extent }: { histogram: ValueHistogram; extent: Domain }) {
  const path = useMemo(() => {
    const bars = barsOf(histogram, BARS, positionIn(extent));
    // Square roots: one value among millions keeps a visible bar.
    const most = Math.sqrt(bars.reduce((a, b) => Math.max(a, b), 0)) || 1;
    return [...bars]
      .map((count, i) => {
        const height = count === 0 ? 0 : Math.max(1, (Math.sqrt(count) / most) * 32);
        return `M${i} 32v${-height}h1v${height}z`;
      })
      .join('');
  }, [histogram, extent]);
  return (
    <svg className="scale-histogram" viewBox={`0 0 ${BARS} 32`} preserveAspectRatio="none" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}

function Ticks({ domain, extent }: { domain: Domain; extent: Domain }) {
  return (
    <div className="scale-ticks" aria-hidden="true">
      {domainTicks({ ...extent, threshold: domain.threshold }, 0.16).map(({ value, position }) => (
        <span key={value} style={{ left: `${position * 100}%` }}>
          {tickText(value)}
        </span>
      ))}
    </div>
  );
}

/** What the bar cannot say by colour alone: ends, linear part, threshold, and counts outside. */
function ScaleNotes({ domain, map, histogram, threshold, zero }: ScaleBarProps) {
  const { below, above, nonFinite } = useMemo(
    () => countOutside(histogram, domain.low, domain.high),
    [histogram, domain.low, domain.high],
  );
  return (
    <p className="scale-notes">
      <span>
        {formatNumber(domain.low)} to {formatNumber(domain.high)}
        {domain.kind === 'symlog' && `, linear within ±${formatNumber(domain.threshold)}`}
        {map.diverging && ', centred on 0'}
      </span>
      {threshold && (
        <span>
          ┆ {threshold.label} {formatNumber(threshold.value)}
        </span>
      )}
      {zero && <Swatch colour={zero.colour}>{zero.label}</Swatch>}
      <Swatch colour={cssColour(map.below)}>below: {formatCount(below)}</Swatch>
      <Swatch colour={cssColour(map.above)}>above: {formatCount(above)}</Swatch>
      <Swatch colour={cssColour(map.nonFinite)}>not finite: {formatCount(nonFinite)}</Swatch>
    </p>
  );
}
