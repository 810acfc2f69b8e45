// The messages between page and training worker. Flat discriminated unions; both ends switch on `type` with assertNever.
// Data from the other side is narrowed by the guards below, never cast.
import type { FAILURE_CAUSES } from '../core/bundle/runLog';
import type { BackendChoice, RunConfig } from '../core/config';
import type { ImportProblem } from '../core/data/importRecord';
import type { OpenedRecords } from '../core/data/openRecords';
import type { Mapping } from '../core/data/table/mapping';
import type { BackendReport, RunEvent, TimedStage } from '../core/events';
import type { ModelSummary } from '../core/model/modelSummary';

/** What was recognised in a file whose columns are mapped. */
export interface TableSummary {
  format: string;
  note: string | null;
  columns: readonly {
    name: string;
    /** Why it cannot be read, null when it can. */
    problem: string | null;
    /** First values, short and on one line each. */
    samples: readonly string[];
    /** Values end in GSM8K's `#### answer`. */
    hasHashAnswers: boolean;
  }[];
  mapping: Mapping;
}

/** An imported file's preview (before anything runs). */
export interface ImportPreview {
  /** Handle for `run.start`. */
  dataId: string;
  /** The opened model whose tokenizer made the ids; null: one that is trained on the file. */
  modelId: string | null;
  fileName: string;
  kind: 'answers' | 'pairs';
  records: number;
  usable: number;
  droppedTooLong: number;
  /** Records that repeat an earlier one word for word. */
  repeated: number;
  /** Prompts without a checkable gold answer ("The answer is …"); null for ready pairs. */
  withoutAnswer: number | null;
  /** At least one prompt has such an answer: the whole pipeline can run. False for ready pairs. */
  hasAnswers: boolean;
  trainQuestions: number;
  heldOutQuestions: number;
  promptTokens: { median: number; longest: number };
  responseTokens: { median: number; longest: number };
  vocabularySize: number;
  /** What `line` of the problems counts. */
  unit: 'line' | 'row';
  problems: readonly ImportProblem[];
  problemCount: number;
  /** `rejected`: of pairs alone. */
  examples: readonly { prompt: string; response: string; rejected: string | null }[];
  /** Null where the file needs no mapping. */
  table: TableSummary | null;
}

/** A file that can be used, one whose columns do not say enough yet (what is missing or wrong under the mapping tried), or records. */
export type ImportAnswer =
  | { status: 'preview'; preview: ImportPreview }
  | {
      status: 'mapping';
      fileName: string;
      table: TableSummary;
      unit: 'line' | 'row';
      /** Null before a mapping could be tried. */
      problem: string | null;
      problems: readonly ImportProblem[];
    }
  /** Nothing to train on: generations or forgetting records, to be looked at. */
  | { status: 'records'; records: OpenedRecords };

/** A file of a model folder or a bundle, wherever it came from. */
export interface ModelFile {
  /** Without a folder. */
  name: string;
  blob: Blob;
}

/** An opened model. */
export interface BroughtModel extends ModelSummary {
  /** Handle for `data.import` and `run.start`. */
  modelId: string;
}

/** How far something long has come: opening, loading weights, writing files. */
export interface LongProgress {
  /** What is being done, for people. */
  label: string;
  done: number;
  total: number;
  unit: 'bytes' | 'files';
}

/** A fine-tuned model as files: weights as the original had them, and what stood beside them. */
export interface SavedModel {
  name: string;
  files: readonly ModelFile[];
  parameters: number;
  /** How many of them training has changed, */
  changed: number;
  /** and of these, how many are written as they were, since what they are stored as is too coarse for so small a change. */
  roundedAway: number;
}

export interface GeneratedToken {
  id: number;
  text: string;
  probability: number;
  /** Best alternatives with their probabilities, best first. */
  top: readonly { text: string; probability: number }[];
}

export interface GeneratedAnswer {
  tokens: readonly GeneratedToken[];
  text: string;
  correct: boolean | null;
}

