// What the Inspect view knows: which files are open and what came of them. What changes it is inspect.ts.
import { EVERYTHING } from '../core/masks/tensorKinds';
import type { ModelConfig } from '../core/model/config';
import type {
  CheckpointRole,
  CountedMask,
  InspectJob,
  InspectOptions,
  InspectParity,
  InspectProgress,
  InspectSelection,
  OpenedCheckpoint,
  PairAnswer,
} from '../worker/inspectProtocol';
import { FIRST_PICTURES, type PictureChoice } from './neuronsChoice';

export const ROLES: readonly CheckpointRole[] = ['before', 'after', 'mask'];

/** What names rows and columns, as far as it came along. */
export interface Labels {
  model: ModelConfig | null;
  /** Why not, where a config.json came along all the same; null otherwise. */
  why: string | null;
  /** What the rows of embeddings are called in the tokenizer.json beside it; empty without. */
  vocabulary: readonly string[];
}

export interface OpenedSlot {
  opened: OpenedCheckpoint;
  files: readonly File[];
  labels: Labels;
}

/** One place for files. */
export interface Slot {
  /** What is open; it stays while other files are being opened and when they turn out to be of no use. */
  held: OpenedSlot | null;
  /** Name of the files being opened. */
  opening: string | null;
  /** What went wrong with the files last given. */
  error: string | null;
  /** Given, but not opened before somebody has said that what was made of the files at hand may go. */
  asking: readonly File[] | null;
}

export const INSPECT_LAYERS = ['mask', 'file', 'overlay', 'size', 'change', 'before', 'after'] as const;
export type InspectLayer = (typeof INSPECT_LAYERS)[number];

export interface InspectLook extends PictureChoice {
  layer: InspectLayer;
  /** Grows when the large picture is to begin again at `tensor` and `cell`. */
  visit: number;
}

/** A job that reads files from end to end. */
export interface JobState {
  job: InspectJob;
  progress: InspectProgress | null;
  isStopping: boolean;
}

export interface InspectState {
  slots: Readonly<Record<CheckpointRole, Slot>>;
  pairing: PairAnswer | null;
  options: InspectOptions;
  /** The file whose name set the percentages; null when they were set by hand. */
  bandFrom: string | null;
  job: JobState | null;
  /** What the last job, or the pairing, came to nothing of. */
  trouble: string | null;
  selection: InspectSelection | null;
  counted: CountedMask | null;
  parity: InspectParity | null;
  look: InspectLook;
}

const EMPTY_SLOT: Slot = { held: null, opening: null, error: null, asking: null };

export const FIRST_INSPECT: InspectState = {
  slots: { before: EMPTY_SLOT, after: EMPTY_SLOT, mask: EMPTY_SLOT },
  pairing: null,
  options: { rule: 'most', lower: 0, upper: 5, scope: EVERYTHING },
  bandFrom: null,
  job: null,
  trouble: null,
  selection: null,
  counted: null,
  parity: null,
  look: { ...FIRST_PICTURES, layer: 'mask', visit: 0 },
};

export const isOpen = ({ slots }: Pick<InspectState, 'slots'>, role: CheckpointRole): boolean =>
  slots[role].held !== null;

/** Do the controls ask for another selection than the one on show? */
export const isStale = ({ options, selection }: Pick<InspectState, 'options' | 'selection'>): boolean =>
  selection !== null && JSON.stringify(options) !== JSON.stringify(selection.options);

/** What would be lost with a file, as the end of a sentence; null where that is nothing but reading a header again. */
export function lostWith(state: InspectState, role: CheckpointRole): string | null {
  const { selection, parity, counted } = state;
  if (state.slots[role].held === null) return null;
  const lost = [
    ...(selection && role !== 'mask' ? ['the selection'] : []),
    ...(parity ? ['the comparison with the mask file'] : []),
    ...(counted && role === 'mask' && !selection ? ['its counts'] : []),
  ];
  return lost.length > 0 ? lost.join(' and ') : null;
}

/** Names of tokens, from whichever of the files came with them. */
export const vocabularyOf = ({ slots }: Pick<InspectState, 'slots'>): readonly string[] =>
  ROLES.map((role) => slots[role].held?.labels.vocabulary ?? []).find(({ length }) => length > 0) ?? NO_WORDS;

const NO_WORDS: readonly string[] = [];

/** The model's sizes, from whichever of the files came with them. */
export const modelOf = ({ slots }: Pick<InspectState, 'slots'>): ModelConfig | null =>
  ROLES.map((role) => slots[role].held?.labels.model ?? null).find((model) => model !== null) ?? null;
