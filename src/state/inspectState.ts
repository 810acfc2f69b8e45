// What the Inspect view knows: which files are open and what came of them. What changes it is inspect.ts.
import type { ModelConfig } from '../core/model/config';
import type { MaskRef } from '../worker/atlasProtocol';
import {
  type CheckpointRole,
  type CountedMask,
  INSPECT_RUN,
  type InspectAgreement,
  type InspectGroups,
  type InspectJob,
  type InspectOptions,
  type InspectParity,
  type InspectProgress,
  type InspectSelection,
  type MaskRole,
  maskFileRef,
  maskOptions,
  type OpenedCheckpoint,
  type PairAnswer,
} from '../worker/inspectProtocol';
import { FIRST_INSPECT_CHOICE, type FileNames, type InspectChoice } from './inspectChoice';
import { labText } from './neuronsAddress';

export const ROLES: readonly CheckpointRole[] = ['before', 'after', 'mask', 'second'];

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

export type InspectLook = InspectChoice['look'] & {
  /** Grows when the large picture is to begin again at `tensor` and `cell`. */
  visit: number;
};

/** Files that were open when the worker crashed, and whether there was a selection of them. */
export interface LostFiles {
  why: string;
  files: Readonly<Partial<Record<CheckpointRole, readonly File[]>>>;
  hadSelection: boolean;
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
  /** Selections of these files that the worker keeps, the present one last: masks to compare. */
  made: readonly InspectSelection[];
  counted: CountedMask | null;
  secondCounted: CountedMask | null;
  parity: InspectParity | null;
  groups: InspectGroups | null;
  agreement: InspectAgreement | null;
  /** The files that a link was about, until they are shown: its choices stay while files are opened. */
  linked: FileNames | null;
  lost: LostFiles | null;
  /** How files given together were told apart, or why they were not (`isRefused`). */
  given: { note: string; isRefused: boolean } | null;
  look: InspectLook;
}

const EMPTY_SLOT: Slot = { held: null, opening: null, error: null, asking: null };

export const FIRST_INSPECT: InspectState = {
  slots: { before: EMPTY_SLOT, after: EMPTY_SLOT, mask: EMPTY_SLOT, second: EMPTY_SLOT },
  pairing: null,
  options: FIRST_INSPECT_CHOICE.options,
  bandFrom: null,
  job: null,
  trouble: null,
  selection: null,
  made: [],
  counted: null,
  secondCounted: null,
  parity: null,
  groups: null,
  agreement: null,
  linked: null,
  lost: null,
  given: null,
  look: { ...FIRST_INSPECT_CHOICE.look, visit: 0 },
};

/** The state that a link begins with. */
export const stateOfLink = ({ look, options, files }: InspectChoice): InspectState => ({
  ...FIRST_INSPECT,
  options,
  look: { ...look, visit: 0 },
  linked: ROLES.some((role) => files[role] !== null) ? files : null,
});

/** What a link to it carries: of places that are still empty the names of the link that it came by. */
export function linkOf({ look, options, slots, linked }: InspectState): InspectChoice {
  const { visit: _, ...shown } = look;
  const nameOf = (role: CheckpointRole) => slots[role].held?.opened.name ?? linked?.[role] ?? null;
  const files = { before: nameOf('before'), after: nameOf('after'), mask: nameOf('mask'), second: nameOf('second') };
  return { look: shown, options, files };
}

/** Is a place for mask files? */
export const isMaskRole = (role: CheckpointRole): role is MaskRole => role === 'mask' || role === 'second';

/** A mask that can be compared, by a name that outlives a reload as far as the mask does. */
export interface InspectMask {
  id: string;
  label: string;
  mask: MaskRef;
}

/** The latest selection, mask files, and the selections before it. */
export function inspectMasks({ made, slots }: Pick<InspectState, 'made' | 'slots'>): InspectMask[] {
  const ours = made.toReversed().map(({ options }): InspectMask => {
    const id = labText(options);
    return { id, label: `ours: ${id}`, mask: { from: 'lab', runId: INSPECT_RUN, options: maskOptions(options) } };
  });
  const files = (['mask', 'second'] as const).flatMap((role): InspectMask[] => {
    const name = slots[role].held?.opened.name;
    return name === undefined ? [] : [{ id: role, label: name, mask: maskFileRef(role) }];
  });
  const [one, two] = files;
  if (one && two?.label === one.label) two.label = `${two.label} (2)`;
  return [...ours.slice(0, 1), ...files, ...ours.slice(1)];
}

/** The files that a link was about and that are not open, by place. */
export const stillMissing = ({ linked, slots }: Pick<InspectState, 'linked' | 'slots'>): CheckpointRole[] =>
  linked === null ? [] : ROLES.filter((role) => linked[role] !== null && slots[role].held === null);

export const isOpen = ({ slots }: Pick<InspectState, 'slots'>, role: CheckpointRole): boolean =>
  slots[role].held !== null;

/** Do the controls ask for another selection than the one on show? */
export const isStale = ({ options, selection }: Pick<InspectState, 'options' | 'selection'>): boolean =>
  selection !== null && JSON.stringify(options) !== JSON.stringify(selection.options);

/** What would be lost with a file, as the end of a sentence; null where that is nothing but reading a header again. */
export function lostWith(state: InspectState, role: CheckpointRole): string | null {
  const { selection, parity, counted, groups, agreement } = state;
  if (state.slots[role].held === null) return null;
  const lost = [
    ...(selection && !isMaskRole(role) ? ['the selection'] : []),
    ...(groups && !isMaskRole(role) ? ['the coarser selections'] : []),
    ...(parity && role !== 'second' ? ['the comparison with the mask file'] : []),
    ...(agreement ? ['the agreement of the masks'] : []),
    ...(counted && role === 'mask' && !selection ? ['its counts'] : []),
  ];
  if (lost.length < 2) return lost[0] ?? null;
  return `${lost.slice(0, -1).join(', ')} and ${lost.at(-1)}`;
}

/** Names of tokens, from whichever of the files came with them. */
export const vocabularyOf = ({ slots }: Pick<InspectState, 'slots'>): readonly string[] =>
  ROLES.map((role) => slots[role].held?.labels.vocabulary ?? []).find(({ length }) => length > 0) ?? NO_WORDS;

const NO_WORDS: readonly string[] = [];

/** The model's sizes, from whichever of the files came with them. */
export const modelOf = ({ slots }: Pick<InspectState, 'slots'>): ModelConfig | null =>
  ROLES.map((role) => slots[role].held?.labels.model ?? null).find((model) => model !== null) ?? null;
