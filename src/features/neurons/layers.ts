// The layers of the picture: what each shows, whether it is there yet, and which mask it belongs to. Pure.
import type { LayerName, NeuronsChoice } from '../../state/neuronsChoice';
import type { BlockStatistic, HeldRun, LayerRef, MaskRef } from '../../worker/atlasProtocol';

export interface LayerInfo {
  name: LayerName;
  label: string;
  /** Masks are zeros and ones, overlays codes, sizes ≥ 0, the rest has signs. */
  form: 'mask' | 'overlay' | 'size' | 'signed';
}

export const LAYERS: readonly LayerInfo[] = [
  { name: 'forgetting', label: 'Mask: forgetting', form: 'mask' },
  { name: 'improving', label: 'Mask: improving', form: 'mask' },
  { name: 'lab', label: 'Mask: lab', form: 'mask' },
  { name: 'overlay', label: 'Overlay of A and B', form: 'overlay' },
  { name: 'size', label: '|θ′ − θ|', form: 'size' },
  { name: 'change', label: 'Signed change θ′ − θ', form: 'signed' },
  { name: 'gradient', label: 'Accumulated gradient Σ g', form: 'signed' },
  { name: 'moment', label: 'Second moment of AdamW', form: 'size' },
  { name: 'sft', label: 'Weight: SFT', form: 'signed' },
  { name: 'warmed-up', label: 'Weight: after warm-up', form: 'signed' },
  { name: 'forgotten', label: 'Weight: after forgetting', form: 'signed' },
  { name: 'improved', label: 'Weight: after improving', form: 'signed' },
];

export const layerInfo = (name: LayerName): LayerInfo => LAYERS.find((layer) => layer.name === name)!;

export type LabMask = Extract<MaskRef, { from: 'lab' }>;

export interface Pair {
  a: MaskRef;
  b: MaskRef;
}

/** Is a layer there? The overlay needs two masks. */
export function hasLayer(name: LayerName, held: HeldRun, pair: Pair | null): boolean {
  switch (name) {
    case 'forgetting':
    case 'improving':
      return held.masks.includes(name);
    case 'lab':
    case 'size':
    case 'change':
      return held.hasUpdate;
    case 'overlay':
      return pair !== null;
    case 'gradient':
      return held.hasGradient;
    case 'moment':
      return held.hasSecondMoment;
    default:
      return held.moments.includes(name);
  }
}

/** The wanted layer, or the first that is there; null while nothing is. */
export const shownLayer = (wanted: LayerName, held: HeldRun, pair: Pair | null): LayerName | null =>
  hasLayer(wanted, held, pair) ? wanted : (LAYERS.find(({ name }) => hasLayer(name, held, pair))?.name ?? null);

export const labMask = (runId: string, { lab }: Pick<NeuronsChoice, 'lab'>, seed: number): LabMask => ({
  from: 'lab',
  runId,
  options: { ...lab, seed },
});

/** The mask that selections, densities and profiles are told of while a layer is shown; null while the run has none. */
export function maskOfLayer(name: LayerName, held: HeldRun, lab: MaskRef, pair: Pair | null): MaskRef | null {
  if (name === 'lab') return lab;
  if (name === 'overlay' && pair) return pair.a;
  const purpose = name === 'improving' ? 'improving' : 'forgetting';
  const found = held.masks.includes(purpose) ? purpose : held.masks[0];
  return found ? { from: 'run', runId: held.runId, purpose: found } : held.hasUpdate ? lab : null;
}

export function layerRef(name: LayerName, runId: string, mask: MaskRef | null, pair: Pair | null): LayerRef | null {
  switch (name) {
    case 'forgetting':
    case 'improving':
    case 'lab':
      return mask && { kind: 'mask', mask };
    case 'overlay':
      return pair && { kind: 'overlay', ...pair };
    case 'size':
    case 'change':
    case 'gradient':
    case 'moment':
      return { kind: name, runId };
    default:
      return { kind: 'weight', runId, moment: name };
  }
}

/** How a block of many cells is told; what makes no sense for a layer falls back to what does. */
export function statisticFor({ form }: LayerInfo, wanted: BlockStatistic): BlockStatistic {
  if (form === 'overlay') return 'commonest';
  if (wanted === 'commonest') return 'mean';
  return form === 'mask' ? (wanted === 'peak' ? 'any' : wanted) : wanted === 'any' ? 'peak' : wanted;
}
