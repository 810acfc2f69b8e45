// The job 'interpolation': an arm's aligned weights, and what lies on the straight line between them and the SFT model's.
import type { RunEvent } from '../events';
import type { Weights } from '../model/model';
import { followRun, withRun } from './followRun';
import type { Job } from './job';
import { common, type JobContext, runOptions } from './jobContext';
import { type Progress, partOf } from './jobProgress';
import type { InterpolationResult } from './result';
import { toResult } from './roundResult';

export const LAMBDAS = [0, 0.25, 0.5, 0.75, 1, 1.25] as const;
/** Of the job; the six places take about as long as half the training. */
const TRAINING_SHARE = 0.65;

/** θ = (1 − λ) θ_SFT + λ θ_aligned, in float32: exactly either at λ 0 and 1. */
export function interpolated(sft: Weights, aligned: Weights, lambda: number): Weights {
  const at = (name: string, before: Float32Array): Float32Array => {
    const after = aligned.get(name)!;
    return before.map((value, i) => (1 - lambda) * value + lambda * after[i]!);
  };
  return new Map([...sft].map(([name, before]) => [name, at(name, before)]));
}

export function runInterpolation(job: Job, jobContext: JobContext): AsyncGenerator<Progress, InterpolationResult> {
  return withRun(runOptions(job, jobContext), async function* (run) {
    let seconds = 0;
    let isTrained = false;
    // The second evaluation begins where the training is over; its numbers are not asked for.
    const isReached = (event: RunEvent) => isTrained && event.type === 'stage.started' && event.stage === 'evaluation';
    const see = (event: RunEvent) => {
      if (event.type !== 'stage.done') return;
      const { name } = event.summary;
      isTrained ||= name === 'improving' || (name === 'forgetting' && job.config.improvingSteps === 0);
      if (name === 'improving' || name === 'forgetting') seconds += event.summary.seconds;
    };
    yield* partOf(followRun(run, job.config, { isReached, see, leftOut: ['after'] }), { from: 0, to: TRAINING_SHARE });
    const { model, sft } = await run.checkpoints();
    const started = performance.now();
    const points: InterpolationResult['points'] = [];
    for (const [i, lambda] of LAMBDAS.entries()) {
      const share = TRAINING_SHARE + (i / LAMBDAS.length) * (1 - TRAINING_SHARE);
      yield { type: 'progress', label: `λ = ${lambda}`, share };
      const { klToSft, accuracy } = await run.placeOf(interpolated(sft, model, lambda));
      if (accuracy === null) throw new Error('An interpolation needs data with known answers.');
      points.push({ lambda, klToSft, accuracy });
    }
    seconds += (performance.now() - started) / 1000;
    return toResult({
      ...common(job, jobContext, seconds),
      ...{ kind: 'interpolation', points },
    }) as InterpolationResult;
  });
}