export type Command =
  | { type: 'backend.check'; requestId: string; backend: BackendChoice }
  | {
      type: 'data.import';
      requestId: string;
      /** The handle that the data are to have. */
      dataId: string;
      file: Blob;
      fileName: string;
      vocabularySize: number;
      maxSequence: number;
      /** Null: as the columns' names speak for. */
      mapping: Mapping | null;
      /** The opened model whose tokenizer is to be used; null: one of the file's own. */
      modelId: string | null;
      /** Refuse what is to be trained on. */
      recordsOnly: boolean;
    }
  /** `modelId`: the handle that it is to have. Answered by `model.opened`; `model.progress` on the way. Of a folder the files that are of no use are left alone. */
  | { type: 'model.open'; requestId: string; modelId: string; name: string | null; files: readonly ModelFile[] }
  /** Forget an opened model; runs that have begun keep what they need of it. */
  | { type: 'model.close'; modelId: string }
  /** The weights that a run on an opened model has now, as a checkpoint like the one it came from. Answered by `model.saved`. */
  | { type: 'model.save'; requestId: string; runId: string }
  /** Give up a `model.open` or `model.save`; it is then answered by `request.failed`. */
  | { type: 'request.cancel'; requestId: string }
  /** Rest between units of work, so that page and machine stay quick. */
  | { type: 'room.leave'; leavesRoom: boolean }
  /** `modelId`: the opened model to begin with, whose tokenizer made the data; null: the preset's. */
  | {
      type: 'run.start';
      runId: string;
      config: RunConfig;
      dataId: string | null;
      modelId: string | null;
      paused: boolean;
      /** Where it is saved, and under which name; null: nowhere. */
      saved: { id: string; name: string } | null;
    }
  /**
   * Go on with a saved run from its newest good save, as a run of this id, the worker's own failed one too. Phases and events as after
   * `run.start`; refused by `run.failed`.
   */
  | {
      type: 'run.continue';
      runId: string;
      savedId: string;
      dataId: string | null;
      modelId: string | null;
      paused: boolean;
      change: ResumeChange;
    }
  /** Save it no more, and go on. */
  | { type: 'run.unsaved'; runId: string }
  /** As soon as possible. */
  | { type: 'run.save'; runId: string }
  | { type: 'run.pause'; runId: string }
  | { type: 'run.resume'; runId: string }
  /** One visible unit. `anatomy`: tell the next update in slow motion. */
  | { type: 'run.step'; runId: string; anatomy: boolean }
  /** Until the present stage is done. */
  | { type: 'run.stageEnd'; runId: string }
  /**
   * Put the weights of a stage's entry back and run that stage alone; of the run that is held, over or not. `slowly`: rest after its
   * first update, and tell it in slow motion.
   */
  | { type: 'run.only'; runId: string; stage: TimedStage; slowly: boolean }
  /** From the next update on. */
  | { type: 'run.set'; runId: string; learningRateScale: number; beta: number }
  | { type: 'run.stop'; runId: string }
  /**
   * Load the models of a run that was opened from this bundle, so that it can be asked like one that was made here; nothing happens where they are
   * loaded. They make way for the next run. `backend`: for a worker that has none yet. Answered by `probe.opened`.
   */
  | { type: 'probe.open'; requestId: string; runId: string; file: ModelFile; backend: BackendChoice }
  | { type: 'probe.prompts'; requestId: string; runId: string; count: number }
  | {
      type: 'probe.generate';
      requestId: string;
      runId: string;
      prompt: string;
      temperature: number;
      seed: number;
    };

/** In what a run goes on otherwise than it was left; nothing: in nothing, so its numbers are those of a run that was never left. */
export interface ResumeChange {
  /** Another device: the same numbers within tolerance. */
  backend?: BackendChoice;
  /** Learning rate × so much, as `run.set` has it; β stays as it was. */
  learningRateScale?: number;
  /** Steps in twice as many parts, activations computed again: the same numbers within tolerance, less memory. */
  smallerParts?: true;
}

/** A request before it has its id. */
export type WithoutId<T> = T extends { requestId: string } ? Omit<T, 'requestId'> : never;

export type Phase = 'running' | 'paused' | 'stopped' | 'done' | 'failed';

/** What makes a run stop, as far as the page says and offers something else for each. */
export type FailureCause = (typeof FAILURE_CAUSES)[number];

