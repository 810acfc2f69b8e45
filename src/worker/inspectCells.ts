// The cells of a layer of two checkpoints or a mask file: stretches straight from the files for what goes through a tensor once, rectangles
// from pages that stay for a while for what is looked at. Nothing is held whole.
import { BYTES_OF } from '../core/files/checkpoint';
import { maskOfChanges, readChanges } from '../core/inspect/lazyMask';
import { readMaskBits } from '../core/inspect/maskTensors';
import type { TensorPair } from '../core/inspect/pairing';
import { type Area, areaRanges, gatherPages, PAGE, pageCache } from '../core/inspect/tiles';
import { matrixShape } from '../core/masks/tensorKinds';
import type { TensorSpec } from '../core/model/config';
import type { LayerRef, MaskRef } from './atlasProtocol';
import { RefusedError } from './inspectFailure';
import { type InspectHeld, type MadeSelection, PAGE_BYTES, selectionKey } from './inspectHeld';
import { AFTER, BEFORE, INSPECT_RUN, type InspectOptions, type MaskRole, maskRoleOf } from './inspectProtocol';

/** Bits of a mask are 0 or 1, an overlay's codes 0 … 3. */
export type Cells = Float32Array | Uint8Array;

/** One tensor of a layer as it is drawn. */
export interface TensorCells {
  rows: number;
  columns: number;
  /** Bytes of the files that the whole of it takes. */
  bytes: number;
  /** Entries [begin, end), straight from the files. Throws FileError. */
  range(begin: number, end: number): Promise<Cells>;
  /** From pages. Throws FileError, and RangeError outside the tensor. */
  area(area: Area): Promise<Cells>;
}

export interface InspectCells {
  specs(layer: LayerRef): readonly TensorSpec[];
  /** Throws RefusedError or OrderError for what there is not. */
  tensor(layer: LayerRef, tensor: string): TensorCells;
  /** The selection that a lab's options name. Throws RefusedError when it was not made, or its rule is not of these. */
  selection(ref: MaskRef): MadeSelection;
  clear(): void;
}

/** Throws RefusedError for a mask of something else than the two checkpoints and the mask files. */
export function checkMask(ref: MaskRef): asserts ref is Extract<MaskRef, { from: 'lab' | 'file' }> {
  const isKnown =
    ref.from === 'lab' ? ref.runId === INSPECT_RUN : ref.from === 'file' && maskRoleOf(ref.fileId) !== null;
  if (!isKnown) throw new RefusedError('This mask is not of the files that are open here.');
}

/** Which of the mask files. Throws RefusedError for another one. */
export function fileRole({ fileId }: Extract<MaskRef, { from: 'file' }>): MaskRole {
  const role = maskRoleOf(fileId);
  if (!role) throw new RefusedError('This mask file is not open here.');
  return role;
}

/** Throws RefusedError for another rule than most and least. */
export function inspectOptions(ref: Extract<MaskRef, { from: 'lab' }>['options']): InspectOptions {
  const { rule, lower, upper, scope } = ref;
  if (rule === 'most' || rule === 'least') return { rule, lower, upper, scope };
  throw new RefusedError(`The rule “${rule}” needs more than two passes over the files. Choose “most” or “least”.`);
}

