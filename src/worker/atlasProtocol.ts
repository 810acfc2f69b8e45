// The messages between page and atlas worker: runs' arrays in, questions and small answers. Masks are named, never sent: an origin and,
// for the lab, the options that make it.

import type { MaskPurpose, RunEvent, TimedStage, WeightMoment } from '../core/events';
import type { AgreementMatrix, MaskAgreement } from '../core/masks/agreement';
import type { CellFacts } from '../core/masks/cellFacts';
import type { ChurnPoint } from '../core/masks/churn';
import type { ReferenceComparison } from '../core/masks/compareReference';
import type { Concentration } from '../core/masks/concentration';
import type { GroupRow } from '../core/masks/groups';
import type { MagnitudeHistogram } from '../core/masks/magnitudeHistogram';
import type { FileMismatch } from '../core/masks/maskFile';
import type { TensorProfile } from '../core/masks/profiles';
import type { MaskOptions, MaskSelection } from '../core/masks/selectMask';
import { hasType } from './protocol';

/** A mask by where it comes from. */
export type MaskRef =
  | { from: 'run'; runId: string; purpose: MaskPurpose }
  | { from: 'lab'; runId: string; options: MaskOptions }
  | { from: 'file'; fileId: string }
  /** What has moved most up to a moment of the time line, in percent of all weights; what has not moved at all is never among it. */
  | { from: 'moment'; runId: string; at: UpdateStep; percent: number };

/** A moment of the time line. */
export interface UpdateStep {
  stage: TimedStage;
  step: number;
}

/** What a picture shows of every tensor. */
export type LayerRef =
  | { kind: 'mask'; mask: MaskRef }
  | { kind: 'overlay'; a: MaskRef; b: MaskRef }
  /** |θ′ − θ|, θ′ − θ; of a moment of the time line |θ − θ_SFT|, θ − θ_SFT. */
  | { kind: 'size' | 'change'; runId: string; at?: UpdateStep }
  /** Σ g, AdamW's second moment. */
  | { kind: 'gradient' | 'moment'; runId: string }
  /** Of a moment of the time line θ_SFT + (θ − θ_SFT), rounded to float32. */
  | { kind: 'weight'; runId: string; moment: WeightMoment; at?: UpdateStep };

/** `components/matrix/pyramid.ts` says what they mean. */
export type BlockStatistic = 'any' | 'mean' | 'peak' | 'commonest';

/** `components/matrix/valueHistogram.ts`. */
export interface LayerHistogram {
  counts: Uint32Array;
  finite: number;
  nonFinite: number;
  min: number;
  max: number;
  /** Where it was counted in evenly spread stretches only, since the whole would be gigabytes to read: how many entries there are. */
  sampledOf?: number;
}

export type AtlasQuestion =
  | { type: 'select'; mask: MaskRef }
  | { type: 'reference'; runId: string; options: MaskOptions }
  | { type: 'groups'; runId: string; options: MaskOptions }
  | { type: 'concentration'; runId: string; options: MaskOptions }
  | {
      type: 'tile';
      layer: LayerRef;
      tensor: string;
      statistic: BlockStatistic;
      level: number;
      row: number;
      column: number;
    }
  /** Of one tensor, or of all together. */
  | { type: 'histogram'; layer: LayerRef; tensor: string | null }
  | { type: 'magnitudes'; runId: string; mask: MaskRef; tensor: string }
  | { type: 'profile'; mask: MaskRef; tensor: string }
  /** `mask` null: the value alone. */
  | { type: 'cell'; layer: LayerRef; mask: MaskRef | null; tensor: string; row: number; column: number; block: number }
  | { type: 'next'; mask: MaskRef; tensor: string; from: Cell | null; direction: 1 | -1 }
  | { type: 'agreement'; a: MaskRef; b: MaskRef }
  | { type: 'matrix'; masks: readonly { label: string; mask: MaskRef }[] }
  | { type: 'churn'; runId: string; options: MaskOptions }
  | { type: 'export'; what: 'mask' | 'packed' | 'densities'; mask: MaskRef }
  /** The warm-up's change; of a moment of the time line θ − θ_SFT. */
  | { type: 'export'; what: 'update'; runId: string; at?: UpdateStep }
  | { type: 'export'; what: 'weights'; runId: string; moment: WeightMoment }
  /** Second moments, and gradients where they are held. */
  | { type: 'export'; what: 'moments'; runId: string }
  | { type: 'import'; runId: string; fileName: string; file: ArrayBuffer };

