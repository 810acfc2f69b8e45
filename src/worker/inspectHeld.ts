// What the inspect worker has open: two checkpoints, a mask file, and what was found out about them. Opening or closing one forgets what
// was made of it. No reading in here.
import type { Checkpoint } from '../core/files/checkpoint';
import { type ChangePages, changePages, type LazyMask, lazyMask } from '../core/inspect/lazyMask';
import type { MagnitudeScan } from '../core/inspect/magnitudeScan';
import { lazyMaskFile, type MaskCounts, type MaskTensors, maskTensors } from '../core/inspect/maskTensors';
import { type CheckpointPairing, pairCheckpoints } from '../core/inspect/pairing';
import type { MaskParity } from '../core/inspect/parity';
import type { StreamedSelection } from '../core/inspect/streamSelect';
import { EVERYTHING, type MaskScope } from '../core/masks/tensorKinds';
import type { TensorSpec } from '../core/model/config';
import { OrderError } from './inspectFailure';
import {
  type CheckpointRole,
  type InspectOptions,
  type InspectSelection,
  type MaskRole,
  MOST_SELECTIONS,
  maskOptions,
} from './inspectProtocol';

/** Of changes, and of a mask file's bits, that were looked at. */
export const PAGE_BYTES = { changes: 48 << 20, mask: 8 << 20, weights: 24 << 20 };
/** Selections and scopes' histograms that stay: a few hundred KiB each, and a few KiB a tensor. */
const KEPT = MOST_SELECTIONS;

export interface MadeSelection {
  selection: StreamedSelection;
  mask: LazyMask;
  answer: InspectSelection;
}

export interface OpenMask {
  file: MaskTensors;
  bits: LazyMask;
  specs: readonly TensorSpec[];
  counts: MaskCounts | null;
}

export interface OpenPair {
  /** Of everything. */
  pairing: CheckpointPairing;
  specs: readonly TensorSpec[];
  pages: ChangePages;
}

export interface InspectHeld {
  set(role: CheckpointRole, checkpoint: Checkpoint | null): void;
  /** Throws OrderError when there is none. */
  checkpoint(role: CheckpointRole): Checkpoint;
  pair(): OpenPair;
  /** The tensors that a scope ranks; the same object for the same scope. */
  pairingOf(scope: MaskScope): CheckpointPairing;
  /** Throws OrderError when there is none. */
  mask(role: MaskRole): OpenMask;
  scans: Recent<MagnitudeScan>;
  selections: Recent<MadeSelection>;
  /** The one last made. Throws OrderError. */
  selection(): MadeSelection;
  /** Of the present mask file with a selection. */
  parities: Recent<MaskParity>;
  /** What the released script's rule gives for a selection. */
  references: Recent<Pick<MaskParity, 'reference'>>;
}

/** The few values last kept. */
export interface Recent<T> {
  get(key: string): T | undefined;
  keep(key: string, value: T): void;
  last(): T | undefined;
  clear(): void;
}

export const selectionKey = (options: InspectOptions): string => JSON.stringify(maskOptions(options));
export const scopeKey = ({ embeddings, norms, head }: MaskScope): string => `${embeddings} ${norms} ${head}`;

const NO_PAIR = 'Open both checkpoints first.';

export function inspectHeld(): InspectHeld {
  const open: Record<CheckpointRole, Checkpoint | null> = { before: null, after: null, mask: null, second: null };
  const scans = recent<MagnitudeScan>();
  const selections = recent<MadeSelection>();
  const parities = recent<MaskParity>();
  const references = recent<Pick<MaskParity, 'reference'>>();
  const pairings = recent<CheckpointPairing>();
  let pair: OpenPair | null = null;
  const masks: Record<MaskRole, OpenMask | null> = { mask: null, second: null };

  const checkpoint = (role: CheckpointRole): Checkpoint => {
    const found = open[role];
    if (!found) throw new OrderError(isMask(role) ? 'Open a mask file first.' : NO_PAIR);
    return found;
  };
  return {
    scans,
    selections,
    parities,
    references,
    checkpoint,
    set(role, opened) {
      // Whatever is wrong in a mask file is said before what was open is gone.
      const file = isMask(role) && opened ? openMask(opened) : null;
      open[role] = opened;
      if (role !== 'second') parities.clear();
      if (isMask(role)) {
        masks[role] = file;
        return;
      }
      pair = null;
      for (const kept of [scans, selections, references, pairings]) kept.clear();
    },
    pair() {
      if (!pair) {
        const pairing = pairCheckpoints(checkpoint('before'), checkpoint('after'), EVERYTHING);
        pair = { pairing, specs: drawnSpecs(pairing.pairs), pages: changePages(pairing, PAGE_BYTES.changes) };
      }
      return pair;
    },
    pairingOf(scope) {
      const known = pairings.get(scopeKey(scope));
      const pairing = known ?? pairCheckpoints(checkpoint('before'), checkpoint('after'), scope);
      pairings.keep(scopeKey(scope), pairing);
      return pairing;
    },
    mask(role) {
      checkpoint(role);
      return masks[role]!;
    },
    selection() {
      const found = selections.last();
      if (!found) throw new OrderError('Select a share of the weights first.');
      return found;
    },
  };
}

const isMask = (role: CheckpointRole): role is MaskRole => role === 'mask' || role === 'second';

function openMask(checkpoint: Checkpoint): OpenMask {
  const file = maskTensors(checkpoint);
  return { file, bits: lazyMaskFile(file, PAGE_BYTES.mask), specs: drawnSpecs(file.tensors), counts: null };
}

/** As drawn: further axes folded into rows. A tensor without entries is not drawn. */
export const drawnSpecs = (
  tensors: readonly { name: string; shape: readonly number[]; size: number }[],
): TensorSpec[] =>
  tensors.flatMap(({ name, shape, size }) => {
    if (size === 0) return [];
    const columns = shape.at(-1) ?? 1;
    return [{ name, shape: shape.length > 2 ? [size / columns, columns] : [...shape] }];
  });

/** A mask over the pages that all selections of a pair share. */
export const madeSelection = (
  selection: StreamedSelection,
  { pages }: OpenPair,
  answer: InspectSelection,
): MadeSelection => ({ selection, mask: lazyMask(selection, pages), answer });

function recent<T>(): Recent<T> {
  const kept = new Map<string, T>();
  return {
    get: (key) => kept.get(key),
    keep(key, value) {
      kept.delete(key);
      kept.set(key, value);
      if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    },
    last: () => [...kept.values()].at(-1),
    clear: () => kept.clear(),
  };
}
