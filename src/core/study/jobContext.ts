// What every kind of job is given, and what every result says of itself.
import type { RunConfig } from '../config';
import type { Dataset } from '../data/dataset';
import type { BackendReport } from '../events';
import type { StarterLoader } from '../model/starter';
import { configDifference } from '../parseConfig';
import type { RunOptions } from '../run';
import type { Shared } from '../stages/once';
import { ENGINE_VERSION, type Job, jobKey } from './job';
import type { ArmResult } from './result';

export interface JobContext {
  backend: BackendReport;
  /** The data set of these settings: the same settings, the same data. */
  datasetFor(config: RunConfig): Dataset;
  loadStarter: StarterLoader;
  /** Preparations that jobs have in common (study/shared.ts), on this backend. */
  shared?: Shared;
}

/** How the job's run, or one with another config, is made. */
export function runOptions(
  { split, config: own }: Job,
  { backend, datasetFor, loadStarter, shared }: JobContext,
  config: RunConfig = own,
): RunOptions {
  return {
    ...{ config, backend, loadStarter, split, dataset: datasetFor(config) },
    ...(shared && { shared }),
    datasetFor: (family) => datasetFor({ ...config, family }),
  };
}

/** The fields of every result; `seconds` without what jobs of one family and seed share. */
export function common(job: Job, { backend }: JobContext, seconds: number): Omit<CommonFields, 'kind'> {
  const { config, split } = job;
  const { backend: _, ...settings } = configDifference(config);
  const { preset, family, arm, seed } = config;
  return {
    ...{ version: 1, key: jobKey(job), engine: ENGINE_VERSION, settings },
    ...{ preset, family, arm, seed, split, backend: backend.name, seconds },
  };
}

type CommonFields = Pick<
  ArmResult,
  'version' | 'key' | 'engine' | 'settings' | 'preset' | 'family' | 'arm' | 'seed' | 'split' | 'backend' | 'seconds'
>;
