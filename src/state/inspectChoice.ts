// What the Inspect view shows of whichever files are open: the part of it that a link carries. The files themselves stay where they are; a link
// knows their names. How the address holds it is in inspectAddress.ts.
import { EVERYTHING } from '../core/masks/tensorKinds';
import type { CheckpointRole, InspectOptions } from '../worker/inspectProtocol';
import { FIRST_PICTURES, type NeuronsChoice, type PictureChoice } from './neuronsChoice';

export const INSPECT_LAYERS = ['mask', 'file', 'second', 'overlay', 'size', 'change', 'before', 'after'] as const;
export type InspectLayer = (typeof INSPECT_LAYERS)[number];

/** By place; null where there is none. */
export type FileNames = Readonly<Record<CheckpointRole, string | null>>;

export interface InspectChoice {
  look: PictureChoice & {
    layer: InspectLayer;
    /** Masks A and B by name: a selection's rule and band, or the place of a mask file. */
    pair: NeuronsChoice['pair'];
  };
  options: InspectOptions;
  files: FileNames;
}

export const NO_FILES: FileNames = { before: null, after: null, mask: null, second: null };

export const FIRST_INSPECT_CHOICE: InspectChoice = {
  look: { ...FIRST_PICTURES, layer: 'mask', pair: { a: null, b: null } },
  options: { rule: 'most', lower: 0, upper: 5, scope: EVERYTHING },
  files: NO_FILES,
};
