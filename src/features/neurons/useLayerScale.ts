// The domain of a layer of values: what the data ask for, until a handle is moved or the scale is locked.
import { useMemo, useState } from 'react';
import { type Domain, type DomainKind, domainOf } from '../../components/matrix/domain';
import { CLIPS, type ClipName } from '../../components/matrix/ScaleBar';
import type { LayerRef } from '../../worker/atlasProtocol';
import type { LayerInfo } from './layers';
import { useAnswer } from './useAtlas';

/** `tensor` null: one domain for all. */
export function useLayerScale(info: LayerInfo, layer: LayerRef | null, tensor: string | null) {
  const isValues = info.form === 'size' || info.form === 'signed';
  const histogram = useAnswer(layer && isValues ? { type: 'histogram', layer, tensor } : null).value;
  const [clip, setClip] = useState<Exclude<ClipName, 'manual'>>('0.1-99.9');
  const [manual, setManual] = useState<{ domain: Domain; of: string } | null>(null);
  const [lockedDomain, setLocked] = useState<Domain | null>(null);
  const of = `${info.name} ${tensor}`;
  const kind: DomainKind = manual?.domain.kind ?? (info.form === 'size' ? 'linear' : 'linear');
  const wanted = useMemo(
    () => histogram && domainOf(histogram, { kind, clip: CLIPS[clip], diverging: info.form === 'signed' }),
    [histogram, kind, clip, info.form],
  );
  const isManual = manual?.of === of;
  const domain = lockedDomain ?? (isManual ? manual.domain : wanted);
  return {
    histogram,
    domain,
    clip: isManual ? ('manual' as const) : clip,
    isLocked: lockedDomain !== null,
    setDomain(next: Domain) {
      setManual({ domain: next, of });
      if (lockedDomain) setLocked(next);
    },
    setClip(next: Exclude<ClipName, 'manual'>) {
      setManual(null);
      setLocked(null);
      setClip(next);
    },
    setLocked: (locked: boolean) => setLocked(locked ? domain : null),
  };
}

export type LayerScale = ReturnType<typeof useLayerScale>;
