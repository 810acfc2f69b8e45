// What the Neurons view shows: tensor, layer and colours of the picture, options of the mask lab, pair of the agreement, window and
// cursor. How the address holds it is in neuronsAddress.ts.

import type { MaskOptions } from '../core/masks/selectMask';
import { EVERYTHING } from '../core/masks/tensorKinds';
import type { BlockStatistic } from '../worker/atlasProtocol';

export const LAYER_NAMES = [
  'forgetting',
  'improving',
  'lab',
  'overlay',
  'moved-most',
  'entered',
  'moved',
  'moved-signed',
  'size',
  'change',
  'gradient',
  'moment',
  'sft',
  'warmed-up',
  'forgotten',
  'improved',
] as const;
export type LayerName = (typeof LAYER_NAMES)[number];

export const ORDERS = ['layer', 'kind', 'density'] as const;
export const SPREADS = ['linear', 'log', 'symlog'] as const;
export const CLIP_NAMES = ['none', '1-99', '0.1-99.9'] as const;

/** How values become colours. */
export interface ScaleChoice {
  kind: (typeof SPREADS)[number];
  /** What the data leave outside, where the ends are not given. */
  clip: (typeof CLIP_NAMES)[number];
  /** Set by hand or by the lock; null: as the values ask. `threshold`: where symlog begins to be logarithmic. */
  ends: { low: number; high: number; threshold: number } | null;
  /** The ends stay when another layer or tensor is opened. */
  locked: boolean;
}

/** What a zoomed matrix shows, on a screen of any size: the entry in the middle (fractions allowed) and CSS pixels an entry. */
export interface MatrixPlace {
  row: number;
  column: number;
  pixelsARow: number;
  pixelsAColumn: number;
}

/** What the mask lab is asked for; a random mask takes the run's seed. */
export type LabChoice = Pick<MaskOptions, 'rule' | 'lower' | 'upper' | 'scope'>;

/** Masks of the lab that are kept to compare: with the run's two and the lab's own not more than agreement takes. */
export const MOST_KEPT = 5;

/** How the pictures of a subject are looked at, whatever it is. */
export interface PictureChoice {
  /** null: the densest matrix. */
  tensor: string | null;
  /** How a block of many cells is told, where the layer knows it. */
  statistic: BlockStatistic;
  order: (typeof ORDERS)[number];
  /** Part of a tensor's name. */
  filter: string;
  /** Every tensor with a domain of colours of its own. */
  ownDomains: boolean;
  scale: ScaleChoice;
  /** null: the whole matrix. */
  place: MatrixPlace | null;
  /** Where the cursor stands. */
  cell: { row: number; column: number } | null;
}

export interface NeuronsChoice extends PictureChoice {
  layer: LayerName;
  lab: LabChoice;
  /** Kept for comparison, oldest first. */
  kept: readonly LabChoice[];
  /** Masks A and B by name: this run's purposes, "lab", or the label of another run's or a file's; null: the first that is free. */
  pair: { a: string | null; b: string | null };
}

export const FIRST_PICTURES: PictureChoice = {
  tensor: null,
  statistic: 'mean',
  order: 'layer',
  filter: '',
  ownDomains: false,
  scale: { kind: 'linear', clip: '0.1-99.9', ends: null, locked: false },
  place: null,
  cell: null,
};

export const FIRST_CHOICE: NeuronsChoice = {
  ...FIRST_PICTURES,
  layer: 'forgetting',
  lab: { rule: 'most', lower: 0, upper: 5, scope: EVERYTHING },
  kept: [],
  pair: { a: null, b: null },
};

/**
 * The choice after a change. Another tensor is shown whole and without cursor; ends set by hand belong to the values they were set
 * for, unless they are locked.
 */
export function changeChoice<Choice extends PictureChoice & { layer: string }>(
  before: Choice,
  change: Partial<Choice>,
): Choice {
  const next = { ...before, ...change };
  const isOtherTensor = next.tensor !== before.tensor;
  if (isOtherTensor) Object.assign(next, { place: change.place ?? null, cell: change.cell ?? null });
  const areOtherValues =
    next.layer !== before.layer ||
    next.ownDomains !== before.ownDomains ||
    // The densest matrix gets its name as soon as something of it is remembered: no other values.
    (next.ownDomains && isOtherTensor && !change.place && !change.cell);
  if (areOtherValues && !change.scale && !before.scale.locked) next.scale = { ...before.scale, ends: null };
  return next;
}
