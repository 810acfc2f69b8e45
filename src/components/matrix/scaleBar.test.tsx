import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { divergingMap, sequentialMap } from './colourMaps';
import { domainOf } from './domain';
import { movedEnd, ScaleBar, type ScaleBarProps } from './ScaleBar';
import { handleStep } from './ScaleHandle';
import { histogramOf } from './valueHistogram';

const histogram = histogramOf(Float32Array.of(-8, 0, 0.5, 1, 2, 4, 8, Number.NaN));
const nothing = () => {};
const props: ScaleBarProps = {
  label: 'change',
  domain: { kind: 'linear', low: 0, high: 4, threshold: 1 },
  onDomain: nothing,
  map: sequentialMap('light'),
  histogram,
  kinds: ['linear', 'log', 'symlog'],
  clip: 'manual',
  onClip: nothing,
  locked: false,
  onLock: nothing,
  marker: 2,
  threshold: { value: 1, label: 'threshold' },
};

describe('scale bar', () => {
  it('names its handles, what lies outside with its count, and the threshold', () => {
    const html = renderToStaticMarkup(<ScaleBar {...props} />);
    expect(html.match(/role="slider"/g)).toHaveLength(2);
    expect(html).toContain('aria-label="Upper end, change"');
    expect(html).toContain('aria-valuetext="4.00"');
    for (const text of ['below: 1', 'above: 1', 'not finite: 1', 'threshold 1.00', 'By hand'])
      expect(html).toContain(text);
    expect(html).toContain('aria-pressed="false"');
  });

  it('states the linear part and the centre', () => {
    const domain = domainOf(histogram, { kind: 'symlog', clip: null, diverging: true, threshold: 0.25 });
    const html = renderToStaticMarkup(<ScaleBar {...props} domain={domain} map={divergingMap('dark')} locked={null} />);
    expect(html).toContain('linear within ±0.250, centred on 0');
    expect(html).not.toContain('Lock');
  });

  it('moves its ends onto steps, not past each other, symmetric about 0 when diverging', () => {
    expect(movedEnd(props.domain, 'high', 1.003, false, histogram).high).toBeCloseTo(1.0078124, 6);
    expect(movedEnd(props.domain, 'low', 6, false, histogram).low).toBe(4);
    expect(movedEnd(props.domain, 'high', -3, false, histogram).high).toBe(0);
    const both = movedEnd(props.domain, 'low', -2, true, histogram);
    expect(both.low).toBe(-both.high);
    expect(both.high).toBeCloseTo(2, 1);
  });

  it('moves by keys', () => {
    expect(handleStep('ArrowRight', 0.5)).toBeCloseTo(0.51, 12);
    expect(handleStep('PageDown', 0.05)).toBe(0);
    expect(handleStep('End', 0.2)).toBe(1);
    expect(handleStep('a', 0.2)).toBeNull();
  });
});
