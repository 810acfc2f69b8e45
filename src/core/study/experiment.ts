// What an experiment is: a question, the jobs that answer it, what the paper says, and a verdict that the data decide.
// The list of them is experiments.ts.
import type { Family, Preset } from '../config';
import type { Job } from './job';
import type { StudyResult } from './result';

export const EXPERIMENT_IDS = [
  ...['study', 'ratio', 'ablations', 'methods', 'frontier', 'transfer', 'style', 'change'],
  'tax',
] as const;
export type ExperimentId = (typeof EXPERIMENT_IDS)[number];

/** What is asked for: the same plan for the page, the command line and the recorded set. */
export interface Scope {
  preset: Preset;
  families: readonly Family[];
  seeds: readonly number[];
}

/** Decided by the data: see `Claim.judge`. */
export type Verdict = 'reproduced' | 'not reproduced' | 'too close to call' | 'not measured';

export interface Judgement {
  verdict: Verdict;
  /** With the numbers it rests on. */
  sentence: string;
}

/** One claim of the paper (or of RECIPE) about an experiment. */
export interface Claim {
  id: string;
  /** What is claimed. */
  text: string;
  /** The paper's own numbers for the same comparison, as text; null where it has none. */
  paper: string | null;
  /** `results`: of one preset and engine; others than the claim needs do no harm. Every call resamples: milliseconds. */
  judge(results: readonly StudyResult[], family: string): Judgement;
}

/** What a set of results says of a claim. */
export interface ClaimVerdict {
  /** The experiment's number. */
  experiment: number;
  id: string;
  text: string;
  families: Record<Family, Judgement>;
}

export interface Experiment {
  id: ExperimentId;
  /** As on the command line: `npm run study -- --experiment N`. */
  number: number;
  title: string;
  /** One sentence. */
  question: string;
  /** Families and seeds of the recorded set. */
  recorded: Scope;
  plan(scope: Scope): Job[];
  claims: readonly Claim[];
}
