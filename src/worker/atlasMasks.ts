// The masks that questions speak of: a run's own, a moment's, the lab's selections, opened files. What is made for them stays while
// there is room.
import type { LabelledMask } from '../core/masks/agreement';
import { tensorDensities } from '../core/masks/densities';
import { readMask } from '../core/masks/maskFile';
import { type MaskOptions, type MaskSelection, selectMask } from '../core/masks/selectMask';
import type { Mask } from '../core/masks/tensorKinds';
import type { TensorSpec } from '../core/model/config';
import type { AtlasQuestion, Holdings, ImportedMask, MaskRef } from './atlasProtocol';
import { type AtlasRuns, mostMoved, sourceOf } from './atlasRuns';
import { byteCache } from './byteCache';

/** Selections of the lab that stay, bytes of their masks. */
const SELECTION_BYTES = 64 << 20;
const MOMENT_BYTES = 16 << 20;

export interface AtlasMasks {
  /** Throws Error for a mask that is not there (any more). */
  of(ref: MaskRef): LabelledMask;
  /** One byte an entry. Throws Error for a tensor that the mask does not have. */
  bits(ref: MaskRef, tensor: string): Uint8Array;
  selection(runId: string, options: MaskOptions): MaskSelection;
  /** Keeps a file's mask, as one of the run's shapes, when any of its tensors fits. */
  open(question: Extract<AtlasQuestion, { type: 'import' }>): ImportedMask;
  files(): Holdings['files'];
  clearMoments(): void;
  clearSelections(): void;
}

/** Throws Error when there is none of this name. */
export function specOf({ specs }: Pick<LabelledMask, 'specs'>, tensor: string): TensorSpec {
  const spec = specs.find(({ name }) => name === tensor);
  if (!spec) throw new Error(`There is no tensor “${tensor}”.`);
  return spec;
}

export function atlasMasks(runs: AtlasRuns): AtlasMasks {
  const files = new Map<string, LabelledMask>();
  const selections = byteCache<MaskSelection>(SELECTION_BYTES, ({ mask }) => bytesOf(mask.values()));
  const moments = byteCache<Mask>(MOMENT_BYTES, (mask) => bytesOf(mask.values()));

  const selection = (runId: string, options: MaskOptions): MaskSelection =>
    selections.get(`${runId} ${JSON.stringify(options)}`, () => selectMask(sourceOf(runs.get(runId)), options));

  const of = (ref: MaskRef): LabelledMask => {
    if (ref.from === 'file') {
      const file = files.get(ref.fileId);
      if (!file) throw new Error('This file is no longer held: open it again.');
      return file;
    }
    const run = runs.get(ref.runId);
    if (ref.from === 'lab') {
      return { label: 'lab', specs: run.specs, mask: selection(ref.runId, ref.options).mask };
    }
    if (ref.from === 'moment') {
      const mask = moments.get(JSON.stringify(ref), () => mostMoved(run, ref.at, ref.percent).mask);
      return { label: `${ref.at.stage} ${ref.at.step}`, specs: run.specs, mask };
    }
    const mask = run.masks.get(ref.purpose);
    if (!mask) throw new Error(`The ${ref.purpose} mask is not made yet.`);
    return { label: ref.purpose, specs: run.specs, mask };
  };

  return {
    of,
    bits(ref, tensor) {
      const bits = of(ref).mask.get(tensor);
      if (!bits) throw new Error(`The mask has no tensor “${tensor}”.`);
      return bits;
    },
    selection,
    open({ runId, fileName, file }) {
      const { specs } = runs.get(runId);
      const { tensors, specs: found, mismatches, packed } = readMask(file, specs);
      const fileId = found.length > 0 ? `file-${files.size + 1}` : null;
      // A tensor that the file lacks has nothing selected, so that it can be drawn beside the others.
      const mask = new Map(specs.map((spec) => [spec.name, tensors.get(spec.name) ?? new Uint8Array(entriesOf(spec))]));
      if (fileId) files.set(fileId, { label: fileName, specs, mask });
      const { selected, total } = sizesOf({ label: fileName, specs, mask });
      return { fileId, selected, total, packed, mismatches };
    },
    files: () => [...files].map(([fileId, file]) => ({ fileId, fileName: file.label, ...sizesOf(file) })),
    clearMoments: () => moments.clear(),
    clearSelections: () => selections.clear(),
  };
}

const bytesOf = (arrays: Iterable<Uint8Array>): number =>
  [...arrays].reduce((sum, { byteLength }) => sum + byteLength, 0);

const entriesOf = (spec: { shape: readonly number[] }): number => spec.shape.reduce((n, extent) => n * extent, 1);

function sizesOf({ specs, mask }: LabelledMask): { selected: number; total: number } {
  const rows = tensorDensities(specs, mask);
  return {
    selected: rows.reduce((sum, row) => sum + row.selected, 0),
    total: rows.reduce((sum, row) => sum + row.entries, 0),
  };
}
