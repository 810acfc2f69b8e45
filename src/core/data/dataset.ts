// What the pipeline asks of a data set. Two makers: the built-in task families (builtin.ts) and an imported file (imported.ts).
// Everything is token ids; no tensor and no model in here.
import type { Rng } from '../rng';
import type { TokenizerFile } from '../tokenizer/tokenizerFiles';

/** Per-token verdict of an oracle on a wrong response: 0 right, 1 first wrong token, 2 consequence of it. */
export type WrongTokens = Uint8Array;

/** One question. `prompt` holds the ids of the whole prompt, up to where the answer begins; `gold` the response ids with EOS, null when unknown. */
export interface Question {
  readonly id: string;
  readonly family: string;
  readonly text: string;
  readonly prompt: readonly number[];
  readonly gold: readonly number[] | null;
}

/** One training sequence: the loss counts only on `response`. */
export interface Example {
  readonly prompt: readonly number[];
  readonly response: readonly number[];
}

/** A ready preference pair of an imported TRL file ({prompt, chosen, rejected}). */
export interface GivenPair {
  readonly question: Question;
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

export type Split = 'train' | 'validation' | 'held-out';

/** 'copy', then 'lookup': the built-in phases that make the base checkpoint; 'sft': supervised fine-tuning. */
export type SftPhase = 'copy' | 'lookup' | 'sft';

/** Where the rewriting reward model learns from. */
export type RewriteTeacher = 'oracle' | 'gold as rewrite';

/** A sampled wrong answer of the policy. */
export interface WrongSample {
  readonly question: Question;
  readonly response: readonly number[];
}

export interface Dataset {
  readonly name: string;
  /** id → token text as shown to people. */
  readonly vocabulary: readonly string[];
  readonly padId: number;
  /** Null for a model that has no start token. */
  readonly bosId: number | null;
  readonly eosId: number;
  /** All ids that end a response when they are sampled, `eosId` first. What is learnt ends with `eosId`. */
  readonly endIds: readonly number[];
  /** Ids that stand for no text. */
  readonly specialIds: readonly number[];
  readonly families: readonly string[];
  /** The family that is aligned; the others measure the alignment tax. */
  readonly alignedFamily: string;
  /** False when no gold answer is known ({prompt, chosen, rejected} files): no checking, no reward model. */
  readonly hasAnswers: boolean;
  readonly givenPairs: readonly GivenPair[] | null;
  readonly teacher: RewriteTeacher | null;
  /** Longest sequence (prompt + response) the data can make; a model must have that many positions. */
  readonly maxSequence: number;
  /** Longest sequence of the rewriting reward model. */
  readonly maxRewriteSequence: number;

  /** `count` different training questions of the aligned family (fewer when the data has fewer). */
  trainingQuestions(count: number, rng: Rng): Question[];
  /** The first `count` questions of a fixed sequence: the same for every run, never used in training. */
  evaluationQuestions(family: string, split: 'validation' | 'held-out', count: number): Question[];
  /** True when the response (ids, with EOS when it ended) is right; null when no answer is known. A response without EOS is wrong. */
  check(question: Question, response: readonly number[]): boolean | null;
  /** Oracle verdict per response token (EOS always 0), null when there is no oracle. Only for wrong responses. */
  wrongTokens(question: Question, response: readonly number[]): WrongTokens | null;
  /** One training sequence of the phase; null when the data set has no such phase. */
  sftExample(phase: SftPhase, rng: Rng): Example | null;
  /**
   * One rewriting sequence (RECIPE §4; response = REWRITE + EOS); null without a teacher.
   * Built-in families make their own corruptions; an imported set rewrites one of `wrongSamples` into its gold answer.
   */
  rewritingExample(rng: Rng, wrongSamples: readonly WrongSample[]): Example | null;
  /** The reward model's prompt for scoring `response`; the scored continuation is the response itself. */
  rewritingPrompt(question: Question, response: readonly number[]): readonly number[] | null;
  /** RECIPE §7: does the response start with the biased style (`ok`)? */
  hasBiasedStyle(response: readonly number[]): boolean;
  /** Text of a question → prompt ids. Throws Error naming the unknown word. */
  encodePrompt(text: string): number[];
  decode(ids: readonly number[]): string;
  /** What its tokenizer is made of; null where it comes with the studio. Rejects with FileError where the files can no longer be read. */
  readonly tokenizerFiles: (() => Promise<TokenizerFile[]>) | null;
}

/** What of a data set is needed to ask a model something and to judge its answer. */
export type AnswerData = Pick<
  Dataset,
  | 'vocabulary'
  | 'padId'
  | 'endIds'
  | 'families'
  | 'alignedFamily'
  | 'teacher'
  | 'evaluationQuestions'
  | 'check'
  | 'encodePrompt'
  | 'decode'
>;
