// What the colours of the layer on show mean: swatches of a mask, categories of an overlay, the scale of values with its handles.
import { useMemo } from 'react';
import { formatCount, formatShare } from '../../components/format';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { ColourBar, Swatch } from '../../components/Legend';
import { divergingMap, rampCss, sequentialMap, themeOf } from '../../components/matrix/colourMaps';
import { ScaleBar } from '../../components/matrix/ScaleBar';
import type { BlockStatistic } from '../../worker/atlasProtocol';
import { OverlayLegend } from './AgreementFrame';
import type { LayerInfo } from './layers';
import { EnteredLegend } from './MomentChange';
import type { NamedMask } from './namedMasks';
import type { LayerScale } from './useLayerScale';

interface LegendProps {
  info: LayerInfo;
  statistic: BlockStatistic;
  scale: LayerScale;
  reach: number;
  marker: number | null;
  threshold: number | null;
  pair: { a: NamedMask; b: NamedMask } | null;
}

export function LayerLegend({ info, statistic, scale, reach, marker, threshold, pair }: LegendProps) {
  const theme = useThemeKey();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  const map = useMemo(() => {
    const ground = themeOf(themeColour('--paper'));
    return info.form === 'signed' ? divergingMap(ground) : sequentialMap(ground);
  }, [info.form, theme]);
  if (info.name === 'entered') return <EnteredLegend />;
  if (info.form === 'overlay') {
    return (
      <div className="neurons-overlay-legend">
        <OverlayLegend />
        {pair && (
          <p className="caption">
            A: {pair.a.label}. B: {pair.b.label}. Densities, ranks and counts along the edges are A’s.
          </p>
        )}
      </div>
    );
  }
  if (info.form === 'mask') {
    return (
      <div className="neurons-legend">
        <Swatch colour="var(--selected)">selected weight</Swatch>
        <Swatch colour="var(--quiet)">not selected, empty block</Swatch>
        {statistic === 'mean' && (
          <ColourBar
            label="density of an occupied block"
            colours={rampCss(map.ramp, 9)}
            ticks={['> 0', formatShare(reach / 2), reach < 1 ? `≥ ${formatShare(reach)}` : formatShare(1)]}
            marker={null}
          />
        )}
      </div>
    );
  }
  if (!scale.histogram || !scale.domain) return <p className="caption">The values are being counted …</p>;
  const { finite, nonFinite, sampledOf } = scale.histogram;
  const bar = (
    <ScaleBar
      label={info.label}
      domain={scale.domain}
      onDomain={scale.setDomain}
      map={map}
      histogram={scale.histogram}
      kinds={info.form === 'signed' ? ['linear', 'symlog'] : ['linear', 'log', 'symlog']}
      clip={scale.clip}
      onClip={scale.setClip}
      locked={scale.isLocked}
      onLock={scale.setLocked}
      marker={marker}
      threshold={info.name === 'size' && threshold !== null ? { value: threshold, label: 'threshold' } : null}
    />
  );
  if (sampledOf === undefined) return bar;
  return (
    <div>
      {bar}
      <p className="caption">
        The scale comes from {formatCount(finite + nonFinite)} of {formatCount(sampledOf)} values, in evenly spread
        stretches.
      </p>
    </div>
  );
}
