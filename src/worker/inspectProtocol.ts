// The messages between page and inspect worker: files in, listings, selections with progress, and the atlas's own questions about two
// checkpoints (or a mask file) that no memory holds. The pair is one “run” to those questions: INSPECT_RUN.
import type { WeightMoment } from '../core/events';
import type { CheckpointFormat, CheckpointTensor } from '../core/files/checkpoint';
import type { PairingProblem, TiedTensor } from '../core/inspect/pairing';
import type { MaskParity } from '../core/inspect/parity';
import type { CountedTensor } from '../core/masks/agreement';
import type { Concentration } from '../core/masks/concentration';
import type { TensorDensity } from '../core/masks/densities';
import type { GroupRow } from '../core/masks/groups';
import type { MaskLabRule, MaskOptions } from '../core/masks/selectMask';
import type { MaskScope } from '../core/masks/tensorKinds';
import type { TensorSpec } from '../core/model/config';
import type { AtlasAnswer, AtlasQuestion, MaskRef, SelectionSummary } from './atlasProtocol';
import { hasType } from './protocol';

/** The pair of checkpoints as a run, in questions and in mask and layer references. */
export const INSPECT_RUN = 'inspect';
/** What the two checkpoints' weights are called in a layer: `{ kind: 'weight', runId: INSPECT_RUN, moment: BEFORE }`. */
export const BEFORE: WeightMoment = 'sft';
export const AFTER: WeightMoment = 'improved';

/** Bytes of both files up to which a whole pass is made for a question that came by itself. */
export const MOST_UNASKED_BYTES = 2 ** 31;

/** Selections that are kept, the last ones made: each is another mask to compare. */
export const MOST_SELECTIONS = 4;

/** Bytes up to which the worker hands a file out; larger ones are refused in words. */
export const MOST_EXPORT_BYTES = 256 * 1024 * 1024;

/** second: another mask file, which is only held against the first and against ours. */
export type CheckpointRole = 'before' | 'after' | 'mask' | 'second';
export type MaskRole = Extract<CheckpointRole, 'mask' | 'second'>;

const FILE_IDS: Readonly<Record<MaskRole, string>> = { mask: 'inspect-mask', second: 'inspect-second' };
/** A mask file as questions name it. */
export const maskFileRef = (role: MaskRole): MaskRef => ({ from: 'file', fileId: FILE_IDS[role] });
/** Which of the two; null for others. */
export const maskRoleOf = (fileId: string): MaskRole | null =>
  (['mask', 'second'] as const).find((role) => FILE_IDS[role] === fileId) ?? null;

export interface OpenedCheckpoint {
  role: CheckpointRole;
  /** What people know it by. */
  name: string;
  format: CheckpointFormat;
  /** Those that were given, shards and others. */
  files: readonly { name: string; bytes: number }[];
  /** In the order of the files; of a packed mask with the shapes of its masks. */
  tensors: readonly CheckpointTensor[];
  /** All entries but those of tied tensors. */
  entries: number;
  /** Of a mask file: names and drawn shapes of all that can be looked at, as PairAnswer has them. Empty otherwise. */
  specs: readonly TensorSpec[];
  /** Of a mask file whose name says it ("lper0_rper5.bin"). */
  band: { lower: number; upper: number } | null;
}

/** A tensor that both checkpoints have. */
export interface PairedTensor {
  name: string;
  shape: readonly number[];
  size: number;
  before: CheckpointTensor['dtype'];
  after: CheckpointTensor['dtype'];
}

export interface PairAnswer {
  pairs: readonly PairedTensor[];
  tied: readonly TiedTensor[];
  problems: readonly PairingProblem[];
  /** What can be looked at, in order: more than two axes are folded into rows, as drawn; tensors without entries are left out. */
  specs: readonly TensorSpec[];
  /** Over all pairs. */
  entries: number;
  /** That one pass reads. */
  bytes: number;
}

/** What two streaming passes can select. */
export interface InspectOptions {
  rule: Extract<MaskLabRule, 'most' | 'least'>;
  lower: number;
  upper: number;
  scope: MaskScope;
}

/** A selection as lab questions name it: `{ from: 'lab', runId: INSPECT_RUN, options: maskOptions(options) }`. */
export const maskOptions = ({ rule, lower, upper, scope }: InspectOptions): MaskOptions => {
  const { embeddings, norms, head } = scope;
  return { rule, lower, upper, scope: { embeddings, norms, head } };
};

/** How fast a job read. */
export interface Pace {
  milliseconds: number;
  /** Of all files, over all passes. */
  bytes: number;
  /** 10⁶ bytes. */
  megabytesPerSecond: number;
}

export interface InspectSelection {
  options: InspectOptions;
  summary: SelectionSummary;
  /** |Δ| at which the selection ends; null when nothing is selected. */
  threshold: number | null;
  /** Entries equal to it, selected or not. */
  tiesAtThreshold: number;
  /** Passes that were made: another band of the same scope takes one fewer. */
  passes: number;
  pace: Pace;
}

