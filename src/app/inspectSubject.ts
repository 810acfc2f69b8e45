// What the Neurons parts are shown of the Inspect view: the subject, and every layer that is there. Pure.

import type { SubjectLayer } from '../features/neurons/SubjectView';
import type { Subject } from '../features/neurons/subject';
import { type InspectLayer, type InspectState, modelOf, vocabularyOf } from '../state/inspectState';
import type { LayerRef, MaskRef, SelectionSummary } from '../worker/atlasProtocol';
import { AFTER, BEFORE, type CountedMask, INSPECT_MASK, INSPECT_RUN, maskOptions } from '../worker/inspectProtocol';

type Shown = Pick<InspectState, 'pairing' | 'slots' | 'counted'>;

const FILE: MaskRef = { from: 'file', fileId: INSPECT_MASK };

/** The pair, or the mask file alone; null while there is neither. */
export function inspectSubject({ pairing, slots, counted }: Shown): Subject | null {
  const common = {
    id: INSPECT_RUN,
    model: modelOf({ slots }),
    vocabulary: vocabularyOf({ slots }),
    moved: 'between the two checkpoints',
  };
  if (pairing) {
    const [before, after] = [slots.before.held?.opened.name ?? 'before', slots.after.held?.opened.name ?? 'after'];
    return { ...common, name: stem(after), title: `${before} → ${after}`, specs: pairing.specs };
  }
  const mask = slots.mask.held?.opened;
  return mask && counted ? { ...common, name: stem(mask.name), title: mask.name, specs: mask.specs } : null;
}

/** "model.safetensors and 1 more" → "model". */
const stem = (name: string): string =>
  name.replace(/ and \d+ more$/, '').replace(/\.(safetensors|bin|pt|pth)(\.index\.json)?$/, '');

/** Layers of what is there, masks first. */
export function inspectLayers({
  pairing,
  slots,
  counted,
  selection,
}: Shown & Pick<InspectState, 'selection'>): SubjectLayer<InspectLayer>[] {
  const ours: MaskRef | null = selection && {
    from: 'lab',
    runId: INSPECT_RUN,
    options: maskOptions(selection.options),
  };
  const summary = selection?.summary ?? null;
  const layers: SubjectLayer<InspectLayer>[] = [];
  if (ours) {
    const info = { name: 'mask', label: 'Mask', form: 'mask' } as const;
    layers.push({ info, layer: { kind: 'mask', mask: ours }, mask: ours, selection: summary });
  }
  if (counted && slots.mask.held) {
    const info = { name: 'file', label: `Mask file ${slots.mask.held.opened.name}`, form: 'mask' } as const;
    layers.push({ info, layer: { kind: 'mask', mask: FILE }, mask: FILE, selection: fileSummary(counted) });
  }
  if (ours && slots.mask.held) {
    const info = { name: 'overlay', label: 'Overlay of mask and file', form: 'overlay' } as const;
    layers.push({ info, layer: { kind: 'overlay', a: ours, b: FILE }, mask: ours, selection: summary });
  }
  if (!pairing) return layers;
  const values: [InspectLayer, string, 'size' | 'signed', LayerRef][] = [
    ['size', '|after − before|', 'size', { kind: 'size', runId: INSPECT_RUN }],
    ['change', 'Signed change after − before', 'signed', { kind: 'change', runId: INSPECT_RUN }],
    ['before', 'Weight: before', 'signed', { kind: 'weight', runId: INSPECT_RUN, moment: BEFORE }],
    ['after', 'Weight: after', 'signed', { kind: 'weight', runId: INSPECT_RUN, moment: AFTER }],
  ];
  for (const [name, label, form, layer] of values) {
    layers.push({ info: { name, label, form }, layer, mask: ours, selection: summary });
  }
  return layers;
}

/** A file's mask in the form of a selection: what was asked for is what is there. */
function fileSummary({ selected, total, tensors, pace }: CountedMask): SelectionSummary {
  const share = total > 0 ? selected / total : 0;
  return {
    ...{ selected, total, requestedShare: share, achievedShare: share },
    edges: { lower: null, upper: null },
    tensors: tensors.filter(({ entries }) => entries > 0).map((row) => ({ ...row, inScope: true, edges: null })),
    milliseconds: pace.milliseconds,
  };
}