export interface Cell {
  row: number;
  column: number;
}

/** A selection without its bits, and how long it took. */
export type SelectionSummary = Omit<MaskSelection, 'mask'> & { milliseconds: number };

export interface CellReading {
  value: number;
  /** null without a mask. */
  selected: boolean | null;
  /** Change and rank; null where the run's update is not held. */
  facts: CellFacts | null;
  /** Where `facts` cannot tell the exact rank of an entry in scope without a pass over the files: the first and last it may have. */
  rankWithin?: readonly [first: number, last: number];
  /** null without a mask. */
  around: { rows: number; columns: number; selected: number } | null;
}

export interface ImportedMask {
  /** null when nothing of the file fits. */
  fileId: string | null;
  selected: number;
  total: number;
  packed: boolean;
  mismatches: readonly FileMismatch[];
}

export interface AtlasAnswers {
  select: SelectionSummary;
  reference: ReferenceComparison;
  groups: readonly GroupRow[];
  concentration: Concentration | null;
  tile: Float32Array | Uint8Array;
  histogram: LayerHistogram;
  magnitudes: MagnitudeHistogram;
  profile: TensorProfile;
  cell: CellReading;
  next: Cell | null;
  agreement: MaskAgreement;
  matrix: AgreementMatrix;
  churn: readonly ChurnPoint[];
  export: Uint8Array<ArrayBuffer>;
  import: ImportedMask;
}

export type QuestionType = AtlasQuestion['type'];
export type AtlasAnswer = { [T in QuestionType]: { type: T; value: AtlasAnswers[T] } }[QuestionType];

/** What the worker has of a run. */
export interface HeldRun {
  runId: string;
  name: string;
  /** The task family it aligns. */
  family: string;
  seed: number;
  moments: readonly WeightMoment[];
  masks: readonly MaskPurpose[];
  /** θ′ − θ: both ends of the warm-up were told. */
  hasUpdate: boolean;
  hasGradient: boolean;
  hasSecondMoment: boolean;
  /** Moments of the time line whose change is known. */
  updateSteps: readonly UpdateStep[];
}

export interface Holdings {
  runs: readonly HeldRun[];
  /** Names of runs whose arrays had to go. */
  dropped: readonly string[];
  files: readonly { fileId: string; fileName: string; selected: number; total: number }[];
}

export type AtlasCommand =
  | { type: 'atlas.events'; runId: string; name: string; events: readonly RunEvent[] }
  | { type: 'atlas.ask'; requestId: string; question: AtlasQuestion };

export type AtlasMessage =
  | { type: 'atlas.held'; holdings: Holdings }
  | { type: 'atlas.answer'; requestId: string; answer: AtlasAnswer }
  | { type: 'atlas.failed'; requestId: string; message: string };

const COMMANDS: Record<AtlasCommand['type'], true> = { 'atlas.events': true, 'atlas.ask': true };
const MESSAGES: Record<AtlasMessage['type'], true> = {
  'atlas.held': true,
  'atlas.answer': true,
  'atlas.failed': true,
};

export const isAtlasCommand = (data: unknown): data is AtlasCommand => hasType(data, COMMANDS);
export const isAtlasMessage = (data: unknown): data is AtlasMessage => hasType(data, MESSAGES);

export const EMPTY_HOLDINGS: Holdings = { runs: [], dropped: [], files: [] };