/** A mask file's own numbers. */
export interface CountedMask {
  selected: number;
  total: number;
  tensors: readonly TensorDensity[];
  tied: readonly TiedTensor[];
  pace: Pace;
}

/** Against the selection last made. */
export interface InspectParity {
  options: InspectOptions;
  parity: MaskParity;
  pace: Pace;
}

/** What one more pass tells of the change: coarser selections of the share last selected, and how concentrated the change is. */
export interface InspectGroups {
  options: InspectOptions;
  rows: readonly GroupRow[];
  /** null when nothing changed. */
  concentration: Concentration | null;
  passes: number;
  pace: Pace;
}

/** Masks counted alone and two by two, in the order they were asked for: masks/agreement.ts tells all else. */
export interface InspectAgreement {
  masks: readonly MaskRef[];
  tensors: readonly CountedTensor[];
  pace: Pace;
}

export interface InspectAnswers {
  open: OpenedCheckpoint;
  pair: PairAnswer;
  select: InspectSelection;
  count: CountedMask;
  parity: InspectParity;
  groups: InspectGroups;
  agreement: InspectAgreement;
}

export type InspectJob = keyof InspectAnswers;
export type InspectAnswer = { [J in InspectJob]: { job: J; value: InspectAnswers[J] } }[InspectJob];

export interface InspectProgress {
  job: InspectJob;
  /** What is being done, as a clause: "counting magnitudes". */
  doing: string;
  pass: number;
  passes: number;
  /** Of the present pass. */
  bytes: number;
  totalBytes: number;
  /** Of all passes, 0 … 1. */
  done: number;
  /** null until there is something to judge by. */
  secondsLeft: number | null;
  megabytesPerSecond: number | null;
}

/** Why something did not come. */
export interface InspectFailure {
  /**
   * file: a file cannot be used. values: a change is NaN or infinite. order: something else has to be asked first (open, pair, select).
   * refused: what was asked cannot be told of checkpoints in files. cancelled: it was told to stop. internal: a mistake of ours.
   */
  kind: 'file' | 'values' | 'order' | 'refused' | 'cancelled' | 'internal';
  /** What happened and what to do next. */
  message: string;
  /** Of kind `file`: which one, and the tensor or field in it. */
  file: string | null;
  where: string | null;
}

/** Is a question about this file? All are about the checkpoints. */
export const isAskedOf = (question: AtlasQuestion, role: CheckpointRole): boolean =>
  role === 'before' || role === 'after' || JSON.stringify(question).includes(`"${FILE_IDS[role]}"`);

export type InspectCommand =
  | { type: 'inspect.open'; requestId: string; role: CheckpointRole; files: readonly File[] }
  | { type: 'inspect.pair'; requestId: string }
  | { type: 'inspect.select'; requestId: string; options: InspectOptions }
  /** Counts a mask file's bits; it needs no checkpoints. */
  | { type: 'inspect.count'; requestId: string; role: MaskRole }
  /** The mask file against the selection last made. */
  | { type: 'inspect.parity'; requestId: string }
  /** Of the selection last made. `headWidth`: null where nothing says how wide a head is. */
  | { type: 'inspect.groups'; requestId: string; headWidth: number | null }
  /** Of selections that are kept and mask files that are open. */
  | { type: 'inspect.agreement'; requestId: string; masks: readonly MaskRef[] }
  | { type: 'inspect.ask'; requestId: string; question: AtlasQuestion }
  /** Any request under way; it fails as `cancelled`. */
  | { type: 'inspect.cancel'; requestId: string }
  /** Lets go of one file, or of all. */
  | { type: 'inspect.close'; role: CheckpointRole | null };

export type InspectMessage =
  | { type: 'inspect.progress'; requestId: string; progress: InspectProgress }
  | { type: 'inspect.answer'; requestId: string; answer: InspectAnswer }
  | { type: 'inspect.asked'; requestId: string; answer: AtlasAnswer }
  | { type: 'inspect.failed'; requestId: string; failure: InspectFailure };

const COMMANDS: Record<InspectCommand['type'], true> = {
  ...{ 'inspect.open': true, 'inspect.pair': true, 'inspect.select': true, 'inspect.count': true },
  ...{ 'inspect.parity': true, 'inspect.groups': true, 'inspect.agreement': true },
  ...{ 'inspect.ask': true, 'inspect.cancel': true, 'inspect.close': true },
};
const MESSAGES: Record<InspectMessage['type'], true> = {
  'inspect.progress': true,
  'inspect.answer': true,
  'inspect.asked': true,
  'inspect.failed': true,
};

export const isInspectCommand = (data: unknown): data is InspectCommand => hasType(data, COMMANDS);
export const isInspectMessage = (data: unknown): data is InspectMessage => hasType(data, MESSAGES);
