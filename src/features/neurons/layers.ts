// The layers of the picture: what each shows, whether it is there yet, and which mask it belongs to. Pure.
import type { RunConfig } from '../../core/config';
import type { LayerName, NeuronsChoice } from '../../state/neuronsChoice';
import type { Moment } from '../../state/runState';
import type { BlockStatistic, HeldRun, LayerRef, MaskRef } from '../../worker/atlasProtocol';

export interface LayerInfo<Name extends string = string> {
  name: Name;
  label: string;
  /** Masks are zeros and ones, overlays codes, sizes ≥ 0, the rest has signs. */
  form: 'mask' | 'overlay' | 'size' | 'signed';
  /** Of an overlay, by code; A and B where nothing is said. */
  categories?: readonly string[];
}

export const LAYERS: readonly LayerInfo<LayerName>[] = [
  { name: 'forgetting', label: 'Mask: forgetting', form: 'mask' },
  { name: 'improving', label: 'Mask: improving', form: 'mask' },
  { name: 'lab', label: 'Mask: lab', form: 'mask' },
  { name: 'overlay', label: 'Overlay of A and B', form: 'overlay' },
  { name: 'moved-most', label: 'Moment: most moved so far', form: 'mask' },
  {
    ...{ name: 'entered', label: 'Moment: entered and left since the one before', form: 'overlay' },
    categories: ['neither', 'left', 'entered', 'stayed'],
  },
  { name: 'moved', label: 'Moment: |θ − θ_SFT|', form: 'size' },
  { name: 'moved-signed', label: 'Moment: signed change θ − θ_SFT', form: 'signed' },
  { name: 'size', label: '|θ′ − θ|', form: 'size' },
  { name: 'change', label: 'Signed change θ′ − θ', form: 'signed' },
  { name: 'gradient', label: 'Accumulated gradient Σ g', form: 'signed' },
  { name: 'moment', label: 'Second moment of AdamW', form: 'size' },
  { name: 'sft', label: 'Weight: SFT', form: 'signed' },
  { name: 'warmed-up', label: 'Weight: after warm-up', form: 'signed' },
  { name: 'forgotten', label: 'Weight: after forgetting', form: 'signed' },
  { name: 'improved', label: 'Weight: after improving', form: 'signed' },
];

export const layerInfo = (name: LayerName): LayerInfo<LayerName> => LAYERS.find((layer) => layer.name === name)!;

export type LabMask = Extract<MaskRef, { from: 'lab' }>;

export interface Pair {
  a: MaskRef;
  b: MaskRef;
}

/** The masks of the time line's moment and of the one before it, as far as their changes are held. */
export interface Sight {
  now: MomentMask | null;
  before: MomentMask | null;
}
export type MomentMask = Extract<MaskRef, { from: 'moment' }>;

export const isOfMoment = (name: LayerName): boolean =>
  name === 'moved-most' || name === 'entered' || name === 'moved' || name === 'moved-signed';

/** What is to be compared at a moment: both as large as the mask of the later stage. */
export function sightOf(
  config: Pick<RunConfig, 'forgettingPercent' | 'improvingPercent'>,
  held: HeldRun,
  moment: Moment | null,
  previous: Moment | null,
): Sight {
  const percent = moment?.stage === 'improving' ? config.improvingPercent : config.forgettingPercent;
  const maskAt = (place: Moment | null): MomentMask | null => {
    const at = place && held.updateSteps.find(({ stage, step }) => stage === place.stage && step === place.step);
    return at ? { from: 'moment', runId: held.runId, at: { stage: at.stage, step: at.step }, percent } : null;
  };
  return { now: maskAt(moment), before: maskAt(previous) };
}

/** Is a layer there? The overlay needs two masks. */
export function hasLayer(name: LayerName, held: HeldRun, pair: Pair | null, sight: Sight): boolean {
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
    case 'moved-most':
    case 'moved':
    case 'moved-signed':
      return sight.now !== null;
    case 'entered':
      return sight.now !== null && sight.before !== null;
    case 'gradient':
      return held.hasGradient;
    case 'moment':
      return held.hasSecondMoment;
    default:
      return held.moments.includes(name);
  }
}

/** The wanted layer, or the first that is there; null while nothing is. */
export const shownLayer = (wanted: LayerName, held: HeldRun, pair: Pair | null, sight: Sight): LayerName | null =>
  hasLayer(wanted, held, pair, sight)
    ? wanted
    : (LAYERS.find(({ name }) => hasLayer(name, held, pair, sight))?.name ?? null);

export const labMask = (runId: string, { lab }: Pick<NeuronsChoice, 'lab'>, seed: number): LabMask => ({
  from: 'lab',
  runId,
  options: { ...lab, seed },
});

/** The mask that selections, densities and profiles are told of while a layer is shown; null while the run has none. */
export function maskOfLayer(
  name: LayerName,
  held: HeldRun,
  lab: MaskRef,
  pair: Pair | null,
  sight: Sight,
): MaskRef | null {
  if (name === 'moved-most' || name === 'entered') return sight.now;
  if (name === 'lab') return lab;
  if (name === 'overlay' && pair) return pair.a;
  const purpose = name === 'improving' ? 'improving' : 'forgetting';
  const found = held.masks.includes(purpose) ? purpose : held.masks[0];
  return found ? { from: 'run', runId: held.runId, purpose: found } : held.hasUpdate ? lab : null;
}

export function layerRef(
  name: LayerName,
  runId: string,
  mask: MaskRef | null,
  pair: Pair | null,
  { now, before }: Sight,
): LayerRef | null {
  switch (name) {
    case 'moved-most':
      return now && { kind: 'mask', mask: now };
    case 'entered':
      return now && before && { kind: 'overlay', a: before, b: now };
    case 'moved':
    case 'moved-signed':
      return now && { kind: name === 'moved' ? 'size' : 'change', runId, at: now.at };
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
