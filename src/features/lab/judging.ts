// Which results a claim can rest on, and the tasks that judge all claims of a family: every judgement resamples, so they come later.
import type { Preset } from '../../core/config';
import type { Experiment, Judgement } from '../../core/study/experiment';
import { EXPERIMENTS, jobsOf } from '../../core/study/experiments';
import { jobKey } from '../../core/study/job';
import type { StudyResult } from '../../core/study/result';
import { type LabData, stampOf } from './labData';
import { createLaterCache, type LaterTask } from './useLater';

/** Of one size: the same claim says other things of another. */
export const judgementKey = (experiment: Experiment, claim: string, family: string, preset: string): string =>
  `${experiment.id} ${claim} ${family} ${preset}`;

/** The results of the arms and measurements that the experiment plans for the family: what its claims look at, and little else. */
export function relevantResults({ results }: LabData, experiment: Experiment, family: string): StudyResult[] {
  const planned = experiment.plan({ preset: 'default', families: ['math', 'qa', 'instruct'], seeds: [1] });
  const wanted = new Set(planned.map(({ kind, config }) => `${kind} ${config.arm}`));
  return results.filter((result) => result.family === family && wanted.has(`${result.kind} ${result.arm}`));
}

export function judgementTasks(data: LabData, family: string, preset: string): LaterTask<Judgement>[] {
  return EXPERIMENTS.flatMap((experiment) => {
    const results = relevantResults(data, experiment, family);
    const stamp = stampOf(results);
    return experiment.claims.map((claim) => ({
      ...{ key: judgementKey(experiment, claim.id, family, preset), stamp },
      compute: () => claim.judge(results, family),
    }));
  });
}

export const JUDGEMENTS = createLaterCache<Judgement>();

export const planKey = (experiment: Experiment, preset: string): string => `${experiment.id} ${preset}`;

/** Keys of an experiment's recorded plan, at the size that is shown. */
export const planTasks = (preset: Preset): LaterTask<readonly string[]>[] =>
  EXPERIMENTS.map((experiment) => ({
    ...{ key: planKey(experiment, preset), stamp: '' },
    compute: () => jobsOf(experiment, { ...experiment.recorded, preset }).map(jobKey),
  }));

export const PLANS = createLaterCache<readonly string[]>();
