// The colours of a mask: density of blocks on cividis with empty ones quiet, single weights in the hue of selected neurons.
import { themeColour } from '../../components/heatmapTheme';
import type { Colouring } from '../../components/matrix/colouring';
import { sequentialMap, themeOf } from '../../components/matrix/colourMaps';

export interface MaskColours {
  /** Mean of a block, in [0, 1]. */
  blocks: Colouring;
  /** 0 or 1. */
  cells: Colouring;
}

/** Of the current theme. Densities from `upper` on share the strongest colour. */
export function maskColours(upper: number): MaskColours {
  const quiet = themeColour('--quiet');
  const scale = sequentialMap(themeOf(themeColour('--paper')));
  // Denser is no exception here: the legend says "or more".
  const map = { ...scale, above: scale.ramp.at(-1)! };
  return {
    blocks: { type: 'scale', domain: { kind: 'linear', low: 0, high: upper, threshold: 1 }, map, zero: quiet },
    cells: { type: 'categories', colours: [quiet, themeColour('--selected')], nonFinite: map.nonFinite },
  };
}
