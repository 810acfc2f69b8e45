// What the Neurons parts are shown of the Inspect view: the subject, and every layer that is there. Pure.

import type { MaskOptions } from '../core/masks/selectMask';
import type { SubjectLayer } from '../features/neurons/SubjectView';
import type { Subject } from '../features/neurons/subject';
import type { InspectLayer } from '../state/inspectChoice';
import { type InspectMask, type InspectState, modelOf, vocabularyOf } from '../state/inspectState';
import type { LayerRef, MaskRef, SelectionSummary } from '../worker/atlasProtocol';
import {
  AFTER,
  BEFORE,
  type CountedMask,
  INSPECT_RUN,
  type MaskRole,
  maskFileRef,
  maskOptions,
  maskRoleOf,
} from '../worker/inspectProtocol';

type Shown = Pick<InspectState, 'pairing' | 'slots' | 'counted'>;

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

/** Layers of what is there, masks first. `pair`: masks A and B. */
export function inspectLayers(
  {
    pairing,
    slots,
    counted,
    secondCounted,
    selection,
    made,
  }: Shown & Pick<InspectState, 'selection' | 'secondCounted' | 'made'>,
  pair: { a: InspectMask; b: InspectMask } | null,
): SubjectLayer<InspectLayer>[] {
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
  const file = (name: 'file' | 'second', role: MaskRole, counts: CountedMask | null) => {
    const { held } = slots[role];
    if (!held || !counts) return;
    const mask = maskFileRef(role);
    const info = { name, label: `Mask file ${held.opened.name}`, form: 'mask' } as const;
    layers.push({ info, layer: { kind: 'mask', mask }, mask, selection: fileSummary(counts) });
  };
  file('file', 'mask', counted);
  file('second', 'second', secondCounted);
  if (pair) {
    const info = { name: 'overlay', label: 'Overlay of A and B', form: 'overlay' } as const;
    const [a, b] = [pair.a.mask, pair.b.mask];
    // As the legend says: densities, ranks and counts are A's.
    const told = a.from === 'file' ? countsOf(a.fileId, counted, secondCounted) : madeOf(a, made);
    layers.push({ info, layer: { kind: 'overlay', a, b }, mask: a, selection: told });
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

const countsOf = (fileId: string, first: CountedMask | null, second: CountedMask | null): SelectionSummary | null => {
  const counts = maskRoleOf(fileId) === 'second' ? second : first;
  return counts && fileSummary(counts);
};

const madeOf = (mask: MaskRef, made: InspectState['made']): SelectionSummary | null =>
  made.find(({ options }) => mask.from === 'lab' && isSame(mask.options, maskOptions(options)))?.summary ?? null;

const isSame = (a: MaskOptions, b: MaskOptions): boolean => JSON.stringify(a) === JSON.stringify(b);

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
