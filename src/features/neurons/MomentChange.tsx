// What the time line's moment changed: how much of what has moved most is new since the moment before, in a sentence and with its legend.
import { formatCount, formatPercent } from '../../components/format';
import { themeColour, useThemeKey } from '../../components/heatmapTheme';
import { Swatch } from '../../components/Legend';
import { cssColour, overlayColours, themeOf } from '../../components/matrix/colourMaps';
import { momentLabel } from '../../components/stageNames';
import type { RunConfig } from '../../core/config';
import type { Agreement } from '../../core/masks/agreement';
import type { LayerName } from '../../state/neuronsChoice';
import type { Moment } from '../../state/runState';
import type { Sight } from './layers';
import { useAnswer } from './useAtlas';

interface MomentChangeProps {
  name: LayerName;
  sight: Sight;
  moment: Moment | null;
  previous: Moment | null;
  config: Pick<RunConfig, 'method'>;
}

export function MomentChange({ name, sight, moment, previous, config }: MomentChangeProps) {
  const { now, before } = sight;
  const isMask = name === 'moved-most' || name === 'entered';
  const agreement = useAnswer(isMask && now && before ? { type: 'agreement', a: before, b: now } : null, 'moment');
  if (!now || !moment) return null;
  if (!isMask) return <p className="caption">The change since the SFT weights at {momentLabel(moment, config)}.</p>;
  const { value, isPending } = agreement;
  return (
    <p className="caption" role="status">
      The {formatPercent(now.percent)} of all weights that have moved most up to {momentLabel(moment, config)}.{' '}
      {before && previous && value && !isPending && changeSentence(value.overall, previous, config)}
    </p>
  );
}

/** "Since Warm-up, step 4 of 50: 1 203 weights entered, 1 198 left, 30 410 stayed." */
export function changeSentence(
  { both, onlyA, onlyB }: Pick<Agreement, 'both' | 'onlyA' | 'onlyB'>,
  previous: Moment,
  config: Pick<RunConfig, 'method'>,
): string {
  const since = `Since ${momentLabel(previous, config)}`;
  if (onlyA === 0 && onlyB === 0) return `${since} none entered and none left: ${formatCount(both)} stayed.`;
  return `${since}: ${formatCount(onlyB)} entered, ${formatCount(onlyA)} left, ${formatCount(both)} stayed.`;
}

export function EnteredLegend() {
  useThemeKey();
  const [neither, left, entered, stayed] = overlayColours(themeOf(themeColour('--paper'))).map(cssColour);
  return (
    <p className="neurons-legend">
      <Swatch colour={entered}>entered</Swatch>
      <Swatch colour={left}>left</Swatch>
      <Swatch colour={stayed}>stayed</Swatch>
      <Swatch colour={neither}>neither</Swatch>
    </p>
  );
}
