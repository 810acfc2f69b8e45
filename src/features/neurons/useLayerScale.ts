// The domain of a layer of values: what the data ask for, until a handle is moved or the scale is locked.
import { useMemo } from 'react';
import { type Domain, domainFitting, domainOf } from '../../components/matrix/domain';
import { CLIPS, type ClipName } from '../../components/matrix/ScaleBar';
import type { ScaleChoice } from '../../state/neuronsChoice';
import type { LayerHistogram, LayerRef } from '../../worker/atlasProtocol';
import type { LayerInfo } from './layers';
import { useAnswer } from './useAtlas';

const hasValues = ({ form }: LayerInfo): boolean => form === 'size' || form === 'signed';

/** The domain that the values ask for. */
export const wantedDomain = (histogram: LayerHistogram, { form }: LayerInfo, { kind, clip }: ScaleChoice): Domain =>
  domainOf(histogram, { kind, clip: CLIPS[clip], diverging: form === 'signed' });

/** Of one tensor by itself; null until its values have been counted, and for masks. `layer` null: nothing is asked. */
export function useOwnDomain(info: LayerInfo, layer: LayerRef | null, tensor: string, scale: ScaleChoice) {
  const histogram = useAnswer(layer && hasValues(info) ? { type: 'histogram', layer, tensor } : null).value;
  return useMemo(() => histogram && wantedDomain(histogram, info, scale), [histogram, info, scale]);
}

/** `tensor` null: one domain for all. */
export function useLayerScale(
  info: LayerInfo,
  layer: LayerRef | null,
  tensor: string | null,
  scale: ScaleChoice,
  onScale: (scale: ScaleChoice) => void,
) {
  const histogram = useAnswer(layer && hasValues(info) ? { type: 'histogram', layer, tensor } : null).value;
  const domain = useMemo(() => {
    const { kind, ends } = scale;
    if (ends) return domainFitting({ kind, ...ends }, info.form === 'signed', histogram);
    return histogram && wantedDomain(histogram, info, scale);
  }, [histogram, info, scale]);
  const fixed = ({ kind, low, high, threshold }: Domain): Pick<ScaleChoice, 'kind' | 'ends'> => ({
    kind,
    ends: { low, high, threshold },
  });
  return {
    histogram,
    domain,
    clip: scale.ends ? ('manual' as const) : scale.clip,
    isLocked: scale.locked,
    setDomain: (next: Domain) => onScale({ ...scale, ...fixed(next) }),
    setClip: (clip: Exclude<ClipName, 'manual'>) => onScale({ ...scale, clip, ends: null, locked: false }),
    setLocked: (locked: boolean) =>
      onScale(locked && domain ? { ...scale, ...fixed(domain), locked: true } : { ...scale, locked: false }),
  };
}

export type LayerScale = ReturnType<typeof useLayerScale>;
