// The evaluation stage: the SFT model before, the aligned model after, by the same measures (evaluator.ts).
import type { EvaluationMoment, EvaluationRecord } from '../events';
import { type Events, mapTicks, policyOf, type RunContext, sftModelOf, stage } from './context';
import { dangerSentences, type EvaluationProgress } from './evaluator';

/** Pairs whose DPO loss and margin are reported, at most. */
const SCORED_PAIRS = 400;

export async function* evaluation(context: RunContext, moment: EvaluationMoment): Events {
  const { config, evaluator, evaluations, sft } = context;
  const asProgress = <T>(source: AsyncGenerator<EvaluationProgress, T>) =>
    mapTicks(source, ({ done, total, tokens }) => ({
      ...{ type: 'stage.progress', stage: 'evaluation', label: moment },
      ...{ done, total, tokens },
    }));
  yield* stage(context, 'evaluation', { total: 1, unit: 'answers' }, async function* () {
    const model = policyOf(context);
    if (moment === 'before') yield* asProgress(evaluator.prepare(model));
    let result: EvaluationRecord = yield* asProgress(evaluator.evaluate(model, sft, config.styleBias));
    if (moment === 'after') {
      // The SFT model's log-probs of the pairs are the reference, and the pairs exist only now.
      const pairs = (context.pairSet?.pairs ?? []).slice(0, SCORED_PAIRS);
      yield* asProgress(evaluator.pairScores(sftModelOf(context), pairs));
      const scores = yield* asProgress(evaluator.pairScores(model, pairs));
      result = { ...result, ...scores, dangers: dangerSentences(result, evaluations.before?.goldLogp ?? null) };
    }
    evaluations[moment] = result;
    yield { type: 'evaluation', moment, result };
  });
}
