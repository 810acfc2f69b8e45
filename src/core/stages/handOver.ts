// What a preparation leaves in a run's context, and how another context takes it over to the bit: a run that shares its preparations
// (once.ts), or one that goes on from a saved point (resume/findings.ts).
import type { EvaluationRecord, ResponseRecord } from '../events';
import { Model, type Weights } from '../model/model';
import { policyOf, type RunContext } from './context';
import type { SftMeasures } from './evaluator';
import type { RewardScores } from './tokenRewards';

/** What can be prepared once. */
export type Preparation = 'sft' | 'before' | 'sampling' | 'pairs' | 'warm-up' | 'scores';

export function takeSft(context: RunContext, sft: Weights): void {
  context.sft = sft;
  context.model = new Model(context.modelConfig, sft);
}

export interface BeforeFound {
  measures: SftMeasures;
  record: EvaluationRecord;
}

/** After the SFT model's evaluation. */
export const beforeOf = ({ evaluator, evaluations, sft }: RunContext): BeforeFound => ({
  measures: evaluator.sftMeasures(sft),
  record: evaluations.before!,
});

export function takeBefore(context: RunContext, { measures, record }: BeforeFound): void {
  context.evaluator.adopt(policyOf(context), measures);
  context.evaluations.before = record;
}

type Answered = Pick<RunContext, 'questions'> & { responses: readonly ResponseRecord[] };

export function takeAnswers(context: RunContext, { questions, responses }: Answered): void {
  context.questions = [...questions];
  context.responses = responses.map((response) => ({ ...response }));
}

export function takeScores(context: RunContext, scores: RewardScores | null): void {
  context.scores = scores;
}

const HAND_OVER: Record<Preparation, (context: RunContext) => Promise<(other: RunContext) => void>> = {
  async sft({ sft }) {
    return (other) => takeSft(other, sft);
  },
  async before(context) {
    const found = beforeOf(context);
    return (other) => takeBefore(other, found);
  },
  async sampling({ questions, responses }) {
    return (other) => takeAnswers(other, { questions, responses });
  },
  async pairs({ pairSet, questions, responses }) {
    return (other) => {
      other.pairSet = pairSet;
      // A file's own pairs become questions and responses only here.
      takeAnswers(other, { questions, responses });
    };
  },
  async 'warm-up'(context) {
    const trained = await policyOf(context).weights();
    const { gradientSums } = context;
    return (other) => {
      policyOf(other).load(trained);
      other.gradientSums = gradientSums;
    };
  },
  async scores({ scores }) {
    return (other) => takeScores(other, scores);
  },
};

/** What puts into another context what a preparation has left in this one. */
export const handedOver = (context: RunContext, name: Preparation): Promise<(other: RunContext) => void> =>
  HAND_OVER[name](context);
