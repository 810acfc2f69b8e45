// The recorded set beside its results: what was asked for, how much of it is there, and how to make it again. And the names of its parts.
import { cpus } from 'node:os';
import type { Experiment, Scope } from '../core/study/experiment';
import { distinct, EXPERIMENTS, jobsOf } from '../core/study/experiments';
import { ENGINE_VERSION, type Job, jobKey } from '../core/study/job';
import type { StudyResult } from '../core/study/result';

export interface StudyManifest {
  version: 1;
  engine: number;
  package: string;
  node: string;
  processor: string;
  commands: string[];
  experiments: { number: number; id: string; scope: Scope; jobs: number; done: number }[];
  jobs: number;
  done: number;
  /** Of all results, without what those of one family and seed have in common. */
  seconds: number;
  backends: string[];
}

/** “2/3” → the second of three. Throws Error. */
export function partOf(text: string): { part: number; parts: number } {
  const match = /^([1-9]\d?)\/([1-9]\d?)$/.exec(text);
  const [part, parts] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || part > parts) throw new Error(`“${text}” is no part: write 1/2 and 2/2.`);
  return { part, parts };
}

/** The file of a part, beside the whole. */
export const partFile = (file: string, { part, parts }: { part: number; parts: number }): string =>
  file.replace(/(\.jsonl)?$/, `.part-${part}-of-${parts}.jsonl`);

/** Every result once, those of the plan first and in its order. */
export function inPlanOrder(results: readonly StudyResult[], jobs: readonly Job[]): StudyResult[] {
  const byKey = new Map(results.map((result) => [result.key, result]));
  const planned = jobs.flatMap((job) => byKey.get(jobKey(job)) ?? []);
  const keys = new Set(planned.map(({ key }) => key));
  return [...planned, ...[...byKey.values()].filter(({ key }) => !keys.has(key))];
}

/** An experiment in the scope in which it was asked for. */
export interface Planned {
  experiment: Experiment;
  scope: Scope;
}

export function manifestOf(
  results: readonly StudyResult[],
  planned: readonly Planned[],
  { command, ...versions }: { command: string; package: string },
): StudyManifest {
  const keys = new Set(results.map(({ key }) => key));
  const done = (jobs: readonly Job[]) => jobs.filter((job) => keys.has(jobKey(job))).length;
  const scopeOf = new Map(planned.map(({ experiment, scope }) => [experiment, scope]));
  const all = EXPERIMENTS.map((experiment) => {
    const scope = scopeOf.get(experiment) ?? experiment.recorded;
    return { experiment, scope, jobs: jobsOf(experiment, scope) };
  });
  const everything = distinct(all.flatMap(({ jobs }) => jobs));
  return {
    ...{ version: 1, engine: ENGINE_VERSION, ...versions, node: process.version },
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    commands: [command, 'npm run study -- --verify'],
    experiments: all.map(({ experiment: { number, id }, scope, jobs }) => {
      return { number, id, scope, jobs: jobs.length, done: done(jobs) };
    }),
    ...{ jobs: everything.length, done: done(everything) },
    seconds: Math.round(results.reduce((sum, { seconds }) => sum + seconds, 0)),
    backends: [...new Set(results.map(({ backend }) => backend))].sort(),
  };
}
