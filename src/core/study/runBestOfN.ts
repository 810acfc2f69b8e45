// The job 'best-of-n': samples of the SFT model, judged by the checker; the reference curve of every picture of accuracy against KL.
import type { RunEvent } from '../events';
import { Model } from '../model/model';
import { createRng } from '../rng';
import { sampleAnswers } from '../stages/sampling';
import { BEST_OF_N_SAMPLES, bestOfCurve } from './bestOfN';
import { followRun, withRun } from './followRun';
import type { Job } from './job';
import { common, type JobContext, runOptions } from './jobContext';
import { type Progress, partOf } from './jobProgress';
import type { BestOfNResult } from './result';
import { toResult } from './roundResult';

export async function* runBestOfN(job: Job, jobContext: JobContext): AsyncGenerator<Progress, BestOfNResult> {
  const { config, split } = job;
  const options = runOptions(job, jobContext);
  const { dataset } = options;
  const { model: modelConfig, weights } = yield* withRun(options, async function* (run) {
    const isReached = (event: RunEvent) => event.type === 'stage.started' && event.stage === 'evaluation';
    yield* partOf(followRun(run, config, { isReached, leftOut: [] }), { from: 0, to: 0 });
    const { config: model, sft } = await run.checkpoints();
    return { model, weights: sft };
  });
  const started = performance.now();
  const questions = dataset.evaluationQuestions(dataset.alignedFamily, split, config.heldOutPrompts);
  const model = new Model(modelConfig, weights);
  const answers: number[][][] = questions.map(() => []);
  try {
    const { endIds, padId } = dataset;
    const { maxNewTokens } = config;
    const sampling = { temperature: 1, topP: 1, samplesPerPrompt: BEST_OF_N_SAMPLES, maxNewTokens, endIds, padId };
    const rng = createRng(config.seed, 'best of n');
    for await (const { done, total, finished } of sampleAnswers(model, questions, sampling, rng)) {
      for (const { question, response } of finished) answers[question]!.push(response);
      yield { type: 'progress', label: 'best of n', share: done / total };
    }
  } finally {
    model.dispose();
  }
  const right = questions.map((question, i) => answers[i]!.filter((answer) => dataset.check(question, answer)).length);
  const tokens = answers.flat().reduce((sum, { length }) => sum + length, 0);
  const samples = BEST_OF_N_SAMPLES;
  return toResult({
    ...common(job, jobContext, (performance.now() - started) / 1000),
    ...{ kind: 'best-of-n', prompts: questions.length, samples },
    points: bestOfCurve(right, samples, tokens / answers.flat().length),
  }) as BestOfNResult;
}