export interface WorkerError {
  /** What happened, in one sentence. */
  message: string;
  /** What to do next. */
  next: string;
  /** For issue reports. */
  detail: string;
}

/** Why a run ended before its end. */
export interface RunFailure extends WorkerError {
  cause: FailureCause;
  /** What of the person's own is to be opened before the run can go on. */
  needs?: 'model' | 'data';
}

/** For how long saving kept a run from its next unit, ms. */
export interface Held {
  /** The longest stretch. */
  longest: number;
  /** All of them. */
  sum: number;
}

/** A save of a run that is there now. */
export interface SavedFacts {
  savedId: string;
  /** Wall time, ms since 1970. */
  savedAt: number;
  /** Of the whole saved run. */
  bytes: number;
  /** null: before the first stage. */
  place: { stage: string; done: number; total: number } | null;
  /** For how long it kept the run from its units. */
  held: Held;
}

/** A save that could not be made: the one before it is whole. */
export interface SaveTrouble {
  savedId: string;
  kind: 'full' | 'refused' | 'damaged' | 'gone' | 'busy' | 'hangs' | 'not finite' | 'other';
  error: WorkerError;
}

export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'backend.report'; requestId: string; report: BackendReport }
  | { type: 'data.preview'; requestId: string; answer: ImportAnswer }
  | { type: 'model.opened'; requestId: string; model: BroughtModel }
  | { type: 'model.saved'; requestId: string; saved: SavedModel }
  /** Of a request that takes long. */
  | { type: 'model.progress'; requestId: string; progress: LongProgress }
  /** Of a run's weights before it begins; null when they are there. */
  | { type: 'run.loading'; runId: string; progress: LongProgress | null }
  | { type: 'probe.opened'; requestId: string }
  | { type: 'probe.prompts'; requestId: string; prompts: readonly { text: string; family: string }[] }
  | { type: 'probe.answer'; requestId: string; before: GeneratedAnswer; after: GeneratedAnswer }
  | { type: 'request.failed'; requestId: string; error: WorkerError }
  | { type: 'run.phase'; runId: string; phase: Phase }
  | { type: 'run.events'; runId: string; events: readonly RunEvent[] }
  /** `resumable`: there is a save that it can be gone on from. */
  | { type: 'run.failed'; runId: string; error: RunFailure; resumable: boolean }
  | ({ type: 'run.saved'; runId: string } & SavedFacts)
  | ({ type: 'run.saveTrouble'; runId: string } & SaveTrouble);

const COMMANDS: Record<Command['type'], true> = {
  'backend.check': true,
  'data.import': true,
  'model.open': true,
  'model.close': true,
  'model.save': true,
  'request.cancel': true,
  'room.leave': true,
  'run.start': true,
  'run.continue': true,
  'run.save': true,
  'run.unsaved': true,
  'run.pause': true,
  'run.resume': true,
  'run.step': true,
  'run.stageEnd': true,
  'run.only': true,
  'run.set': true,
  'run.stop': true,
  'probe.open': true,
  'probe.prompts': true,
  'probe.generate': true,
};

const MESSAGES: Record<WorkerMessage['type'], true> = {
  ready: true,
  'backend.report': true,
  'data.preview': true,
  'model.opened': true,
  'model.saved': true,
  'model.progress': true,
  'run.loading': true,
  'probe.opened': true,
  'probe.prompts': true,
  'probe.answer': true,
  'request.failed': true,
  'run.phase': true,
  'run.events': true,
  'run.failed': true,
  'run.saved': true,
  'run.saveTrouble': true,
};

/** Is it an object whose `type` is one of the `known`? */
export const hasType = (data: unknown, known: Record<string, true>): boolean =>
  typeof data === 'object' &&
  data !== null &&
  'type' in data &&
  typeof data.type === 'string' &&
  Object.hasOwn(known, data.type);

export const isCommand = (data: unknown): data is Command => hasType(data, COMMANDS);
export const isWorkerMessage = (data: unknown): data is WorkerMessage => hasType(data, MESSAGES);

export function assertNever(value: never): never {
  throw new Error(`Unhandled message: ${JSON.stringify(value)}`);
}
