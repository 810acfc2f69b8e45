// The colours of a layer in the current theme: categories for masks and overlays, a scale with its domain for values.
import { useMemo } from 'react';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import type { Colouring } from '../../components/matrix/colouring';
import { divergingMap, overlayColours, sequentialMap, themeOf } from '../../components/matrix/colourMaps';
import type { Domain } from '../../components/matrix/domain';
import type { BlockStatistic } from '../../worker/atlasProtocol';
import type { LayerInfo } from './layers';
import { maskColours } from './maskColours';

export interface LayerColours {
  blocks: Colouring;
  cells: Colouring;
}

/** `reach`: where the density scale of a mask ends. `domain`: of a layer of values; null while it is not known. */
export function layerColours(
  form: LayerInfo['form'],
  statistic: BlockStatistic,
  reach: number,
  domain: Domain | null,
): LayerColours {
  const ground = themeOf(themeColour('--paper'));
  if (form === 'mask') {
    const colours = maskColours(reach);
    return statistic === 'any' ? { blocks: colours.cells, cells: colours.cells } : colours;
  }
  if (form === 'overlay') {
    const nonFinite = sequentialMap(ground).nonFinite;
    const codes: Colouring = { type: 'categories', colours: overlayColours(ground), nonFinite };
    return { blocks: codes, cells: codes };
  }
  const map = form === 'signed' ? divergingMap(ground) : sequentialMap(ground);
  const whole = domain ?? { kind: 'linear', low: form === 'signed' ? -1 : 0, high: 1, threshold: 1 };
  const scale: Colouring = { type: 'scale', domain: whole, map, zero: null };
  return { blocks: scale, cells: scale };
}

/** The same objects while nothing changes. */
export function useLayerColours(
  { form }: LayerInfo,
  statistic: BlockStatistic,
  reach: number,
  domain: Domain | null,
): LayerColours {
  const theme = useThemeKey();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme key stands for the colours
  return useMemo(() => layerColours(form, statistic, reach, domain), [form, statistic, reach, domain, theme]);
}