export function inspectCells(held: InspectHeld): InspectCells {
  let weights = pageCache<Float32Array>(PAGE_BYTES.weights);

  const selection = (ref: MaskRef): MadeSelection => {
    checkMask(ref);
    if (ref.from !== 'lab') throw new RefusedError('A mask file has no ranking.');
    const made = held.selections.get(selectionKey(inspectOptions(ref.options)));
    if (!made)
      throw new RefusedError('This share has not been selected yet. Select it: that takes a pass over both files.');
    return made;
  };

  const specs = (layer: LayerRef): readonly TensorSpec[] => {
    const isOfFiles = layer.kind === 'overlay' && layer.a.from === 'file' && layer.b.from === 'file';
    const ref = layer.kind === 'mask' ? layer.mask : isOfFiles ? layer.a : null;
    return ref?.from === 'file' ? held.mask(fileRole(ref)).specs : held.pair().specs;
  };

  const pairOf = (tensor: string): TensorPair => held.pair().pages.pair(tensor);

  const maskCells = (ref: MaskRef, tensor: string): Omit<TensorCells, 'rows' | 'columns'> => {
    checkMask(ref);
    if (ref.from === 'file') {
      const { file, bits } = held.mask(fileRole(ref));
      const found = file.tensors.find(({ name }) => name === tensor);
      if (!found) throw new RefusedError(`The mask file has no tensor “${tensor}”.`);
      return {
        bytes: found.tensor.size * BYTES_OF[found.tensor.dtype],
        range: (begin, end) => readMaskBits(found, begin, end),
        area: (area) => bits.block(tensor, area),
      };
    }
    const { selection: of, mask } = selection(ref);
    const pair = pairOf(tensor);
    const place = of.scan.pairs.findIndex(({ name }) => name === pair.name);
    const isEmpty = place < 0 || of.selected === 0;
    return {
      bytes: isEmpty ? 0 : pairBytes(pair),
      async range(begin, end) {
        const out = new Uint8Array(end - begin);
        if (isEmpty) return out;
        const changes = await readChanges(held.pair().pairing, pair, begin, end);
        maskOfChanges(of, place, { changes, from: 0, count: changes.length, index: begin }, out, 0);
        return out;
      },
      area: (area) => mask.block(tensor, area),
    };
  };

  const overlayCells = (a: MaskRef, b: MaskRef, tensor: string): Omit<TensorCells, 'rows' | 'columns'> => {
    const isMissing = (ref: MaskRef) => ref.from === 'file' && !held.mask(fileRole(ref)).bits.has(tensor);
    const [inA, inB] = [a, b].map((ref) => (isMissing(ref) ? NOTHING : maskCells(ref, tensor))) as [Bits, Bits];
    const both = async (first: Promise<Cells>, second: Promise<Cells>) => codesOf(await first, await second);
    return {
      bytes: inA.bytes + inB.bytes,
      range: (begin, end) => both(inA.range(begin, end), inB.range(begin, end)),
      area: (area) => both(inA.area(area), inB.area(area)),
    };
  };

  const weightCells = (role: 'before' | 'after', tensor: string): Omit<TensorCells, 'rows' | 'columns'> => {
    const pair = pairOf(tensor);
    const checkpoint = held.pair().pairing[role];
    const { name, dtype } = pair[role];
    const pageAt = (page: number) =>
      weights.get(`${role} ${page} ${name}`, () =>
        checkpoint.readFloats(name, page * PAGE, Math.min(pair.size, (page + 1) * PAGE)),
      );
    return {
      bytes: pair.size * BYTES_OF[dtype],
      range: (begin, end) => checkpoint.readFloats(name, begin, end),
      async area(area) {
        const { ranges, size } = areaRanges(tensor, pair.shape, area);
        const out = new Float32Array(size);
        await gatherPages(ranges, pageAt, (page, from, count, to) => out.set(page.subarray(from, from + count), to));
        return out;
      },
    };
  };

  const changeCells = (tensor: string, isSize: boolean): Omit<TensorCells, 'rows' | 'columns'> => {
    const { pairing, pages } = held.pair();
    const pair = pairOf(tensor);
    const shown = async (changes: Promise<Float32Array>) => (isSize ? sizesOf(await changes) : changes);
    return {
      bytes: pairBytes(pair),
      range: (begin, end) => shown(readChanges(pairing, pair, begin, end)),
      area: (area) => shown(pages.changeBlock(tensor, area)),
    };
  };

  const cellsOf = (layer: LayerRef, tensor: string): Omit<TensorCells, 'rows' | 'columns'> => {
    switch (layer.kind) {
      case 'mask':
        return maskCells(layer.mask, tensor);
      case 'overlay':
        return overlayCells(layer.a, layer.b, tensor);
      case 'gradient':
      case 'moment':
        throw new RefusedError('Checkpoints hold weights only: no gradients and no moments of an optimiser.');
      case 'size':
      case 'change':
        if (layer.at) throw new RefusedError('Two checkpoints have no time line.');
        return changeCells(tensor, layer.kind === 'size');
      case 'weight': {
        if (layer.at || !(layer.moment === BEFORE || layer.moment === AFTER))
          throw new RefusedError('There are two checkpoints: before and after.');
        return weightCells(layer.moment === BEFORE ? 'before' : 'after', tensor);
      }
    }
  };

  return {
    specs,
    selection,
    tensor(layer, tensor) {
      const spec = specs(layer).find(({ name }) => name === tensor);
      if (!spec) throw new RefusedError(`There is no tensor “${tensor}” to look at.`);
      return { ...matrixShape(spec), ...cellsOf(layer, tensor) };
    },
    clear() {
      weights = pageCache(PAGE_BYTES.weights);
    },
  };
}

type Bits = Omit<TensorCells, 'rows' | 'columns'>;
/** A tensor that a mask file lacks has nothing selected, so that it can be drawn beside another mask. */
const NOTHING: Bits = {
  bytes: 0,
  range: async (begin, end) => new Uint8Array(end - begin),
  area: async ({ rowBegin, rowEnd, columnBegin, columnEnd }) =>
    new Uint8Array((rowEnd - rowBegin) * (columnEnd - columnBegin)),
};

const pairBytes = ({ size, before, after }: TensorPair): number =>
  size * (BYTES_OF[before.dtype] + BYTES_OF[after.dtype]);

/** In place: the array was read for this. */
function sizesOf(changes: Float32Array): Float32Array {
  for (let i = 0; i < changes.length; i++) changes[i] = Math.abs(changes[i]!);
  return changes;
}

/** Bit 0: in A, bit 1: in B. */
function codesOf(a: Cells, b: Cells): Uint8Array {
  if (a.length !== b.length) throw new RefusedError('The two masks have other shapes here.');
  const codes = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) codes[i] = a[i]! | (b[i]! << 1);
  return codes;
}
